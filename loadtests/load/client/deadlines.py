"""Ends what takes too long: one timer for all people of a process, running while anybody waits."""

from functools import lru_cache
from time import perf_counter
from typing import Any, Protocol

TICK_S = 0.05
"""How late a deadline may be noticed."""


class Due(Protocol):
    """Something that must be over at a moment (`time.perf_counter`)."""

    due: float

    def overdue(self) -> None: ...


class Deadlines:
    """Whoever waits is in it; adding and removing cost next to nothing, which every request does."""

    def __init__(self, hub: Any) -> None:
        self._timer = hub.loop.timer(TICK_S, TICK_S)
        self._waiting: set[Due] = set()

    def add(self, one: Due) -> None:
        """From now on it is watched."""
        if not self._waiting:
            self._timer.start(self._look, update=True)
        self._waiting.add(one)

    def remove(self, one: Due) -> None:
        """It is over."""
        self._waiting.discard(one)

    def _look(self) -> None:
        now = perf_counter()
        for one in [one for one in self._waiting if one.due <= now]:
            self._waiting.discard(one)
            one.overdue()
        if not self._waiting:
            self._timer.stop()


@lru_cache(maxsize=4)
def deadlines_of(hub: Any) -> Deadlines:
    """Those of a hub."""
    return Deadlines(hub)
