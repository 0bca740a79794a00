"""Ends what takes too long: one timer for all people of a process."""

from functools import lru_cache
from time import perf_counter
from typing import Any, Protocol

TICK_S = 0.05
"""How late a deadline may be noticed."""


class Due(Protocol):
    """Something that must be over at a moment (`time.perf_counter`)."""

    due: float

    def overdue(self) -> None: ...


class Deadlines(set[Due]):
    """Whoever waits is in it. Every request adds and removes itself: a set does no more than that."""

    def __init__(self, hub: Any) -> None:
        super().__init__()
        # It keeps no loop running that has nothing else to do.
        self._timer = hub.loop.timer(TICK_S, TICK_S, ref=False)
        self._timer.start(self._look)

    def _look(self) -> None:
        now = perf_counter()
        for one in [one for one in self if one.due <= now]:
            self.discard(one)
            one.overdue()


@lru_cache(maxsize=4)
def deadlines_of(hub: Any) -> Deadlines:
    """Those of a hub."""
    return Deadlines(hub)
