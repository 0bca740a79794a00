"""People, pace and volumes: two of them given, the third computed. And how many are there in each stage."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from loadtests.config.day import Group, PlannedGroup, Stage
from loadtests.config.document import Document
from loadtests.config.plan import Plan
from loadtests.config.roles import Role
from loadtests.config.vocabulary import lacking
from loadtests.errors import Problem

Rates = dict[str, dict[str, float]]
"""`channel/role slug` -> journey -> times per person and hour, with everybody there."""
Key = tuple[str, str]
"""Channel and role: people who have the same work."""
Journeys = Mapping[str, Mapping[str, Any]]
"""By name, as in their files."""


@dataclass(frozen=True, slots=True)
class Paced:
    """What follows from a plan's people, pace and volumes."""

    population: list[Group]
    rates: Rates = field(default_factory=dict)
    """Empty where people work at the pace of their thinking (a closed model)."""
    volumes: dict[str, float] = field(default_factory=dict)
    """Journey -> times per hour with everybody there; empty with `rates`."""
    problems: list[Problem] = field(default_factory=list)


def paced(plan: Plan, document: Document, roles: Mapping[str, Role], journeys: Journeys) -> Paced:
    """Compute what the plan leaves out; `roles` by their CRM names. Unknown roles are nobody's problem here."""
    mixes: dict[Key, dict[str, float]] = {
        (group.channel, group.role): _mix(roles[group.role], group.channel, journeys)
        for group in plan.population
        if group.role in roles
    }
    problems = _contradictions(plan, document, mixes)
    if problems or not (plan.volumes or plan.pace):
        return Paced(_as_given(plan.population), problems=problems)
    if not plan.volumes:
        population = _as_given(plan.population)
        rates = {
            key: {journey: pace_of(plan, key[1]) * share for journey, share in mix.items()}
            for key, mix in mixes.items()
        }
        return Paced(population, _named(rates, roles), _volumes(rates, _count(population)))
    mixes = {key: {j: share for j, share in mix.items() if j in plan.volumes} for key, mix in mixes.items()}
    population = _as_given(plan.population)
    if any(group.people is None for group in plan.population):
        parts = _parts(plan.volumes, mixes, dict.fromkeys(mixes, 1))
        needed = {key: sum(part.values()) / pace_of(plan, key[1]) for key, part in parts.items()}
        population = _filled(plan.population, needed)
    people = _count(population)
    rates = {
        key: {journey: part / people[key] for journey, part in parts.items()}
        for key, parts in _parts(plan.volumes, mixes, people).items()
    }
    return Paced(population, _named(rates, roles), dict(plan.volumes))


def pace_of(plan: Plan, role: str) -> float:
    """Journeys per person and hour that the plan gives for a role (KeyError where it gives none)."""
    if isinstance(plan.pace, dict):
        return plan.pace[role]
    if plan.pace is None:
        raise KeyError(role)
    return plan.pace


def stages_of(plan: Plan, people: int, document: Document) -> tuple[list[Stage], list[Problem]]:
    """The stages with their number of people, shares of everybody worked out."""
    stages: list[Stage] = []
    problems: list[Problem] = []
    names: set[str] = set()
    for index, stage in enumerate(plan.planned_stages):
        place = document.place("steps") if plan.steps else document.place("stages", index)
        wanted = stage.people if isinstance(stage.people, int) else round(stage.people * people)
        if not isinstance(stage.people, int) and people:
            wanted = max(wanted, 1)
        if wanted > people:
            problems.append(
                Problem(
                    place,
                    f"stage `{stage.name}` wants {wanted} people, the population has {people}",
                    "lower the stage or add people to the population",
                )
            )
        if stage.name in names:
            problems.append(
                Problem(place, f"two stages have the same name `{stage.name}`", "give each stage a name of its own")
            )
        names.add(stage.name)
        if plan.steps and stages and wanted <= stages[-1].people < people:
            problems.append(
                Problem(
                    place,
                    f"{plan.steps.count} steps of {people} people: `{stages[-1].name}` and `{stage.name}` would both "
                    f"have {wanted}",
                    "plan more people or fewer steps",
                )
            )
        if not stage.ramp + stage.hold:
            problems.append(
                Problem(place, f"stage `{stage.name}` takes no time", "give it a `hold`, such as 10m, or take it out")
            )
        stages.append(
            Stage(
                name=stage.name,
                people=min(wanted, people),
                ramp=stage.ramp,
                hold=stage.hold,
                pace=stage.pace,
                warm_up=stage.warm_up,
            )
        )
    return stages, problems


def _contradictions(plan: Plan, document: Document, mixes: Mapping[Key, Mapping[str, float]]) -> list[Problem]:
    population = document.place("population")
    without = [index for index, group in enumerate(plan.population) if group.people is None]
    counted = len(plan.population) - len(without)
    if without and counted:
        return [
            Problem(
                document.place("population", without[0]),
                "this group has no `people`, others have",
                "give `people` to every group, or to none (then `volumes` and `pace` say how many it takes)",
            )
        ]
    if without and not (plan.volumes and plan.pace is not None):
        return [
            Problem(
                population,
                "nothing says how many people there are",
                "add `people:` to each group, or `volumes:` and `pace:` to the plan",
            )
        ]
    if counted and plan.volumes and plan.pace is not None:
        return [
            Problem(
                document.place("pace"),
                "people, `pace` and `volumes` are all given, but each follows from the other two",
                "take out `pace` (it is computed from people and volumes), or `volumes`, or all `people`",
            )
        ]
    problems = []
    doing = {journey for mix in mixes.values() for journey in mix}
    problems += [
        Problem(
            document.place("volumes", journey),
            f"nobody of the population does `{journey}`",
            f"add a role that does it, or take it out; these people do: {', '.join(sorted(doing))}",
        )
        for journey in plan.volumes
        if journey not in doing
    ]
    for index, group in enumerate(plan.population):
        mix = mixes.get((group.channel, group.role))
        if not mix:
            continue
        place = document.place("population", index)
        if plan.volumes and not set(mix) & set(plan.volumes):
            problems.append(
                Problem(
                    place,
                    f"`volumes` names none of the journeys of role {group.role} on {group.channel}: "
                    "these people would do nothing",
                    f"add one of {', '.join(mix)} to `volumes`, or take the group out",
                )
            )
        if isinstance(plan.pace, dict) and group.role not in plan.pace:
            problems.append(
                Problem(place, f"`pace` says nothing of role {group.role}", f"add `{group.role}: 10` to `pace`")
            )
    return problems


def _as_given(population: Sequence[PlannedGroup]) -> list[Group]:
    return [_group(group, group.people or 1) for group in population]


def _group(planned: PlannedGroup, people: int) -> Group:
    return Group(
        channel=planned.channel, role=planned.role, people=people, people_per_account=planned.people_per_account
    )


def _mix(role: Role, channel: str, journeys: Journeys) -> dict[str, float]:
    """Journey -> its share of all that the role does on the channel, of those that the channel plays."""
    played = {name: w for name, w in role.journeys.items() if not lacking(channel, journeys.get(name, {}))}
    whole = sum(played.values())
    return {journey: weight / whole for journey, weight in played.items()}


def _parts(
    volumes: Mapping[str, float], mixes: Mapping[Key, Mapping[str, float]], people: Mapping[Key, int]
) -> dict[Key, dict[str, float]]:
    """Each group's part of each volume: by how many its people are and how much of their work it is."""
    weight = {journey: sum(people[key] * mix.get(journey, 0.0) for key, mix in mixes.items()) for journey in volumes}
    return {
        key: {journey: volumes[journey] * people[key] * share / weight[journey] for journey, share in mix.items()}
        for key, mix in mixes.items()
    }


def _filled(groups: Sequence[PlannedGroup], needed: Mapping[Key, float]) -> list[Group]:
    """The people it takes; where two lines are about the same people, half each."""
    lines = Counter((group.channel, group.role) for group in groups)
    filled = []
    for group in groups:
        key = (group.channel, group.role)
        people = ceil(needed.get(key, 1) / lines[key] - 1e-9)
        filled.append(_group(group, max(people, 1)))
    return filled


def _count(population: Sequence[Group]) -> Counter[Key]:
    people: Counter[Key] = Counter()
    for group in population:
        people[group.channel, group.role] += group.people
    return people


def _volumes(rates: Mapping[Key, Mapping[str, float]], people: Mapping[Key, int]) -> dict[str, float]:
    volumes: dict[str, float] = {}
    for key, mix in rates.items():
        for journey, rate in mix.items():
            volumes[journey] = volumes.get(journey, 0.0) + rate * people[key]
    return volumes


def _named(rates: Mapping[Key, dict[str, float]], roles: Mapping[str, Role]) -> Rates:
    return {f"{channel}/{roles[role].slug}": mix for (channel, role), mix in rates.items()}
