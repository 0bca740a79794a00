"""The picture of all transactions: candidate / baseline with its interval against the tolerance, what moved first."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from analysis.gate.result import Change, Gate, GateRow
from analysis.report.drawing import ALARM, FAINT, INK, SOFT
from analysis.report.gate import svg
from analysis.report.gate.scale import LogScale, around, change_label, ratio_ticks
from analysis.words import SHORT_CHANNELS, transaction_words

COLOURS = {"slower": "#8f2413", "with all": "#8f2413", "within": "#0b5d4a", "unsure": "#6b4e00", "none": SOFT}
"""As the page's words of the same meaning."""
MARKS = {
    "slower": ("fail", "✕ slower"),
    "with all": ("fail", "✕ with all others"),
    "unsure": ("inconclusive", "? unsure"),
    "within": ("pass", "✓ within"),
    "few samples": ("none", "– too few samples"),
}
"""CSS class and word by verdict, in the order in which they are told: colour never speaks alone."""
_LANE = 24
_WIDEST = (0.4, 4.0)
"""What changed more is drawn at the edge, with an arrow: the others must stay readable."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One interval in words and as a picture; `p95` gets another mark than the median."""

    words: str
    change: Change
    p95: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the picture. `mark` is the CSS class and the word of its verdict; no picture with too few samples."""

    title: str
    channel: str
    state: str
    mark: tuple[str, str]
    measured: list[Measured]
    picture: Markup | None
    anchor: str = ""
    """Where its own pictures stand on the page."""


def in_order(rows: Iterable[GateRow]) -> list[GateRow]:
    """What moved first, then what is unsure, then what is within, each with the largest first; few samples last."""
    order = list(MARKS)
    return sorted(rows, key=lambda row: (order.index(row.verdict), -_weight(row), row.name))


def shift_line(gate: Gate) -> Line | None:
    """What all transactions did together; None where there were too few to tell it apart."""
    if gate.shift is None:
        return None
    found = gate.shift.found
    measured = [Measured("median", gate.shift.p50), Measured("95th percentile", gate.shift.p95, p95=True)]
    state = "slower" if found else "none"
    mark = ("fail", "✕ slower together") if found else ("none", "– no common shift")
    return Line("All together", "the common shift", state, mark, measured, _picture(measured, state, gate))


def lines(gate: Gate) -> list[Line]:
    """A line for every transaction, in their order."""
    found = []
    for number, row in enumerate(in_order(gate.rows), start=1):
        channel, _, transaction = row.name.partition("/")
        measured = _measured(row, gate)
        picture = _picture(measured, row.verdict, gate) if measured else None
        title, where = transaction_words(transaction), SHORT_CHANNELS.get(channel, channel)
        found.append(Line(title, where, row.verdict, MARKS[row.verdict], measured, picture, f"wait-{number}"))
    return found


def axis(gate: Gate) -> Markup:
    """The axis in percent slower or faster, with the tolerance."""
    scale = _scale(gate)
    limit = scale.at(1 + gate.tolerance)
    anchor = "middle" if limit < 75 else "end"
    told = f"tolerance {change_label(1 + gate.tolerance)}"
    parts = [svg.text(f"{limit:.2f}%", 12, told, anchor=anchor, fill=ALARM, font_weight=600)]
    for tick in ratio_ticks(scale):
        if 4 <= scale.at(tick) <= 96:
            words = "same" if tick == 1 else change_label(tick)
            parts.append(svg.text(f"{scale.at(tick):.2f}%", 30, words, anchor="middle", fill=SOFT))
    return _svg(38, parts)


def _measured(row: GateRow, gate: Gate) -> list[Measured]:
    found = []
    if row.p50 and row.p95:
        found = [Measured("median", row.p50), Measured("95th percentile", row.p95, p95=True)]
    if row.moved and gate.shift and row.own_p50 and row.own_p95:
        found.append(Measured("median, beside others", row.own_p50))
        found.append(Measured("95th, beside others", row.own_p95, p95=True))
    return found


def _picture(measured: list[Measured], state: str, gate: Gate) -> Markup:
    scale, height = _scale(gate), _LANE * len(measured)
    parts = [_vertical(scale.at(tick), height, FAINT) for tick in ratio_ticks(scale)]
    parts.append(_vertical(scale.at(1), height, INK))
    parts.append(_vertical(scale.at(1 + gate.tolerance), height, ALARM, stroke_dasharray="6 4", stroke_width=1.6))
    for number, one in enumerate(measured):
        parts += _interval(one, scale, number * _LANE + _LANE / 2, COLOURS[state])
    return _svg(height, parts)


def _interval(one: Measured, scale: LogScale, y: float, colour: str) -> list[str]:
    low, at, high = (f"{scale.at(value):.2f}%" for value in (one.change.low, one.change.ratio, one.change.high))
    parts = [svg.element("line", x1=low, x2=high, y1=y, y2=y, stroke=colour, stroke_width=3)]
    for value, place in ((one.change.low, low), (one.change.high, high)):
        if scale.holds(value):
            parts.append(svg.element("line", x1=place, x2=place, y1=y - 5, y2=y + 5, stroke=colour, stroke_width=2))
        else:
            arrow = "▸" if value > scale.high else "◂"
            parts.append(_at(place, y, svg.text(0, 5, arrow, anchor="middle", fill=colour)))
    mark = svg.diamond(0, 0, colour, 7) if one.p95 else svg.dot(0, 0, colour, 5.5)
    return [*parts, _at(at, y, mark)]


def _at(x: str, y: float, mark: str) -> str:
    """A mark of its own size at a share of the width: the picture is as wide as its box, its marks are not."""
    return svg.element("svg", mark, x=x, y=y, overflow="visible", width=1, height=1)


def _vertical(x: float, height: float, stroke: str, **attributes: Any) -> str:
    place = f"{x:.2f}%"
    return svg.element("line", x1=place, x2=place, y1=0, y2=height, stroke=stroke, **attributes)


def _svg(height: float, parts: Iterable[str]) -> Markup:
    size = {"width": "100%", "height": height, "font_size": svg.TEXT}
    return Markup(svg.element("svg", "".join(parts), xmlns=svg.NAMESPACE, aria_hidden="true", **size))


def _scale(gate: Gate) -> LogScale:
    """One axis for all lines."""
    ratios = [1 / (1 + gate.tolerance), 1 + gate.tolerance]
    for change in _changes(gate):
        ratios += [change.low, change.high]
    low, high = around([min(max(ratio, _WIDEST[0]), _WIDEST[1]) for ratio in ratios], 0.05)
    return LogScale(low, high)


def _changes(gate: Gate) -> Iterable[Change]:
    found = [one.change for row in gate.rows for one in _measured(row, gate)]
    return [*found, gate.shift.p50, gate.shift.p95] if gate.shift else found


def _weight(row: GateRow) -> float:
    if row.moved and row.own_p50 and row.own_p95:
        return max(row.own_p50.ratio, row.own_p95.ratio)
    return row.p95.high if row.p95 else 0.0
