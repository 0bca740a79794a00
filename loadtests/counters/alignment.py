"""How far a file's clock is from the run's, seen in the shape of the load: servers are busy when people work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loadtests.counters.interval_means import means_of
from loadtests.counters.oddities import OVER
from loadtests.counters.track import Period, Track
from loadtests.results.interval_log import INTERVAL_S

FURTHEST_S = 90 * 60
"""Clocks further apart are another time zone, which a file that does not overlap the run shows."""
CLEAR = 0.7
"""A correlation below this shows nothing."""
BETTER = 0.02
"""An offset must explain the load so much better than none."""
_FEWEST = 24
"""Intervals (two minutes) that must be common, ..."""
_AS_MUCH = 0.95
"""... and this share of what the file can have in common with the run at any offset: parts of a load are alike."""
_FINE_S = 1.0
"""The offset is looked for in steps of intervals first, then of this."""
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
    that started at this second since 1970.

    Only the run itself is looked at: before and after it servers are busy with what crmload prepares and cleans up.
    """
    work = np.zeros(max(done, default=0) + 1)
    for interval, count in done.items():
        work[interval] = count
    best = max((_best(track, _smooth(work), started) for track in tracks), default=(0.0, 0.0, 0.0))
    correlation, seconds, unmoved = best
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


def _best(track: Track, work: Floats, origin: float) -> tuple[float, float, float]:
    """(highest correlation, its offset in seconds, the correlation without any) of one server."""
    most = round(FURTHEST_S / INTERVAL_S)
    busy = _busy(track, origin - most * INTERVAL_S, len(work) + 2 * most)
    moved = {lag * INTERVAL_S: busy[most - lag : most - lag + len(work)] for lag in range(-most, most + 1)}
    common = {seconds: int((~np.isnan(one)).sum()) for seconds, one in moved.items()}
    enough = max(_FEWEST, 0.5 * len(work), _AS_MUCH * max(common.values()))
    found = [(_correlation(work, one) if common[s] >= enough else -1.0, s) for s, one in moved.items()]
    unmoved = _correlation(work, moved[0])
    # Of equals the smallest move.
    _, coarse = max(found, key=lambda one: (round(one[0], 9), -abs(one[1])))
    fine = np.arange(coarse - INTERVAL_S, coarse + INTERVAL_S + _FINE_S / 2, _FINE_S)
    near = [(_correlation(work, _busy(track, origin - seconds, len(work))), float(seconds)) for seconds in fine]
    return (*max(near, key=lambda one: (round(one[0], 9), -abs(one[1]))), unmoved)


def _busy(track: Track, origin: float, length: int) -> Floats:
    """The track's means of so many intervals from a moment on, smoothed; NaN where nobody counted."""
    found = np.full(length, np.nan)
    possible = (period for period in track.periods if period.value <= OVER)
    means = means_of(Period(begin - origin, end - origin, value) for begin, end, value in possible)
    for interval, value in means.items():
        if interval < length:
            found[interval] = value
    return _smooth(found)


def _correlation(work: Floats, busy: Floats) -> float:
    """Pearson's r where both were counted; -1 where one of them never moves.

    Less for a line that makes a server idle while people still work: equal steps look the same one step later.
    """
    both = ~np.isnan(busy)
    if not both.any() or work[both].std() == 0 or busy[both].std() == 0:
        return -1.0
    done, seen = work[both], busy[both]
    r = float(np.corrcoef(done, seen)[0, 1])
    slope = r * seen.std() / done.std()
    if r <= 0 or seen.mean() >= slope * done.mean():
        return r
    through_origin = float(done @ seen) / float(done @ done) * done
    return float(np.sqrt(max(0.0, 1 - ((seen - through_origin) ** 2).mean() / seen.var())))


def _smooth(values: Floats) -> Floats:
    """The mean of three intervals: what people do in five seconds scatters."""
    padded = np.concatenate((values[:1], values, values[-1:]))
    smoothed: Floats = (padded[:-2] + padded[1:-1] + padded[2:]) / 3
    return np.where(np.isnan(smoothed), values, smoothed)
