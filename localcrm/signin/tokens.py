"""Access tokens: RS256 JWTs as AD FS and Entra issue them (wire facts 3.6), and the CRM's check of them."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jwt

from localcrm.signin.clock import Clock
from localcrm.signin.keys import SigningKey

#: Seconds an access token lives by default. MSAL never serves one with less than 300 s left from its cache.
ACCESS_TOKEN_SECONDS = 3600
_REMEMBERED_TOKENS = 2_000
_GENERATION = "xms_gen"
#: By how much the clocks of CRM and identity provider may differ: five minutes, as everywhere in Windows.
_CLOCK_SKEW_SECONDS = 300


class RefusedTokenError(Exception):
    """The token does not open this entrance; the message is what the 401 says."""


class TokenLife:
    """How long access tokens live, and which of those still in their time are called back."""

    def __init__(self, seconds: int = ACCESS_TOKEN_SECONDS) -> None:
        self.seconds = seconds
        self._lock = threading.Lock()
        self._everybody = 0
        self._by_username: dict[str, int] = {}

    def generation(self, username: str) -> int:
        """What a token for this user has to carry to be good."""
        return self._everybody + self._by_username.get(username.casefold(), 0)

    def expire(self, username: str = "") -> None:
        """Let every token issued so far be over at once: those of ``username``, or everybody's."""
        with self._lock:
            if username:
                self._by_username[username.casefold()] = self._by_username.get(username.casefold(), 0) + 1
            else:
                self._everybody += 1


@dataclass(frozen=True, slots=True)
class _Accepted:
    username: str
    audience: str
    expires_at: float
    generation: int


class TokenMint:
    """Signs tokens for one identity provider."""

    def __init__(self, key: SigningKey, life: TokenLife, clock: Clock) -> None:
        self._key = key
        self.life = life
        self._clock = clock

    def access_token(self, *, username: str, audience: str, issuer: str, claims: Mapping[str, Any]) -> str:
        """A token for ``audience`` (the CRM's resource URL) on behalf of ``username``, with more ``claims``."""
        now = int(self._clock.now())
        standard = {
            "aud": audience,
            "iss": issuer,
            "iat": now,
            "nbf": now,
            "exp": now + self.life.seconds,
            # Two tokens of one second must differ, or a refresh would seem to have changed nothing.
            "jti": uuid.uuid4().hex,
            _GENERATION: self.life.generation(username),
        }
        return self._encode(standard | dict(claims))

    def id_token(self, *, issuer: str, client_id: str, claims: Mapping[str, Any]) -> str:
        """Who signed in, for the client itself."""
        now = int(time.time())
        standard = {"aud": client_id, "iss": issuer, "iat": now, "nbf": now, "exp": now + ACCESS_TOKEN_SECONDS}
        return self._encode(standard | dict(claims))

    def _encode(self, claims: dict[str, Any]) -> str:
        return jwt.encode(claims, self._key.private, algorithm="RS256", headers={"kid": self._key.key_id})


@dataclass(frozen=True, slots=True)
class Trust:
    """An identity provider whose tokens the CRM takes: its key, and as whom an application of its acts by client id."""

    key: SigningKey
    user_of: Callable[[str], str]


class TokenGate:
    """The CRM's side: who a bearer token speaks for. Checked tokens are remembered until they expire."""

    def __init__(self, life: TokenLife, *trusted: Trust) -> None:
        self._life = life
        self._trusted = {trust.key.key_id: trust for trust in trusted}
        self._accepted: dict[str, _Accepted] = {}

    def username(self, token: str, audience: str) -> str:
        """The user a token for ``audience`` belongs to. Raises RefusedTokenError for any other."""
        known = self._accepted.get(token) or self._check(token)
        if known.expires_at <= time.time() or known.generation < self._life.generation(known.username):
            self._accepted.pop(token, None)
            raise RefusedTokenError("The token is expired")
        if known.audience != audience:
            raise RefusedTokenError(f"The token's audience {known.audience!r} is not {audience!r}")
        return known.username

    def _check(self, token: str) -> _Accepted:
        try:
            trust = self._trusted[jwt.get_unverified_header(token)["kid"]]
            claims = jwt.decode(
                token,
                trust.key.public,
                algorithms=["RS256"],
                options={"verify_aud": False, "verify_iat": False, "require": ["exp", "aud", "iss", _GENERATION]},
                leeway=_CLOCK_SKEW_SECONDS,
            )
            username = str(claims["upn"] if "upn" in claims else trust.user_of(claims["appid"]))
        except jwt.ExpiredSignatureError:
            raise RefusedTokenError("The token is expired") from None
        except jwt.ImmatureSignatureError:
            raise RefusedTokenError("IDX10222: Lifetime validation failed. The token is not yet valid.") from None
        except (jwt.InvalidTokenError, KeyError, TypeError):
            raise RefusedTokenError("The token cannot be validated") from None
        accepted = _Accepted(username, str(claims["aud"]), float(claims["exp"]), int(claims[_GENERATION]))
        if len(self._accepted) >= _REMEMBERED_TOKENS:
            self._accepted.clear()
        self._accepted[token] = accepted
        return accepted
