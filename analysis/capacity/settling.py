"""When a held level of load has settled: from then on its beginning is like its end.

Geweke's comparison (J. Geweke, "Evaluating the accuracy of sampling-based approaches to the calculation of posterior
moments", 1992): the mean of the first fifth against that of the last half, in standard errors. What chance alone makes
is not left out: every reading of a short step is needed.
"""

from collections.abc import Sequence
from math import hypot, sqrt
from statistics import fmean, pstdev

LATEST = 0.5
"""A level that has not settled after this share of its time has not settled."""
APART = 2.5
"""Standard errors between beginning and end that chance seldom makes (one time in eighty)."""
SAME = 0.01
"""Means that are no further apart than this share are the same whatever the scatter."""
FEWEST = 6
"""Readings; of fewer nothing can be told, and all are kept."""


def settled_from(*series: Sequence[float]) -> int | None:
    """How many readings to leave out at the beginning so that each series (all of one length) is settled.

    None when one of them is still changing after `LATEST` of its length.
    """
    latest = 0
    for readings in series:
        most = int(LATEST * len(readings))
        left_out = next((start for start in range(most + 1) if _is_settled(readings[start:])), None)
        if left_out is None:
            return None
        # What is seen to fade goes on fading unseen: as much again is left out.
        latest = max(latest, min(2 * left_out, most))
    return latest


def _is_settled(readings: Sequence[float]) -> bool:
    if len(readings) < FEWEST:
        return True
    first, last = readings[: max(2, len(readings) // 5)], readings[-(len(readings) // 2) :]
    apart = abs(fmean(first) - fmean(last))
    error = pstdev(last) * hypot(1 / sqrt(len(first)), 1 / sqrt(len(last)))
    return apart <= max(APART * error, SAME * abs(fmean(last)))
