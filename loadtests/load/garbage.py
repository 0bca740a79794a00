"""When Python looks for circles of objects that nobody needs any more: seldom, because everybody waits meanwhile.

Left to itself it looks through all that is alive whenever enough has outlived a while, as requests on their way always
have: 200 ms for 2,500 people, again and again, to find next to nothing. What people do leaves hardly a circle behind;
errors and going home do. So everything is looked through when it has become half as much again, and only then. What is
new is looked through every few seconds, which takes a millisecond or two: signing in by MSAL leaves circles each time.
"""

import gc
import sys

import gevent

LOOK_EVERY_S = 1.0
LOOK_AT_NEW_EVERY_S = 10.0
GROWN = 1.5
"""Times what was there after the last look: memory stays below that, and the more there is the seldomer are looks."""


class Garbage:
    """Of a process with people, until `stop`."""

    def __init__(self, look_every_s: float = LOOK_EVERY_S, look_at_new_every_s: float = LOOK_AT_NEW_EVERY_S) -> None:
        gc.disable()
        # What was there before any person is never looked through again.
        gc.freeze()
        self._left = sys.getallocatedblocks()
        """Pieces of memory in use after the last look."""
        self._greenlets = [gevent.spawn(self._watch, look_every_s), gevent.spawn(_look_at_new, look_at_new_every_s)]

    def stop(self) -> None:
        """Python looks by itself again."""
        gevent.killall(self._greenlets)
        gc.unfreeze()
        gc.enable()

    def _watch(self, look_every_s: float) -> None:
        while True:
            gevent.sleep(look_every_s)
            if sys.getallocatedblocks() > GROWN * self._left:
                gc.collect()
                self._left = sys.getallocatedblocks()


def _look_at_new(every_s: float) -> None:
    while True:
        gevent.sleep(every_s)
        # Of the youngest generation: what was there at the last such look is old.
        gc.collect(0)
