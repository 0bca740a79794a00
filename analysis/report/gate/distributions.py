"""How long people waited before and after: both distributions over one logarithmic axis, with their quantiles."""

from dataclasses import dataclass
from math import log

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from analysis.report.gate import svg
from analysis.report.gate.scale import LogScale, time_ticks
from analysis.report.gate.sides import Sides, pooled
from analysis.words import seconds_words
from loadtests.results.histogram import Histogram, bucket_range

HEIGHT = 214
_LEFT, _RIGHT = 86, 386
"""To the left stand the sides' names; to the right there is room for the words of a 95th percentile at the edge."""
_TOP, _GROUND = 8, 130
_BASELINE_Y, _CANDIDATE_Y, _AXIS = 152, 174, 188
_SHOWN = (0.5, 99.5)
"""Percent of the times that the axis spans: single stragglers would squeeze all others into a corner."""
_POINTS = 160
_LEAST_BANDWIDTH = 0.02
"""In logarithms: below 2 % the buckets of the histogram would show instead of the waits."""


@dataclass(frozen=True, slots=True)
class _Side:
    name: str
    times: Histogram
    y: float
    colour: str


def distributions(sides: Sides, name: str) -> Markup | None:
    """All waits of each side together; None when a side has none, or a stored histogram is damaged."""
    try:
        old, new = pooled(sides.baseline, name), pooled(sides.candidate, name)
    except ValueError:
        return None
    if not old.total or not new.total:
        return None
    both = (
        _Side("baseline", old, _BASELINE_Y, svg.BASELINE),
        _Side("candidate", new, _CANDIDATE_Y, svg.CANDIDATE),
    )
    low = min(side.times.percentile(_SHOWN[0]) for side in both)
    high = max(side.times.percentile(_SHOWN[1]) for side in both)
    scale = LogScale(max(low, 1) * 0.95, max(high, low + 1, 2) * 1.05, _LEFT, _RIGHT)
    densities = [_density(side.times, scale) for side in both]
    top = max(float(density.max()) for density in densities) or 1.0
    parts = [*_axis(scale)]
    for side, density, is_baseline in zip(both, densities, (True, False), strict=True):
        xs = np.linspace(_LEFT, _RIGHT, _POINTS)
        ys = _GROUND - density / top * (_GROUND - _TOP)
        curve = [(float(x), float(y)) for x, y in zip(xs, ys, strict=True)]
        if is_baseline:
            parts.append(svg.path([(_LEFT, _GROUND), *curve, (_RIGHT, _GROUND)], closed=True, fill=svg.RANGE))
        width, dashes = (1.5, "5 3") if is_baseline else (2.2, "none")
        parts.append(svg.path(curve, stroke=side.colour, stroke_width=width, stroke_dasharray=dashes))
        parts += _quantiles(side, scale)
    return svg.chart(HEIGHT, parts)


def _quantiles(side: _Side, scale: LogScale) -> list[str]:
    p50, p95 = side.times.percentile(50), side.times.percentile(95)
    left, right = scale.at(p50), scale.at(p95)
    return [
        svg.text(0, side.y + 4, side.name, fill=side.colour, font_weight=600),
        svg.line(left, side.y, right, side.y, side.colour, stroke_width=2),
        svg.dot(left, side.y, side.colour),
        svg.diamond(right, side.y, side.colour),
        svg.text(left - 8, side.y + 4, seconds_words(p50 / 1000), anchor="end"),
        svg.text(right + 9, side.y + 4, seconds_words(p95 / 1000)),
    ]


def _axis(scale: LogScale) -> list[str]:
    parts = [svg.line(_LEFT, _AXIS, _RIGHT, _AXIS, svg.BASELINE)]
    for tick in time_ticks(LogScale(scale.low / 1e6, scale.high / 1e6), most=5):
        x = scale.at(tick * 1e6)
        parts.append(svg.line(x, _TOP, x, _AXIS + 4))
        parts.append(svg.text(x, _AXIS + 18, f"{tick:g} s", anchor="middle", fill=svg.BASELINE))
    return parts


def _density(times: Histogram, scale: LogScale) -> NDArray[np.float64]:
    """Share of the waits per logarithm of time, smoothed by a Gaussian kernel (Silverman's width), over the axis."""
    ends = np.array([bucket_range(index) for index in sorted(times.counts)], dtype=float)
    weights = np.array([times.counts[index] for index in sorted(times.counts)], dtype=float)
    weights /= weights.sum()
    at = np.log(np.maximum(ends.mean(axis=1), 0.5))
    middle = float(at @ weights)
    spread = float(np.sqrt(((at - middle) ** 2) @ weights))
    quartiles = log(max(times.percentile(75), 1) / max(times.percentile(25), 1)) / 1.34
    width = max(0.9 * min(spread, quartiles or spread) * times.total**-0.2, _LEAST_BANDWIDTH)
    grid = np.linspace(log(scale.low), log(scale.high), _POINTS)
    kernel = np.exp(-0.5 * ((grid[:, np.newaxis] - at) / width) ** 2)
    density: NDArray[np.float64] = kernel @ weights / width
    return density
