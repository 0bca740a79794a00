"""A worker's hold on the accounts that it was dealt: good only as long as the master answers.

A worker that was cut off is not dead: its people would go on with accounts that the master, who hears nothing, deals to
somebody else. So each second it asks whether it may keep them. Counted from the moment of the *question*, an answer is
good for `HOLD_S`; then the people stop, whatever they are doing. The master waits `GIVEN_UP_AFTER_S` from the last
question that it *heard*, which is later, and longer: when it deals an account anew, nobody uses it.
"""

import time
from collections.abc import Callable

ASK_EVERY_S = 1.0
HOLD_S = 10.0
GIVEN_UP_AFTER_S = 15.0
"""The difference is for requests that were sent at the last moment and are still at work in the CRM, and for the ticks
on both sides."""

Clocks = tuple[Callable[[], float], ...]


class Hold:
    """What a worker knows of its right. Its `term` is another one after the master has given it up."""

    def __init__(self, clocks: Clocks = (time.monotonic, time.time)) -> None:
        """Two clocks, and the one that is further counts: a monotonic clock may stand still while a machine sleeps."""
        self._clocks = clocks
        self._asked: dict[int, tuple[float, ...]] = {}
        self._number = 0
        self._good_since: tuple[float, ...] | None = None
        self.term = 0
        """0 until the master has answered for the first time."""

    @property
    def good(self) -> bool:
        """True while people may use their accounts."""
        return self._good_since is not None and not self._past(self._good_since)

    def asking(self) -> int:
        """The number of a question that is sent now."""
        self._number += 1
        self._asked = {number: at for number, at in self._asked.items() if not self._past(at)}
        self._asked[self._number] = tuple(clock() for clock in self._clocks)
        return self._number

    def answered(self, number: int, term: int) -> bool:
        """The master's answer to a question. True when the term is another: all that was held before is over."""
        if term < self.term:
            return False  # an answer from before the master gave this worker up
        asked = self._asked.pop(number, None)
        if asked is not None and (self._good_since is None or asked[0] > self._good_since[0]):
            self._good_since = asked
        over = term != self.term
        self.term = term
        return over

    def _past(self, at: tuple[float, ...]) -> bool:
        return any(clock() - since >= HOLD_S for clock, since in zip(self._clocks, at, strict=True))
