"""Holm's step-down: many tests, one promise about how often any of them is a false alarm."""

import numpy as np
from numpy.typing import NDArray

from analysis.gate.estimates import Floats


def rejected(p_values: Floats, alpha: float) -> NDArray[np.bool_]:
    """Which hypotheses fall, so that a true one falls in at most `alpha` of all families (Holm 1979). Any shape."""
    flat = p_values.ravel()
    order = np.argsort(flat)
    steps = alpha / (len(flat) - np.arange(len(flat)))
    falls = np.logical_and.accumulate(flat[order] <= steps)
    result = np.zeros(len(flat), dtype=bool)
    result[order] = falls
    return result.reshape(p_values.shape)
