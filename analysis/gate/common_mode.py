"""What all transactions have in common, and what each did beside it.

A slower disk slows everything, a new query one thing. Taken apart, each is seen sooner: nights differ mostly in what is
common, so that what one transaction did beside the others shows through the weather.
"""

from typing import NamedTuple

import numpy as np

from analysis.gate.estimates import Floats

LEAST_TRANSACTIONS = 8
"""With fewer, one that moved would drag the median along. Source: the design's statistics reference 1.1."""


class Apart(NamedTuple):
    """`common` is `(runs, 1, percentiles)`, `own` `(runs, transactions, percentiles)`; their sum is what was taken."""

    common: Floats
    own: Floats


def take_apart(deviations: Floats) -> Apart:
    """Deviations `(runs, transactions, percentiles)` from each transaction's own centre, by their median."""
    common = np.median(deviations, axis=1, keepdims=True)
    return Apart(common, deviations - common)
