"""How much of the network's wait a transaction really meets: kappa, fitted to the steps' mean times.

It absorbs what the network does not know: unlike service times, the order in which a server serves, how many visits a
transaction makes and how many of them go side by side (then it is well below 1), and how much it asks of which station.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from analysis.capacity.network import Floats

MODEL_ERROR = 0.02
"""Of a mean time: what the model is wrong by even with endless samples."""
KAPPA_SPREAD = 0.5
"""How far from what is expected of it, as a share, a kappa may well be."""


@dataclass(frozen=True)
class Mean:
    """`mean time = alone_s + sum of kappa x wait`."""

    alone_s: float
    kappa: Floats
    """For each queue of the network."""

    def at(self, waits_s: Floats) -> Floats:
        """Mean seconds, for the waits of one load or (rows) of several."""
        return np.asarray(self.alone_s + waits_s @ self.kappa)


def strain(mean: Mean, waits_s: Floats, means_s: Sequence[float], errors: Sequence[float], expected: Floats) -> float:
    """What `fit_mean` makes small: squares of what is left and of how far kappa was drawn, each in its own errors."""
    measured = np.array(means_s)
    left = (measured - mean.at(waits_s)) / (measured * np.hypot(np.array(errors), MODEL_ERROR))
    drawn = (mean.kappa - expected) / (KAPPA_SPREAD * expected)
    return float(left @ left + drawn @ drawn)


def fit_mean(waits_s: Floats, means_s: Sequence[float], errors: Sequence[float], expected: Floats) -> Mean:
    """Least squares without negatives, drawn towards the kappa that is expected.

    `waits_s` has a row a step; `errors` are the relative standard errors of the measured means.
    """
    measured = np.array(means_s)
    weight = 1 / (measured * np.hypot(np.array(errors), MODEL_ERROR))
    queues = waits_s.shape[1]
    design = np.column_stack([np.ones(len(measured)), waits_s]) * weight[:, None]
    ridge = np.hstack([np.zeros((queues, 1)), np.diag(1 / (KAPPA_SPREAD * expected))])
    solution, _ = nnls(
        np.vstack([design, ridge]), np.concatenate([measured * weight, np.full(queues, 1 / KAPPA_SPREAD)])
    )
    return Mean(float(solution[0]), np.asarray(solution[1:]))
