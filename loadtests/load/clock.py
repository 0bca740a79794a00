"""The run's clock: which interval a moment belongs to, on the master's time."""

import time
from collections.abc import Callable

from loadtests.results.interval_log import INTERVAL_S


class RunClock:
    """Monotonic seconds since the run's start. `start` is this process's monotonic reading at that moment."""

    def __init__(self, start: float, reading: Callable[[], float] = time.monotonic) -> None:
        self._start = start
        self.reading = reading
        """This process's monotonic clock, in seconds."""

    @classmethod
    def starting_now(cls) -> "RunClock":
        """For the process that starts the run."""
        return cls(time.monotonic())

    @classmethod
    def following(cls, sent: float, master_elapsed: float, received: float) -> "RunClock":
        """For a worker: `sent` and `received` are its own readings around a question, `master_elapsed` the answer.

        The answer was given half-way, as in Cristian's algorithm; the error is at most half of the round trip.
        """
        return cls((sent + received) / 2 - master_elapsed)

    @property
    def elapsed(self) -> float:
        """Seconds since the run's start."""
        return self.reading() - self._start

    def end_of(self, interval: int) -> float:
        """What it will read when that interval is over."""
        return self._start + (interval + 1) * INTERVAL_S

    @property
    def interval(self) -> int:
        """Number of the present interval."""
        return int(self.elapsed // INTERVAL_S)
