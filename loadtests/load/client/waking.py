"""Telling people that their answer is there, or their pause over: after every socket that is ready was read.

What a woken person does next (assertions, books, the next request) takes longer than reading an answer, and would be in
the time of all whose answers lie there unread.
"""

from collections import deque
from collections.abc import Callable
from functools import lru_cache
from time import perf_counter
from typing import Any

SLICE_S = 0.0005
"""After so long the sockets are looked at again, though people still wait to be told."""

Told = Callable[[None], Any]


class Waking:
    """First come, first told; in the hub, as soon as nothing is left to read."""

    __slots__ = ("_idle", "_waiting")

    def __init__(self, loop: Any) -> None:
        # The priority of connections' watchers: before timers, and only when none of those has anything.
        self._idle = loop.idle(priority=loop.MAXPRI)
        self._waiting: deque[Told] = deque()

    def later(self, told: Told) -> None:
        """Call it with None once the sockets that are ready were read."""
        if not self._waiting:
            self._idle.start(self._wake)
        self._waiting.append(told)

    def _wake(self) -> None:
        waiting, until = self._waiting, perf_counter() + SLICE_S
        while waiting:
            waiting.popleft()(None)
            if perf_counter() >= until:
                return
        self._idle.stop()


@lru_cache(maxsize=4)
def waking_of(hub: Any) -> Waking:
    """That of a hub."""
    return Waking(hub.loop)
