"""When a held level of load has settled: from then on its intervals are alike.

MSER (K. P. White, "An effective truncation heuristic for bias reduction in simulation output", Simulation 69, 1997): of
all beginnings that could be left out, the one whose rest has the smallest standard error of its mean. It needs no
setting, and is known to leave out too much rather than too little when there is little to see.
"""

from collections.abc import Sequence
from statistics import fmean

LATEST = 0.5
"""A level that is still becoming steadier after this share of its time has not settled."""


def settled_from(*series: Sequence[float]) -> int | None:
    """How many readings to leave out at the beginning so that each series (all of one length) is steady.

    None when one of them goes on changing beyond `LATEST` of its length.
    """
    latest = 0
    for readings in series:
        left_out = _truncation(readings)
        if left_out > LATEST * len(readings):
            return None
        latest = max(latest, left_out)
    return latest


def _truncation(readings: Sequence[float]) -> int:
    """The number of readings without which the standard error of the mean is smallest; the fewest of equal ones."""
    best, least = 0, float("inf")
    # The last few alone are alike by chance: they say nothing about the rest.
    for left_out in range(len(readings) * 3 // 4 + 1):
        rest = readings[left_out:]
        if len(rest) < 2:
            break
        mean = fmean(rest)
        error = sum((reading - mean) ** 2 for reading in rest) / len(rest) ** 2
        if error < least:
            best, least = left_out, error
    return best
