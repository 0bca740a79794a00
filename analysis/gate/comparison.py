"""A comparison of percentiles: what moved, what all have in common, and whether it is surely within the tolerance."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from analysis.gate.common_mode import LEAST_TRANSACTIONS, take_apart
from analysis.gate.designs import against_sessions, as_seen, moderated, of_pairs
from analysis.gate.estimates import Estimates, Floats
from analysis.gate.holm import rejected
from analysis.gate.variance import BORROWED_DF_CAP, HISTORY_DF_CAP, Prior

SHIFT_LEVEL = 0.01
MOVED_LEVEL = 0.04
"""False alarms allowed to the common shift, and to all transactions and percentiles together: 5 % a gate."""
PASS_LEVEL = 0.05
"""How often a transaction that became slower by the whole tolerance may be let through."""
WORTH_NAMING = log(1.03)
"""A change below 3 % is nobody's concern, however sure."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Arrays over `(transactions, percentiles)`; `shift` over `(1, percentiles)`, None with too few transactions."""

    whole: Estimates
    """Each transaction's own difference as people feel it."""
    own: Estimates
    """What each did beside what all have in common; the same as `whole` where nothing was taken out."""
    shift: Estimates | None
    moved: NDArray[np.bool_]
    shifted: NDArray[np.bool_]
    shift_level: float
    level: float
    """The level of a single test among all (Holm's first step): what the detectable change is told for."""

    def surely_within(self, tolerance: float) -> NDArray[np.bool_]:
        """Per transaction and percentile: not slower than the tolerance (a logarithm), at `PASS_LEVEL`."""
        return self.whole.upper(PASS_LEVEL) < tolerance


def compare_sessions(baseline: Floats, candidate: Floats) -> Comparison:
    """K stored sessions `(K, transactions, percentiles)` against one new session `(transactions, percentiles)`."""
    centre = baseline.mean(axis=0)
    deviations = np.concatenate([baseline, candidate[np.newaxis]]) - centre
    whole = against_sessions(baseline, candidate, as_seen)
    if baseline.shape[1] < LEAST_TRANSACTIONS:
        return _conclude(whole, whole, None, 1.0)
    apart = take_apart(deviations)
    by_the_others = moderated([None] * baseline.shape[2], paired=False, most_df=BORROWED_DF_CAP)
    own = against_sessions(apart.own[:-1], apart.own[-1], by_the_others)
    shift = against_sessions(apart.common[:-1], apart.common[-1], as_seen)
    return _conclude(whole, own, shift, 1.0)


def compare_pairs(differences: Floats, priors: Sequence[Prior | None], *, share: float = 1.0) -> Comparison:
    """Differences of n pairs `(n, transactions, percentiles)`; `priors` by percentile, from A/A pairs of this project.

    `share` is the share of the level that this look may spend.
    """
    whole = of_pairs(differences, moderated(priors, paired=True, most_df=HISTORY_DF_CAP))
    if differences.shape[1] < LEAST_TRANSACTIONS:
        return _conclude(whole, whole, None, share)
    apart = take_apart(differences)
    # A handful of pairs tells little about how unlike the transactions are: they lend each other less.
    own = of_pairs(apart.own, moderated([None] * differences.shape[2], paired=True, most_df=HISTORY_DF_CAP))
    shift = of_pairs(apart.common, moderated(priors, paired=True, most_df=HISTORY_DF_CAP))
    return _conclude(whole, own, shift, share)


def _conclude(whole: Estimates, own: Estimates, shift: Estimates | None, share: float) -> Comparison:
    level = share * (MOVED_LEVEL if shift else MOVED_LEVEL + SHIFT_LEVEL)
    moved = rejected(own.p_worse(), level) & (own.difference >= WORTH_NAMING)
    if shift is None:
        shifted = np.zeros((1, own.difference.shape[1]), dtype=bool)
    else:
        shifted = rejected(shift.p_worse(), share * SHIFT_LEVEL) & (shift.difference >= WORTH_NAMING)
    shift_level = share * SHIFT_LEVEL / own.difference.shape[1]
    return Comparison(whole, own, shift, moved, shifted, shift_level, level / own.difference.size)
