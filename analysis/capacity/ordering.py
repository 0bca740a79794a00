"""When to order, when it is outgrown, and what else the one who pays should know."""

import datetime
from collections.abc import Iterator
from typing import TYPE_CHECKING

from analysis.capacity.advice import Advice, Finding, PhaseAdvice
from analysis.capacity.purchases import Weighing
from analysis.capacity.words import bought_words, lead_words, money_words, people_words, years_words
from analysis.words import percent_words

if TYPE_CHECKING:
    from analysis.capacity.advising import Question


def ordering(advice: Advice, question: "Question", weighing: Weighing) -> Iterator[Finding]:
    """Findings about offers that are missing, dates, and growth."""
    yield from _no_offer(advice, question)
    for phase in advice.phases:
        yield from _too_late(phase, advice, question, weighing)
    if advice.phases:
        yield from _outgrown(advice.phases[-1], question)


def _no_offer(advice: Advice, question: "Question") -> Iterator[Finding]:
    """A phase does not fit, and the file has nothing for the server that is the limit."""
    if advice.conclusion != "not_enough" or advice.today is None:
        return
    limit = advice.today.carries.station or next(iter(advice.today.full_at), "")
    changed = {upgrade.at for option in question.options for upgrade in option.changes}
    if limit and not any(station.name == limit for at in changed for station in question.stations.named(at)):
        offered = "in the hardware file" if question.options else "so far"
        yield Finding(
            "no_offer",
            f"`{limit}` is the limit, and nothing {offered} relieves it.",
            question.owners.of_server(limit),
            f"Ask for an offer and write it down: `changes: [{{at: {limit}, add_cores: ...}}]`, then ask again.",
        )


def _too_late(phase: PhaseAdvice, advice: Advice, question: "Question", weighing: Weighing) -> Iterator[Finding]:
    """What is needed cannot be there in time, even ordered on the day of the run."""
    if phase.cheapest is None or phase.date is None or question.asked_on is None:
        return
    days = (datetime.date.fromisoformat(phase.date) - question.asked_on).days
    if phase.cheapest.lead_time_days <= days:
        return
    sooner = weighing.cheapest(phase.people, within_days=max(0, days))
    if sooner is not None:
        step = (
            f"Buy {bought_words(sooner, advice)} instead ({money_words(sooner.price, advice.currency)}, "
            f"{lead_words(sooner.lead_time_days)}), or move the phase."
        )
    else:
        step = (
            "Nothing of the hardware file that carries it comes sooner: move the phase, or begin it with fewer people."
        )
    yield Finding(
        "too_late",
        f"{phase.name} ({people_words(phase.people)}) is on {phase.date}, and {bought_words(phase.cheapest, advice)} "
        f"takes {lead_words(phase.cheapest.lead_time_days)}: it had to be ordered by {phase.order_by}, before this "
        "run.",
        question.owners.business,
        step,
    )


def _outgrown(phase: PhaseAdvice, question: "Question") -> Iterator[Finding]:
    """The last phase is outgrown within the years that are looked ahead."""
    years = phase.outgrown_years
    if years is None or years > question.horizon_years:
        return
    growth = percent_words(question.growth)
    yield Finding(
        "outgrown",
        f"With {growth} more people a year it is outgrown {years_words(years)} after the phase “{phase.name}”.",
        question.owners.business,
        "Plan the next purchase, or buy the larger option now; test again before it is due (`crmload history` "
        "reminds).",
    )
