"""The records that a plan uses up: how many each person takes from which view, worked out before any load.

From volumes or people's pace, as `scenarios.day` has them, over all stages. Who does what next is drawn: beside what is
used up on average, each pool has a reserve against that chance.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from math import ceil, exp, sqrt
from statistics import fmean
from typing import Any

from loadtests.config.day import Arrivals, Group, Training
from loadtests.config.resolved import ResolvedPlan
from loadtests.load.before_images import Leaves
from loadtests.load.pools import PoolNeed, Pools, unusable
from loadtests.load.standing import set_by
from scenarios.authoring import Author
from scenarios.day import Day
from scenarios.journey import ChangeStatus, Journey, Take
from scenarios.site import Site
from scenarios.table import Table
from scenarios.writes import writes_of_journey

FAST_S = 0.1
"""What a transaction of a fast CRM lasts: whoever waits less gets further, and uses up more."""
RISK = 0.01
"""Of somebody's pool running dry by chance in the whole run."""
_CHANGED_BY = {
    "WinOpportunity": ("actualclosedate", "actualvalue"),
    "LoseOpportunity": ("actualclosedate", "actualvalue"),
}
"""Columns that a message of the CRM sets besides the state."""
_MANY = 300
"""From here on a Poisson count is a normal one."""

Played = Mapping[str, float]
"""Journey -> how often one person plays it in the run, on average."""


def pools_of(plan: ResolvedPlan) -> Pools:
    """All that the plan takes from pools, and how its records are written."""
    site = Site.of(plan)
    return Pools(pool_needs(plan, site), Author(site, plan.seed).write)


def pool_needs(plan: ResolvedPlan, site: Site) -> tuple[PoolNeed, ...]:
    """What one person of each group takes from each view; nothing where no journey takes anything."""
    if not any(takes_of(journey) for journey in site.journeys.values()):
        return ()
    found = [need for group, played in _groups(plan, site) for need in _needs(group, played, site)]
    people = sum(need.people for need in found)
    return tuple(replace(need, wanted=at_most(need.expected, RISK / people)) for need in found)


def takes_of(journey: Journey) -> Counter[tuple[str, str]]:
    """Table and view -> how many records one playing of a journey takes."""
    return Counter((step.table, step.view) for step in journey.steps if isinstance(step, Take))


def at_most(mean: float, risk: float) -> int:
    """The least number that independent events, `mean` on average, exceed with no more than that probability."""
    if mean > _MANY:
        return ceil(mean + 6 * sqrt(mean))
    count, term = 0, exp(-mean)
    whole = term
    while 1 - whole > risk:
        count += 1
        term *= mean / count
        whole += term
    return count


def _groups(plan: ResolvedPlan, site: Site) -> Iterator[tuple[Group, Played]]:
    """Everybody who comes, with what one of them plays."""
    day = Day(plan, site, wait_s=FAST_S)
    hours = sum(stage.length_s * stage.pace for stage in plan.stages) / 3600
    for all_day in day.groups:
        plays = all_day.per_hour * hours
        group = Group(channel=all_day.channel, role=all_day.role, people=all_day.people)  # type: ignore[arg-type]
        yield group, {name: share * plays for name, share in day.mix(group.channel, group.role).items()}
    named: dict[str, Arrivals | Training] = {arrivals.name: arrivals for arrivals in plan.arrivals}
    named |= {training.name: training for training in plan.training}
    for group in plan.everybody:
        match named.get(group.pool):
            case Arrivals() as arrivals:
                yield group, _of_visitor(plan, day, arrivals)
            case Training() as training:
                yield group, {training.journey: _rounds(plan, training, site)}


def _of_visitor(plan: ResolvedPlan, day: Day, arrivals: Arrivals) -> Played:
    """Visitors take turns: each comes as often as the others."""
    stages = [stage for stage in plan.stages if not arrivals.during or stage.name in arrivals.during]
    hours = sum(stage.length_s * stage.pace for stage in stages) / 3600
    visits = (len(arrivals.times) if arrivals.per_hour is None else arrivals.per_hour * hours) / arrivals.accounts
    if arrivals.journey:
        return {arrivals.journey: visits}
    mix = day.mix(arrivals.channel, arrivals.role)
    plays = day.journeys_in(fmean(plan.sessions.first), arrivals.channel, arrivals.role)
    return {name: share * plays * visits for name, share in mix.items()}


def _rounds(plan: ResolvedPlan, training: Training, site: Site) -> float:
    """How often a class gets through its journey: a go a step, and one to come in."""
    length_s = next(stage.length_s for stage in plan.stages if stage.name == training.during)
    return 1 + length_s / (training.every * len(site.journeys[training.journey].steps))


def _needs(group: Group, played: Played, site: Site) -> Iterator[PoolNeed]:
    expected: dict[tuple[str, str], float] = {}
    journeys: dict[tuple[str, str], list[str]] = {}
    for name, plays in played.items():
        for where, count in takes_of(site.journeys[name]).items():
            expected[where] = expected.get(where, 0.0) + plays * count
            journeys.setdefault(where, []).append(name)
    for (table, view), mean in expected.items():
        described = site.tables[table]
        columns, cannot = set_by(described.views[view])
        yield PoolNeed(
            channel=group.channel,
            role=group.role,
            group=group.pool,
            table=table,
            entity_set=described.entity_set,
            key=described.key,
            view=view,
            fetch=described.views[view],
            people=group.people,
            expected=mean,
            wanted=0,
            journeys=tuple(journeys[table, view]),
            columns=columns,
            cannot=unusable(described.views[view]) or cannot,
            changes=_changes(table, [site.journeys[name] for name in journeys[table, view]], site),
            leaves=_leaves(table, [site.journeys[name] for name in journeys[table, view]], site),
        )


def _changes(table: str, journeys: Iterable[Journey], site: Site) -> tuple[str, ...]:
    """The columns of a table that the journeys change, and what the CRM changes with them."""
    writes = [write for journey in journeys for write in writes_of_journey(journey, site) if write.table == table]
    named = {column for write in writes if write.message == "Update" for column in write.columns or ()}
    also = {column for write in writes for column in _CHANGED_BY.get(write.message, ())}
    return tuple(
        sorted({*named, *also, *(("statecode", "statuscode") if site.tables[table].status else ())} - {"ownerid"})
    )


def _leaves(table: str, journeys: Iterable[Journey], site: Site) -> tuple[Leaves, ...]:
    """What the messages of the journeys' status changes leave, as the table's file has it: records that point back."""
    found = []
    for step in (step for journey in journeys for step in journey.steps if isinstance(step, ChangeStatus)):
        for brought in _brought(site.tables[table], step.action):
            kind = str(brought.get("@odata.type", "")).rpartition(".")[2]
            lookup = next((name.partition("@")[0] for name, value in brought.items() if "{id}" in str(value)), "")
            found += [Leaves(kind, lookup)] if kind and lookup else []
    return tuple(dict.fromkeys(found))


def _brought(table: Table, action: str) -> list[Mapping[str, Any]]:
    status = table.status.get(action)
    return [value for value in status.body.values() if isinstance(value, Mapping)] if status else []
