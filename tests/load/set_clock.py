"""A run's clock that a test sets."""

from loadtests.load.clock import RunClock


class Clock(RunClock):
    """It stands at `now`, in seconds since the run's start."""

    def __init__(self) -> None:
        super().__init__(0.0, lambda: self.now)
        self.now = 0.0
