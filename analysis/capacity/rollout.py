"""The phases of a rollout: who comes when, what each needs, and when it is outgrown."""

import datetime
from dataclasses import dataclass
from math import log

from analysis.capacity.advice import CONFIDENCE, Fit, PhaseAdvice, Purchase
from analysis.capacity.forecast import TODAY, CapacityModel, Crossing
from analysis.capacity.purchases import Weighing
from loadtests.config.resolved import ResolvedPlan

MOST_PHASES = 5
"""A plan with more levels of load is a ladder to measure on: its levels are no phases of a rollout."""


@dataclass(frozen=True)
class Phase:
    """So many people work at the same time from that day on."""

    name: str
    people: int
    date: datetime.date | None = None


def phases_of(plan: ResolvedPlan) -> list[Phase]:
    """The plan's stages as phases, fewest people first; of a ladder the top alone."""
    levels = {stage.people: stage.name for stage in reversed(plan.stages) if stage.people and not stage.warm_up}
    phases = [Phase(name, people) for people, name in sorted(levels.items())]
    if len(phases) > MOST_PHASES:
        return [Phase("everybody of the plan", phases[-1].people)]
    return phases or [Phase("everybody of the plan", plan.people)]


def judge_phase(phase: Phase, model: CapacityModel, weighing: Weighing, growth: float) -> PhaseAdvice:
    """Whether a phase fits as it is, else the cheapest that carries it; and how long that lasts."""
    confidence = model.confidence(phase.people)
    fits = fit_of(phase.people, confidence, weighing.today.crossing)
    cheapest = weighing.cheapest(phase.people) if fits == "no" else None
    carried = cheapest.safe_people if cheapest else weighing.today.safe_people
    after = weighing.change(cheapest.options) if cheapest else TODAY
    return PhaseAdvice(
        name=phase.name,
        people=phase.people,
        date=phase.date.isoformat() if phase.date else None,
        fits_today=fits,
        confidence_today=confidence,
        cheapest=cheapest,
        confidence=model.confidence(phase.people, after) if cheapest else None,
        order_by=_order_by(phase, cheapest),
        outgrown_years=_years(phase.people, carried, growth) if cheapest or fits == "yes" else None,
    )


def unknown_phase(phase: Phase) -> PhaseAdvice:
    """A phase of which nothing can be said."""
    date = phase.date.isoformat() if phase.date else None
    return PhaseAdvice(phase.name, phase.people, date, "cannot_tell", None, None, None, None, None)


def fit_of(people: int, confidence: float, crossing: Crossing) -> Fit:
    """Beyond what the model says of, nobody knows: that is no `no`."""
    if confidence >= CONFIDENCE:
        return "yes"
    return "cannot_tell" if crossing.people is None and people > crossing.low else "no"


def _order_by(phase: Phase, purchase: Purchase | None) -> str | None:
    if phase.date is None or purchase is None:
        return None
    return (phase.date - datetime.timedelta(days=purchase.lead_time_days)).isoformat()


def _years(people: int, safe: int, growth: float) -> float | None:
    """Years of growth until `people` have become more than is safe."""
    if growth <= 0 or safe < people:
        return None
    return log(safe / people) / log(1 + growth)
