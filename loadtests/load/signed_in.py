"""The proof of who a person is, between sign-in and sign-out."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

RENEW_BEFORE_S = 600.0
"""Tokens are renewed 5 to 10 minutes before they expire, spread so that not everybody renews at once."""

Renew = Callable[[], tuple[str, float]]
"""Asks for a new token: the token, and the seconds it lasts."""


@dataclass(slots=True)
class SignedIn:
    """`token` is empty where cookies prove the person (AD FS pages)."""

    username: str
    how: str
    token: str = ""
    expires: float = 0.0
    """Monotonic time."""
    renew: Renew | None = None
    user_id: str = ""
    """The systemuser's id, set by whoever asked the CRM (WhoAmI)."""
    _early_s: float = field(default_factory=lambda: random.uniform(RENEW_BEFORE_S / 2, RENEW_BEFORE_S))

    def headers(self) -> dict[str, str]:
        """The Authorization header, or none."""
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def renew_if_due(self) -> None:
        """Renew the token ahead of its end. Called while the person thinks, so that nobody waits for it."""
        if self.renew is not None and time.monotonic() > self.expires - self._early_s:
            self.token, lasts_s = self.renew()
            self.expires = time.monotonic() + lasts_s
            # A server that hands out very short tokens must not be asked at every thought.
            self._early_s = min(self._early_s, lasts_s / 2)
