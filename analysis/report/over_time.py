"""The chart over time: waits against the lines, people, and what went wrong."""

from collections.abc import Mapping
from typing import Any

from analysis.evidence import AT_THE_LINE, Evidence
from analysis.findings import Findings
from analysis.report.drawing import ALARM, BAND, FAINT, INK, SOFT, Charts, Size, annotate_fail_line, drawn, style_of
from analysis.words import SHORT_CHANNELS
from loadtests.results.interval_log import INTERVAL_S

_POINTS = 120
"""The most points a curve has: more cannot be told apart on the page."""
_LEAST = 5
"""Waits of fewer transactions than this make no percentile worth drawing."""


def over_time(findings: Findings) -> Charts:
    """Empty when nothing was recorded over time."""
    if not findings.evidence.line_shares and not findings.evidence.people:
        return {}
    percentiles = {channel: _percentiles(findings.evidence, channel) for channel in findings.evidence.channels}

    def draw(figure: Any, _: Size) -> None:
        waits, people, wrong = figure.subplots(3, 1, sharex=True, height_ratios=[3, 2, 1.2])
        _draw_waits(waits, percentiles)
        _draw_people(people, findings)
        _draw_wrong(wrong, findings.evidence)
        wrong.set_xlabel("minutes since the start")
        _mark_stages(waits, findings, named=True)
        _mark_stages(people, findings, named=False)
        for axes in (waits, people, wrong):
            axes.set_ylim(bottom=0)
        wrong.set_xlim(0, findings.evidence.measured_s / 60)

    return drawn("over time", lambda _: 7.2, draw)


def _draw_waits(axes: Any, percentiles: Mapping[str, tuple[list[float], list[float]]]) -> None:
    """`percentiles`: by channel, minutes and percents."""
    top = 110.0
    for channel, (minutes, percents) in percentiles.items():
        colour, style = style_of(channel)
        if minutes:
            axes.plot(minutes, percents, style, color=colour, linewidth=1.8, label=SHORT_CHANNELS.get(channel, channel))
            top = max(top, max(percents) * 1.1)
    axes.set_ylim(0, top)
    annotate_fail_line(axes)
    axes.set_title("Waits: 95th percentile, in % of each transaction's fail line", loc="left", fontsize="medium")
    axes.grid(axis="y", color=FAINT, linewidth=0.6)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="upper left", frameon=False, ncols=4, bbox_to_anchor=(0, 0.93))


def _percentiles(evidence: Evidence, channel: str) -> tuple[list[float], list[float]]:
    step = -(-(evidence.last_interval + 1) // _POINTS)
    minutes, percents = [], []
    for first in range(0, evidence.last_interval + 1, step):
        shares = evidence.shares(channel, range(first, first + step))
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
            colours.append(style_of(channel)[0])
    if curves:
        axes.stackplot(minutes, *curves, labels=labels, colors=colours, alpha=0.55, linewidth=0)
    planned_minutes, planned = [0.0], [0.0]
    clock = level = 0.0
    for stage in findings.plan.stages:
        clock, level = clock + stage.ramp_s, float(stage.people)
        planned_minutes += [clock / 60, (clock + stage.hold_s) / 60]
        planned += [level, level]
        clock += stage.hold_s
    axes.plot(planned_minutes, planned, color=INK, linewidth=1.2, linestyle=(0, (4, 3)), label="planned")
    axes.set_title("People at work", loc="left", fontsize="medium")
    axes.legend(loc="lower right", frameon=False, ncols=3)


def _draw_wrong(axes: Any, evidence: Evidence) -> None:
    per_interval = [
        sum(n for outcome, n in evidence.outcomes_over_time[i].items() if outcome not in ("ok", "abandoned"))
        if i in evidence.outcomes_over_time
        else 0
        for i in range(evidence.last_interval + 1)
    ]
    edges = [i * INTERVAL_S / 60 for i in range(len(per_interval) + 1)]
    # One shape: a bar for each interval of an hour takes a second to draw.
    axes.stairs(per_interval, edges, fill=True, color=ALARM)
    axes.set_title("Transactions not as they should be, per 5 s", loc="left", fontsize="medium")
    axes.set_ylim(0, max(4, *per_interval) * 1.1)
    axes.yaxis.get_major_locator().set_params(integer=True, nbins=4)


def _mark_stages(axes: Any, findings: Findings, *, named: bool) -> None:
    start = 0.0
    end_of_run = findings.evidence.measured_s / 60
    for number, stage in enumerate(findings.plan.stages):
        end = start + (stage.ramp_s + stage.hold_s) / 60
        if number % 2 == 0:
            axes.axvspan(start, min(end, end_of_run), color=BAND, zorder=0, linewidth=0)
        if named and start < end_of_run:
            axes.annotate(
                stage.name, (start, 1), xycoords=("data", "axes fraction"), xytext=(4, -4), va="top",
                textcoords="offset points", color=SOFT,
            )  # fmt: skip
        start = end
