"""How sure a figure is: distribution-free bounds of a percentile, and the Wilson interval of a share.

Response times follow no textbook distribution, so the bounds of a percentile come from order statistics alone: of n
independent times, the number at or below the true q-quantile is binomial(n, q) (Hahn & Meeker, Statistical Intervals).
"""

from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from loadtests.results.histogram import Histogram, bucket_range

CONFIDENCE = 0.95
QUANTILE = 0.95
UPPER_BOUND_SAMPLES = 59
"""The least number of samples whose largest bounds a 95th percentile from above: 0.95^59 < 0.05."""

_ROUNDING = 1e-12
"""One time is at or below the 95th percentile with exactly 95 %: rounding must not make it less."""
_Z_TWO_SIDED = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)


@dataclass(frozen=True, slots=True)
class Bounds:
    """One-sided 95 % bounds of a percentile in microseconds; None where the samples cannot give one."""

    low_us: int | None
    high_us: int | None


@lru_cache(maxsize=4096)
def bounding_ranks(n: int, quantile: float = QUANTILE) -> tuple[int | None, int | None]:
    """The ranks (1-based) of the sorted times that bound the quantile from below and from above, each at 95 %.

    Below: the largest k with P(at least k of n at or below the quantile) >= 95 %. Above: the smallest k with
    P(at most k-1 of n at or below it) >= 95 %. None where no rank is sure enough.
    """
    first, at_most = _at_most(n, quantile)
    low = first + int(np.searchsorted(at_most, 1 - CONFIDENCE + _ROUNDING, side="right"))
    high = first + int(np.searchsorted(at_most, CONFIDENCE)) + 1
    return (low or None, high if high <= n else None)


def _at_most(n: int, quantile: float) -> tuple[int, NDArray[np.float64]]:
    """A number k, and P(at most k), P(at most k + 1) ... of n at or below the quantile, as far as they are not 0 or 1.

    From each binomial probability's ratio to the one before: SciPy takes longer to load than most runs to judge.
    """
    reach = 10 * sqrt(n * quantile * (1 - quantile)) + 10
    first, last = max(0, int(n * quantile - reach)), min(n, int(n * quantile + reach))
    k = np.arange(first, last)
    logs = np.concatenate(([0.0], np.cumsum(np.log((n - k) / (k + 1) * (quantile / (1 - quantile))))))
    shares = np.exp(logs - logs.max())
    at_most = np.cumsum(shares)
    return first, at_most / at_most[-1]


def percentile_bounds(histogram: Histogram, quantile: float = QUANTILE) -> Bounds:
    """Bounds of a percentile; a bucket counts with the end that makes the bound weaker, never sharper."""
    low, high = bounding_ranks(histogram.total, quantile)
    return Bounds(
        None if low is None else bucket_range(histogram.bucket_at_rank(low))[0],
        None if high is None else bucket_range(histogram.bucket_at_rank(high))[1],
    )


def wilson(successes: int, n: int) -> tuple[float, float]:
    """The 95 % Wilson interval of a share (Wilson 1927); (0, 1) when nothing was counted."""
    if n == 0:
        return 0.0, 1.0
    z2 = _Z_TWO_SIDED**2
    share = successes / n
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z_TWO_SIDED / (1 + z2 / n) * (share * (1 - share) / n + z2 / (4 * n * n)) ** 0.5
    # The ends are exact at 0 and n successes; rounding must not move them.
    return (0.0 if successes == 0 else centre - half), (1.0 if successes == n else centre + half)


def at_most_expected(count: int) -> float:
    """Upper 95 % bound of the expectation behind a count: what it would be at most if it were counted again and again.

    Of a Poisson count (Garwood 1936); people who work in turns scatter less, so the bound is never too sharp.
    """
    from scipy.special import pdtri

    return float(pdtri(count, 1 - CONFIDENCE))


def people_needed(minimum: float) -> int:
    """How few people can show a share of at least `minimum` when every one of them is content."""
    n = 1
    while wilson(n, n)[0] < minimum:
        n += 1
        if n > 100_000:
            break
    return n
