"""What each option of the hardware file buys by itself, and which are useless and why."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from analysis.capacity.advice import OptionAdvice, Outlook, StationState
from analysis.capacity.forecast import Change
from analysis.capacity.upgrades import (
    Stations,
    beyond_validated,
    change_of,
    does_words,
    touched,
    why_not_judged,
    with_needs,
)
from analysis.words import percent_words
from loadtests.config.hardware import Option

USELESS = 0.03
"""Fewer people more than this share are within what any forecast is wrong by."""
USELESS_ELSEWHERE = 0.10
"""The same where the limit is not touched: doubling an idle tier is promised 5 to 8 % and brings 1 to 11 % (statistics
2.4)."""


def judge_option(
    option: Option,
    options: Sequence[Option],
    stations: Stations,
    states: tuple[StationState, ...],
    today: Outlook,
    outlook: Callable[[Change], Outlook],
    seen_people: float,
) -> OptionAdvice:
    """Bought once, with nothing but what it needs. `seen_people`: of the step that `states` tell of."""
    together = with_needs(option, options)
    bought = [one for one in options if one.name in together]
    reasons = [(why, useless and one is option) for one in bought for why, useless in [why_not_judged(one, stations)]]
    if found := next((reason for reason in reasons if reason[0]), None):
        return not_judged(option, found[0], useless=found[1])
    if not option.changes:
        needing = [one.words for one in options if option.name in one.needs]
        others = f": {', '.join(needing)} cannot be bought without it" if needing else ""
        return not_judged(option, f"it changes no server by itself{others}", useless=not needing)
    change = change_of(together, options, stations)
    after = outlook(change)
    gains = [_more(end, today.carries.people) for end in (after.carries.people, after.carries.low, after.carries.high)]
    gained = gains[0]
    useless = gained is not None and gained < _least(change, today) * (today.carries.people or 0)
    return replace(
        not_judged(option, ""),
        does=does_words(change, stations.counted),
        outlook=after,
        gained=gained,
        gained_low=gains[1],
        gained_high=gains[2],
        price_per_person=sum(one.price for one in bought) / gained if gained is not None and not useless else None,
        useless=useless,
        why=_why_useless(change, states, today, after, seen_people) if useless else "",
        doubtful=beyond_validated(change),
    )


def not_judged(option: Option, why: str, *, useless: bool = False) -> OptionAdvice:
    """An option that the model is not asked about."""
    return OptionAdvice(
        name=option.name,
        title=option.words,
        price=option.price,
        lead_time_days=option.lead_time,
        at_most=option.at_most,
        needs=tuple(option.needs),
        does="",
        outlook=None,
        gained=None,
        gained_low=None,
        gained_high=None,
        price_per_person=None,
        useless=useless,
        why=why,
        doubtful=False,
    )  # fmt: skip


def _least(change: Change, today: Outlook) -> float:
    """The share of more people that an option must bring to be of use."""
    limit = today.carries.station or next(iter(today.full_at), "")
    return USELESS if limit in touched(change) else USELESS_ELSEWHERE


def _more(people: float | None, today: float | None) -> float | None:
    return None if people is None or today is None else people - today


def _why_useless(
    change: Change, states: tuple[StationState, ...], today: Outlook, after: Outlook, seen_people: float
) -> str:
    """The evidence: how busy what is changed was, and what stays the limit."""
    limit = after.carries.station or next(iter(after.full_at), "")
    idle = [state for state in states if state.station.name in touched(change) and state.busy is not None]
    told = ", ".join(f"{state.station.name} is {percent_words(state.busy or 0)} busy" for state in idle)
    seen = f"{told} at {seen_people:.0f} people" if told else "it changes nothing that was busy"
    if limit and limit not in touched(change):
        return f"{seen}; {limit} is the limit and stays it"
    if limit and limit == next(iter(today.full_at), ""):
        return f"{seen}, and waiting there is not what makes people wait too long"
    return f"{seen}; then {limit} is full just as early" if limit else seen
