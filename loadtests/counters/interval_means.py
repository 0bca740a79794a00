"""Periods of any length as means of the run's intervals."""

from collections.abc import Iterable

from loadtests.counters.track import Period
from loadtests.results.interval_log import INTERVAL_S

ENOUGH = 0.5
"""An interval of which less was counted has no mean."""


class IntervalMeans:
    """Takes periods in seconds since the run's start, gives the mean of each interval, weighted by time.

    So the mean of any window of intervals is the same however often somebody counted, and by what clock tick.
    """

    def __init__(self) -> None:
        self._sums: dict[int, tuple[float, float]] = {}

    def add(self, period: Period) -> None:
        """What lies before the run's start is left out."""
        begin = max(period.begin, 0.0)
        while begin < period.end:
            interval = int(begin // INTERVAL_S)
            end = min(period.end, (interval + 1) * INTERVAL_S)
            seconds, total = self._sums.get(interval, (0.0, 0.0))
            self._sums[interval] = (seconds + end - begin, total + (end - begin) * period.value)
            begin = end

    def take(self, before: float) -> dict[int, float]:
        """The means of the intervals that ended by `before`; they are forgotten."""
        ended = sorted(interval for interval in self._sums if (interval + 1) * INTERVAL_S <= before)
        found = {interval: self._sums.pop(interval) for interval in ended}
        return {
            interval: total / seconds for interval, (seconds, total) in found.items() if seconds >= ENOUGH * INTERVAL_S
        }


def means_of(periods: Iterable[Period]) -> dict[int, float]:
    """The mean of every interval that the periods tell enough of."""
    means = IntervalMeans()
    for period in periods:
        means.add(period)
    return means.take(float("inf"))
