"""Where a series of figures went to another level.

E-divisive (Matteson & James 2014, *A nonparametric approach for multiple change point analysis*) finds where a series
is most unlike before and after; Student's t-test says whether that is more than chance, over windows, first loosely and
then strictly, so that one change cannot hide another (Fleming et al. 2023, *Hunter*; today Apache Otava, whose pinned
dependencies cannot live beside ours). The same figures always give the same answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

LEVEL = 0.001
"""Chance makes less than one change point in 100 figures at this level, also when looked at after each."""
WINDOW = 50
"""Figures that are looked at together; windows overlap by half."""
_LOOSELY = 10.0
"""Candidates may be this many times less sure at first: what hides them may be found meanwhile."""
_LEAST_SD = 0.001
"""No two runs of real servers agree better than by 0.1 %, and three digits cannot show it."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """The figures `start <= i < at` lie on one level, `at <= i < end` on another, `difference` higher."""

    start: int
    at: int
    end: int
    difference: float
    p: float
    """How often chance alone would show such a difference between two such pieces, the place being given."""


def change_points(
    figures: Sequence[float] | Floats, *, level: float = LEVEL, least: float = 0.0, window: int = WINDOW
) -> list[ChangePoint]:
    """The change points of a series in its order, each with p < `level` and a difference of at least `least`."""
    series = np.asarray(figures, dtype=float)
    return _strictly(series, sorted(_candidates(series, level * _LOOSELY, window)), level, least)


def _candidates(series: Floats, level: float, window: int) -> set[int]:
    found: set[int] = set()
    start = 0
    while True:
        inside = _split(series, start, min(start + window, len(series)), level)
        found.update(inside)
        if start + window >= len(series):
            return found
        start = max([start + window // 2, *inside])


def _split(series: Floats, start: int, end: int, level: float) -> list[int]:
    """Change points within a piece, by halving it where it is most unlike as long as that is no chance."""
    if end - start < 3:
        return []
    at = start + most_unlike(series[start:end])
    if p_value(series[start:at], series[at:end]) >= level:
        return []
    return [*_split(series, start, at, level), at, *_split(series, at, end, level)]


def _strictly(series: Floats, candidates: list[int], level: float, least: float) -> list[ChangePoint]:
    """Drop the weakest candidate until all are sure: its neighbours are then told apart by longer pieces."""
    while candidates:
        bounds = [0, *candidates, len(series)]
        points = [_point(series, *bounds[i : i + 3]) for i in range(len(candidates))]
        weakest = max(points, key=lambda point: point.p)
        if weakest.p < level:
            weakest = min(points, key=lambda point: abs(point.difference))
            if abs(weakest.difference) >= least:
                return points
        candidates = [at for at in candidates if at != weakest.at]
    return []


def _point(series: Floats, start: int, at: int, end: int) -> ChangePoint:
    before, after = series[start:at], series[at:end]
    return ChangePoint(start, at, end, float(after.mean() - before.mean()), p_value(before, after))


def most_unlike(series: Floats) -> int:
    """The index, 1 at least, at which what stands before is most unlike what begins there.

    The largest Q(tau, kappa) of Matteson & James (5), moment 1: twice the mean distance between the two pieces
    `[0, tau)` and `[tau, kappa)`, less the mean distances within each, weighted by their sizes. What follows kappa is
    left out, so that a later change back hides nothing. From two figures on.
    """
    n = len(series)
    sums = np.zeros((n + 1, n + 1))
    sums[1:, 1:] = np.abs(series[:, np.newaxis] - series).cumsum(axis=0).cumsum(axis=1)
    tau, kappa = np.arange(1, n)[:, np.newaxis], np.arange(2, n + 1)[np.newaxis, :]
    left, right = tau, np.maximum(kappa - tau, 1)
    corner, cross, whole = sums[tau, tau], sums[tau, kappa], sums[kappa, kappa]
    between = (cross - corner) / (left * right)
    within = corner / 2 / _pairs(left) + (whole - 2 * cross + corner) / 2 / _pairs(right)
    q = left * right / (left + right) * (2 * between - within)
    q[kappa <= tau] = -np.inf
    return int(np.argmax(q)) // (n - 1) + 1


def p_value(before: Floats, after: Floats) -> float:
    """Two-sided, of Student's t-test with one scatter for both pieces; 1 where two figures are all there is."""
    df = len(before) + len(after) - 2
    if df < 1:
        return 1.0
    squares = ((before - before.mean()) ** 2).sum() + ((after - after.mean()) ** 2).sum()
    scatter = max(sqrt(float(squares) / df), _LEAST_SD)
    t = abs(float(after.mean() - before.mean())) / (scatter * sqrt(1 / len(before) + 1 / len(after)))
    return 2 * float(stdtr(df, -t))


def _pairs(size: Any) -> Any:
    """How many pairs a piece of that size has; 1 for a single figure, which has no distance within."""
    return np.maximum(size * (size - 1) // 2, 1)
