"""Numbers that only rise: row versions and case numbers. In memory, so that a rolled-back or undone run leaves none."""

from __future__ import annotations

import itertools
import threading


class Counter:
    """Hands out numbers above a first one, to any thread."""

    def __init__(self, last: int) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(last + 1)

    def next(self) -> int:
        """The next number."""
        with self._lock:
            return next(self._numbers)
