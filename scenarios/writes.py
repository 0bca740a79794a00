"""What a plan will write: tables, messages and columns, so that `check` can look up what that sets off in the CRM."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import singledispatchmethod

from loadtests.checks.needs import Write
from loadtests.config.resolved import ResolvedPlan
from scenarios import business_steps as business
from scenarios import journey as steps
from scenarios import queue_steps as queues
from scenarios.journey import Journey, Step
from scenarios.site import Site
from scenarios.step_readers import MAILS
from scenarios.table import Table

_STATE = frozenset({"statecode", "statuscode"})
_OWNER = frozenset({"ownerid"})
_QUALIFIED = ("account", "contact", "opportunity")
_NOTES = "annotation"
_ENTITY_SET = re.compile(r"([A-Za-z_0-9]+)(?:\([^)]*\))?(?:/(?:Microsoft\.Dynamics\.CRM\.)?([A-Za-z_0-9]+))?")
POOL = "the housekeeper's pool"
_VERBS = {"POST": "Create", "PATCH": "Update", "PUT": "Update", "DELETE": "Delete"}


def writes_of(plan: ResolvedPlan, site: Site) -> tuple[Write, ...]:
    """Every kind of write once for each who sends it, the clean-up's included."""
    sent = [*_of_journeys(plan, site), *_of_probes(plan, site)]
    made = dict.fromkeys(write.table for write in sent if write.message == "Create")
    sent += [Write(table, "Delete", "the clean-up") for table in made]
    codes = {name: table.type_code for name, table in site.tables.items()}
    return tuple(dict.fromkeys(replace(write, type_code=codes.get(write.table, 0)) for write in sent))


def writes_of_journey(journey: Journey, site: Site) -> list[Write]:
    """What one play of a journey writes, in order."""
    return list(_Walk(site).writes(journey))


def _of_journeys(plan: ResolvedPlan, site: Site) -> Iterator[Write]:
    for name in plan.journeys:
        if name in site.journeys:
            yield from writes_of_journey(site.journeys[name], site)


def _of_probes(plan: ResolvedPlan, site: Site) -> Iterator[Write]:
    """The probes themselves (should a role allow what it must not, they get through) and the decoys they aim at."""
    for role in plan.roles.values():
        for rule in role.must_not:
            by = f"a must-not probe of {role.name}"
            table = site.tables.get(rule.table)
            if rule.operation == "create":
                yield Write(rule.table, "Create", by)
                continue
            yield Write(rule.table, "Create", "the housekeeper's decoys")
            if table and table.parent and "account" in table.lookups.get(table.parent, {}):
                yield Write("account", "Create", "the housekeeper's decoys")
            if rule.operation == "delete":
                yield Write(rule.table, "Delete", by)
            elif rule.operation == "assign":
                yield Write(rule.table, "Update", by, _OWNER)
            elif rule.operation != "read":
                yield Write(rule.table, "Update", by, frozenset({table.name}) if table else None)


@dataclass(slots=True)
class _Made:
    """A record of a journey: what was typed into it since it was last saved."""

    table: Table
    saved: bool = False
    typed: set[str] = field(default_factory=set)


class _Walk:
    """One journey, step by step, as the engine plays it."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._made: dict[str, _Made] = {}
        self._by = ""

    def writes(self, journey: Journey) -> Iterator[Write]:
        self._by = f"the journey {journey.name}"
        for step in journey.steps:
            yield from self._of(step)

    def _write(self, table: str, message: str, columns: Iterable[str] | None = None) -> Write:
        return Write(table, message, self._by, frozenset(columns) if columns is not None else None)

    def _changed(self, label: str, columns: Iterable[str]) -> Write:
        return self._write(self._made[label].table.table, "Update", columns)

    @singledispatchmethod
    def _of(self, step: Step) -> Iterable[Write]:
        return ()

    @_of.register
    def _(self, step: steps.New) -> Iterable[Write]:
        table = self._site.tables[step.table]
        self._made[step.label] = _Made(table, typed={table.parent} if step.of and table.parent else set())
        return ()

    @_of.register
    def _(self, step: steps.Fill) -> Iterable[Write]:
        self._made[step.label].typed |= set(step.values)
        return ()

    @_of.register
    def _(self, step: steps.Lookup) -> Iterable[Write]:
        self._made[step.label].typed.add(step.column)
        return ()

    @_of.register
    def _(self, step: steps.Take) -> Iterable[Write]:
        self._made[step.label] = _Made(self._site.tables[step.table], saved=True)
        # What such records hang on is made for them.
        return [Write(name, "Create", POOL) for name in (step.table, "account")]

    @_of.register
    def _(self, step: steps.Save) -> Iterable[Write]:
        made = self._made[step.label]
        message, columns = "Update" if made.saved else "Create", set(made.typed)
        if not step.expect:
            made.saved, made.typed = True, set()
        return [self._write(made.table.table, message, columns)]

    @_of.register
    def _(self, step: steps.ChangeStatus) -> Iterable[Write]:
        table = self._made[step.label].table
        change = table.status[step.action]
        found = [self._changed(step.label, {*_STATE, *change.columns})]
        if change.message:
            # What the message brings along is a record too: the resolution of a case, the closing of an opportunity.
            brought = [name.lower() for name, value in change.body.items() if isinstance(value, Mapping)]
            found += [self._write(table.table, change.message), *(self._write(name, "Create") for name in brought)]
        return found

    @_of.register
    def _(self, step: steps.AddNote) -> Iterable[Write]:
        return [self._write(_NOTES, "Create")]

    @_of.register
    def _(self, step: steps.TrackEmail) -> Iterable[Write]:
        self._made[step.label] = _Made(self._site.tables[MAILS], saved=True)
        return [self._write(MAILS, "Create", step.values)]

    @_of.register
    def _(self, step: steps.SetRegarding) -> Iterable[Write]:
        return [self._write(MAILS, "Update", {"regardingobjectid"})]

    @_of.register
    def _(self, step: business.Assign) -> Iterable[Write]:
        return [self._changed(step.label, _OWNER)]

    @_of.register
    def _(self, step: business.Qualify) -> Iterable[Write]:
        self._made[step.opportunity] = _Made(self._site.tables["opportunity"], saved=True)
        lead = self._made[step.label].table.table
        created = [self._write(name, "Create") for name in _QUALIFIED]
        return [self._write(lead, "QualifyLead"), self._changed(step.label, _STATE), *created]

    @_of.register
    def _(self, step: business.Merge) -> Iterable[Write]:
        table = self._made[step.label].table.table
        return [self._write(table, "Merge"), self._write(table, "Update")]

    @_of.register
    def _(self, step: business.RunAction) -> Iterable[Write]:
        return [self._write(self._made[step.label].table.table if step.label else "", step.action.rpartition(".")[2])]

    @_of.register
    def _(self, step: business.RawRequest) -> Iterable[Write]:
        where = _ENTITY_SET.match(step.path)
        if step.method not in _VERBS or not where:
            return ()
        sets = {table.entity_set: name for name, table in self._site.tables.items()}
        table, message = sets.get(where[1], ""), where[2]
        if not table:
            return [self._write("", message or where[1])]
        if step.method == "POST" and message:
            return [self._write(table, message)]
        columns = step.body if isinstance(step.body, Mapping) and not message else [message] if message else None
        named = {str(name).partition("@")[0].lower() for name in columns} if columns is not None else None
        return [self._write(table, _VERBS[step.method], named)]

    @_of.register
    def _(self, step: queues.AddToQueue) -> Iterable[Write]:
        self._made[step.item] = _Made(self._site.tables[queues.ITEMS], saved=True)
        return [self._write(queues.QUEUES, "AddToQueue"), self._write(queues.ITEMS, "Create")]

    @_of.register
    def _(self, step: queues.PickFromQueue) -> Iterable[Write]:
        return [self._write(queues.ITEMS, "PickFromQueue"), self._write(queues.ITEMS, "Update", {"workerid"})]

    @_of.register
    def _(self, step: queues.ReleaseToQueue) -> Iterable[Write]:
        return [self._write(queues.ITEMS, "ReleaseToQueue"), self._write(queues.ITEMS, "Update", {"workerid"})]
