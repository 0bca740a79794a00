"""Moderated variance: few runs tell little about their own scatter, so other series and earlier runs have a say.

Source: Smyth 2004 (limma, moderated t); the formulas are those of the design's statistics reference 1.1.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, polygamma

from analysis.gate.estimates import Floats

INFINITE_DF = 1000.0
"""Stands for a prior that all series share exactly."""
HISTORY_DF_CAP = 8.0
"""A variance known from history counts as at most this many degrees of freedom: history ages. Chosen."""
BORROWED_DF_CAP = 14.0
"""What the other transactions of a comparison say counts as at most this: with more, transactions of unlike scatter
raised false alarms to 6-7 % a gate (`make prove gate`)."""
ASSUMED_SD = 0.06
"""Without history and with too few series: this SD of ln p95 between runs is assumed, and said to be. Chosen."""
LEAST_SERIES = 3
"""Fewer series than this cannot tell how their variances scatter."""


@dataclass(frozen=True, slots=True)
class Prior:
    """What is believed about a variance before this comparison: `variance`, worth `df` degrees of freedom."""

    variance: float
    df: float
    assumed: bool = False
    """True when it comes from no data at all."""

    def moderate(self, variance: Floats, df: float) -> tuple[Floats, float]:
        """Variances seen with `df` degrees of freedom drawn towards the prior, each by what it is worth; and the
        degrees of freedom of the result."""
        together = self.df + df
        return (self.df * self.variance + df * variance) / together, together


def assumed_prior(*, paired: bool) -> Prior:
    """The prior of a project without history: of a difference of two runs when paired."""
    return Prior((2 if paired else 1) * ASSUMED_SD**2, 3.0, assumed=True)


def prior_of_history(variance: float, df: float) -> Prior:
    """A variance that earlier runs of this project showed, with `df` degrees of freedom."""
    return Prior(variance, min(df, HISTORY_DF_CAP))


def prior_of_series(variances: Sequence[float], df: float) -> Prior | None:
    """Empirical Bayes over the series of one comparison, each variance with `df` degrees of freedom.

    None when there are too few series (`LEAST_SERIES`) or one of them did not vary at all.
    """
    if len(variances) < LEAST_SERIES or df < 1 or min(variances) <= 0:
        return None
    e = np.log(np.asarray(variances)) - digamma(df / 2) + np.log(df / 2)
    spread = float(np.var(e, ddof=1)) - float(polygamma(1, df / 2))
    d0 = 2 * _inverse_trigamma(spread) if spread > 0 else INFINITE_DF
    d0 = min(d0, INFINITE_DF)
    return Prior(float(np.exp(np.mean(e) + digamma(d0 / 2) - np.log(d0 / 2))), d0)


def _inverse_trigamma(y: float) -> float:
    """x with trigamma(x) = y > 0, by Newton's steps on 1/trigamma, which is nearly a straight line (Smyth 2004)."""
    if y > 1e7:
        return float(1 / np.sqrt(y))
    if y < 1e-6:
        return 1 / y
    x = 0.5 + 1 / y
    for _ in range(50):
        trigamma = float(polygamma(1, x))
        step = trigamma * (1 - trigamma / y) / float(polygamma(2, x))
        x += step
        if -step / x < 1e-8:
            break
    return float(x)
