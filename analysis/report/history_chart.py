"""A wait over the sessions: accepted and merely seen ones, builds, levels, and where it went to another one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from math import ceil, exp, log10

from markupsafe import Markup

from analysis.history.trend import FIGURES, TOGETHER, Session, Trend
from analysis.history.words import ratio_words
from analysis.report.drawing import ALARM, FAINT, INK, SOFT
from analysis.report.gate import svg

HEIGHT = 178
_LEFT, _RIGHT, _TOP, _BOTTOM = 54, 432, 38, 152
_COLOURS = ("#0072B2", "#D55E00")
"""Of the median and of the 95th percentile."""
_DAYS = 4
_LETTER = 7.0
"""Units that a letter of a build's name takes, at most."""


@dataclass(frozen=True, slots=True)
class _Plot:
    """Where days and seconds are drawn."""

    first: datetime
    last: datetime
    low: float
    high: float

    def x(self, when: datetime) -> float:
        """From the first session at the left to the last one at the right."""
        return _LEFT + 8 + (_RIGHT - _LEFT - 16) * ((when - self.first) / (self.last - self.first))

    def y(self, seconds: float) -> float:
        """The axis does not begin at nothing."""
        return _BOTTOM - (_BOTTOM - _TOP) * (seconds - self.low) / (self.high - self.low)


@dataclass(frozen=True, slots=True)
class _Level:
    """What a wait kept to, from its first session to its last; in seconds."""

    first: datetime
    last: datetime
    mean: float


def wait_charts(trend: Trend, name: str) -> list[Markup]:
    """Median and 95th percentile; nothing when fewer than two sessions met the wait."""
    met = [session for session in trend.sessions if name in session.figures]
    if len(met) < 2:
        return []
    changes = [change for change in trend.sure if change.name in (name, TOGETHER)]
    bounds = [0, *(k for k, s in enumerate(met) if k and any(trend.sessions[c.at] is s for c in changes)), len(met)]
    charts = []
    for q, (figure, colour) in enumerate(zip(FIGURES, _COLOURS, strict=True)):
        seconds = [exp(session.figures[name][q]) / 1e6 for session in met]
        plot = _plot(met, seconds)
        levels = [_Level(met[a].started, met[b - 1].started, sum(seconds[a:b]) / (b - a)) for a, b in pairwise(bounds)]
        mine = {trend.sessions[change.at].started for change in changes if change.figure == figure}
        parts = [
            svg.text(0, 12, ("Median", "95th percentile")[q], font_weight=600),
            *_grid(plot),
            *_builds(plot, met),
            *_changes(plot, [(a, b) for a, b in pairwise(levels) if b.first in mine]),
            *(
                svg.line(plot.x(one.first), plot.y(one.mean), plot.x(one.last), plot.y(one.mean), INK, stroke_width=1.6)
                for one in levels
            ),
            *_dots(plot, met, seconds, colour),
        ]
        charts.append(svg.chart(HEIGHT, parts))
    return charts


def _plot(met: Sequence[Session], seconds: Sequence[float]) -> _Plot:
    low, high = min(seconds), max(seconds)
    room = max(high - low, 0.1 * high)
    return _Plot(met[0].started, met[-1].started, max(low - 0.3 * room, 0.0), high + 0.2 * room)


def _grid(plot: _Plot) -> Iterator[str]:
    """Round seconds, and days at even distances, the first and the last among them."""
    for tick in _round(plot.low, plot.high):
        yield svg.line(_LEFT, plot.y(tick), _RIGHT, plot.y(tick), FAINT)
        yield svg.text(_LEFT - 6, plot.y(tick) + 4, f"{tick:g} s", anchor="end")
    days = [plot.first + (plot.last - plot.first) * k / (_DAYS - 1) for k in range(_DAYS)]
    pattern = "%d %b" if plot.first.year == plot.last.year else "%b %Y"
    named = {f"{day:{pattern}}": day for day in reversed(days)}
    for words, day in named.items():
        anchor = "start" if day == days[0] else "end" if day == days[-1] else "middle"
        yield svg.text(plot.x(day), HEIGHT - 8, words, anchor=anchor, fill=SOFT)


def _builds(plot: _Plot, met: Sequence[Session]) -> Iterator[str]:
    """Each build where it first ran; a name that would run into the one before is left out."""
    first: dict[str, datetime] = {}
    for session in met:
        for label in session.labels:
            first.setdefault(label, session.started)
    free = float(_LEFT)
    for label, when in first.items():
        name = label if len(label) <= 12 else f"{label[:11]}…"
        x = min(plot.x(when), _RIGHT - _LETTER * len(name))
        if x >= free:
            yield svg.text(x, _TOP - 8, name, fill=SOFT)
            free = x + _LETTER * len(name) + 6
        yield svg.line(plot.x(when), _TOP - 4, plot.x(when), _TOP, SOFT)


def _changes(plot: _Plot, pairs: Sequence[tuple[_Level, _Level]]) -> Iterator[str]:
    for before, after in pairs:
        ratio, x = after.mean / before.mean, plot.x(after.first)
        colour = ALARM if ratio > 1 else SOFT
        yield svg.line(x, _TOP, x, _BOTTOM, colour, stroke_dasharray="5 4", stroke_width=1.4)
        anchor, beside = ("end", -5) if x > _RIGHT - 60 else ("start", 5)
        yield svg.text(x + beside, _BOTTOM - 4, ratio_words(ratio), anchor=anchor, fill=colour, font_weight=600)


def _dots(plot: _Plot, met: Sequence[Session], seconds: Sequence[float], colour: str) -> Iterator[str]:
    for session, value in zip(met, seconds, strict=True):
        x, y = plot.x(session.started), plot.y(value)
        if session.accepted:
            yield svg.dot(x, y, colour, 3.2)
        else:
            yield svg.element("circle", cx=x, cy=y, r=3.4, fill="#fff", stroke=colour, stroke_width=1.6)


def _round(low: float, high: float) -> list[float]:
    """At most four figures between `low` and `high`, whole multiples of 1, 2 or 5 of some power of ten."""
    power = 10.0 ** (ceil(log10((high - low) / 4)) - 1)
    step = next(power * k for k in (1, 2, 5, 10, 20) if (high - low) / (power * k) <= 4)
    first = ceil(low / step - 1e-9)
    return [k * step for k in range(first, first + 5) if k * step <= high]
