"""What a client does by itself while its person works: on connections of its own, in a rhythm of its own.

Nobody waits for it. Its transactions are series of their own: they belong to no session and break no first impression.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random

from gevent import Greenlet, spawn
from gevent.event import Event

from loadtests.errors import CrmloadError
from loadtests.load.http import HttpClient
from loadtests.load.outcomes import Failed, NotOk, RunEnding

Note = Callable[[str, str, int, NotOk | None], None]
"""Takes a transaction that ended: name, outcome, microseconds, what was wrong."""

JITTER = 0.1
"""Every interval is up to this share shorter or longer, so that a thousand clients do not ask at the same moment."""


class Background:
    """The loops of one person's client, from `every` to `stop`."""

    def __init__(self, http: HttpClient, dice: Random, leaving: Event, note: Note) -> None:
        self.http = http
        self._dice = dice
        self._leaving = leaving
        self._note = note
        self._loops: list[Greenlet] = []
        self.fatal: CrmloadError | None = None
        """What must end the run, such as an answer that leads outside the environment; the person tells it on."""

    def every(self, interval_s: float, work: Callable[[], None]) -> None:
        """Do this again and again, the first time at a random moment of the first interval."""
        self._loops.append(spawn(self._loop, interval_s, work))

    @contextmanager
    def transaction(self, name: str) -> Iterator[None]:
        """Time one piece of it. What goes wrong is recorded and nothing more: the next turn comes."""
        begun = time.perf_counter()
        outcome, problem = "abandoned", None
        try:
            yield
            outcome = "ok"
        except NotOk as error:
            outcome, problem = error.outcome, error
        except RunEnding:
            pass  # the person's next act, or the end of these loops, is at hand
        except CrmloadError as error:
            self.fatal = error
        except Exception as error:
            problem = Failed(f"{type(error).__name__}: {error}")
            outcome = problem.outcome
        finally:
            self._note(name, outcome, int((time.perf_counter() - begun) * 1e6), problem)

    def stop(self) -> None:
        """End the loops, in the middle of what they do, and their connections."""
        for loop in self._loops:
            loop.kill()
        self._loops.clear()
        self.http.close()

    def _loop(self, interval_s: float, work: Callable[[], None]) -> None:
        pause = self._dice.random() * interval_s
        while not self._leaving.wait(pause) and self.fatal is None:
            work()
            pause = interval_s * self._dice.uniform(1 - JITTER, 1 + JITTER)
