"""AD FS's OAuth endpoints below ``/adfs`` (wire facts 3.2, 4.3): documents, tokens, and its words for what goes wrong.

Error texts are AD FS's own ``MSIS…`` messages where they are known.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse, Response

from localcrm.signin.accounts import Refusal
from localcrm.signin.addresses import ADFS_HOST, Addresses
from localcrm.signin.grants import (
    REFRESH_SECONDS,
    Fault,
    Grant,
    Grants,
    RefusedGrantError,
)
from localcrm.signin.keys import SigningKey
from localcrm.signin.scopes import asked_resource
from localcrm.signin.tokens import TokenMint

#: What AD FS puts as audience when a client names no resource; it opens no entrance of the CRM.
NO_RESOURCE = "urn:microsoft:userinfo"
UNCACHED = {"Cache-Control": "no-store", "Pragma": "no-cache"}

_WRONG = "MSIS9659: Invalid 'username' or 'password'."
#: error and description; ``{about}`` is the wrong value.
_WORDS: dict[Fault | Refusal, tuple[str, str]] = {
    # One answer to all of them: AD FS does not tell a stranger what is wrong with an account.
    **dict.fromkeys(Refusal, ("invalid_grant", _WRONG)),
    # The OAuth error is the standard's; the words are not known for sure.
    Refusal.MFA: ("interaction_required", "MSIS9462: Interaction is required: additional authentication is needed."),
    Fault.FORBIDDEN_CLIENT: (
        "unauthorized_client",
        "MSIS9605: The client is not allowed to access the requested resource.",
    ),
    Fault.UNKNOWN_CLIENT: (
        "invalid_client",
        "MSIS9607: The 'client_id' parameter in the request is invalid. "
        "No registered client is found with this identifier.",
    ),
    Fault.NO_SECRET: ("invalid_client", "MSIS9621: Client authentication failed: no credential was provided."),
    Fault.WRONG_SECRET: (
        "invalid_client",
        "MSIS9622: Client authentication failed. "
        "Please verify the credential provided for client authentication is valid.",
    ),
    Fault.NO_GRANT_TYPE: ("invalid_request", "MSIS9608: The 'grant_type' parameter is missing in the request."),
    Fault.UNSUPPORTED_GRANT: ("unsupported_grant_type", "MSIS9611: The grant_type '{about}' is not supported."),
    Fault.BAD_REFRESH_TOKEN: (
        "invalid_grant",
        "MSIS9615: The refresh token received in 'refresh_token' is invalid.",
    ),
    Fault.BAD_CODE: ("invalid_grant", "MSIS9612: The authorization code received in 'code' parameter is invalid."),
    Fault.USED_CODE: ("invalid_grant", "MSIS9612: The authorization code received in 'code' parameter is invalid."),
    Fault.OTHER_REDIRECT: (
        "invalid_grant",
        "MSIS9609: The redirect uri '{about}' is not the one that the authorization code was issued for.",
    ),
    Fault.WRONG_VERIFIER: ("invalid_grant", "The 'code_verifier' does not match the 'code_challenge'."),
    Fault.BAD_DEVICE_CODE: ("invalid_grant", "The 'device_code' is invalid."),
    Fault.EXPIRED_DEVICE_CODE: ("expired_token", "The 'device_code' has expired."),
    Fault.PENDING: ("authorization_pending", "The user has not completed the sign-in yet."),
    Fault.DECLINED: ("access_denied", "The user declined the sign-in."),
    Fault.UNKNOWN_RESOURCE: (
        "invalid_resource",
        "MSIS9602: The received 'resource' parameter is invalid. "
        "The authorization server can not find a registered resource with the specified identifier.",
    ),
}


class OAuth:
    """AD FS's token service."""

    def __init__(self, addresses: Addresses, mint: TokenMint, key: SigningKey, grants: Grants) -> None:
        self._addresses = addresses
        self._mint = mint
        self._key = key
        self.grants = grants

    def discovery(self, host: str) -> Response:
        """``/.well-known/openid-configuration`` with everything at the host that was asked; clients compare."""
        root = self._issuer(host)
        return JSONResponse(
            {
                "issuer": root,
                "authorization_endpoint": f"{root}/oauth2/authorize/",
                "token_endpoint": f"{root}/oauth2/token/",
                "device_authorization_endpoint": f"{root}/oauth2/devicecode",
                "jwks_uri": f"{root}/discovery/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
                "response_types_supported": ["code"],
                "response_modes_supported": ["query", "fragment", "form_post"],
                "grant_types_supported": [
                    "authorization_code",
                    "refresh_token",
                    "client_credentials",
                    "password",
                    "urn:ietf:params:oauth:grant-type:device_code",
                ],
                "subject_types_supported": ["pairwise"],
                "scopes_supported": ["openid", "user_impersonation"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["plain", "S256"],
                "claims_supported": ["aud", "iss", "iat", "exp", "sub", "upn", "unique_name", "auth_time"],
                "access_token_issuer": self._issuer(ADFS_HOST),
                "end_session_endpoint": f"{root}/oauth2/logout",
            }
        )

    def keys(self) -> Response:
        """The public key as a JWK set."""
        return JSONResponse({"keys": [self._key.public_jwk()]})

    def token(self, form: Mapping[str, str], authorization: str, host: str) -> tuple[Response, str]:
        """Answer a token request; with it goes the user it was for (empty when unknown)."""
        try:
            grant = self.grants.redeem(form, authorization)
            return JSONResponse(self._tokens(grant, self._issuer(host)), headers=UNCACHED), grant.username
        except RefusedGrantError as error:
            return refusal(error), error.username

    def device(self, form: Mapping[str, str], host: str) -> Response:
        """``/oauth2/devicecode``: a code for the device and one for its user."""
        try:
            device = self.grants.new_device(form)
        except RefusedGrantError as error:
            return refusal(error)
        page = f"https://{host}/adfs/oauth2/deviceauth"
        message = f"Open {page} in a browser and enter the code {device.user_code} to sign in."
        return JSONResponse(device.answer(page, message), headers=UNCACHED)

    def _tokens(self, grant: Grant, issuer: str) -> dict[str, Any]:
        asked = asked_resource(grant.resource, grant.scope)
        audience = self._addresses.resource_for(asked) if asked else NO_RESOURCE
        if audience is None:
            raise RefusedGrantError(Fault.UNKNOWN_RESOURCE, about=asked, username=grant.username)
        username = grant.username
        common = {"appid": grant.client_id, "ver": "1.0"}
        if grant.is_application:
            claims = common | {"apptype": "Confidential", "idtyp": "app", "sub": grant.client_id}
        else:
            claims = common | {
                "upn": username,
                "unique_name": username,
                "apptype": "Public",
                "authmethod": "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
                "scp": "user_impersonation",
            }
        answer: dict[str, Any] = {
            "access_token": self._mint.access_token(
                username=username, audience=audience, issuer=self._issuer(ADFS_HOST), claims=claims
            ),
            "token_type": "bearer",
            "expires_in": self._mint.life.seconds,
            "resource": audience,
        }
        if grant.is_application:
            return answer
        who = {
            "upn": username,
            "unique_name": username,
            "sub": uuid.uuid5(uuid.NAMESPACE_URL, f"{self._issuer(ADFS_HOST)}#{username.casefold()}").hex,
            **({"nonce": grant.nonce} if grant.nonce else {}),
        }
        answer["scope"] = "openid user_impersonation" if not grant.scope else _granted(grant.scope)
        answer["id_token"] = self._mint.id_token(issuer=issuer, client_id=grant.client_id, claims=who)
        if not grant.is_renewal:
            answer["refresh_token"] = self.grants.new_refresh_token(grant)
            answer["refresh_token_expires_in"] = REFRESH_SECONDS
        return answer

    def _issuer(self, host: str) -> str:
        return f"{self._addresses.origin(host)}adfs"


def refusal(error: RefusedGrantError) -> Response:
    """A refusal in AD FS's words."""
    code, description = _WORDS[error.reason]
    body = {"error": code, "error_description": description.format(about=error.about)}
    return JSONResponse(body, status_code=400, headers=UNCACHED)


def _granted(scope: str) -> str:
    """The scopes as asked, and what they mean at the CRM."""
    names = scope.split()
    return " ".join(dict.fromkeys([*names, "openid", "user_impersonation"]))
