"""How a wait went over the sessions, the candidate last; of pairs how each of them differed.

Everything is a ratio to the baseline, so that it can be compared with the tolerance. The median and the 95th percentile
have an axis each: medians scatter far less.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from analysis.gate.designs import against_sessions, as_seen
from analysis.gate.nights import logarithms, means
from analysis.gate.result import GateRow
from analysis.report.drawing import ALARM
from analysis.report.gate import svg
from analysis.report.gate.scale import LogScale, around, change_label
from analysis.report.gate.sides import Sides
from analysis.words import seconds_words

HEIGHT = 214
_LEFT, _RIGHT = 52, 380
_PANELS = ((18, 92), (120, 194))
"""Top and bottom of the median's panel and of the 95th percentile's."""
_BAND = 0.025
"""To each side: 19 of 20 sessions of an unchanged release lie in the band."""
_TITLES = ("Median", "95th percentile")


@dataclass(frozen=True, slots=True)
class _Panel:
    """All but `title` and `reference` are ratios to the baseline."""

    title: str
    reference: str
    """What 1 means: `0.16 s`, or `same`."""
    points: Sequence[float]
    """Sessions oldest first with the candidate last; or pairs."""
    runs: Sequence[Sequence[float]]
    """The single runs of each point."""
    band: tuple[float, float]
    last: str
    """What stands beside the last point."""
    middle: float | None = None
    """The change found, of pairs."""


def history(sides: Sides, row: GateRow, tolerance: float) -> Markup | None:
    """None where a run lacks the transaction, or there is nothing to draw a line through."""
    if row.p50 is None or row.p95 is None:
        return None
    if sides.paired:
        panels = _of_pairs(sides, row)
        labels = ("pair 1", f"pair {len(sides.pairs)}")
    else:
        panels = _of_sessions(sides, row.name)
        labels = (f"{sides.sessions[0][0].started:%d %b %Y}", "candidate")
    parts = []
    for panel, (top, bottom) in zip(panels, _PANELS, strict=True):
        shown = [*panel.points, *panel.band, *(ratio for runs in panel.runs for ratio in runs), 1.0, 1 + tolerance]
        scale = LogScale(*around(shown, 0.1), bottom, top)
        parts += _drawn(panel, scale, (top, bottom), 1 + tolerance, paired=sides.paired)
    parts.append(svg.text(_LEFT, HEIGHT - 4, labels[0], fill=svg.BASELINE))
    candidate = svg.BASELINE if sides.paired else svg.CANDIDATE
    parts.append(svg.text(_RIGHT, HEIGHT - 4, labels[1], anchor="end", fill=candidate, font_weight=600))
    return svg.chart(HEIGHT, parts)


def _of_sessions(sides: Sides, name: str) -> list[_Panel]:
    baseline = means(sides.sessions, [name], len(sides.candidate))
    candidate = logarithms(sides.candidate, [name]).mean(axis=0)
    centre = baseline.mean(axis=0)[0]
    seen = against_sessions(baseline, candidate, as_seen)
    half = (seen.difference - seen.lower(_BAND))[0]
    every = [*sides.sessions, sides.candidate]
    panels = []
    for q, title in enumerate(_TITLES):
        runs = [_ratios(logarithms(session, [name])[:, 0, q] - centre[q]) for session in every]
        points = _ratios(np.append(baseline[:, 0, q], candidate[0, q]) - centre[q])
        band = (exp(-half[q]), exp(half[q]))
        was, became = (seconds_words(exp(value) / 1000) for value in (centre[q], candidate[0, q]))
        panels.append(_Panel(title, was, points, runs, band, became))
    return panels


def _of_pairs(sides: Sides, row: GateRow) -> list[_Panel]:
    old, new = (logarithms(runs, [row.name])[:, 0] for runs in (sides.baseline, sides.candidate))
    panels = []
    for q, (title, change) in enumerate(zip(_TITLES, (row.p50, row.p95), strict=True)):
        if change:
            points = _ratios((new - old)[:, q])
            panels.append(_Panel(title, "same", points, (), (change.low, change.high), "", change.ratio))
    return panels


def _ratios(differences: NDArray[np.float64]) -> list[float]:
    return [exp(value) for value in differences]


def _drawn(panel: _Panel, scale: LogScale, edges: tuple[float, float], tolerated: float, *, paired: bool) -> list[str]:
    top, bottom = edges
    step = (_RIGHT - _LEFT - 16) / max(len(panel.points) - 1, 1)
    xs = [_LEFT + 8 + step * k for k in range(len(panel.points))]
    ys = [scale.at(ratio) for ratio in panel.points]
    upper, lower = scale.at(panel.band[1]), scale.at(panel.band[0])
    one, limit = scale.at(1.0), scale.at(tolerated)
    parts = [
        svg.text(0, top - 5, panel.title, font_weight=600),
        svg.element("rect", x=_LEFT, y=upper, width=_RIGHT - _LEFT, height=lower - upper, fill=svg.RANGE),
        svg.line(_LEFT, one, _RIGHT, one, svg.BASELINE),
        svg.line(_LEFT, limit, _RIGHT, limit, ALARM, stroke_dasharray="6 4", stroke_width=1.4),
        svg.text(_LEFT - 6, min(max(one + 4, top + 8), bottom + 2), panel.reference, anchor="end"),
    ]
    if abs(one - limit) >= svg.TEXT:
        parts.append(svg.text(_LEFT - 6, limit + 4, change_label(tolerated), anchor="end", fill=ALARM))
    for x, runs in zip(xs, panel.runs, strict=False):
        parts += [svg.dot(x, scale.at(ratio), "#a9b4bd", 1.8) for ratio in runs]
    points = list(zip(xs, ys, strict=True))
    if paired:
        if panel.middle:
            found = scale.at(panel.middle)
            parts.append(svg.line(_LEFT, found, _RIGHT, found, svg.CANDIDATE, stroke_width=2))
        parts += [svg.dot(x, y, svg.CANDIDATE) for x, y in points]
        return parts
    (x, y), stored = points[-1], points[:-1]
    parts.append(svg.path(stored, stroke=svg.BASELINE, stroke_width=1.5))
    parts += [svg.dot(*point, svg.BASELINE, 3) for point in stored]
    parts.append(svg.line(*stored[-1], x, y, svg.CANDIDATE, stroke_width=1.5, stroke_dasharray="3 3"))
    parts.append(svg.dot(x, y, svg.CANDIDATE, 5.5))
    parts.append(svg.text(_RIGHT + 6, y + 4, panel.last, fill=svg.CANDIDATE, font_weight=600))
    return parts
