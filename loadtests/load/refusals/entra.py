"""What Entra ID says when it gives no token: AADSTS codes (Microsoft's list "Microsoft Entra authentication and
authorization error codes"). The codes may change, says Microsoft; an unknown one is told in the server's own words."""

import re
from collections.abc import Mapping
from typing import Any

from loadtests.load.refusals.refusal import Refusal, Sign, Who, unknown

_USER = "Entra admin center > Users > {user} > "
_APP = "Entra admin center > App registrations > {client} > "
_SIGN_INS = "Entra admin center > Users > {user} > Sign-in logs > the failed one"
_EXEMPT = (
    "exempt the test accounts: put them in a group, then Entra admin center > Protection > Conditional Access > "
    "Policies "
    "> the policy > Users > Exclude > that group (with security defaults: Overview > Properties > Manage security "
    "defaults); which policy it was: " + _SIGN_INS + " > Conditional Access"
)
_OR_BY_HAND = (
    "Must the second factor stay: write `identity: {{login: true}}` in the environment file and sign each account in "
    "once "
    "by `crmload login PLAN`"
)
_MFA = "knows its password, but Entra ID asks for a second factor ({code})"
_POLICY = "knows its password, but a Conditional Access policy keeps it out ({code})"
_RESET = _USER + "Reset password, sign in once by browser to change it, and write the new one behind {secret}"
_NO_USER = "is no user of this tenant ({code}): mistyped, or the tenant in `authority` is another one"
_FIND_USER = "look for it in Entra admin center > Users; mend the users file, or `authority` of the entrance"
_CONSENT = _APP + "API permissions > Add: Dynamics CRM, user_impersonation > Grant admin consent"
_NO_CLIENT = "Entra ID knows no application {client} in this tenant ({code})"
_REGISTER = (
    "mend `client_id` or the tenant in `authority` of the entrance; or register it: Entra admin center > App "
    "registrations > New registration, Authentication > Allow public client flows: Yes, API permissions > Dynamics "
    "CRM > "
    "user_impersonation > Grant admin consent"
)

_BY_CODE: tuple[tuple[tuple[int, ...], Sign], ...] = (
    (
        (50126,),
        Sign(
            "",
            "wrong_password",
            "has another password than the one that crmload was given, or no password in Entra ID ({code})",
            "correct the password behind {secret}; do not try it out (ten wrong ones lock the account). Is it right: "
            + _SIGN_INS,
        ),
    ),
    ((50034, 50020, 90072, 51004), Sign("", "not_a_user", _NO_USER, _FIND_USER)),
    (
        (50053,),
        Sign(
            "",
            "locked",
            "is locked in Entra ID after too many wrong passwords, or its address is blocked ({code})",
            "it unlocks by itself (a minute at first, longer each time); at once by "
            + _USER
            + "Reset password. Then the "
            "right password behind {secret}. Which of the two it is: " + _SIGN_INS,
        ),
    ),
    ((50055, 50142, 50133, 50173), Sign("", "password_expired", "has a password that has expired ({code})", _RESET)),
    (
        (50144,),
        Sign(
            "",
            "password_expired",
            "has a password in Active Directory that has expired ({code})",
            "in PowerShell: `{ad} | Set-ADAccountPassword -Reset`, and write the new one behind {secret}",
        ),
    ),
    (
        (50057,),
        Sign("", "disabled", "is disabled in Entra ID ({code})", _USER + "Edit properties > Account enabled: Yes"),
    ),
    (
        (50072, 50074, 50076, 50079, 50158, 50203, 500121),
        Sign("", "mfa_required", _MFA, _EXEMPT + ". " + _OR_BY_HAND),
    ),
    (
        (50005, 50097, 50131, 53000, 53001, 53002, 53003, 53004, 53011, 530002, 530003, 530021, 530032, 530034),
        Sign("", "conditional_access", _POLICY, _EXEMPT),
    ),
    (
        (700016, 700038, 7000112, 650056),
        Sign("", "client_not_registered", _NO_CLIENT, _REGISTER),
    ),
    (
        (7000218,),
        Sign(
            "",
            "client_not_registered",
            "the application {client} may not sign people in by password ({code})",
            _APP + "Authentication > Advanced settings > Allow public client flows: Yes",
        ),
    ),
    (
        (65001, 65004, 90094, 650051, 650052, 650057),
        Sign(
            "",
            "client_not_registered",
            "nobody has consented that the application {client} opens the CRM for people ({code})",
            _CONSENT,
        ),
    ),
    (
        (500011, 500014, 50001),
        Sign(
            "",
            "client_not_registered",
            "this tenant has no CRM with the address {audience} ({code})",
            "mend `url` (or `resource`) of the entrance, or the tenant in its `authority`; the right address stands "
            "in "
            "Power Platform admin center > Environments > the environment > Environment URL",
        ),
    ),
    (
        (50105,),
        Sign(
            "",
            "client_not_registered",
            "the application {client} is only for people assigned to it ({code})",
            "Entra admin center > Enterprise applications > {client} > Users and groups > Add user/group: the test "
            "accounts; or Properties > Assignment required: No",
        ),
    ),
    (
        (90002, 900023, 90013),
        Sign(
            "",
            "client_not_registered",
            "Entra ID knows no such tenant ({code})",
            "mend the tenant in `authority`: Entra admin center > Overview shows tenant ID and primary domain",
        ),
    ),
)
SIGNS: dict[int, Sign] = {code: sign for codes, sign in _BY_CODE for code in codes}
_FEDERATED = Sign(
    "",
    "federated",
    "is a federated user: Entra ID sends it to sign in at a server of its own, and crmload gives its password to no "
    "server that the environment file does not name",
    "take cloud-only test accounts (Entra admin center > Users > New user, with a name such as "
    "name@tenant.onmicrosoft.com), "
    "or let federated ones sign in with Entra ID itself: staged rollout of password hash synchronisation for a group "
    "(Entra admin center > Identity > Hybrid management > Entra Connect > Connect Sync > staged rollout)",
)


def no_token(answer: Mapping[str, Any], who: Who) -> Refusal:
    """Why the token endpoint gave none: `answer` has `error`, `error_description` and, mostly, `error_codes`."""
    said = f"{answer.get('error', '')}: {answer.get('error_description', '')}"
    codes = [int(code) for code in re.findall(r"AADSTS(\d+)", said)]
    codes += [code for code in answer.get("error_codes") or [] if isinstance(code, int)]
    # An outer code such as 70002 may stand before the one that says something.
    for code in codes:
        if sign := SIGNS.get(code):
            return sign.refusal(who.names(), f"AADSTS{code}")
    more = f"https://login.microsoftonline.com/error?code={codes[-1]} explains the code; " if codes else ""
    return unknown(said, more + _SIGN_INS.format_map(who.names()))


def federated(who: Who) -> Refusal:
    """The authority says that somebody else signs this account in."""
    return _FEDERATED.refusal(who.names())
