"""When people begin their next piece of work: when they have thought long enough, or when their own clock says so."""

from collections.abc import Mapping
from typing import Protocol

from loadtests.load.person import Person
from scenarios import journey as steps
from scenarios.journey import Span

AFTER_A_FAILURE: Span = (10.0, 20.0)
"""How long people wonder before they begin something else."""


class Pace(Protocol):
    """What a person does next, and when. Every method raises `RunEnding` when it is time to go."""

    def next(self) -> str:
        """The next journey, once it is time for it."""

    def pause(self) -> None:
        """From the end of a session to the beginning of the next one."""

    def close(self) -> None:
        """The person has gone."""


class Thinking:
    """A closed model: as soon as one thing is done and thought over, the next; how often follows from how fast."""

    def __init__(self, person: Person) -> None:
        self._person = person

    def next(self) -> str:
        """Drawn by the role's weights."""
        lease = self._person.lease
        return drawn(self._person, self._person.plan.journeys_of(lease.role, lease.channel))

    def pause(self) -> None:
        """As long as the plan says."""
        self._person.think(self._person.plan.sessions.pause_s)

    def close(self) -> None:
        """Nothing is owed."""


class Slots:
    """A paced model: a slot every so often, whether or not the last piece of work is done by then.

    A slot that was missed is not dropped: it is worked off late, or counted as missed at the end. Slots come exactly
    one period apart, each person's from a moment of their own.
    """

    def __init__(self, person: Person, rates: Mapping[str, float]) -> None:
        self._person = person
        self._rates = rates
        lead = sum(sum(step.usual_think) / 2 for step in (steps.SignIn, steps.OpenHome))
        self._lead_s = lead * person.plan.think_time_factor + 1.0
        """Before a slot: time to sign in and look at the first screen."""
        start = person.elapsed + self._lead_s
        self._due = start + person.random.random() * self._period_s(start)
        self._journey = drawn(person, rates)

    def next(self) -> str:
        """The journey of the next slot, at its time or as soon after as the person is free."""
        self._person.wait(self._due - self._person.elapsed)
        journey, late = self._journey, self._person.elapsed - self._due
        self._advance()
        self._person.slot(journey, late)
        return journey

    def pause(self) -> None:
        """Away until it is time to come in for the next slot."""
        short = self._person.random.uniform(*AFTER_A_FAILURE) * self._person.plan.think_time_factor
        self._person.wait(max(self._due - self._lead_s - self._person.elapsed, short))

    def close(self) -> None:
        """Slots that came and were never begun are owed."""
        while self._due < self._person.elapsed:
            self._person.slot(self._journey, None)
            self._advance()

    def _advance(self) -> None:
        self._due += self._period_s(self._due)
        self._journey = drawn(self._person, self._rates)

    def _period_s(self, at_s: float) -> float:
        return 3600 / (sum(self._rates.values()) * self._person.plan.stage_at(at_s).pace)


def pace_of(person: Person) -> Pace:
    """How this person works by the plan."""
    rates = person.plan.rates.get(f"{person.lease.channel}/{person.lease.role.slug}")
    return Slots(person, rates) if rates else Thinking(person)


def drawn(person: Person, weights: Mapping[str, float]) -> str:
    """One of the journeys by its weight."""
    return str(person.random.choices(list(weights), list(weights.values()))[0])
