"""The proof of who a person is, between sign-in and sign-out, and how it is made good again when it ends."""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from gevent import getcurrent
from gevent.lock import RLock

from loadtests.load.exchange import Request, Response
from loadtests.load.outcomes import NotOk

RENEW_BEFORE_S = 600.0
"""Tokens are renewed 5 to 10 minutes before they expire, spread so that not everybody renews at once."""

_REFUSALS = frozenset({302, 401})
"""The statuses that may say that a proof holds no more."""

Renew = Callable[[], tuple[str, float]]
"""Asks for a new token: the token, and the seconds it lasts. Raises `NotOk`."""


@dataclass(slots=True)
class SignedIn:
    """`token` is empty where cookies (AD FS pages) or connections (Windows) prove the person."""

    username: str
    how: Literal["oauth", "forms", "windows"]
    token: str = ""
    expires: float = 0.0
    """Monotonic time."""
    renew: Renew | None = None
    """Without asking the person."""
    again: Renew | None = None
    """All of the sign-in anew: when a token is refused that cannot be renewed, or a session of cookies has ended."""
    acting_for: Mapping[str, str] = field(default_factory=dict)
    """With impersonation: the header that names the person, whoever has signed in."""
    user_id: str = ""
    """The systemuser's id, set by whoever asked the CRM (WhoAmI)."""
    generation: int = 0
    """How often the proof was made good."""
    _early_s: float = field(default_factory=lambda: random.uniform(RENEW_BEFORE_S / 2, RENEW_BEFORE_S))
    _lock: RLock = field(default_factory=RLock, repr=False)
    _at_it: object = field(default=None, repr=False)
    _headers: Mapping[str, str] | None = field(default=None, repr=False)
    _headers_of: str = field(default="", repr=False)

    def headers(self) -> Mapping[str, str]:
        """The Authorization header, or none, and the person whom it is used for: one object as long as they stay so.

        A token that has ended is renewed before it is used, as MSAL does: a laptop that slept, a person long away. They
        wait for it, and it raises `NotOk` when they cannot come in again.
        """
        if self.token and time.monotonic() > self.expires and self._at_it is not getcurrent():
            self.make_good(self.generation)
        if self._headers is None or self._headers_of is not self.token:
            self._headers_of = self.token
            self._headers = {**({"Authorization": f"Bearer {self.token}"} if self.token else {}), **self.acting_for}
        return self._headers

    def renew_if_due(self) -> None:
        """Renew the token ahead of its end. Called while the person thinks, so that nobody waits for it."""
        if self.renew is not None and time.monotonic() > self.expires - self._early_s:
            with self._lock:
                self._take(*self.renew())

    def refused(self, response: Response) -> bool:
        """True when this answer says that the proof holds no more. Never while it is being made good."""
        if response.status not in _REFUSALS or self._at_it is getcurrent():
            return False
        match self.how:
            case "oauth":
                return response.status == 401 and "bearer" in response.headers.get("WWW-Authenticate").lower()
            case "forms":
                leads_to_sign_in = "wa=wsignin1.0" in response.headers.get("Location")
                return response.status == 401 or (response.status == 302 and leads_to_sign_in)
            case "windows":
                return False

    def make_good(self, generation: int) -> None:
        """Renew the proof, or sign in anew where that is refused; who was refused at an older generation need not.

        Raises `NotOk` when the person cannot come in again.
        """
        with self._lock:
            if generation != self.generation:
                return
            self._at_it = getcurrent()
            try:
                try:
                    renewed = self.renew() if self.renew is not None else None
                except NotOk:
                    renewed = None
                if renewed is None and self.again is not None:
                    renewed = self.again()
                if renewed is not None:
                    self._take(*renewed)
            finally:
                self._at_it = None

    def proved(self, request: Request) -> Request:
        """The same request with the proof as it is now."""
        if "Authorization" not in request.headers:
            return request
        return request._replace(headers={**request.headers, **self.headers()})

    def _take(self, token: str, lasts_s: float) -> None:
        self.token = token
        self.expires = time.monotonic() + lasts_s
        self.generation += 1
        # A server that hands out very short tokens must not be asked at every thought.
        self._early_s = min(self._early_s, lasts_s / 2)
