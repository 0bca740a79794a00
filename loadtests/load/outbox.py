"""What a worker has recorded and the master does not have yet: sent again until the master says that it has it."""

import time
from collections.abc import Callable, Collection, Iterable

from loadtests.results.delta import Delta

AGAIN_AFTER_S = 5.0
"""Locust reports every three seconds: what two reports have not brought over goes into the third."""


class Outbox:
    """Deltas in the order in which they were recorded. The master takes each once, however often it comes."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._waiting: dict[int, Delta] = {}
        self._sent: dict[int, float] = {}

    def __len__(self) -> int:
        """How many the master has not said to have."""
        return len(self._waiting)

    def add(self, deltas: Iterable[Delta]) -> None:
        """New ones."""
        self._waiting.update((delta.sequence, delta) for delta in deltas)

    def due(self, *, all_of_them: bool = False) -> list[Delta]:
        """Those to send now: new ones, and those that were sent a while ago (`all_of_them`: or just now)."""
        now = self._now()
        due = [
            delta
            for sequence, delta in self._waiting.items()
            if all_of_them or now - self._sent.get(sequence, -AGAIN_AFTER_S) >= AGAIN_AFTER_S
        ]
        self._sent.update((delta.sequence, now) for delta in due)
        return due

    def arrived(self, sequences: Collection[int]) -> None:
        """The master has these."""
        for sequence in sequences:
            self._waiting.pop(sequence, None)
            self._sent.pop(sequence, None)
