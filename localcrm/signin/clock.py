"""The clock of the identity providers: a dial lets it be wrong, as on a server that lost its time source."""

from __future__ import annotations

import time


class Clock:
    """Seconds since 1970, ``ahead`` seconds ahead of the CRM's own clock (behind it when negative)."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def now(self) -> float:
        """What this clock shows."""
        return time.time() + self.ahead
