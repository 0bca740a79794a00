"""Who fits on what: today, what has to be bought, and every option, as bars against the phases of the rollout."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analysis.capacity.advice import Advice, Outlook, PhaseAdvice, Purchase
from analysis.capacity.forecast import Crossing
from analysis.capacity.words import bought_words
from analysis.report.capacity import words

_ROOM = 1.12
_BEYOND = 1.9
"""What carries more than so many times the largest phase ends with an arrow: today's servers must stay readable."""

_TURNED = 50
"""Phases further to the right have their names left of their line."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of the picture. Shares are of the picture's width, 0..100."""

    title: str
    about: str
    """What it costs and when it works."""
    state: str
    """`enough`, `unsure` or `short` of the largest phase; `useless`; `unknown` where nothing can be said."""
    told: str
    safe: float
    low: float
    high: float
    beyond: bool
    """True when it goes on past the picture's edge."""
    strong: bool


@dataclass(frozen=True, slots=True)
class PhaseLine:
    """A phase as an upright line with its name in a lane of its own."""

    at: float
    words: str
    lane: int
    turned: bool
    """True when the name stands left of its line."""


@dataclass(frozen=True, slots=True)
class Bars:
    """The whole picture."""

    lines: list[Bar]
    phases: list[PhaseLine]


def people_bars(advice: Advice) -> Bars | None:
    """None where nothing can be said about any number of people."""
    if advice.today is None:
        return None
    scale = _scale(advice)
    lines = [
        _bar("Today's servers", "as they are", advice.today.carries, advice.today.safe_people, advice, scale, True)
    ]
    lines += _purchases(advice, scale)
    lines += _options(advice, scale)
    return Bars(lines, _phases(advice.phases, scale))


def _scale(advice: Advice) -> float:
    """People at the right edge."""
    outlooks = [advice.today, *(option.outlook for option in advice.options)]
    crossings = [one.carries for one in outlooks if one] + [p.cheapest.carries for p in advice.phases if p.cheapest]
    most = max(crossing.high or crossing.low for crossing in crossings)
    today = crossings[0].high or crossings[0].low
    return _ROOM * max(min(most, _BEYOND * advice.people), min(today, 4 * advice.people), advice.people)


def _purchases(advice: Advice, scale: float) -> Iterator[Bar]:
    """What the phases need, without what is an option by itself."""
    told: list[Purchase] = []
    for phase in reversed(advice.phases):
        bought = phase.cheapest
        if bought is None or bought in told:
            continue
        told.append(bought)
        title = bought_words(bought, advice)
        yield _bar(title, _for_words(bought, advice), bought.carries, bought.safe_people, advice, scale, strong=True)


def _options(advice: Advice, scale: float) -> Iterator[Bar]:
    """Options that no phase needs by themselves, the most useful first."""
    bought = [dict(phase.cheapest.options) for phase in advice.phases if phase.cheapest]
    rest = [option for option in advice.options if {option.name: 1} not in bought]
    for option in sorted(rest, key=lambda one: (one.outlook is None, one.useless, -(_safe(one.outlook)))):
        about = words.price_words(option.price, option.lead_time_days, advice.currency)
        if option.outlook is None:
            yield Bar(option.title, about, "unknown", option.why, 0, 0, 0, beyond=False, strong=False)
            continue
        bar = _bar(option.title, about, option.outlook.carries, option.outlook.safe_people, advice, scale, strong=False)
        if option.useless:
            told = f"buys nobody: {option.why}" if option.why else "buys nobody"
            bar = Bar(bar.title, bar.about, "useless", told, bar.safe, bar.low, bar.high, bar.beyond, strong=False)
        yield bar


def _safe(outlook: Outlook | None) -> int:
    return outlook.safe_people if outlook else 0


def _bar(title: str, about: str, crossing: Crossing, safe: int, advice: Advice, scale: float, strong: bool) -> Bar:
    middle = crossing.people if crossing.people is not None else crossing.low
    state = "enough" if safe >= advice.people else "unsure" if middle >= advice.people else "short"
    high = crossing.high if crossing.high is not None else scale
    if crossing.people is None:
        told = f"{words.carries_words(crossing)} fit"
    else:
        told = f"{words.people_figure(safe)} fit safely, {words.carries_words(crossing, 'most likely')}"
    return Bar(
        title, about, state, told, _share(safe, scale), _share(crossing.low, scale), _share(high, scale),
        beyond=crossing.people is None or high > scale, strong=strong,
    )  # fmt: skip


def _for_words(bought: Purchase, advice: Advice) -> str:
    """`EUR 9,400, 6 weeks · for everybody`."""
    names = [phase.name for phase in advice.phases if phase.cheapest == bought]
    price = words.price_words(bought.price, bought.lead_time_days, advice.currency)
    return f"{price} · for {' and '.join(names)}"


def _phases(phases: Sequence[PhaseAdvice], scale: float) -> list[PhaseLine]:
    """Names that stand left of their line come first, the largest on top: so no name covers another one's line."""
    turned = sorted((one for one in phases if _share(one.people, scale) > _TURNED), key=lambda one: -one.people)
    others = sorted((one for one in phases if one not in turned), key=lambda one: one.people)
    return [
        PhaseLine(
            _share(one.people, scale), f"{words.shortened(one.name, 24)}: {words.people_figure(one.people)}", lane,
            turned=one in turned,
        )
        for lane, one in enumerate([*turned, *others])
    ]  # fmt: skip


def _share(people: float, scale: float) -> float:
    return 100 * min(1.0, max(0.0, people / scale))
