"""Access tokens: RS256 JWTs as AD FS issues them (wire facts 3.6), and the CRM's check of them."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import Any

import jwt

from localcrm.signin.keys import SigningKey

#: Seconds an access token lives. MSAL never serves one with less than 300 s left from its cache.
ACCESS_TOKEN_SECONDS = 3600
_REMEMBERED_TOKENS = 20_000


class RefusedTokenError(Exception):
    """The token does not open this entrance; the message is what the 401 says."""


@dataclass(frozen=True, slots=True)
class _Accepted:
    username: str
    audience: str
    expires_at: float


class TokenMint:
    """Issues tokens for one identity provider."""

    def __init__(self, key: SigningKey) -> None:
        self._key = key

    def access_token(self, *, username: str, name: str, audience: str, issuer: str, client_id: str) -> str:
        """A token for ``audience`` (the CRM's resource URL) on behalf of ``username`` (its UPN)."""
        now = int(time.time())
        return self._encode(
            {
                "aud": audience,
                "iss": issuer,
                "iat": now,
                "nbf": now,
                "exp": now + ACCESS_TOKEN_SECONDS,
                "upn": username,
                "unique_name": name,
                "appid": client_id,
                "apptype": "Public",
                "authmethod": "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
                "scp": "user_impersonation",
                "ver": "1.0",
                # Two tokens of one second must differ, or a refresh would seem to have changed nothing.
                "jti": uuid.uuid4().hex,
            }
        )

    def id_token(self, *, username: str, name: str, issuer: str, client_id: str) -> str:
        """Who signed in, for the client itself."""
        now = int(time.time())
        subject = uuid.uuid5(uuid.NAMESPACE_URL, f"{issuer}#{username.casefold()}").hex
        return self._encode(
            {
                "aud": client_id,
                "iss": issuer,
                "iat": now,
                "exp": now + ACCESS_TOKEN_SECONDS,
                "auth_time": now,
                "sub": subject,
                "upn": username,
                "unique_name": name,
            }
        )

    def _encode(self, claims: dict[str, Any]) -> str:
        return jwt.encode(claims, self._key.private, algorithm="RS256", headers={"kid": self._key.key_id})


class TokenGate:
    """The CRM's side: who a bearer token speaks for. Checked tokens are remembered until they expire."""

    def __init__(self, key: SigningKey) -> None:
        self._key = key
        self._accepted: dict[str, _Accepted] = {}

    def username(self, token: str, audience: str) -> str:
        """The user a token for ``audience`` belongs to. Raises RefusedTokenError for any other."""
        known = self._accepted.get(token) or self._check(token)
        if known.expires_at <= time.time():
            self._accepted.pop(token, None)
            raise RefusedTokenError("The token is expired")
        if known.audience != audience:
            raise RefusedTokenError(f"The token's audience {known.audience!r} is not {audience!r}")
        return known.username

    def _check(self, token: str) -> _Accepted:
        try:
            claims = jwt.decode(
                token,
                self._key.public,
                algorithms=["RS256"],
                options={"verify_aud": False, "require": ["exp", "aud", "upn"]},
            )
        except jwt.ExpiredSignatureError:
            raise RefusedTokenError("The token is expired") from None
        except jwt.InvalidTokenError:
            raise RefusedTokenError("The token cannot be validated") from None
        accepted = _Accepted(str(claims["upn"]), str(claims["aud"]), float(claims["exp"]))
        if len(self._accepted) >= _REMEMBERED_TOKENS:
            self._accepted.clear()
        self._accepted[token] = accepted
        return accepted
