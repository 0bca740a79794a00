"""What a plan's day amounts to: volumes from people or people from volumes, how busy everybody is, who is too few.

Arithmetic before any load, from the journeys' think times; for the CRM's own time a second a transaction is assumed.
"""

from collections import Counter
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
class GroupPace:
    """How busy a person of a role on a channel is."""

    channel: str
    role: str
    people: int
    per_hour: float
    """Journeys of one person in an hour."""
    busy: float
    """Share of their time that work takes; 1 where thinking alone sets the pace."""


class Day:
    """A plan's day in figures."""

    def __init__(self, plan: ResolvedPlan, site: Site, *, wait_s: float = ASSUMED_WAIT_S) -> None:
        """`wait_s`: what a transaction is taken to last."""
        self._plan = plan
        self._wait_s = wait_s
        self._journeys = site.journeys

    @property
    def volumes(self) -> dict[str, float]:
        """Journey -> times per hour, by the people who are there all day."""
        found: dict[str, float] = {}
        for group in self.groups:
            for name, share in self.mix(group.channel, group.role).items():
                found[name] = found.get(name, 0.0) + group.people * group.per_hour * share
        return found

    @property
    def groups(self) -> list[GroupPace]:
        """The people who are there all day, by channel and role."""
        people: Counter[tuple[str, str]] = Counter()
        for group in self._plan.population:
            people[group.channel, group.role] += group.people
        return [self._group(channel, role, count) for (channel, role), count in people.items()]

    def problems(self) -> Iterator[Problem]:
        """People who are too few for what the plan wants of them."""
        # Who is too few in the busiest stage is told once, not stage by stage.
        stage = max(self._plan.stages, key=lambda stage: stage.pace)
        for group in self.groups if self._plan.rates else []:
            busy = group.busy * stage.pace
            if busy > BUSY_AT_MOST:
                needed = -(-group.people * busy // BUSY_AT_MOST)
                yield Problem(
                    f"plan {self._plan.name}, stage {stage.name}",
                    f"{group.people} people of role {group.role} on {group.channel} cannot do "
                    f"{group.per_hour * stage.pace:,.0f} journeys an hour each: they would be busy "
                    f"{busy:.0%} of the time even with a fast CRM",
                    f"plan {needed:.0f} people, a lower volume, or a smaller think_time_factor",
                )
        for arrivals in self._plan.arrivals:
            needed = self.accounts_needed(arrivals)
            if needed > arrivals.accounts:
                few = "1 account is" if arrivals.accounts == 1 else f"{arrivals.accounts} accounts are"
                yield Problem(
                    f"plan {self._plan.name}, arrivals {arrivals.name}",
                    f"{few} too few: at its highest rate about {needed:.0f} people are "
                    "there at a time even with a fast CRM, so arrivals would wait for the test's own shortage",
                    f"give `accounts: {needed:.0f}` or more, or a lower `per_hour`",
                )

    def mix(self, channel: str, role_name: str) -> dict[str, float]:
        """Journey -> its share of what the role's people do on the channel."""
        role = self._plan.role_named(role_name)
        weights = self._plan.rates.get(f"{channel}/{role.slug}") or self._plan.journeys_of(role, channel)
        whole = sum(weights.values())
        return {journey: weight / whole for journey, weight in weights.items()}

    def journeys_in(self, transactions: float, channel: str, role: str) -> float:
        """How many journeys make a session of so many transactions, two of them to come in."""
        _, of_a_journey = self._usual(channel, role)
        return max(transactions - 2, 0) / max(of_a_journey, 1)

    def accounts_needed(self, arrivals: Arrivals) -> float:
        """People present at a time by Little's law, and two deviations more for the chance of many at once."""
        if arrivals.per_hour is None:
            return 1
        stages = [s for s in self._plan.stages if not arrivals.during or s.name in arrivals.during]
        stay = self._busy_s(arrivals.journey) if arrivals.journey else self._first_session_s(arrivals)
        mean = arrivals.per_hour * max(stage.pace for stage in stages) / 3600 * stay
        # Nobody needs more people than come at all.
        everyone = arrivals.per_hour * sum(stage.length_s * stage.pace for stage in stages) / 3600
        return float(min(-(-(mean + 2 * mean**0.5) // 1), max(-(-everyone // 1), 1)))

    def _group(self, channel: str, role: str, people: int) -> GroupPace:
        plan = self._plan
        work, transactions = self._usual(channel, role)
        sessions = min(transactions / fmean(plan.sessions.everyday), 1.0)
        work += sessions * self._coming_in_s()
        rates = plan.rates.get(f"{channel}/{plan.role_named(role).slug}")
        if rates:
            per_hour = sum(rates.values())
            return GroupPace(channel, role, people, per_hour, per_hour * work / 3600)
        pause = sessions * plan.sessions.pause_s * plan.think_time_factor
        return GroupPace(channel, role, people, 3600 / (work + pause), 1.0)

    def _usual(self, channel: str, role: str) -> tuple[float, float]:
        """Seconds and transactions of a journey, as often as each is done."""
        mix = self.mix(channel, role)
        seconds = sum(self._busy_s(journey) * share for journey, share in mix.items())
        return seconds, sum(self._transactions(journey) * share for journey, share in mix.items())

    def _busy_s(self, name: str) -> float:
        """Thinking and waiting of a journey."""
        journey = self._journeys[name]
        thinking = sum(fmean(step.think) for step in journey.steps) * self._plan.think_time_factor
        return thinking + self._transactions(name) * self._wait_s

    def _transactions(self, name: str) -> int:
        journey: Journey = self._journeys[name]
        return sum(step.transaction is not None for step in journey.steps)

    def _coming_in_s(self) -> float:
        """Signing in and the first screen."""
        thinking = sum(fmean(step.usual_think) for step in (steps.SignIn, steps.OpenHome))
        return thinking * self._plan.think_time_factor + 2 * self._wait_s

    def _first_session_s(self, arrivals: Arrivals) -> float:
        """How long somebody stays who comes for a first session."""
        seconds, _ = self._usual(arrivals.channel, arrivals.role)
        journeys = self.journeys_in(fmean(self._plan.sessions.first), arrivals.channel, arrivals.role)
        return self._coming_in_s() + seconds * journeys


def day_lines(day: Day, plan: ResolvedPlan) -> list[str]:
    """The day for a terminal: people, pace, volumes, stages and open work."""
    given = "as the plan asks" if plan.rates else "about, as fast as people think"
    lines = [f"an hour with everybody there ({given}):"] if plan.population else []
    for group in day.groups:
        busy = f", busy {group.busy:.0%} of the time" if plan.rates else ""
        who = f"{group.role} on {group.channel}"
        hourly = f"{group.per_hour:.3g}" if group.per_hour < 100 else f"{group.per_hour:,.0f}"
        lines.append(f"  {group.people:>5} {who}: {hourly} journeys an hour each{busy}")
    lines += [f"  {hourly:>5,.0f} {journey} an hour" for journey, hourly in day.volumes.items()]
    lines.append("stages:")
    for stage in plan.stages:
        pace = "" if stage.pace == 1 else f", {stage.pace:g} times as busy"
        people = f"{stage.people} people" if plan.population else "open work"
        lines.append(f"  {stage.name}: {people}, {_length(stage.ramp_s)} coming in, {_length(stage.hold_s)} held{pace}")
    for arrivals in plan.arrivals:
        rate = f"{arrivals.per_hour:,.0f} an hour" if arrivals.per_hour else f"{len(arrivals.times)} at given times"
        needed = day.accounts_needed(arrivals)
        lines.append(f"open: {arrivals.name}, {rate}, {arrivals.accounts} accounts (about {needed:.0f} needed)")
    lines += [
        f"class: {training.name}, {training.people} people do `{training.journey}` at once in stage {training.during}"
        for training in plan.training
    ]
    return lines


def _length(seconds: float) -> str:
    """`90 s`, `20 min`, `8 h`: the largest unit that leaves no long fraction."""
    for unit_s, unit in ((3600, "h"), (60, "min")):
        if seconds >= 2 * unit_s or (seconds >= unit_s and seconds % unit_s == 0):
            return f"{seconds / unit_s:.3g} {unit}"
    return f"{seconds:g} s"
