"""What a comparison knows of each series: a difference in logarithms, how sure it is, and what it could have seen."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
POWER = 0.80
"""A change is called detectable when it would be found this often."""


@dataclass(frozen=True, slots=True)
class Estimates:
    """Differences `ln(candidate / baseline)` of several series with standard errors; arrays of one shape.

    `df` are the degrees of freedom that the standard errors are known with.
    """

    difference: Floats
    se: Floats
    df: Floats

    def p_worse(self) -> Floats:
        """One-sided p-values of "it did not get slower"."""
        return np.asarray(stats.t.sf(self.difference / self.se, self.df))

    def lower(self, alpha: float) -> Floats:
        """One-sided lower bounds at level 1 - alpha."""
        return self.difference - self._t(alpha) * self.se

    def upper(self, alpha: float) -> Floats:
        """One-sided upper bounds at level 1 - alpha."""
        return self.difference + self._t(alpha) * self.se

    def detectable(self, alpha: float) -> Floats:
        """The smallest true difference that a test at `alpha` would find in `POWER` of all cases."""
        return (self._t(alpha) + self._t(1 - POWER)) * self.se

    def _t(self, alpha: float) -> Floats:
        return np.asarray(stats.t.isf(alpha, self.df))


def estimates(difference: Any, variance: Any, df: Any) -> Estimates:
    """Estimates of one shape from what NumPy can broadcast. A variance of nothing counts as the smallest there is."""
    difference, variance, df = np.broadcast_arrays(
        np.asarray(difference, float), np.asarray(variance, float), np.asarray(df, float)
    )
    return Estimates(difference, np.sqrt(np.maximum(variance, _LEAST_VARIANCE)), df)


_LEAST_VARIANCE = 1e-6
"""(0.1 %)^2: no two runs of real servers agree better, and buckets of three digits cannot show it."""
