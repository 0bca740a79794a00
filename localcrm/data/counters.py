"""Numbers that only rise: row versions and case numbers. In memory, so that a rolled-back or undone run leaves none."""

from __future__ import annotations

import threading


class Counter:
    """Hands out numbers above a first one, to any thread."""

    def __init__(self, last: int) -> None:
        self._lock = threading.Lock()
        self._last = last

    def next(self) -> int:
        """The next number."""
        with self._lock:
            self._last += 1
            return self._last

    @property
    def last(self) -> int:
        """The number handed out last."""
        with self._lock:
            return self._last
