"""One measure of one machine over time."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import NamedTuple

LONGEST_S = 15.0
"""A longer sample interval, or gap, hides what a step of load did: it is named."""


class Period(NamedTuple):
    """`value` is the mean of the time from `begin` to `end`: seconds of whatever clock the track has."""

    begin: float
    end: float
    value: float


@dataclass(frozen=True, slots=True)
class Track:
    """Periods rise in time and do not overlap; where nothing was counted, there is none."""

    machine: str
    """As the file calls it; empty where it does not say."""
    measure: str
    """One of `loadtests.results.measures`."""
    periods: tuple[Period, ...]

    @property
    def span(self) -> tuple[float, float]:
        """Where it begins and ends (it has at least one period)."""
        return self.periods[0].begin, self.periods[-1].end

    @property
    def sample_s(self) -> float:
        """How long a period usually is."""
        return median(period.end - period.begin for period in self.periods)

    @property
    def gaps(self) -> tuple[tuple[float, float], ...]:
        """Begin and end of what is missing, where that is more than `LONGEST_S`."""
        return tuple(
            (before.end, after.begin)
            for before, after in pairwise(self.periods)
            if after.begin - before.end > LONGEST_S
        )

    def moved(self, seconds: float) -> "Track":
        """The same on a clock that is so much ahead."""
        moved = tuple(Period(begin + seconds, end + seconds, value) for begin, end, value in self.periods)
        return Track(self.machine, self.measure, moved)


def periods_between(moments: Sequence[float], values: Sequence[float | None]) -> tuple[Period, ...]:
    """Readings of which each tells the mean since the moment before; None and negative ones tell nothing.

    After a pause a reading counts for the usual time only: who knows what was before.
    """
    steps = [after - before for before, after in pairwise(moments) if after > before]
    if not steps:
        return ()
    usual = median(steps)
    longest = max(LONGEST_S, 2.5 * usual)
    periods = []
    for before, now, value in zip(moments, moments[1:], values[1:], strict=False):
        if now <= before or value is None or value < 0:
            continue
        periods.append(Period(now - usual if now - before > longest else before, now, value))
    return tuple(periods)
