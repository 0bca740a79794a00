"""The charts over time, as inline SVG: waits against the lines, people, and what went wrong.

Drawn twice, for a desk and for a telephone: a chart that is only shrunk cannot be read. A run always gives the same
bytes.
"""

import re
from io import StringIO
from typing import Any, NamedTuple

from analysis.evidence import AT_THE_LINE, Evidence
from analysis.findings import Findings
from analysis.words import SHORT_CHANNELS
from loadtests.results.histogram import Histogram
from loadtests.results.interval_log import INTERVAL_S

# Okabe & Ito's colours, which colour-blind people tell apart; line styles tell them apart in print.
_STYLES = {
    "web": ("#0072B2", "-"),
    "ifd": ("#D55E00", "--"),
    "outlook": ("#009E73", "-."),
    "mobile": ("#7B3294", ":"),
}
_INK, _FAINT, _ALARM = "#1c2733", "#c9d1d9", "#a8321a"
_POINTS = 120
"""The most points a curve has: more cannot be told apart on the page."""
_LEAST = 5
"""Waits of fewer transactions than this make no percentile worth drawing."""


class Size(NamedTuple):
    """A chart's size in inches and its text in points."""

    name: str
    width: float
    text: float


SIZES = (Size("wide", 9.6, 9.5), Size("narrow", 4.3, 9.0))


def charts_over_time(findings: Findings) -> dict[str, str]:
    """SVG text by size's name; empty when nothing was recorded over time."""
    if not findings.evidence.line_shares and not findings.evidence.people:
        return {}
    return {size.name: _drawn(findings, size) for size in SIZES}


def _drawn(findings: Findings, size: Size) -> str:
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    settings = {
        "svg.fonttype": "none",
        "svg.hashsalt": f"crmload {size.name}",
        "font.size": size.text,
        "axes.edgecolor": _FAINT,
        "text.color": _INK,
        "axes.labelcolor": _INK,
        "xtick.color": _INK,
        "ytick.color": _INK,
    }
    with rc_context(settings):
        figure = Figure(figsize=(size.width, 7.2), layout="constrained")
        waits, people, wrong = figure.subplots(3, 1, sharex=True, height_ratios=[3, 2, 1.2])
        _draw_waits(waits, findings.evidence)
        _draw_people(people, findings)
        _draw_wrong(wrong, findings.evidence)
        wrong.set_xlabel("minutes since the start")
        _mark_stages(waits, findings, named=True)
        _mark_stages(people, findings, named=False)
        for axes in (waits, people, wrong):
            axes.spines[["top", "right"]].set_visible(False)
            axes.set_ylim(bottom=0)
        wrong.set_xlim(0, findings.evidence.measured_s / 60)
        buffer = StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    return _inline(buffer.getvalue())


def _draw_waits(axes: Any, evidence: Evidence) -> None:
    top = 110.0
    for channel in evidence.channels:
        colour, style = _STYLES.get(channel, (_INK, "-"))
        minutes, percents = _percentiles(evidence, channel)
        if minutes:
            axes.plot(minutes, percents, style, color=colour, linewidth=1.8, label=SHORT_CHANNELS.get(channel, channel))
            top = max(top, max(percents) * 1.1)
    axes.set_ylim(0, top)
    axes.axhline(100, color=_ALARM, linewidth=1.4)
    axes.annotate(
        "fail line", (1, 100), xycoords=("axes fraction", "data"), ha="right", va="bottom", color=_ALARM, xytext=(0, 2),
        textcoords="offset points", bbox={"facecolor": "white", "edgecolor": "none", "pad": 1, "alpha": 0.8},
    )  # fmt: skip
    axes.set_title("Waits: 95th percentile, in % of each transaction's fail line", loc="left", fontsize="medium")
    axes.grid(axis="y", color=_FAINT, linewidth=0.6)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="upper left", frameon=False, ncols=4, bbox_to_anchor=(0, 0.93))


def _percentiles(evidence: Evidence, channel: str) -> tuple[list[float], list[float]]:
    step = -(-(evidence.last_interval + 1) // _POINTS)
    minutes, percents = [], []
    for first in range(0, evidence.last_interval + 1, step):
        shares = Histogram()
        for interval in range(first, first + step):
            if part := evidence.line_shares.get((channel, interval)):
                shares.add(part)
        if shares.total >= _LEAST:
            minutes.append((first + step / 2) * INTERVAL_S / 60)
            percents.append(shares.percentile(95) / AT_THE_LINE * 100)
    return minutes, percents


def _draw_people(axes: Any, findings: Findings) -> None:
    evidence = findings.evidence
    intervals = range(evidence.last_interval + 1)
    # Counted at the end of each interval; nobody is there at the start.
    minutes = [0.0, *((interval + 1) * INTERVAL_S / 60 for interval in intervals)]
    curves, labels, colours = [], [], []
    for channel in evidence.channels:
        present = [0] + [
            sum(counts.get(interval, 0) for (where, _), counts in evidence.people.items() if where == channel)
            for interval in intervals
        ]
        if any(present):
            curves.append(present)
            labels.append(SHORT_CHANNELS.get(channel, channel))
            colours.append(_STYLES.get(channel, (_INK, "-"))[0])
    if curves:
        axes.stackplot(minutes, *curves, labels=labels, colors=colours, alpha=0.55, linewidth=0)
    planned_minutes, planned = [0.0], [0.0]
    clock = level = 0.0
    for stage in findings.plan.stages:
        clock, level = clock + stage.ramp_s, float(stage.people)
        planned_minutes += [clock / 60, (clock + stage.hold_s) / 60]
        planned += [level, level]
        clock += stage.hold_s
    axes.plot(planned_minutes, planned, color=_INK, linewidth=1.2, linestyle=(0, (4, 3)), label="planned")
    axes.set_title("People at work", loc="left", fontsize="medium")
    axes.legend(loc="lower right", frameon=False, ncols=3)


def _draw_wrong(axes: Any, evidence: Evidence) -> None:
    per_interval = [
        sum(n for outcome, n in evidence.outcomes_over_time[i].items() if outcome not in ("ok", "abandoned"))
        if i in evidence.outcomes_over_time
        else 0
        for i in range(evidence.last_interval + 1)
    ]
    minutes = [i * INTERVAL_S / 60 for i in range(len(per_interval))]
    axes.bar(minutes, per_interval, width=INTERVAL_S / 60, align="edge", color=_ALARM)
    axes.set_title("Transactions not as they should be, per 5 s", loc="left", fontsize="medium")
    axes.set_ylim(0, max(4, *per_interval) * 1.1)
    axes.yaxis.get_major_locator().set_params(integer=True, nbins=4)


def _mark_stages(axes: Any, findings: Findings, *, named: bool) -> None:
    start = 0.0
    end_of_run = findings.evidence.measured_s / 60
    for number, stage in enumerate(findings.plan.stages):
        end = start + (stage.ramp_s + stage.hold_s) / 60
        if number % 2 == 0:
            axes.axvspan(start, min(end, end_of_run), color="#eef2f5", zorder=0, linewidth=0)
        if named and start < end_of_run:
            axes.annotate(
                stage.name, (start, 1), xycoords=("data", "axes fraction"), xytext=(4, -4), va="top",
                textcoords="offset points", color="#52606d",
            )  # fmt: skip
        start = end


def _inline(svg: str) -> str:
    """The `<svg>` element alone, as wide as its box; names of groups dropped, as the page holds more than one chart."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r'<g id="[^"]*">', "<g>", svg)
    start, end = svg.index("<svg"), svg.index(">") + 1
    # Width and height come from the box around it; the view box keeps the proportions.
    return re.sub(r'\s(?:width|height)="[^"]*"', "", svg[start:end]) + svg[end:]
