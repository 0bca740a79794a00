"""What AD FS says when it lets nobody in: at its token endpoint, and on its pages.

Texts of MSIS9602, 9605, 9607, 9622 and 9659 as seen at real servers; MSIS3125 (password expired) and MSIS3126 (denied
by rules) from WS-Trust faults. `interaction_required` is OAuth's own word (OpenID Connect Core 3.1.2.6).
"""

from collections.abc import Mapping
from typing import Any

from loadtests.load.refusals.directory import NEW_PASSWORD, SEVERAL_CAUSES, TELL_APART
from loadtests.load.refusals.refusal import Refusal, Sign, Who, read, unknown

_LOG = (
    "on the AD FS server open Event Viewer > Applications and Services Logs > AD FS > Admin at this time (events 364, "
    "1021): the entry names the reason"
)
CIRCLES = (
    "sign in once by a private window of a browser: does it go in circles too, compare the clocks of AD FS and CRM "
    "(`w32tm /query /status`) and look whether a proxy drops cookies; " + _LOG
)
_OUTSIDE_LOCK = (
    " Locked from outside only, by AD FS itself: `Get-AdfsAccountActivity {user}`, `Reset-AdfsAccountLockout "
    "{user} "
    "-Location Unknown`"
)
_ENABLE = (
    'on the AD FS server: `Enable-AdfsEndpoint -TargetAddressPath "/adfs/oauth2/"`, the same for '
    '"/adfs/.well-known/openid-configuration", for people outside `Set-AdfsEndpoint -TargetAddressPath '
    '"/adfs/oauth2/" '
    "-Proxy $true`, then `Restart-Service adfssrv` (503: see first that the service runs). On the CRM server: "
    "`Add-PSSnapin Microsoft.Crm.PowerShell; $s = Get-CrmSetting -SettingType OAuthClaimsSettings; $s.Enabled = "
    "$true; "
    "Set-CrmSetting -Setting $s`. AD FS of Windows Server 2012 R2 gives no tokens by password: let those channels "
    "come "
    "by `sign_in: forms` or `windows`"
)
_DENIED = Sign(
    r"MSIS3126|MSIS5007|access_denied|not authorized to access this site",
    "conditional_access",
    "knows its password, but a rule of AD FS keeps it out ({code})",
    "on the AD FS server: `Get-AdfsRelyingPartyTrust -Identifier {audience} | fl "
    "AccessControlPolicyName,IssuanceAuthorizationRules`; permit the test accounts (a group) in AD FS Management > "
    "Relying Party Trusts > the CRM > Edit Access Control Policy",
)
_SECOND_FACTOR = (
    "knows its password, but AD FS asks for a second factor ({code})",
    "exempt the test accounts: put them in a group, then AD FS Management > Relying Party Trusts > the CRM > Edit "
    "Access Control Policy > Permit everyone and require MFA, with an exception for the group "
    "(`Get-AdfsAdditionalAuthenticationRule` "
    "shows a rule for all "
    "parties). Must the second factor stay: write `identity: {{login: true}}` in the environment file and sign each "
    "account in once by `crmload login PLAN`",
)

TOKEN_SIGNS = (
    Sign(
        "MSIS9659",
        "wrong_password",
        f"is refused by AD FS ({{code}}), which {SEVERAL_CAUSES}",
        TELL_APART + _OUTSIDE_LOCK,
    ),
    Sign("MSIS3125", "password_expired", "has a password that has expired or must be changed ({code})", NEW_PASSWORD),
    Sign("MSIS9462|interaction_required", "mfa_required", *_SECOND_FACTOR),
    Sign(
        "MSIS9605",
        "client_not_registered",
        "AD FS knows the client {client}, but does not allow it to ask for tokens for {audience} ({code})",
        "on the AD FS server: `Grant-AdfsApplicationPermission -ClientRoleIdentifier {client} -ServerRoleIdentifier "
        "{audience} -ScopeNames openid,user_impersonation`",
    ),
    Sign(
        "MSIS9602|invalid_resource",
        "oauth_not_enabled",
        "AD FS knows no relying party with the identifier {audience} ({code})",
        "on the AD FS server `Get-AdfsRelyingPartyTrust | ft Name,Identifier` shows those it knows: write the CRM's "
        "as "
        "`resource` of the entrance; is none the CRM's, claims are not set up: Deployment Manager > Configure "
        "Claims-Based Authentication, then Internet-Facing Deployment",
    ),
    Sign(
        "MSIS9611|unsupported_grant_type|MSIS9600",
        "oauth_not_enabled",
        "AD FS gives no tokens by user name and password ({code}): it is that of Windows Server 2012 R2",
        "let these channels come by `sign_in: forms` or `windows`, or upgrade AD FS (2016 or newer)",
    ),
    Sign(
        "MSIS9607|MSIS9223|MSIS9224|invalid_client|unauthorized_client",
        "client_not_registered",
        "AD FS knows no client {client} ({code})",
        "mend `client_id` of the entrance (`Get-AdfsClient | ft Name,ClientId` and `Get-AdfsNativeClientApplication` "
        "show "
        "those it knows), or register it on the AD FS server: `Add-AdfsClient -ClientId {client} -Name crmload "
        "-RedirectUri http://localhost/crmload -ClientType Public` (2016 and newer, in an application group: "
        "`Add-AdfsNativeClientApplication`), then `Grant-AdfsApplicationPermission -ClientRoleIdentifier {client} "
        "-ServerRoleIdentifier {audience} -ScopeNames openid,user_impersonation`",
    ),
    _DENIED,
)
"""The first that fits counts: `invalid_client` stands in answers that have a code of their own."""

PAGE_SIGNS = (
    Sign(
        r"password (has|is) expired|must (be )?chang(e|ed)|MSIS3125",
        "password_expired",
        "has a password that has expired or must be changed (AD FS says so on its page)",
        NEW_PASSWORD,
    ),
    Sign(
        "MSIS7042",
        "clock",
        "AD FS and the CRM send people back and forth ({code}): mostly the clocks of the two servers differ",
        "`w32tm /query /status` on both servers, `w32tm /resync` where it is off; right clocks: look whether a proxy "
        "drops cookies",
    ),
    Sign(
        "MSIS7007|MSIS3055|MSIS7012",
        "client_not_registered",
        "AD FS does not know the CRM at {url} as a relying party ({code})",
        "AD FS Management > Relying Party Trusts > the CRM > Update from Federation Metadata (after every change of "
        "the "
        "CRM's addresses); is there none: add one from https://.../FederationMetadata/2007-06/FederationMetadata.xml",
    ),
    _DENIED,
    Sign(
        "HomeRealmSelection",
        "unknown",
        "is asked by AD FS which organisation it belongs to, before any password",
        "spare people the question: `Set-AdfsRelyingPartyTrust -TargetIdentifier {audience} -ClaimsProviderName "
        '"Active '
        'Directory"`',
    ),
)
_NOT_ENABLED = Sign(
    "",
    "oauth_not_enabled",
    "AD FS does not answer there as a giver of tokens ({code}): its OAuth endpoint is switched off or not "
    "published, or the service is stopped or overloaded",
    _ENABLE,
)
_SAME_FORM = Sign(
    "",
    "wrong_password",
    f"is shown the sign-in form again ({{code}}) by AD FS, which {SEVERAL_CAUSES}",
    TELL_APART + _OUTSIDE_LOCK,
)


def no_token(answer: Mapping[str, Any], who: Who) -> Refusal:
    """Why the token endpoint gave none: `answer` has OAuth's `error` and `error_description`."""
    said = f"{answer.get('error', '')}: {answer.get('error_description', '')}"
    return read(TOKEN_SIGNS, said, who.names()) or unknown(said, _LOG)


def not_there(status: int, who: Who) -> Refusal:
    """An endpoint of AD FS answers 404 or 503."""
    return _NOT_ENABLED.refusal(who.names(), f"HTTP {status}")


def shown_again(said: str, who: Who) -> Refusal:
    """After the password AD FS shows its form again, with these words (in the language of the browser)."""
    return read(PAGE_SIGNS, said, who.names()) or _SAME_FORM.refusal(who.names(), said or "without a word")


def second_factor(method: str, who: Who) -> Refusal:
    """After the password AD FS shows the form of another method of signing in."""
    return Sign("", "mfa_required", *_SECOND_FACTOR).refusal(who.names(), method)


def strange_page(page: str, what: str, who: Who) -> Refusal:
    """A page that is neither the sign-in form nor a token."""
    return read(PAGE_SIGNS, page, who.names()) or unknown(what, _LOG)
