"""What each role's people do to each table, worked out from their journeys step by step, for the access table.

Channels differ in what they read around a step (`scenarios.channels`); this says the same as plain data.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from random import Random
from typing import Any
from xml.etree import ElementTree

from loadtests.checks.needs import Message, Operation
from loadtests.config.resolved import ResolvedPlan
from scenarios import business_steps as business
from scenarios import journey as steps
from scenarios import queue_steps as queues
from scenarios.journey import Journey, Step
from scenarios.site import Site
from scenarios.step_readers import MAILS, SENDERS
from scenarios.table import Table
from scenarios.values import typed

CRM = "Microsoft.Dynamics.CRM"
_START = "the client's start"
_FORMS = ("web", "ifd")
"""Channels whose client reads settings and pictures around every form."""
_NEW_FORM = ("role", "webresource")
"""What the web client asks for when it builds a form: whether to show an administrator's tools, and the scripts."""
_TIMELINE = ("activitypointer", "annotation")
_MADE_BY_QUALIFYING = ("account", "contact", "opportunity")
_AN_ACTIVITY = "task"
"""All kinds of activities share their privileges: one that is easily made stands for those that close business."""
_CLOSING: dict[str, tuple[str, ...]] = {"opportunity": ("Write", "AppendTo"), _AN_ACTIVITY: ("Append",)}
_RIGHTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "WinOpportunity": _CLOSING,
    "LoseOpportunity": _CLOSING,
    "CloseIncident": {"incident": ("Write", "AppendTo"), _AN_ACTIVITY: ("Read", "Write", "Append")},
    "QualifyLead": {
        "lead": ("Read", "Write", "Append", "AppendTo"),
        "account": ("Write", "Append", "AppendTo"),
        "contact": ("Append", "AppendTo"),
        "opportunity": ("Append", "AppendTo"),
    },
}
"""What messages need on records (learn, previous-versions gg334650, gg334798, mt491164)."""
_MAKES = {
    "WinOpportunity": (_AN_ACTIVITY,),
    "LoseOpportunity": (_AN_ACTIVITY,),
    "CloseIncident": (_AN_ACTIVITY,),
    "QualifyLead": _MADE_BY_QUALIFYING,
}
_LOOKS_INTO = {"QualifyLead": ("campaign", "transactioncurrency")}
Found = tuple[Operation, str]
"""What is done, and at which step."""


def operations_of(plan: ResolvedPlan, site: Site) -> dict[str, dict[Operation, tuple[str, ...]]]:
    """Role (CRM name) -> what its people do in this plan -> the journeys and steps that need it."""
    found: dict[str, dict[Operation, dict[str, None]]] = defaultdict(lambda: defaultdict(dict))
    for role, channel, names in _who(plan):
        walk = _Walk(site, role, channel)
        for operation, place in (
            *walk.start(),
            *(pair for name in names for pair in walk.journey(site.journeys[name])),
        ):
            found[role][operation].setdefault(place)
    return {role: {operation: tuple(places) for operation, places in them.items()} for role, them in found.items()}


SAMPLES = 100
"""Of each table: as many records as a check makes of it, each with words and numbers of its own."""


def samples_of(site: Site) -> dict[str, list[dict[str, Any]]]:
    """Table -> what some journey types into new records of it, without what depends on records seen before.

    Each is drawn anew: two records alike would be duplicates, or stumble over a key of the table.
    """
    samples: dict[str, list[dict[str, Any]]] = {}
    for journey in site.journeys.values():
        made = {step.label: step.table for step in journey.steps if isinstance(step, steps.New)}
        for step in journey.steps:
            if isinstance(step, steps.Fill) and step.label in made and made[step.label] not in samples:
                samples[made[step.label]] = [dict(_typed(step.values, Random())) for _ in range(SAMPLES)]
    return samples


def _typed(values: Mapping[str, Any], random: Random) -> Iterator[tuple[str, Any]]:
    once = str(random.randint(10**8, 10**9 - 1))
    for column, text in values.items():
        try:
            yield column, typed(text, random, _nothing_known, once=once)
        except LookupError:
            continue


def _nothing_known(table: str) -> str:
    raise LookupError(table)


def _who(plan: ResolvedPlan) -> Iterator[tuple[str, str, list[str]]]:
    """Role, channel and journeys of all who come."""
    seen = set()
    named = {(entry.role, entry.channel): entry.journey for entry in plan.arrivals if entry.journey}
    named |= {(entry.role, entry.channel): entry.journey for entry in plan.training}
    for group in plan.everybody:
        key = (group.role, group.channel)
        if key not in seen:
            seen.add(key)
            names = list(plan.journeys_of(plan.role_named(group.role), group.channel))
            yield *key, list(dict.fromkeys([*names, *([named[key]] if key in named else [])]))


class _Walk:
    """The steps of one role's people on one channel."""

    def __init__(self, site: Site, role: str, channel: str) -> None:
        self._site = site
        self._role = role
        self._channel = channel
        self._tables: dict[str, str] = {}
        """Label -> table of the journey that is walked through."""
        self._waiting: dict[str, str] = {}
        """Label of a queue item -> table of the record that it stands for."""

    def start(self) -> Iterator[Found]:
        """From the sign-in to the first screen, and what the client does by itself."""
        read = ["systemuser", "organization"] if self._channel in _FORMS else []
        read += [table.table for table, _ in self._site.home if table.addresses or self._channel != "outlook"]
        yield from ((Operation("read", table), _START) for table in read)
        for table, view in self._site.home:
            if table.table in read:
                yield from ((Operation("read", name), _START) for name in _named_in(table.views[view]))
        if self._channel == "outlook":
            yield from ((Operation("read", table), "Outlook's own synchronisation") for table in self._offline())

    def journey(self, journey: Journey) -> Iterator[Found]:
        """Every step of a journey."""
        self._tables, self._waiting = {}, {}
        for step in journey.steps:
            subject = next(
                (str(value) for name in ("label", "table", "dashboard", "view") if (value := getattr(step, name, ""))),
                "",
            )
            place = f"`{journey.name}`, step `{step.verb}{': ' if subject else ''}{subject}`"
            yield from ((operation, place) for operation in self._step(step))

    def _step(self, step: Step) -> Iterator[Operation]:
        site = self._site
        match step:
            case steps.OpenView():
                yield from _reads(_named_in(site.tables[step.table].views[step.view]))
            case queues.OpenQueue():
                yield from _reads([*_named_in(site.tables[queues.ITEMS].views[step.view]), queues.QUEUES])
            case steps.QuickFind():
                yield from _reads(_named_in(site.tables[step.table].quick_find))
            case steps.OpenRecord() | steps.Take():
                self._tables[step.label] = step.table
                yield from self._shown(step.table)
            case steps.ResolveSender():
                self._tables[step.label] = SENDERS
                yield from _reads([SENDERS])
            case steps.New():
                self._tables[step.label] = step.table
                yield from self._around()
                if self._channel in _FORMS:
                    yield from _reads(_NEW_FORM)
                if step.of:
                    table = site.tables[step.table]
                    yield self._append(table, table.parent, self._tables[step.of])
            case steps.Lookup():
                table = site.tables[self._tables[step.label]]
                targets = [step.table] if self._channel == "outlook" else table.lookups[step.column]
                yield from _reads(targets)
                yield self._append(table, step.column, step.table)
            case steps.TrackEmail():
                self._tables[step.label] = MAILS
                yield from (Operation("create", MAILS), Operation("read", MAILS), *_reads([SENDERS, "systemuser"]))
            case steps.SetRegarding():
                table = site.tables[MAILS]
                yield from (
                    *_reads([step.table]),
                    Operation("write", MAILS),
                    self._append(table, table.parent, step.table),
                )
            case steps.Sync() | steps.GoOffline() | steps.ComeBack():
                filters = ["userquery"] if self._channel == "outlook" else []
                yield from _reads([*self._offline(), *filters])
            case steps.Save() if not step.expect:
                yield from self._saved(self._tables[step.label])
            case steps.ChangeStatus():
                yield from self._changed(self._tables[step.label], step.action)
            case business.OpenDialog():
                scripts = ["webresource"] if self._channel in _FORMS else []
                yield from (*_reads(["activitypointer", *scripts]), *self._around())
            case steps.AddNote():
                table = site.tables[self._tables[step.label]]
                yield Operation("create", "annotation")
                yield Operation("append", "annotation", table.table, table.note)
                yield from _reads(_TIMELINE)
            case business.OpenDashboard():
                dashboard = site.dashboards[step.dashboard]
                for chart in dashboard.charts:
                    yield from _reads(_named_in(chart.fetch))
                for listed in dashboard.lists:
                    yield from _reads(_named_in(site.tables[listed.table].views[listed.view]))
            case business.Assign():
                yield from (Operation("assign", self._tables[step.label]), *_reads(["systemuser"]))
                yield from _reads(["role"] if step.role else [])
                yield from self._shown(self._tables[step.label])
            case business.Qualify():
                self._tables[step.opportunity] = "opportunity"
                yield from self._sent(_qualify(site))
                yield from self._shown("opportunity")
            case business.CheckDuplicates():
                yield from _reads([self._tables[step.label]])
            case business.Merge():
                yield _merge(site.tables[self._tables[step.label]])
                yield from self._shown(self._tables[step.label])
            case queues.AddToQueue():
                self._tables[step.item] = queues.ITEMS
                self._waiting[step.item] = self._tables[step.label]
                yield from (*_reads([queues.QUEUES]), _add_to_queue(site, self._tables[step.label]))
                yield from self._shown(self._tables[step.label])
            case queues.SelectItem():
                yield from _reads([queues.ITEMS])
            case queues.PickFromQueue() | queues.ReleaseToQueue():
                taken = isinstance(step, queues.PickFromQueue)
                yield from (*_reads([queues.ITEMS]), _work_on(site, self._waiting[step.label], taken=taken))
            case business.RunAction() if step.label:
                yield self._action(step)

    # -- parts --------------------------------------------------------------------------------------------------------

    def _around(self) -> Iterable[Operation]:
        return _reads(["systemuser", "organization"]) if self._channel in _FORMS else ()

    def _shown(self, table: str) -> Iterator[Operation]:
        """A record on its form, with the short lists on it and its timeline."""
        yield Operation("read", table)
        if self._channel == "outlook":
            return
        yield from (*_reads(_TIMELINE), *self._around())
        form = self._site.tables[table].form_for(self._role) if self._site.tables[table].forms else None
        grids = form.sub_grids if form else []
        yield from _reads(grid.table for grid in (grids if self._channel in _FORMS else grids[:1]))

    def _saved(self, table: str) -> Iterator[Operation]:
        yield from (Operation("create", table), Operation("write", table))
        yield from self._shown(table)

    def _changed(self, table: str, action: str) -> Iterator[Operation]:
        change = self._site.tables[table].status[action]
        if change.message:
            body = json.dumps(change.body_for(f"<{table}>"))
            yield from self._sent(_message(change.message, table, change.message, body))
        else:
            yield Operation("write", table)
        yield from self._shown(table)
        if change.dialog and self._channel in _FORMS:
            yield from _reads(_NEW_FORM)

    def _sent(self, operation: Operation) -> Iterator[Operation]:
        """A message, and what it does besides that can be tried alone."""
        yield from (
            Operation("create", table) for table in _MAKES.get(operation.verb, ()) if table in self._site.tables
        )
        yield from _reads(_LOOKS_INTO.get(operation.verb, ()))
        yield operation

    def _append(self, table: Table, column: str, target: str) -> Operation:
        return Operation("append", table.table, target, table.lookups[column][target])

    def _offline(self) -> list[str]:
        return [t.table for t in self._site.tables.values() if t.offline and t.offline.is_for(self._role)]

    def _action(self, step: business.RunAction) -> Operation:
        table = self._site.tables[self._tables[step.label]]
        body = json.dumps(step.parameters)
        for label, name in self._tables.items():
            body = body.replace(f"{{id {label}}}", f"<{name}>")
        return Operation(
            step.action, table.table, message=Message(f"{table.entity_set}(<{table.table}>)/{CRM}.{step.action}", body)
        )


def _reads(tables: Iterable[str]) -> Iterator[Operation]:
    return (Operation("read", table) for table in tables)


def _named_in(fetch: str) -> list[str]:
    """The tables that a FetchXML asks for."""
    root = ElementTree.fromstring(fetch)
    return [element.get("name", "") for element in (*root.iter("entity"), *root.iter("link-entity"))]


def _qualify(site: Site) -> Operation:
    lead = site.tables["lead"]
    made = [site.tables[name] for name in _MADE_BY_QUALIFYING]
    body = {"CreateAccount": True, "CreateContact": True, "CreateOpportunity": True, "Status": 3}
    leaves = tuple((table.entity_set, table.table, table.key, "originatingleadid") for table in reversed(made))
    return _message("QualifyLead", "lead", f"{lead.entity_set}(<lead>)/{CRM}.QualifyLead", json.dumps(body), leaves)


def _message(
    name: str, table: str, path: str, body: str, leaves: tuple[tuple[str, str, str, str], ...] = ()
) -> Operation:
    rights = {"Merge": {table: ("Read", "Write", "Append")}, **_RIGHTS}.get(name, {})
    return Operation(name, table, message=Message(path, body, tuple(rights.items()), leaves))


def _merge(table: Table) -> Operation:
    kind = {"@odata.type": f"{CRM}.{table.table}"}
    body = {
        "Target": {**kind, table.key: f"<{table.table}>"},
        "Subordinate": {**kind, table.key: f"<{table.table} 2>"},
        "UpdateContent": kind,
        "PerformParentingChecks": False,
    }
    return _message("Merge", table.table, "Merge", json.dumps(body))


def _add_to_queue(site: Site, name: str) -> Operation:
    table, items = site.tables[name], site.tables[queues.ITEMS]
    body = {"Target": {"@odata.type": f"{CRM}.{name}", table.key: f"<{name}>"}}
    leaves = ((items.entity_set, items.table, items.key, "objectid"),)
    return _message("AddToQueue", name, f"queues(<queue>)/{CRM}.AddToQueue", json.dumps(body), leaves)


def _work_on(site: Site, behind: str, *, taken: bool) -> Operation:
    """Taking an item, or giving it back; the item stands for a record of the table `behind`."""
    items = site.tables[queues.ITEMS]
    me = {"@odata.type": f"{CRM}.systemuser", "systemuserid": "<me>"}
    name, body = ("PickFromQueue", {"SystemUser": me, "RemoveQueueItem": False}) if taken else ("ReleaseToQueue", {})
    path = f"{items.entity_set}(<{items.table} of {behind}>)/{CRM}.{name}"
    return Operation(name, items.table, message=Message(path, json.dumps(body)))
