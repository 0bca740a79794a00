"""Where the time goes: per transaction, the mean's work and waits at each station, today and after each option."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from analysis.capacity.advice import Advice
from analysis.capacity.forecast import Share
from analysis.capacity.words import bought_words
from analysis.report.capacity import words
from analysis.report.capacity.curves import waits_shown
from analysis.report.drawing import INK, Charts, Size, drawn
from analysis.words import seconds_words

MOST_WAITS = 4
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
ELSEWHERE = "#aeb8c1"
_WAIT_HATCH = "////"
_ROOMY = 3.0
"""What takes longer than so many times the shortest bar ends with an arrow."""


def time_chart(advice: Advice) -> Charts:
    """Empty where nothing is known of stations."""
    lines = _lines(advice)
    names = [name for name in waits_shown(advice) if lines and name in lines[0][1]][:MOST_WAITS]
    if not names:
        return {}
    stations = list(dict.fromkeys(station for _, shares in lines for one in shares.values() for station in one.work_s))
    colours = {station: COLOURS[number % len(COLOURS)] for number, station in enumerate(stations)}

    def draw(figure: Any, size: Size) -> None:
        columns = 2 if size.is_wide else 1
        panels = figure.subplots(-(-len(names) // columns), columns, squeeze=False).flatten()
        for axes, name in zip(panels, names, strict=False):
            _draw(axes, name, [(title, shares[name]) for title, shares in lines if name in shares], colours, size)
        for axes in panels[len(names) :]:
            axes.set_axis_off()
        figure.legend(
            handles=_key(colours), loc="outside upper left", frameon=False, ncols=_key_columns(size, len(colours)),
            handlelength=1.4,
        )  # fmt: skip

    def height(size: Size) -> float:
        rows = -(-len(names) // 2) if size.is_wide else len(names)
        keys = -(-(2 * len(stations) + 1) // _key_columns(size, len(stations)))
        return rows * (0.75 + 0.48 * len(lines)) + 0.25 * keys

    return drawn("where the time goes", height, draw)


def _lines(advice: Advice) -> list[tuple[str, Mapping[str, Share]]]:
    """Title and shares by transaction: today, after what has to be bought, then after each option by itself."""
    if advice.today is None:
        return []
    outlooks = [("Today", advice.today)]
    purchase = words.last_purchase(advice)
    if advice.after and purchase and sum(purchase.options.values()) > 1:
        outlooks.append((f"After buying {bought_words(purchase, advice)}", advice.after))
    outlooks += [
        (f"{words.letter(number)}: {option.title}" + (" – buys nobody" if option.useless else ""), option.outlook)
        for number, option in enumerate(advice.options)
        if option.outlook
    ]
    return [(title, {share.transaction: share for share in outlook.shares}) for title, outlook in outlooks]


def _draw(axes: Any, name: str, lines: Sequence[tuple[str, Share]], colours: Mapping[str, str], size: Size) -> None:
    totals = [_total(share) for _, share in lines]
    edge = min(max(totals), _ROOMY * min(totals)) * 1.02
    letters = 52 if size.is_wide else 46
    for number, ((title, share), total) in enumerate(zip(lines, totals, strict=True)):
        y, left = -number, 0.0
        for value, colour, hatch in _parts(share, colours, edge):
            axes.barh(
                y, value, 0.42, left=left, color=colour, hatch=hatch, edgecolor="white", linewidth=0.5,
                clip_on=True,
            )  # fmt: skip
            left += value
        axes.text(0, y + 0.27, words.shortened(title, letters), va="bottom", ha="left", fontsize="small", color=INK)
        told = seconds_words(total * 1000) + (" →" if total > edge else "")
        axes.text(
            min(total, edge) + 0.015 * edge, y, told, va="center", ha="left", fontsize="small", color=INK,
            fontweight="bold",
        )  # fmt: skip
    axes.set_xlim(0, edge * 1.17)
    axes.set_ylim(-len(lines) + 0.55, 0.75)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_visible(False)
    axes.set_xticks([])
    axes.set_title(words.wait_words(name), loc="left", fontsize="medium")


def _parts(share: Share, colours: Mapping[str, str], edge: float) -> Iterator[tuple[float, str, str]]:
    """Seconds, colour and hatch, from left to right up to the edge: all work, then all waits."""
    parts = [(share.elsewhere_s, ELSEWHERE, "")]
    parts += [(share.work_s.get(station, 0.0), colour, "") for station, colour in colours.items()]
    parts += [(share.wait_s.get(station, 0.0), colour, _WAIT_HATCH) for station, colour in colours.items()]
    for seconds, colour, hatch in parts:
        if inside := max(0.0, min(seconds, edge)):
            yield inside, colour, hatch
        edge -= seconds


def _total(share: Share) -> float:
    return share.elsewhere_s + sum(share.work_s.values()) + sum(share.wait_s.values())


def _key_columns(size: Size, stations: int) -> int:
    return min(5, 2 * stations + 1) if size.is_wide else 2


def _key(colours: Mapping[str, str]) -> list[Any]:
    from matplotlib.patches import Patch

    key = [Patch(facecolor=ELSEWHERE, edgecolor="white", label="network and elsewhere")]
    for station, colour in colours.items():
        named = words.shortened(station, 22)
        key.append(Patch(facecolor=colour, edgecolor="white", label=f"work: {named}"))
        key.append(Patch(facecolor=colour, edgecolor="white", hatch=_WAIT_HATCH, label=f"waiting: {named}"))
    return key
