"""Price against people carried: every option by itself, the cheapest sets, and the phases that must fit."""

from collections.abc import Mapping
from typing import Any

from analysis.capacity.advice import Advice, Purchase
from analysis.report.capacity import words
from analysis.report.drawing import FAINT, INK, SOFT, Charts, Size, drawn

USEFUL, USELESS = "#0072B2", "#8a949e"


def price_chart(advice: Advice) -> Charts:
    """Empty where nothing can be bought, or nothing can be said about it."""
    if advice.today is None or not any(option.outlook for option in advice.options):
        return {}

    def draw(figure: Any, size: Size) -> None:
        axes = figure.subplots()
        _draw_sets(axes, advice)
        _draw_options(axes, advice)
        _draw_phases(axes, advice)
        axes.set_xlim(left=-0.04 * _dearest(advice), right=1.12 * _dearest(advice))
        axes.set_ylim(0, _most(advice))
        axes.xaxis.set_major_formatter(lambda price, _: f"{price:,.0f}" if price >= 0 else "")
        axes.xaxis.set_major_locator(_locator(size))
        axes.set_xlabel(f"price in {advice.currency}")
        axes.set_title("People that fit safely (90 % confidence)", loc="left", fontsize="medium")
        axes.grid(axis="y", color=FAINT, linewidth=0.6)
        figure.legend(loc="outside upper left", frameon=False, ncols=3, handlelength=1.4)

    return drawn("price and people", lambda size: 4.0 if size.is_wide else 4.2, draw)


def _draw_sets(axes: Any, advice: Advice) -> None:
    """The stairs: for so much money so many people, and the sets that make the steps."""
    assert advice.today is not None
    sets = _sets(advice)
    prices = [0.0, *(one.price for one in sets), 1.12 * _dearest(advice)]
    people = [advice.today.safe_people, *(one.safe_people for one in sets)]
    axes.step(prices, [*people, people[-1]], where="post", color=USEFUL, linewidth=1.6, label="cheapest sets")
    axes.plot([0], [advice.today.safe_people], "s", color=INK, markersize=6)
    axes.annotate("today", (0, advice.today.safe_people), xytext=(5, -5), textcoords="offset points", va="top")
    letters = {option.name: words.letter(number) for number, option in enumerate(advice.options)}
    for one in sets:
        axes.plot([one.price], [one.safe_people], "o", color=USEFUL, markersize=6)
        if sum(one.options.values()) > 1:
            _name(axes, one.price, one.safe_people, _letters(one.options, letters), INK)


def _draw_options(axes: Any, advice: Advice) -> None:
    told: set[str] = set()
    for number, option in enumerate(advice.options):
        if option.outlook is None:
            continue
        crossing, safe = option.outlook.carries, option.outlook.safe_people
        colour = USELESS if option.useless else USEFUL
        kind = "buys nobody" if option.useless else "one option"
        axes.plot(
            [option.price] * 2, [crossing.low, crossing.high or _most(advice)], color=colour, linewidth=1.2, zorder=1
        )
        axes.plot(
            [option.price], [safe], "X" if option.useless else "o", color=colour, markersize=9 if option.useless else 6,
            linestyle="none", label=None if kind in told else kind,
        )  # fmt: skip
        told.add(kind)
        _name(axes, option.price, safe, words.letter(number), colour if option.useless else INK)


def _name(axes: Any, price: float, people: float, text: str, colour: str) -> None:
    axes.annotate(
        text, (price, people), xytext=(6, 4), textcoords="offset points", color=colour, fontweight="bold", zorder=4
    )


def _draw_phases(axes: Any, advice: Advice) -> None:
    for phase in advice.phases:
        axes.axhline(phase.people, color=SOFT, linewidth=1.1, linestyle=(0, (1, 2)), zorder=0)
        axes.annotate(
            f"{words.shortened(phase.name, 18)} {words.people_figure(phase.people)}", (1, phase.people),
            xycoords=("axes fraction", "data"), ha="right", va="bottom", fontsize="small", color=SOFT,
            xytext=(-2, 1), textcoords="offset points",
        )  # fmt: skip


def _sets(advice: Advice) -> list[Purchase]:
    """By price, each carrying more than the one before."""
    found: list[Purchase] = []
    for one in sorted(advice.purchases, key=lambda one: (one.price, -one.safe_people)):
        if not found or one.safe_people > found[-1].safe_people:
            found.append(one)
    return found


def _letters(bought: Mapping[str, int], letters: Mapping[str, str]) -> str:
    """`A + 2 C`."""
    return " + ".join((f"{number} " if number > 1 else "") + letters.get(name, name) for name, number in bought.items())


def _dearest(advice: Advice) -> float:
    prices = [option.price for option in advice.options if option.outlook]
    return max(1.0, *prices, *(one.price for one in advice.purchases))


def _most(advice: Advice) -> float:
    """The upper edge: what carries far more than anybody needs must not press the rest together."""
    assert advice.today is not None
    found = [one.outlook.carries for one in advice.options if one.outlook] + [one.carries for one in advice.purchases]
    most = max([crossing.high or crossing.low for crossing in [advice.today.carries, *found]])
    return 1.1 * max(advice.people, min(most, 2.5 * advice.people))


def _locator(size: Size) -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(6 if size.is_wide else 4)
