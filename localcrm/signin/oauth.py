"""AD FS's OAuth endpoints: discovery, keys and the token endpoint with the password and refresh grants.

Shapes and traps: wire facts 3.2. Error texts follow AD FS's own ``MSIS…`` messages.
"""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import JSONResponse, Response

from localcrm.signin.accounts import Accounts
from localcrm.signin.addresses import ADFS_HOST, CLIENT_ID, Addresses
from localcrm.signin.keys import SigningKey
from localcrm.signin.tokens import ACCESS_TOKEN_SECONDS, TokenMint

#: What AD FS puts as audience when a client names no resource; it opens no entrance of the CRM.
NO_RESOURCE = "urn:microsoft:userinfo"
_REFRESH_TOKEN_SECONDS = 8 * 3600
_UNCACHED = {"Cache-Control": "no-store", "Pragma": "no-cache"}


@dataclass(frozen=True, slots=True)
class _Refresh:
    username: str
    expires_at: float


class OAuth:
    """The token service. Refresh tokens live in memory; nothing is written anywhere."""

    def __init__(self, addresses: Addresses, key: SigningKey, accounts: Accounts) -> None:
        self._addresses = addresses
        self._key = key
        self._mint = TokenMint(key)
        self._accounts = accounts
        self._refresh: dict[str, _Refresh] = {}

    def discovery(self, host: str) -> Response:
        """``/.well-known/openid-configuration`` with endpoints at the host that was asked."""
        root = f"{self._addresses.origin(host)}adfs"
        return JSONResponse(
            {
                "issuer": self._issuer(),
                "authorization_endpoint": f"{root}/oauth2/authorize/",
                "token_endpoint": f"{root}/oauth2/token/",
                "jwks_uri": f"{root}/discovery/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
                "response_types_supported": ["code", "id_token", "code id_token"],
                "response_modes_supported": ["query", "fragment", "form_post"],
                "grant_types_supported": ["password", "refresh_token"],
                "subject_types_supported": ["pairwise"],
                "scopes_supported": ["openid", "user_impersonation"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "claims_supported": ["aud", "iss", "iat", "exp", "sub", "upn", "unique_name", "auth_time"],
                "access_token_issuer": self._issuer(),
                "end_session_endpoint": f"{root}/oauth2/logout",
            }
        )

    def keys(self) -> Response:
        """The public key as a JWK set."""
        numbers = self._key.public.public_numbers()
        modulus, exponent = numbers.n.to_bytes(256, "big"), numbers.e.to_bytes(3, "big")
        key = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self._key.key_id}
        return JSONResponse({"keys": [key | {"n": _base64url(modulus), "e": _base64url(exponent)}]})

    def token(self, form: Mapping[str, str]) -> tuple[Response, str]:
        """Answer a token request; with it goes the user it was for (empty when unknown)."""
        if form.get("client_id", "").lower() != CLIENT_ID:
            return _refusal(
                "invalid_client",
                "MSIS9607: The 'client_id' parameter in the request is invalid. "
                "No registered client is found with this identifier.",
            ), ""
        grant = form.get("grant_type", "")
        if grant == "password":
            return self._by_password(form)
        if grant == "refresh_token":
            return self._by_refresh_token(form)
        return _refusal("unsupported_grant_type", f"MSIS9611: The grant_type '{grant}' is not supported."), ""

    def _by_password(self, form: Mapping[str, str]) -> tuple[Response, str]:
        username = form.get("username", "")
        if self._accounts.refusal(username, form.get("password", "")):
            return _refusal("invalid_grant", "MSIS9659: Invalid 'username' or 'password'."), username
        return self._issue(form, username, new_refresh_token=True), username

    def _by_refresh_token(self, form: Mapping[str, str]) -> tuple[Response, str]:
        known = self._refresh.get(form.get("refresh_token", ""))
        if known is None or known.expires_at <= time.time():
            return _refusal("invalid_grant", "MSIS9615: The refresh token received in 'refresh_token' is invalid."), ""
        return self._issue(form, known.username, new_refresh_token=False), known.username

    def _issue(self, form: Mapping[str, str], username: str, *, new_refresh_token: bool) -> Response:
        asked = form.get("resource", "")
        audience = self._addresses.resource_for(asked) if asked else NO_RESOURCE
        if audience is None:
            return _refusal(
                "invalid_resource",
                "MSIS9602: The received 'resource' parameter is invalid. "
                "The authorization server can not find a registered resource with the specified identifier.",
            )
        issuer = self._issuer()
        answer: dict[str, Any] = {
            "access_token": self._mint.access_token(
                username=username, name=username, audience=audience, issuer=issuer, client_id=CLIENT_ID
            ),
            "token_type": "bearer",
            "expires_in": ACCESS_TOKEN_SECONDS,
            "resource": audience,
            "scope": "openid user_impersonation",
            "id_token": self._mint.id_token(username=username, name=username, issuer=issuer, client_id=CLIENT_ID),
        }
        if new_refresh_token:
            answer["refresh_token"] = self._remember(username)
            answer["refresh_token_expires_in"] = _REFRESH_TOKEN_SECONDS
        return JSONResponse(answer, headers=_UNCACHED)

    def _remember(self, username: str) -> str:
        now = time.time()
        if len(self._refresh) > 50_000:
            self._refresh = {token: known for token, known in self._refresh.items() if known.expires_at > now}
        token = secrets.token_urlsafe(96)
        self._refresh[token] = _Refresh(username, now + _REFRESH_TOKEN_SECONDS)
        return token

    def _issuer(self) -> str:
        return f"{self._addresses.origin(ADFS_HOST)}adfs"


def _refusal(error: str, description: str) -> Response:
    return JSONResponse({"error": error, "error_description": description}, status_code=400, headers=_UNCACHED)


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
