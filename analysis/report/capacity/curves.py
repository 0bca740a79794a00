"""Measured and forecast against people: what gets done, and how long people wait, with bands, limits and phases."""

from collections.abc import Sequence
from typing import Any

from analysis.capacity.advice import Advice, Outlook
from analysis.capacity.forecast import Level
from analysis.capacity.words import bought_words
from analysis.report.capacity import words
from analysis.report.drawing import ALARM, FAINT, INK, SOFT, Charts, Size, drawn

MOST_WAITS = 5
"""Panels of waits; with that of the throughput they fill a rectangle."""
TODAY = "#0072B2"
AFTER = (("#D55E00", (0, (6, 2))), ("#009E73", (0, (2, 1.5))), ("#7B3294", (0, (6, 2, 1.5, 2))))
"""Colour and dashes of servers after a purchase; Okabe and Ito's colours, and the dashes tell them apart in print."""
_BAND = "#cfe1ee"
_PHASE = (0, (1, 2))
_TALL = 1.9
"""Panels end at so many times the limit: what is worse is no longer a question of how much."""

After = Sequence[tuple[str, Outlook]]
"""Title and forecast, the most important first."""


def curves(advice: Advice) -> Charts:
    """Empty without any step."""
    if not advice.steps:
        return {}
    after = after_words(advice)
    names = waits_shown(advice)

    def draw(figure: Any, size: Size) -> None:
        columns = 2 if size.is_wide else 1
        panels = figure.subplots(-(-(1 + len(names)) // columns), columns, squeeze=False).flatten()
        _draw_done(panels[0], advice, after)
        for axes, name in zip(panels[1:], names, strict=False):
            _draw_wait(axes, advice, name, after)
        for axes in panels[1 + len(names) :]:
            axes.set_axis_off()
        for axes in panels[: 1 + len(names)]:
            _draw_phases(axes, advice)
            axes.set_xlim(0, _most_people(advice))
            axes.set_xlabel("people at work")
            axes.grid(axis="y", color=FAINT, linewidth=0.6)
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(
            handles, labels, loc="outside upper left", frameon=False, ncols=3 if size.is_wide else 1,
            fontsize="medium",
        )  # fmt: skip

    def height(size: Size) -> float:
        rows = -(-(1 + len(names)) // 2) if size.is_wide else 1 + len(names)
        return (3.0 if size.is_wide else 2.7) * rows + (0.5 if size.is_wide else 0.3 * (3 + len(after)))

    return drawn("people and waits", height, draw)


def waits_shown(advice: Advice) -> list[str]:
    """The judged waits that are closest to their limits, the closest first."""
    first = advice.today.carries.transaction if advice.today else ""
    measured = {name for step in advice.steps for name in step.p95_s}
    judged = [name for name in advice.limits_s if name in measured]
    return sorted(judged, key=lambda name: (name != first, -_closeness(advice, name), name))[:MOST_WAITS]


def after_words(advice: Advice) -> After:
    """What has to be bought first, then the options that help most; not more than can be told apart."""
    purchase = words.last_purchase(advice)
    found = [(bought_words(purchase, advice), advice.after)] if purchase and advice.after else []
    bought = [*purchase.options] if purchase and sum(purchase.options.values()) == 1 else []
    helping = [one for one in advice.options if one.outlook and not one.useless and one.name not in bought]
    helping.sort(key=lambda option: -(option.outlook.safe_people if option.outlook else 0))
    found += [(option.title, option.outlook) for option in helping if option.outlook]
    return found[: len(AFTER)]


def _closeness(advice: Advice, name: str) -> float:
    """The longest p95 of any step as a share of the limit."""
    return max(step.p95_s[name] for step in advice.steps if name in step.p95_s) / advice.limits_s[name]


def _most_people(advice: Advice) -> float:
    """The right edge: a little more than the largest phase and the largest step."""
    return 1.15 * max(advice.people, *(step.people for step in advice.steps))


def _draw_done(axes: Any, advice: Advice, after: After) -> None:
    top = max(step.throughput for step in advice.steps)
    if advice.today:
        levels = _up_to(advice.today.levels, _most_people(advice))
        top = max(top, *(level.throughput for level in levels))
        axes.plot(
            _people(levels), [one.throughput for one in levels], color=TODAY, linewidth=1.8, label="today, forecast"
        )
    for (title, outlook), (colour, dashes) in zip(after, AFTER, strict=False):
        levels = _up_to(outlook.levels, _most_people(advice))
        top = max(top, *(level.throughput for level in levels))
        axes.plot(
            _people(levels), [one.throughput for one in levels], color=colour, linestyle=dashes, linewidth=1.6,
            label=words.shortened(f"after {title}", 44),
        )  # fmt: skip
    _draw_steps(axes, advice, [step.throughput for step in advice.steps], "measured")
    axes.set_ylim(0, top * 1.2)
    axes.set_title("Done: transactions per second", loc="left", fontsize="medium")


def _draw_wait(axes: Any, advice: Advice, name: str, after: After) -> None:
    limit = advice.limits_s[name]
    measured = [step.p95_s.get(name) for step in advice.steps]
    tallest = max(_TALL * limit, 1.15 * max(value for value in measured if value is not None))
    if advice.today:
        levels = [one for one in _up_to(advice.today.levels, _most_people(advice)) if name in one.p95_s]
        low, high = [one.p95_low_s[name] for one in levels], [one.p95_high_s[name] for one in levels]
        axes.fill_between(_people(levels), low, high, color=_BAND, linewidth=0)
        axes.plot(_people(levels), [one.p95_s[name] for one in levels], color=TODAY, linewidth=1.8)
    for (_, outlook), (colour, dashes) in zip(after, AFTER, strict=False):
        levels = [one for one in _up_to(outlook.levels, _most_people(advice)) if name in one.p95_s]
        axes.plot(_people(levels), [one.p95_s[name] for one in levels], color=colour, linestyle=dashes, linewidth=1.6)
    _draw_steps(axes, advice, measured)
    axes.axhline(limit, color=ALARM, linewidth=1.4)
    axes.annotate(
        f"limit {limit:g} s", (0, limit), xycoords=("axes fraction", "data"), xytext=(4, 2), ha="left", va="bottom",
        textcoords="offset points", color=ALARM,
    )  # fmt: skip
    axes.set_ylim(0, tallest)
    axes.set_title(f"p95: {words.wait_words(name)}", loc="left", fontsize="medium")


def _draw_steps(axes: Any, advice: Advice, values: Sequence[float | None], label: str | None = None) -> None:
    """Full dots are steps that the forecast was made from, hollow ones were left out."""
    for flawed, fill in ((False, INK), (True, "white")):
        points = [
            (step.people, value)
            for step, value in zip(advice.steps, values, strict=True)
            if value is not None and bool(step.flaws) is flawed
        ]
        if points:
            axes.plot(
                *zip(*points, strict=True), linestyle="none", marker="o", markersize=5, color=INK, markerfacecolor=fill,
                label=label and ("measured, left out" if flawed else label), zorder=3,
            )  # fmt: skip


def _draw_phases(axes: Any, advice: Advice) -> None:
    for phase in advice.phases:
        axes.axvline(phase.people, color=SOFT, linewidth=1.1, linestyle=_PHASE, zorder=0)
        axes.annotate(
            f"{words.shortened(phase.name, 18)} {words.people_figure(phase.people)}", (phase.people, 1),
            xycoords=("data", "axes fraction"), rotation=90, ha="right", va="top", fontsize="small", color=SOFT,
            xytext=(-1, -2), textcoords="offset points",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5, "alpha": 0.6},
        )  # fmt: skip


def _up_to(levels: Sequence[Level], people: float) -> list[Level]:
    """The levels inside the picture, and one beyond, so that the line reaches its edge."""
    inside = [level for level in levels if level.people <= people]
    return [*inside, *levels[len(inside) : len(inside) + 1]]


def _people(levels: Sequence[Level]) -> list[int]:
    return [level.people for level in levels]
