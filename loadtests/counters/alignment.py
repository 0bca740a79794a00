"""How far a file's clock is from the run's, seen in the shape of the load: servers are busy when people work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loadtests.counters.interval_means import means_of
from loadtests.counters.track import Period, Track
from loadtests.results.interval_log import INTERVAL_S

FURTHEST_S = 90 * 60
"""Clocks further apart are another time zone, which a file that does not overlap the run shows."""
BESIDE_S = 300
"""So much before and after the run is looked at too: nobody worked then."""
CLEAR = 0.7
"""A correlation below this shows nothing."""
BETTER = 0.02
"""An offset must explain the load so much better than none."""
_FEWEST = 24
"""Intervals (two minutes) that must be common."""
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Offset:
    """What to add to a file's times."""

    seconds: float
    why: str
    """In words, for people."""
    sure: bool
    """False where the load's shape could not show it."""


def estimate(tracks: Sequence[Track], done: Mapping[int, int], started: float) -> Offset:
    """The offset at which one of these servers was busy when people were: `done` transactions by interval of a run
    that started at this second since 1970."""
    pad = round(BESIDE_S / INTERVAL_S)
    work = np.zeros(2 * pad + max(done, default=0) + 1)
    for interval, count in done.items():
        work[interval + pad] = count
    best = max((_best(track, _smooth(work), started - BESIDE_S) for track in tracks), default=(0.0, 0, 0.0))
    correlation, lag, unmoved = best
    seconds = lag * INTERVAL_S
    if correlation < CLEAR:
        return Offset(
            0.0,
            "the load's shape does not show whether the clocks agree (a plan with steps would); taken as they are",
            False,
        )
    if abs(seconds) <= INTERVAL_S or correlation - unmoved < BETTER:
        return Offset(0.0, f"the clocks agree: the server was busy when people worked (r = {unmoved:.2f})", True)
    words = "ahead of" if seconds < 0 else "behind"
    return Offset(
        seconds,
        f"the server's clock was about {abs(seconds):.0f} s {words} the run's: so moved, it was busy when people "
        f"worked (r = {correlation:.2f}, unmoved {unmoved:.2f})",
        True,
    )


def _best(track: Track, work: Floats, origin: float) -> tuple[float, int, float]:
    """(highest correlation, its lag in intervals, the correlation without a lag) of one server."""
    most = round(FURTHEST_S / INTERVAL_S)
    start = origin - most * INTERVAL_S
    means = means_of(Period(begin - start, end - start, value) for begin, end, value in track.periods)
    busy = np.full(len(work) + 2 * most, np.nan)
    for interval, value in means.items():
        if interval < len(busy):
            busy[interval] = value
    busy = _smooth(busy)
    found = [(_correlation(work, busy[most - lag : most - lag + len(work)]), lag) for lag in range(-most, most + 1)]
    unmoved = found[most][0]
    highest = max(value for value, _ in found)
    # Of equals the smallest move.
    correlation, lag = min((one for one in found if one[0] >= highest - 1e-9), key=lambda one: abs(one[1]))
    return correlation, lag, unmoved


def _correlation(work: Floats, busy: Floats) -> float:
    """Pearson's r where both were counted; -1 where that is too little of the run, or one of them never moves."""
    both = ~np.isnan(busy)
    if both.sum() < max(_FEWEST, 0.5 * len(work)) or work[both].std() == 0 or busy[both].std() == 0:
        return -1.0
    return float(np.corrcoef(work[both], busy[both])[0, 1])


def _smooth(values: Floats) -> Floats:
    """The mean of three intervals: what people do in five seconds scatters."""
    padded = np.concatenate((values[:1], values, values[-1:]))
    smoothed: Floats = (padded[:-2] + padded[1:-1] + padded[2:]) / 3
    return np.where(np.isnan(smoothed), values, smoothed)
