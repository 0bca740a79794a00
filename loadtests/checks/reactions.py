"""What an organisation lets happen by itself when rows are written, as its own tables describe it (wire facts 1, 5)."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from loadtests.checks.deeds import (
    UNREADABLE,
    Deed,
    Reach,
    deeds_of_flow,
    deeds_of_workflow,
    farthest,
    in_words,
    names_in_list,
    triggers_of_flow,
)
from loadtests.load.plain_session import PlainSession

ANY = frozenset({"Create", "Update", "Delete"})
_MOST_PAGES = 20
_MICROSOFT_KEY = "31bf3856ad364e35"
_WEBHOOK = 8
_WORKFLOW, _ACTION, _PROCESS_FLOW, _FLOW = 0, 3, 4, 5
_OWN_RECORDS_ONLY = 1
"""`scope` of a workflow that minds only the records of its owner."""
_SELECT = re.compile(r"([?&])\$select=[^&]*&?")
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DEEPEST = 5
"""How far processes that start processes are followed."""
_WORKFLOW_COLUMNS = (
    "workflowid,name,category,mode,scope,primaryentity,uniquename,triggeroncreate,triggerondelete,"
    "triggeronupdateattributelist"
)
_PROCESSES = "Settings > Process Center > Processes (in the cloud: Power Apps > Solutions > Processes)"
_REGISTRATION = (
    "the Plug-in Registration Tool, or deactivate it in Settings > Customizations > Customize the System > Sdk Message "
    "Processing Steps"
)


@dataclass(frozen=True, slots=True)
class Reaction:
    """Something that runs by itself when something is written."""

    kind: str
    """`workflow`, `flow`, `plugin_step`, `webhook`, `sla`, `record_creation_rule` ...: the finding's kind."""
    name: str
    what: str
    """In words: "background workflow"."""
    does: str
    """A clause: "sends an e-mail"."""
    reach: Reach
    messages: frozenset[str]
    """`Create`, `Update`, `Delete`, or the names of other messages."""
    switch_off: str
    """Where an administrator switches it off."""
    table: str = ""
    """Logical name; empty: any table (with `type_code` 0)."""
    type_code: int = 0
    """The table by its number, where the setting names it so."""
    columns: frozenset[str] = frozenset()
    """An `Update` of none of these does not set it off; empty: any does."""
    also: str = ""
    """Another name by which it may be accepted: the assembly of a plug-in."""
    synchronous: bool = False
    microsoft: bool = False
    """It came with the product: it runs in every organisation, and nobody is to be asked about it."""


class Reading:
    """Rows of the CRM's own tables, page by page, by an account that may read them."""

    def __init__(self, session: PlainSession, tables: Collection[str]) -> None:
        self._session = session
        self._tables = frozenset(tables)
        self.refused: list[str] = []
        """What could not be read, in words."""
        self.names: set[str] = set()
        """Every name met, whether or not what bears it concerns this plan."""

    def concerns(self, table: str) -> bool:
        """Whether it is about a table that is written (or about all of them): only then its definition is read."""
        return table in ("", "none") or table in self._tables

    def rows(self, what: str, path: str) -> list[dict[str, Any]]:
        """All rows; none where this version has no such table. What is refused is noted in `refused`."""
        found: list[dict[str, Any]] = []
        for _ in range(_MOST_PAGES):
            answer = self._session.get(path, Prefer='odata.maxpagesize=5000,odata.include-annotations="*"')
            if answer.status_code == 404:
                return found
            if answer.status_code == 400 and _SELECT.search(path):
                # A column that this version does not know: then all that it has.
                path = _SELECT.sub(r"\1", path, count=1)
                continue
            try:
                body = answer.json()
                found += body["value"]
                self.names |= {str(row["name"]) for row in body["value"] if row.get("name")}
            except (ValueError, KeyError, TypeError):
                self.refused.append(f"{what} (HTTP {answer.status_code})")
                return found
            link = str(body.get("@odata.nextLink") or "")
            path = (
                link.partition(self._session.entrance.web_api)[2] or link.partition("/api/data/")[2].partition("/")[2]
            )
            if not path:
                return found
        self.refused.append(f"{what} beyond the first {len(found):,}")
        return found

    def one(self, path: str) -> Mapping[str, Any] | None:
        """One row; None when it cannot be read."""
        answer = self._session.get(path)
        try:
            return answer.json() if answer.status_code == 200 else None
        except ValueError:
            return None


def all_reactions(reading: Reading) -> Iterator[Reaction]:
    """Everything that is switched on and concerns a table that is written."""
    yield from steps(reading)
    ruled = set()
    for make in (service_levels, record_creation_rules, routing_rules):
        for reaction, workflow in make(reading):
            ruled.add(workflow)
            yield reaction
    yield from workflows(reading, ruled)


def steps(reading: Reading) -> Iterator[Reaction]:
    """Registered plug-in steps, and those that post to an endpoint."""
    endpoints = {
        str(row["serviceendpointid"]): row
        for row in reading.rows("service endpoints", "serviceendpoints?$select=name,contract,url,namespaceaddress,path")
    }
    path = (
        "sdkmessageprocessingsteps?$select=name,stage,mode,filteringattributes,ismanaged,_eventhandler_value"
        "&$filter=statecode eq 0&$expand=sdkmessageid($select=name),sdkmessagefilterid($select=primaryobjecttypecode),"
        "plugintypeid($select=typename,assemblyname,publickeytoken)"
    )
    for row in reading.rows("plug-in steps", path):
        message = str((row.get("sdkmessageid") or {}).get("name") or "")
        table = str((row.get("sdkmessagefilterid") or {}).get("primaryobjecttypecode") or "")
        code = row.get("plugintypeid") or {}
        endpoint = endpoints.get(str(row.get("_eventhandler_value")))
        assembly = str(code.get("assemblyname") or str(code.get("typename") or "").rpartition(".")[0])
        reading.names.add(assembly)
        if not reading.concerns(table):
            continue
        how = "asynchronous" if row.get("mode") == 1 else "synchronous"
        if endpoint is not None:
            kind, what, does = "webhook", f"{how} {_endpoint_word(endpoint)}", _sends_to(endpoint)
        else:
            kind, what = "plugin_step", f"{how} plug-in step"
            does = f"runs code of {assembly or 'an unknown assembly'}, which cannot be looked into"
        yield Reaction(
            kind=kind,
            name=str(row.get("name") or code.get("typename") or "without a name"),
            what=what,
            does=does,
            reach="systems" if endpoint is not None else "unseen",
            messages=frozenset({message}),
            switch_off=f"disable the step in {_REGISTRATION}",
            table="" if table == "none" else table,
            columns=names_in_list(row.get("filteringattributes")),
            also=str(endpoint["name"]) if endpoint is not None else assembly,
            synchronous=row.get("mode") != 1,
            microsoft=endpoint is None and _is_microsofts(assembly, code, row),
        )


def _is_microsofts(assembly: str, code: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Signed with Microsoft's key, or named as theirs and locked (anybody may name an assembly so)."""
    key = str(code.get("publickeytoken") or "").lower()
    return key == _MICROSOFT_KEY or (assembly.startswith("Microsoft.") and bool(row.get("ismanaged")))


def _endpoint_word(endpoint: Mapping[str, Any]) -> str:
    return "webhook" if endpoint.get("contract") == _WEBHOOK else "step that posts to a service endpoint"


def _sends_to(endpoint: Mapping[str, Any]) -> str:
    where = endpoint.get("url") or endpoint.get("namespaceaddress") or endpoint.get("path") or endpoint["name"]
    # A webhook's address may carry a key: nobody has to read it in a report.
    return f"sends the record to {str(where).partition('?')[0]}"


def workflows(reading: Reading, ruled: set[str]) -> Iterator[Reaction]:
    """Activated workflows, flows, actions and business process flows; not those that belong to a rule (`ruled`)."""
    path = f"workflows?$select={_WORKFLOW_COLUMNS}&$filter=statecode eq 1 and type eq 1"
    for row in reading.rows("processes", path):
        if str(row.get("workflowid")).lower() in ruled or not reading.concerns(str(row.get("primaryentity") or "")):
            continue
        make = _MAKERS.get(int(row.get("category") or 0))
        if make is not None:
            yield from make(reading, row)


def _workflow(reading: Reading, row: Mapping[str, Any]) -> Iterator[Reaction]:
    messages = {"Create"} if row.get("triggeroncreate") else set()
    messages |= {"Delete"} if row.get("triggerondelete") else set()
    columns = names_in_list(row.get("triggeronupdateattributelist"))
    messages |= {"Update"} if columns else set()
    if not messages:
        return
    deeds = deeds_of(reading, str(row["workflowid"]))
    realtime = row.get("mode") == 1
    only = ", for records of its owner only" if row.get("scope") == _OWN_RECORDS_ONLY else ""
    yield Reaction(
        kind="realtime_workflow" if realtime else "workflow",
        name=str(row["name"]),
        what="real-time workflow" if realtime else "background workflow",
        does=in_words(deeds) + only,
        reach=farthest(deeds),
        messages=frozenset(messages),
        switch_off=f"open it in {_PROCESSES} and press Deactivate",
        table=str(row.get("primaryentity") or ""),
        columns=columns,
        synchronous=realtime,
    )


def _action(reading: Reading, row: Mapping[str, Any]) -> Iterator[Reaction]:
    deeds = deeds_of(reading, str(row["workflowid"]))
    table = str(row.get("primaryentity") or "")
    yield Reaction(
        kind="custom_action",
        name=str(row["name"]),
        what="custom action",
        does=in_words(deeds),
        reach=farthest(deeds),
        messages=frozenset({str(row.get("uniquename") or row["name"])}),
        switch_off=f"open it in {_PROCESSES} and press Deactivate, or leave out the journeys that call it",
        table="" if table == "none" else table,
        synchronous=True,
    )


def _process_flow(_: Reading, row: Mapping[str, Any]) -> Iterator[Reaction]:
    yield Reaction(
        kind="process_flow",
        name=str(row["name"]),
        what="business process flow",
        does="keeps a row of its own for each new record, which goes with the record",
        reach="itself",
        messages=frozenset({"Create"}),
        switch_off=f"open it in {_PROCESSES} and press Deactivate",
        table=str(row.get("primaryentity") or ""),
    )


def _flow(reading: Reading, row: Mapping[str, Any]) -> Iterator[Reaction]:
    whole = reading.one(f"workflows({row['workflowid']})?$select=clientdata") or {}
    text = str(whole.get("clientdata") or "")
    triggers = triggers_of_flow(text)
    deeds = deeds_of_flow(text)
    switch_off = "turn it off in Power Automate (make.powerautomate.com > Solutions > Cloud flows)"
    if triggers is None:
        yield Reaction(
            "flow", str(row["name"]), "flow of Power Automate", UNREADABLE.text, UNREADABLE.reach, ANY, switch_off
        )
    for trigger in triggers or ():
        yield Reaction(
            kind="flow",
            name=str(row["name"]),
            what="flow of Power Automate",
            does=in_words(deeds),
            reach=farthest(deeds),
            messages=trigger.messages,
            switch_off=switch_off,
            table=trigger.table,
            columns=trigger.columns,
        )


_MAKERS: Mapping[int, Callable[[Reading, Mapping[str, Any]], Iterator[Reaction]]] = {
    _WORKFLOW: _workflow,
    _ACTION: _action,
    _PROCESS_FLOW: _process_flow,
    _FLOW: _flow,
}
"""Categories that do something on the server; business rules (2) only touch the record itself, dialogs
(1) are run by hand."""


def deeds_of(reading: Reading, workflow: str, depth: int = 0) -> tuple[Deed, ...]:
    """What a workflow does, the processes that it starts included."""
    row = reading.one(f"workflows({workflow})?$select=xaml")
    if row is None or not row.get("xaml"):
        return (UNREADABLE,)
    found: list[Deed] = []
    for deed in deeds_of_workflow(str(row["xaml"])):
        if deed.child and _GUID.fullmatch(deed.child) and depth < _DEEPEST:
            found += deeds_of(reading, deed.child, depth + 1)
        else:
            found.append(deed)
    return tuple(found)


def service_levels(reading: Reading) -> Iterator[tuple[Reaction, str]]:
    """Active SLAs, each with the id of its workflow."""
    path = "slas?$select=name,primaryentityotc,changedattributelist,isdefault,_workflowid_value&$filter=statecode eq 1"
    for row in reading.rows("SLAs", path):
        workflow = str(row.get("_workflowid_value") or "").lower()
        deeds = deeds_of(reading, workflow) if workflow else (UNREADABLE,)
        given = "" if row.get("isdefault") else ", where an entitlement or a person sets it on a record"
        yield (
            Reaction(
                kind="sla",
                name=str(row["name"]),
                what="service level agreement",
                does=f"counts time on each record and, when it runs out, {in_words(deeds)}{given}",
                reach=farthest(deeds),
                messages=frozenset({"Create", "Update"}),
                switch_off="Settings > Service Management > Service Level Agreements: open it and press Deactivate",
                type_code=int(row.get("primaryentityotc") or 0),
                columns=names_in_list(row.get("changedattributelist")),
            ),
            workflow,
        )


def record_creation_rules(reading: Reading) -> Iterator[tuple[Reaction, str]]:
    """Active rules that make records of incoming activities, each with the id of its workflow."""
    path = (
        "convertrules?$select=name,sourcechanneltypecode,sendautomaticresponse,_queueid_value,_workflowid_value"
        "&$filter=statecode eq 1"
    )
    for row in reading.rows("record creation and update rules", path):
        answers = bool(row.get("sendautomaticresponse"))
        queue = row.get("_queueid_value@OData.Community.Display.V1.FormattedValue") or "its queue"
        made = (
            f"makes or changes records of each activity that reaches {queue}"
            if row.get("_queueid_value")
            else ("makes or changes records of each such activity")
        )
        yield (
            Reaction(
                kind="record_creation_rule",
                name=str(row["name"]),
                what="record creation and update rule",
                does=f"{made}{' and answers the sender by e-mail' if answers else ''}",
                reach="people" if answers else "records",
                messages=frozenset({"Create"}),
                switch_off="Settings > Service Management > Automatic Record Creation and Update Rules: open it and "
                "press Deactivate",
                type_code=int(row.get("sourcechanneltypecode") or 0),
            ),
            str(row.get("_workflowid_value") or "").lower(),
        )


def routing_rules(reading: Reading) -> Iterator[tuple[Reaction, str]]:
    """Active routing rule sets, each with the id of its workflow."""
    for row in reading.rows("routing rules", "routingrules?$select=name,_workflowid_value&$filter=statecode eq 1"):
        yield (
            Reaction(
                kind="routing_rule",
                name=str(row["name"]),
                what="routing rule set",
                does="puts a case that was made automatically, or saved with Save & Route, into a queue",
                reach="itself",
                messages=frozenset({"Create"}),
                switch_off="Settings > Service Management > Routing Rule Sets: open it and press Deactivate",
                table="incident",
            ),
            str(row.get("_workflowid_value") or "").lower(),
        )
