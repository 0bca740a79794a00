"""What the CRM says to somebody whom the sign-in server has let in. Codes from Microsoft's list "Web service error
codes" and from answers seen: 0x80072560 (no member), 0x80042f09 (no roles), 0x80040220 (a privilege is missing)."""

from collections.abc import Sequence

from loadtests.load.refusals.refusal import Refusal, Sign, Who, read

_USERS = "CRM Settings > Security > Users (cloud: Power Platform admin center > the environment > Settings > Users)"
SIGNS = (
    Sign(
        "licen[cs]e",
        "not_a_user",
        "signs in, but has no licence for the CRM ({code})",
        "Microsoft 365 admin center > Users > Active users > {user} > Licenses and apps",
    ),
    Sign(
        r"user[^.]{0,80} is disabled|0x80040225",
        "disabled",
        "signs in, but is disabled in the CRM ({code})",
        _USERS + " > view Disabled Users > {user} > Enable",
    ),
    Sign(
        "0x80072560|0x80041d1f|not a member of th(e|is) organi[sz]ation",
        "not_a_user",
        "signs in, but is no user of this CRM ({code})",
        _USERS
        + " > New (or Add user): {user}, with its business unit and security role; mind that the user name there "
        "is the one that signs in",
    ),
    Sign(
        "0x80042f09|0x80040220|not been assigned any roles",
        "no_role",
        "signs in, but may not read anything: it holds no security role, or one without the basics ({code})",
        _USERS + " > {user} > Manage Roles: the role that the users file says",
    ),
)
_CLOCK_SIGNS = (
    Sign(
        "IDX10222|ID4222|ID4148|not yet valid|NotBefore",
        "clock",
        "the CRM finds the proof of the sign-in server not valid yet or no more ({code}): their clocks differ",
        "on both servers `w32tm /query /status`, and `w32tm /resync` where it is off (virtual machines: let the "
        "domain "
        "and not the host set the clock); more than 5 minutes are refused",
    ),
)
_EXPIRED = Sign("token is expired|IDX10223|ID4223|lifetime", "clock", _CLOCK_SIGNS[0].text, _CLOCK_SIGNS[0].next_step)
_NOT_TAKEN = Sign(
    "",
    "oauth_not_enabled",
    "the CRM takes no tokens: it does not answer as one with OAuth switched on (401 without `Bearer`)",
    "on the CRM server: `Add-PSSnapin Microsoft.Crm.PowerShell; $s = Get-CrmSetting -SettingType OAuthClaimsSettings; "
    "$s.Enabled = $true; Set-CrmSetting -Setting $s`, then `iisreset`",
)
_OTHER_AUDIENCE = Sign(
    "audience|IDX10214|invalid_token",
    "oauth_not_enabled",
    "the CRM does not take the token for {audience} ({code})",
    "mend `resource` of the entrance: the 401 of the CRM names it as `resource_id`; is it right, update the CRM's "
    "relying "
    "party trust and its token-signing certificate (Deployment Manager > Configure Claims-Based Authentication)",
)


def not_let_in(said: str, who: Who) -> Refusal | None:
    """By the words and codes of a 403, or of a page in its place; None when it is about something else."""
    return read(SIGNS, said, who.names())


def fresh_proof_refused(said: str, who: Who) -> Refusal | None:
    """By the words of a 401 to a proof that the sign-in server made a moment ago."""
    return read((*_CLOCK_SIGNS, _EXPIRED), said, who.names())


def fresh_token_refused(offers: Sequence[str], who: Who) -> Refusal:
    """By the `WWW-Authenticate` headers of a 401 to a token that the authority gave a moment ago."""
    said = ", ".join(offers)
    if "bearer" not in said.lower():
        return _NOT_TAKEN.refusal(who.names())
    return (
        fresh_proof_refused(said, who)
        or read((_OTHER_AUDIENCE,), said, who.names())
        or _OTHER_AUDIENCE.refusal(who.names(), "401")
    )
