"""People come in one after the other.

Locust lets in all of a second's people at the same instant; a hundred of them, each with a TLS handshake of a
millisecond, would make everybody else act late.
"""

import time

import gevent

BETWEEN_S = 0.005
"""Two hundred a second: twice what Locust lets in."""


class Doorway:
    """Of one process."""

    def __init__(self) -> None:
        self._free = 0.0
        """When the next one may come in (`time.monotonic`)."""

    def wait_for_turn(self) -> None:
        """Return at once when nobody came in just now, or else when it is this one's turn; first come, first in."""
        now = time.monotonic()
        turn = max(now, self._free)
        self._free = turn + BETWEEN_S
        if turn > now:
            gevent.sleep(turn - now)
