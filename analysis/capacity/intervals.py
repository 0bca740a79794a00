"""Intervals that hold what they promise: the errors of forecasts on systems whose truth is known (split conformal)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from analysis.capacity.forecast import Change
from analysis.capacity.interval_table import ROWS, SHARES

FARTHEST = 2.5
"""Times the most people measured: beyond it no number is given."""
LOW, HIGH = 0.05, 0.95
SUREST = 0.99
BEYOND = 2.0
"""An upgrade to more than so many times, or two at once, was not validated: twice the width."""


@dataclass(frozen=True)
class Errors:
    """The distribution of ln(forecast / truth)."""

    shares: tuple[float, ...]
    logs: tuple[float, ...]
    """Quantiles, ascending."""

    def quantile(self, share: float) -> float:
        """Interpolated on a normal scale; beyond the table as a normal distribution would go on."""
        return _line(float(ndtri(share)), [float(z) for z in ndtri(self.shares)], self.logs)

    def chance_below(self, log: float) -> float:
        """Chance that the error is below; never surer than SUREST, for so few systems cannot show more."""
        chance = float(ndtr(_line(log, self.logs, [float(z) for z in ndtri(self.shares)])))
        return min(SUREST, max(1 - SUREST, chance))

    def interval(self, forecast: float) -> tuple[float, float]:
        """The 90 % interval of the truth."""
        return forecast * float(np.exp(-self.quantile(HIGH))), forecast * float(np.exp(-self.quantile(LOW)))

    def chance_above(self, forecast: float, people: float) -> float:
        """Chance, 0..1, that the truth is at least `people`."""
        if forecast <= 0:
            return 0.0
        return self.chance_below(float(np.log(forecast / people))) if people > 0 else 1.0

    def widened(self, times: float) -> "Errors":
        """So many times as wide on both sides of the middle."""
        middle = self.quantile(0.5)
        return Errors(self.shares, tuple(middle + times * (log - middle) for log in self.logs))


def errors_of(change: Change, highest_busy: float) -> Errors:
    """The errors to expect of a forecast for a change, after the busiest station was seen at `highest_busy`."""
    cores = {name: factor for name, factor in change.more_cores.items() if factor != 1}
    faster = {name: factor for name, factor in change.faster.items() if factor != 1}
    kind = "more_cores" if cores else "faster" if faster else "today"
    seen = sorted(ROWS[kind])
    logs = tuple(
        float(np.interp(highest_busy, seen, [ROWS[kind][busy][i] for busy in seen])) for i in range(len(SHARES))
    )
    errors = Errors(SHARES, logs)
    beyond = len(cores) + len(faster) > 1 or any(factor > BEYOND for factor in (*cores.values(), *faster.values()))
    return errors.widened(2.0) if beyond else errors


def _line(at: float, xs: Sequence[float], ys: Sequence[float]) -> float:
    """Piecewise linear, going on beyond both ends; equal neighbours are kept apart."""
    rising = np.maximum.accumulate(np.array(xs) + 1e-9 * np.arange(len(xs)))
    i = int(np.clip(np.searchsorted(rising, at) - 1, 0, len(rising) - 2))
    slope = (ys[i + 1] - ys[i]) / (rising[i + 1] - rising[i])
    return float(ys[i] + slope * (at - rising[i]))
