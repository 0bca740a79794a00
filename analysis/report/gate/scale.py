"""Logarithmic axes: twice as long is as far from once as four times is from twice."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, exp, floor, log, log10

_PERCENTS = (0, 100, -50, 50, -20, 20, -10, 10, 200, -30, 30, -5, 5, -2, 2)
"""Ticks of a ratio, the most useful first."""


@dataclass(frozen=True, slots=True)
class LogScale:
    """Values from `low` to `high`, drawn from `start` to `end`; what lies outside is drawn at the edge."""

    low: float
    high: float
    start: float = 0.0
    end: float = 100.0

    def at(self, value: float) -> float:
        """Where a value is drawn."""
        share = log(max(value, 1e-12) / self.low) / log(self.high / self.low)
        return self.start + min(max(share, 0.0), 1.0) * (self.end - self.start)

    def holds(self, value: float) -> bool:
        """True when the value lies on the axis."""
        return self.low <= value <= self.high


def change_label(ratio: float) -> str:
    """`+10 %`, `-5 %`."""
    return f"{ratio - 1:+z.0%}".replace("%", " %")


def ratio_ticks(scale: LogScale, apart: float = 0.15) -> list[float]:
    """Round ratios around 1, the roundest first, none nearer to another than a share of the axis: words need room."""
    found: list[float] = []
    for percent in _PERCENTS:
        ratio = 1 + percent / 100
        near = (abs(scale.at(ratio) - scale.at(other)) for other in found)
        if scale.holds(ratio) and all(distance >= apart * (scale.end - scale.start) for distance in near):
            found.append(ratio)
    return sorted(found)


def time_ticks(scale: LogScale, most: int = 6) -> list[float]:
    """Round times, as many as fit."""
    for digits in ((1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9), (1, 1.5, 2, 3, 4, 6, 8), (1, 2, 5), (1, 3), (1,)):
        found = [tick for tick in _decades(scale, digits) if scale.holds(tick)]
        if len(found) <= most:
            return found
    return []


def _decades(scale: LogScale, digits: tuple[float, ...]) -> Iterator[float]:
    for power in range(floor(log10(scale.low)), ceil(log10(scale.high)) + 1):
        for digit in digits:
            yield digit * 10.0**power


def around(values: list[float], margin: float) -> tuple[float, float]:
    """The range of positive values, widened to both sides by a share of its logarithmic width (of 20 % at least)."""
    low, high = min(values), max(values)
    room = margin * max(log(high / low), log(1.2))
    return low * exp(-room), high * exp(room)
