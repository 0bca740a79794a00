"""The chart of the bend: what people got done, and how long they waited, against how many they were."""

from typing import Any

from analysis.load_curve import LoadCurve
from analysis.report.drawing import FAINT, INK, SOFT, Charts, Size, annotate_fail_line, drawn, style_of
from analysis.words import SHORT_CHANNELS


def against_people(curve: LoadCurve) -> Charts:
    """Empty when the load did not change enough to show a curve."""
    if not curve.levels:
        return {}

    def draw(figure: Any, size: Size) -> None:
        done, waits = figure.subplots(1, 2) if size.is_wide else figure.subplots(2, 1)
        _draw_done(done, curve)
        _draw_waits(waits, curve)
        for axes in (done, waits):
            axes.set_xlim(left=0)
            axes.set_xlabel("people at work")
            axes.grid(axis="y", color=FAINT, linewidth=0.6)
            if curve.bend is not None:
                axes.axvline(curve.bend, color=SOFT, linewidth=1.2, linestyle=(0, (4, 3)))

    return drawn("against people", lambda size: 3.6 if size.is_wide else 6.4, draw)


def _draw_done(axes: Any, curve: LoadCurve) -> None:
    people = [level.people for level in curve.levels]
    done = [level.transactions_per_s for level in curve.levels]
    axes.plot(people, done, "-o", color=INK, linewidth=1.6, markersize=4)
    axes.set_ylim(0, max(done) * 1.15)
    axes.set_title("Done: transactions per second", loc="left", fontsize="medium")


def _draw_waits(axes: Any, curve: LoadCurve) -> None:
    top = 110.0
    for channel in dict.fromkeys(channel for level in curve.levels for channel in level.p95_of_line):
        colour, style = style_of(channel)
        points = [
            (level.people, level.p95_of_line[channel] * 100) for level in curve.levels if channel in level.p95_of_line
        ]
        axes.plot(
            *zip(*points, strict=True), style, marker="o", color=colour, linewidth=1.6, markersize=4,
            label=SHORT_CHANNELS.get(channel, channel),
        )  # fmt: skip
        top = max(top, max(share for _, share in points) * 1.15)
    axes.set_ylim(0, top)
    annotate_fail_line(axes)
    axes.set_title("Waits: p95 in % of the fail line", loc="left", fontsize="medium")
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="upper left", frameon=False, ncols=2, bbox_to_anchor=(0, 0.9))
