"""The work that people must find on their desks: which lists each role's journeys open, and which need a row.

Records that a journey uses up (closes, qualifies, merges, picks ...) it made itself, or takes from a pool
(`scenarios.pools`): the vocabulary has no word for doing that to a record that was there before.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from loadtests.checks.needs import DeskList
from loadtests.config.day import Group
from loadtests.config.resolved import ResolvedPlan
from scenarios import journey as steps
from scenarios.business_steps import OpenDashboard
from scenarios.journey import Journey
from scenarios.queue_steps import ITEMS, QUEUES, AddToQueue, OpenQueue
from scenarios.site import Site
from scenarios.table import Table
from scenarios.values import tables_known


@dataclass(frozen=True, slots=True)
class _Opened:
    """A list that a journey opens, and whether it cannot go on when the list is empty."""

    table: str
    view: str
    fetch: str
    needed: bool


def desk_lists(plan: ResolvedPlan, site: Site) -> tuple[DeskList, ...]:
    """Every list that the plan's people come to, by channel and role, each with the journeys that come to it."""
    found: dict[tuple[str, str, str, str], DeskList] = {}
    for group in plan.everybody:
        home = _home(site, group.channel)
        opened = [("", one) for one in home.values()]
        for name in _journeys(plan, group):
            opened += [(name, one) for one in _lists(site, site.journeys[name], home)]
        for name, one in opened:
            table = site.tables[one.table]
            key = (group.channel, group.role, one.table, one.view)
            known = found.get(key)
            found[key] = DeskList(
                channel=group.channel,
                role=group.role,
                table=one.table,
                entity_set=table.entity_set,
                key=table.key,
                view=one.view,
                fetch=one.fetch,
                needed=one.needed or (known is not None and known.needed),
                journeys=tuple(sorted({*(known.journeys if known else ()), *([name] if name else [])})),
            )
    return tuple(found.values())


def _journeys(plan: ResolvedPlan, group: Group) -> list[str]:
    """What the people of a group do."""
    own = [arrivals.journey for arrivals in plan.arrivals if arrivals.name == group.pool]
    own += [training.journey for training in plan.training if training.name == group.pool]
    if own and own[0]:
        return own
    role = plan.role_named(group.role)
    return list(plan.rates.get(f"{group.channel}/{role.slug}") or plan.journeys_of(role, group.channel))


def _home(site: Site, channel: str) -> dict[str, _Opened]:
    """The lists of the first screen by table; Outlook shows those of people with addresses."""
    shown = [(table, view) for table, view in site.home if channel != "outlook" or table.addresses]
    return {table.table: _Opened(table.table, view, table.views[view], needed=False) for table, view in shown}


def _lists(site: Site, journey: Journey, home: dict[str, _Opened]) -> Iterator[_Opened]:
    """The lists of one journey in its order. What is picked without a list of its own comes off the first screen."""
    listed: set[str] = set()
    made: set[str] = set()
    """Tables of which the person has a record of his own by then: their lists are not empty."""

    def from_home(table: str) -> Iterator[_Opened]:
        if table not in listed and table in home:
            first = home[table]
            yield _Opened(first.table, first.view, first.fetch, needed=True)

    for step in journey.steps:
        for table in _known_in(step):
            yield from from_home(table)
        match step:
            case steps.OpenView():
                yield _Opened(step.table, step.view, site.tables[step.table].views[step.view], step.table not in made)
                listed.add(step.table)
            case steps.QuickFind():
                listed.add(step.table)
            case steps.OpenRecord() | steps.Take():
                yield from from_home(step.table)
            case steps.ResolveSender():
                for table, first in home.items():
                    if site.tables[table].addresses:
                        yield _Opened(first.table, first.view, first.fetch, needed=True)
            case steps.Lookup() | steps.SetRegarding() if not step.text:
                yield _anything(site.tables[step.table])
            case AddToQueue():
                yield _anything(site.tables[QUEUES], step.queue)
                made.add(ITEMS)
            case OpenQueue():
                # It may be empty: nobody works on anything yet.
                yield _Opened(ITEMS, step.view, site.tables[ITEMS].views[step.view], needed=False)
            case steps.New():
                made.add(step.table)
            case OpenDashboard():
                for shown in site.dashboards[step.dashboard].lists:
                    yield _Opened(shown.table, shown.view, site.tables[shown.table].views[shown.view], needed=False)


def _known_in(step: steps.Step) -> set[str]:
    """Tables of which the step's texts name a record that the person has seen (`{known contact}`)."""
    texts: list[Any] = [getattr(step, "text", "")]
    texts += list(getattr(step, "values", {}).values())
    return {table for text in texts for table in tables_known(text)}


def _anything(table: Table, name: str = "") -> _Opened:
    """What a lookup field offers: every record that the person may read, or those whose name begins so."""
    fetch = ElementTree.Element("fetch", version="1.0", mapping="logical")
    entity = ElementTree.SubElement(fetch, "entity", name=table.table)
    ElementTree.SubElement(entity, "attribute", name=table.key)
    if name:
        conditions = ElementTree.SubElement(entity, "filter", type="and")
        ElementTree.SubElement(conditions, "condition", attribute=table.name, operator="like", value=f"{name}%")
    label = f"lookup of {table.label}" + (f" {name}" if name else "")
    return _Opened(table.table, label, ElementTree.tostring(fetch, encoding="unicode"), needed=True)
