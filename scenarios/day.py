"""What a plan's day amounts to: volumes from people or people from volumes, how busy everybody is, who is too few.

Arithmetic before any load, from the journeys' think times; for the CRM's own time a second a transaction is assumed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import fmean

from loadtests.config.day import Arrivals
from loadtests.config.resolved import ResolvedPlan
from loadtests.errors import Problem
from scenarios import journey as steps
from scenarios.journey import Journey
from scenarios.site import Site

ASSUMED_WAIT_S = 1.0
"""What a transaction is taken to last."""
BUSY_AT_MOST = 0.85
"""Of the time between two slots; beyond it people fall behind by chance alone, however fast the CRM is."""


@dataclass(frozen=True, slots=True)
class JourneyVolume:
    """A journey with everybody there."""

    journey: str
    per_hour: float
    roles: dict[str, int]
    """Role -> how many people do it."""


@dataclass(frozen=True, slots=True)
class RolePace:
    """How busy a person of a role is."""

    role: str
    people: int
    per_hour: float
    """Journeys of one person in an hour."""
    busy: float
    """Share of their time that work takes; 1 where thinking alone sets the pace."""


class Day:
    """A plan's day in figures."""

    def __init__(self, plan: ResolvedPlan, site: Site) -> None:
        self._plan = plan
        self._journeys = site.journeys

    @property
    def volumes(self) -> list[JourneyVolume]:
        """All journeys of the people who are there all day."""
        found: dict[str, JourneyVolume] = {}
        for role in self.roles:
            share = self._mix(role.role)
            for name, part in share.items():
                known = found.get(name, JourneyVolume(name, 0.0, {}))
                hourly = known.per_hour + role.people * role.per_hour * part
                found[name] = JourneyVolume(name, hourly, {**known.roles, role.role: role.people})
        return list(found.values())

    @property
    def roles(self) -> list[RolePace]:
        """All roles of the people who are there all day."""
        people: dict[str, int] = {}
        for group in self._plan.population:
            people[group.role] = people.get(group.role, 0) + group.people
        return [self._role(name, count) for name, count in people.items()]

    def problems(self) -> Iterator[Problem]:
        """People who are too few for what the plan wants of them."""
        if self._plan.rates:
            for stage in self._plan.stages:
                for role in self.roles:
                    busy = role.busy * stage.pace
                    if busy > BUSY_AT_MOST:
                        needed = -(-role.people * busy // BUSY_AT_MOST)
                        yield Problem(
                            f"stage {stage.name}",
                            f"{role.people} people of role {role.role} cannot do "
                            f"{role.per_hour * stage.pace:.1f} journeys an hour each: they would be busy "
                            f"{busy:.0%} of the time even with a fast CRM",
                            f"plan {needed:.0f} people, a lower volume, or a smaller think_time_factor",
                        )
        for arrivals in self._plan.arrivals:
            needed = self.accounts_needed(arrivals)
            if needed > arrivals.accounts:
                yield Problem(
                    f"arrivals {arrivals.name}",
                    f"{arrivals.accounts} accounts are too few: at its highest rate about {needed:.0f} people are "
                    "there at a time even with a fast CRM, so arrivals would wait for the test's own shortage",
                    f"give `accounts: {needed:.0f}` or more, or a lower `per_hour`",
                )

    def accounts_needed(self, arrivals: Arrivals) -> float:
        """People present at a time by Little's law, and two deviations more for the chance of many at once."""
        if arrivals.per_hour is None:
            return 1
        stages = [s for s in self._plan.stages if not arrivals.during or s.name in arrivals.during]
        stay = self._busy_s(arrivals.journey) if arrivals.journey else self._first_session_s(arrivals.role)
        mean = arrivals.per_hour * max(stage.pace for stage in stages) / 3600 * stay
        # Nobody needs more people than come at all.
        everyone = arrivals.per_hour * sum(stage.length_s * stage.pace for stage in stages) / 3600
        return float(min(-(-(mean + 2 * mean**0.5) // 1), max(-(-everyone // 1), 1)))

    def _role(self, name: str, people: int) -> RolePace:
        plan, mix = self._plan, self._mix(name)
        work = sum(self._busy_s(journey) * share for journey, share in mix.items())
        transactions = sum(self._transactions(journey) * share for journey, share in mix.items())
        a_session = fmean(plan.sessions.everyday)
        sessions = min(transactions / a_session, 1.0)
        work += sessions * self._coming_in_s()
        rates = plan.rates.get(plan.role_named(name).slug)
        if rates:
            per_hour = sum(rates.values())
            return RolePace(name, people, per_hour, per_hour * work / 3600)
        return RolePace(name, people, 3600 / (work + sessions * plan.sessions.pause_s * plan.think_time_factor), 1.0)

    def _mix(self, role_name: str) -> dict[str, float]:
        """Journey -> its share of what the role's people do."""
        role = self._plan.role_named(role_name)
        weights = self._plan.rates.get(role.slug) or role.journeys
        whole = sum(weights.values())
        return {journey: weight / whole for journey, weight in weights.items()}

    def _busy_s(self, name: str) -> float:
        """Thinking and waiting of a journey."""
        journey = self._journeys[name]
        thinking = sum(fmean(step.think) for step in journey.steps) * self._plan.think_time_factor
        return thinking + self._transactions(name) * ASSUMED_WAIT_S

    def _transactions(self, name: str) -> int:
        journey: Journey = self._journeys[name]
        return sum(step.transaction is not None for step in journey.steps)

    def _coming_in_s(self) -> float:
        """Signing in and the first screen."""
        thinking = sum(fmean(step.usual_think) for step in (steps.SignIn, steps.OpenHome))
        return thinking * self._plan.think_time_factor + 2 * ASSUMED_WAIT_S

    def _first_session_s(self, role: str) -> float:
        """How long somebody stays who comes for a first session."""
        mix = self._mix(role)
        work = sum(self._busy_s(journey) * share for journey, share in mix.items())
        transactions = sum(self._transactions(journey) * share for journey, share in mix.items())
        return self._coming_in_s() + work * max(fmean(self._plan.sessions.first) - 2, 0) / max(transactions, 1)


def day_lines(day: Day, plan: ResolvedPlan) -> list[str]:
    """The day for a terminal: people, pace, volumes, stages and open work."""
    given = "from the plan's volumes" if plan.rates else "about, from people and their think times"
    lines = [f"people and volumes with everybody there ({given}):"] if plan.population else []
    for role in day.roles:
        busy = f", busy {role.busy:.0%} of the time" if plan.rates else ""
        lines.append(f"  {role.people:>5} {role.role}: {role.per_hour:.1f} journeys an hour each{busy}")
    lines += [f"  {volume.per_hour:>5,.0f} {volume.journey} an hour" for volume in day.volumes]
    lines.append("stages:")
    for stage in plan.stages:
        pace = "" if stage.pace == 1 else f", {stage.pace:g} times as busy"
        people = f"{stage.people} people" if plan.population else "open work"
        lines.append(f"  {stage.name}: {people}, {stage.ramp_s:g} s coming in, {stage.hold_s:g} s held{pace}")
    for arrivals in plan.arrivals:
        rate = f"{arrivals.per_hour:,.0f} an hour" if arrivals.per_hour else f"{len(arrivals.times)} at given times"
        needed = day.accounts_needed(arrivals)
        lines.append(f"open: {arrivals.name}, {rate}, {arrivals.accounts} accounts (about {needed:.0f} needed)")
    lines += [
        f"class: {training.name}, {training.people} people do `{training.journey}` at once in stage {training.during}"
        for training in plan.training
    ]
    return lines
