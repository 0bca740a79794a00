"""People, pace and volumes: two of them given, the third computed. And how many are there in each stage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

from loadtests.config.day import Group, PlannedGroup, Stage
from loadtests.config.plan import Plan
from loadtests.config.roles import Role
from loadtests.config.source import Document
from loadtests.errors import Problem

Rates = dict[str, dict[str, float]]
"""Role slug -> journey -> times per person and hour, with everybody there."""


@dataclass(frozen=True, slots=True)
class Paced:
    """What follows from a plan's people, pace and volumes."""

    population: list[Group]
    rates: Rates = field(default_factory=dict)
    """Empty where people work at the pace of their thinking (a closed model)."""
    volumes: dict[str, float] = field(default_factory=dict)
    """Journey -> times per hour with everybody there; empty with `rates`."""
    problems: list[Problem] = field(default_factory=list)


def paced(plan: Plan, document: Document, roles: Mapping[str, Role]) -> Paced:
    """Compute what the plan leaves out; `roles` by their CRM names. Unknown roles are nobody's problem here."""
    problems = _contradictions(plan, document, roles)
    if problems:
        return Paced(_as_given(plan.population), problems=problems)
    if not plan.volumes and plan.pace is None:
        return Paced(_as_given(plan.population))
    known = [group for group in plan.population if group.role in roles]
    mixes = {name: _mix(roles[name]) for name in dict.fromkeys(group.role for group in known)}
    if not plan.volumes:
        rates = {
            name: {journey: pace_of(plan, name) * share for journey, share in mix.items()}
            for name, mix in mixes.items()
        }
        population = _as_given(plan.population)
        return Paced(population, _by_slug(rates, roles), _volumes(rates, population))
    by_role = {name: {j: share for j, share in mix.items() if j in plan.volumes} for name, mix in mixes.items()}
    if any(group.people is None for group in known):
        parts = _parts(plan.volumes, by_role, dict.fromkeys(by_role, 1))
        needed = {name: ceil(sum(part.values()) / pace_of(plan, name) - 1e-9) for name, part in parts.items()}
        population = _filled(plan.population, needed)
    else:
        population = _as_given(plan.population)
    people = {name: sum(group.people for group in population if group.role == name) for name in by_role}
    parts = _parts(plan.volumes, by_role, people)
    rates = {name: {journey: part / people[name] for journey, part in parts[name].items()} for name in by_role}
    return Paced(population, _by_slug(rates, roles), dict(plan.volumes))


def pace_of(plan: Plan, role: str) -> float:
    """Journeys per person and hour that the plan gives for a role (KeyError where it gives none)."""
    if isinstance(plan.pace, dict):
        return plan.pace[role]
    if plan.pace is None:
        raise KeyError(role)
    return plan.pace


def stages_of(plan: Plan, people: int, document: Document) -> tuple[list[Stage], list[Problem]]:
    """The stages with their number of people, shares of everybody worked out."""
    stages, problems = [], []
    names: set[str] = set()
    for index, stage in enumerate(plan.stages):
        place = document.place("stages", index)
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
        stages.append(
            Stage(name=stage.name, people=min(wanted, people), ramp=stage.ramp, hold=stage.hold, pace=stage.pace)
        )
    return stages, problems


def _contradictions(plan: Plan, document: Document, roles: Mapping[str, Role]) -> list[Problem]:
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
    doing = {journey for group in plan.population if group.role in roles for journey in roles[group.role].journeys}
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
        role = roles.get(group.role)
        if role is None:
            continue
        place = document.place("population", index)
        if plan.volumes and not set(role.journeys) & set(plan.volumes):
            problems.append(
                Problem(
                    place,
                    f"`volumes` names none of the journeys of role {group.role}: these people would do nothing",
                    f"add one of {', '.join(role.journeys)} to `volumes`, or take the group out",
                )
            )
        if isinstance(plan.pace, dict) and group.role not in plan.pace:
            problems.append(
                Problem(place, f"`pace` says nothing of role {group.role}", f"add `{group.role}: 10` to `pace`")
            )
    return problems


def _as_given(population: Sequence[PlannedGroup]) -> list[Group]:
    return [Group(channel=group.channel, role=group.role, people=group.people or 1) for group in population]


def _mix(role: Role) -> dict[str, float]:
    """Journey -> its share of all that the role does."""
    whole = sum(role.journeys.values())
    return {journey: weight / whole for journey, weight in role.journeys.items()}


def _parts(
    volumes: Mapping[str, float], shares: Mapping[str, Mapping[str, float]], people: Mapping[str, int]
) -> dict[str, dict[str, float]]:
    """Each role's part of each volume: by how many its people are and how much of their work it is."""
    weight = {journey: sum(people[role] * mix.get(journey, 0.0) for role, mix in shares.items()) for journey in volumes}
    return {
        role: {journey: volumes[journey] * people[role] * share / weight[journey] for journey, share in mix.items()}
        for role, mix in shares.items()
    }


def _filled(groups: Sequence[PlannedGroup], needed: Mapping[str, int]) -> list[Group]:
    """The people each role needs, spread evenly over its groups; at least one in each."""
    filled = []
    for index, group in enumerate(groups):
        mine = [other for other, its in enumerate(groups) if its.role == group.role]
        people, number = needed.get(group.role, 1), mine.index(index)
        part = people // len(mine) + (number < people % len(mine))
        filled.append(Group(channel=group.channel, role=group.role, people=max(part, 1)))
    return filled


def _volumes(rates: Rates, population: Sequence[Group]) -> dict[str, float]:
    volumes: dict[str, float] = {}
    for group in population:
        for journey, rate in rates.get(group.role, {}).items():
            volumes[journey] = volumes.get(journey, 0.0) + rate * group.people
    return volumes


def _by_slug(rates: Rates, roles: Mapping[str, Role]) -> Rates:
    return {roles[name].slug: mix for name, mix in rates.items()}
