"""The two designs of a comparison: stored sessions against one new session, and pairs run side by side.

Arrays are `(runs or sessions or pairs, transactions, percentiles)` of logarithms; estimates are `(transactions,
percentiles)`. Formulas: Smyth 2004 for the moderated variance; the prediction interval of one more observation.
"""

from collections.abc import Callable, Sequence

import numpy as np

from analysis.gate.estimates import Estimates, Floats, estimates
from analysis.gate.variance import Prior, assumed_prior, prior_of_series

Moderation = Callable[[Floats, int], tuple[Floats, Floats]]
"""Variances `(transactions, percentiles)` and their degrees of freedom -> moderated variances and theirs."""


def against_sessions(baseline: Floats, candidate: Floats, moderation: Moderation) -> Estimates:
    """One new session against K stored ones, each the mean of equally many runs: a prediction interval.

    A night has its own weather, so a session counts once however many runs it holds; and because the stored sessions
    hold as many runs as the new one, their scatter is that of the new one, and nothing has to be subtracted from it.
    """
    sessions = len(baseline)
    variance, df = moderation(baseline.var(axis=0, ddof=1), sessions - 1)
    return estimates(candidate - baseline.mean(axis=0), variance * (1 + 1 / sessions), df)


def of_pairs(differences: Floats, moderation: Moderation) -> Estimates:
    """The mean difference of n pairs, each of two runs close in time."""
    pairs = len(differences)
    variance, df = moderation(differences.var(axis=0, ddof=1), pairs - 1)
    return estimates(differences.mean(axis=0), variance / pairs, df)


def as_seen(variances: Floats, df: int) -> tuple[Floats, Floats]:
    """No moderation: what was seen is all that is believed."""
    return variances, np.full(variances.shape, float(df))


def moderated(priors: Sequence[Prior | None], *, paired: bool, most_df: float) -> Moderation:
    """Moderation by each percentile's prior; where that is None by what the transactions of this comparison say.

    `most_df` caps what the other transactions may count for.
    """

    def moderate(variances: Floats, df: int) -> tuple[Floats, Floats]:
        moderate_to, known_with = np.empty_like(variances), np.empty_like(variances)
        for q, prior in enumerate(priors):
            column = variances[:, q]
            used = prior or _capped(prior_of_series(list(column), df), most_df) or assumed_prior(paired=paired)
            result = used.moderate(column, df)
            moderate_to[:, q], known_with[:, q] = result
        return moderate_to, known_with

    return moderate


def _capped(prior: Prior | None, most_df: float) -> Prior | None:
    return prior and Prior(prior.variance, min(prior.df, most_df), prior.assumed)
