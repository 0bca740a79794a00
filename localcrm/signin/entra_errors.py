"""What Entra answers when it gives no token: AADSTS codes and their words."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from starlette.responses import JSONResponse, Response

from localcrm.signin.accounts import Refusal
from localcrm.signin.grants import Fault, RefusedGrantError

_MISSING = "The request body must contain the following parameter: '{about}'."
#: OAuth error, AADSTS code, words. ``{about}`` is the value that is wrong.
_WORDS: dict[Fault | Refusal, tuple[str, int, str]] = {
    Refusal.UNKNOWN: (
        "invalid_grant",
        50034,
        "The user account {about} does not exist in the Contoso directory. "
        "To sign into this application, the account must be added to the directory.",
    ),
    Refusal.WRONG_PASSWORD: (
        "invalid_grant",
        50126,
        "Error validating credentials due to invalid username or password.",
    ),
    Refusal.LOCKED: (
        "invalid_grant",
        50053,
        "The account is locked, you've tried to sign in too many times with an incorrect user ID or password.",
    ),
    Refusal.DISABLED: ("invalid_grant", 50057, "The user account is disabled."),
    Refusal.MFA: (
        "invalid_grant",
        50076,
        "Due to a configuration change made by your administrator, or because you moved to a new location, "
        "you must use multi-factor authentication to access '00000007-0000-0000-c000-000000000000'.",
    ),
    Refusal.PASSWORD_EXPIRED: ("invalid_grant", 50055, "The password is expired."),
    Refusal.CONDITIONAL_ACCESS: (
        "invalid_grant",
        53003,
        "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
    ),
    # Whoever posts a federated user's password here all the same: Entra has none to compare it with.
    Refusal.FEDERATED: ("invalid_grant", 50126, "Error validating credentials due to invalid username or password."),
    Fault.UNKNOWN_CLIENT: (
        "unauthorized_client",
        700016,
        "Application with identifier '{about}' was not found in the directory 'Contoso'. This can happen if the "
        "application has not been installed by the administrator of the tenant or consented to by any user in the "
        "tenant. You may have sent your authentication request to the wrong tenant.",
    ),
    Fault.FORBIDDEN_CLIENT: (
        "invalid_grant",
        65001,
        "The user or administrator has not consented to use the application with ID '{about}' named 'crmload'. "
        "Send an interactive authorization request for this user and resource.",
    ),
    Fault.NO_SECRET: (
        "invalid_client",
        7000218,
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    ),
    Fault.WRONG_SECRET: (
        "invalid_client",
        7000215,
        "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, "
        "not the client secret ID, for a secret added to app '{about}'.",
    ),
    Fault.NO_GRANT_TYPE: ("invalid_request", 900144, _MISSING),
    Fault.UNSUPPORTED_GRANT: (
        "unsupported_grant_type",
        70003,
        "The app requested an unsupported grant type '{about}'.",
    ),
    Fault.BAD_REFRESH_TOKEN: (
        "invalid_grant",
        70008,
        "The provided authorization code or refresh token has expired due to inactivity. "
        "Send a new interactive authorization request for this user and resource.",
    ),
    Fault.BAD_CODE: (
        "invalid_grant",
        70008,
        "The provided authorization code or refresh token has expired due to inactivity. "
        "Send a new interactive authorization request for this user and resource.",
    ),
    Fault.USED_CODE: (
        "invalid_grant",
        54005,
        "OAuth2 Authorization code was already redeemed, "
        "please retry with a new valid code or use an existing refresh token.",
    ),
    Fault.OTHER_REDIRECT: (
        "invalid_grant",
        500112,
        "The reply address '{about}' does not match the reply address provided when requesting Authorization code.",
    ),
    Fault.WRONG_VERIFIER: (
        "invalid_grant",
        501481,
        "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
    ),
    Fault.BAD_DEVICE_CODE: ("invalid_grant", 70000, "The provided value for the 'device_code' parameter is not valid."),
    Fault.EXPIRED_DEVICE_CODE: (
        "expired_token",
        70020,
        "The provided value for the input parameter 'device_code' is not valid. This device code has expired.",
    ),
    Fault.PENDING: (
        "authorization_pending",
        70016,
        "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
    ),
    Fault.DECLINED: ("authorization_declined", 70018, "OAuth 2.0 device flow error. The user declined."),
    Fault.UNKNOWN_RESOURCE: (
        "invalid_resource",
        500011,
        "The resource principal named {about} was not found in the tenant named Contoso.",
    ),
    Fault.NO_RESOURCE: ("invalid_request", 900144, _MISSING),
}


def describe(reason: Fault | Refusal, about: str = "") -> tuple[str, int, str]:
    """OAuth error, AADSTS code and the sentence that pages and programs show."""
    error, code, words = _WORDS[reason]
    return error, code, f"AADSTS{code}: {words.format(about=about)}"


def refusal(error: RefusedGrantError) -> Response:
    """The token endpoint's refusal: 401 for a client that cannot prove itself, else 400."""
    name, code, sentence = describe(error.reason, error.about)
    return _answer(name, code, sentence, status=401 if name == "invalid_client" else 400)


def unknown_tenant(tenant: str) -> Response:
    """There is one tenant only."""
    sentence = (
        f"AADSTS90002: Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing "
        "into the correct cloud. Check with your subscription administrator, this may happen if there are no active "
        "subscriptions for the tenant."
    )
    return _answer("invalid_tenant", 90002, sentence, status=400)


def _answer(name: str, code: int, sentence: str, *, status: int) -> Response:
    trace, correlation = str(uuid.uuid4()), str(uuid.uuid4())
    stamp = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    body: dict[str, Any] = {
        "error": name,
        "error_description": f"{sentence} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {stamp}",
        "error_codes": [code],
        "timestamp": stamp,
        "trace_id": trace,
        "correlation_id": correlation,
        "error_uri": f"https://login.microsoftonline.com/error?code={code}",
    }
    if code == 50076:
        body["suberror"] = "basic_action"
    if code == 50055:
        body["suberror"] = "user_password_expired"
    return JSONResponse(body, status_code=status, headers={"Cache-Control": "no-store, no-cache"})
