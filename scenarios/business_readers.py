"""How the lines of the business verbs are read, with their checks: what writes aims at records of the journey."""

import re
from collections.abc import Mapping
from typing import Any

from scenarios import business_steps as steps
from scenarios.journey import Step
from scenarios.reading import Given, Record
from scenarios.values import records_named, without_ids

_ACTION = re.compile(r"[A-Za-z_]\w*")
_READING = ("GET", "HEAD")
_METHODS = (*_READING, "POST", "PATCH", "PUT", "DELETE")
_NOT_BELOW = re.compile(r"^/|^\w+:|\\|\.\.|//|^\s*$|[\r\n#]")
"""What could lead out of the entrance's Web API."""
_OWN_HEADERS = {"authorization", "cookie", "host", "content-length", "transfer-encoding", "connection"}
ID = "{id}"


def open_dashboard(given: Given) -> Step:
    known = given.reading.dashboards
    if given.subject not in known:
        given.reading.unknown((*given.at, given.verb), "dashboard", given.subject, known)
    return steps.OpenDashboard(dashboard=given.subject, think=given.think(steps.OpenDashboard))


def open_dialog(given: Given) -> Step:
    label, table = given.own_record(saved=True)
    action = given.text("to")
    if table and action not in table.status:
        given.reading.unknown((*given.at, "to"), f"status of {table.table}", action, table.status)
    elif table and not table.status[action].dialog:
        given.reading.wrong((*given.at, "to"), f"`{action}` of {table.table} opens no dialog", "write `dialog: true`")
    return steps.OpenDialog(label=label, action=action, think=given.think(steps.OpenDialog))


def assign(given: Given) -> Step:
    label, _ = given.own_record(saved=True)
    given.needs_table("systemuser")
    return steps.Assign(label=label, role=given.text("role"), think=given.think(steps.Assign))


def qualify(given: Given) -> Step:
    label, table = given.own_record(saved=True)
    if table and table.table != "lead":
        given.reading.wrong(given.at, f"`{label}` is a record of {table.table}: only leads are qualified")
    for needed in ("account", "contact", "opportunity"):
        given.needs_table(needed)
    opportunity = given.label("opportunity")
    given.reading.records[opportunity] = Record("opportunity", made=True, saved=True)
    return steps.Qualify(label=label, opportunity=opportunity, think=given.think(steps.Qualify))


def check_duplicates(given: Given) -> Step:
    label, _ = given.own_record(saved=True)
    return steps.CheckDuplicates(label=label, found=given.flag("found"), think=given.think(steps.CheckDuplicates))


def merge(given: Given) -> Step:
    label, table = given.own_record(saved=True)
    into, other = given.own_record("into", saved=True)
    if table and other and (table is not other or label == into):
        given.reading.wrong((*given.at, "into"), "two different records of one table are merged", "name another record")
    if table and table.table not in ("account", "contact", "lead", "incident"):
        given.reading.wrong(
            given.at, f"records of {table.table} cannot be merged: accounts, contacts, leads, cases can"
        )
    return steps.Merge(label=label, into=into, think=given.think(steps.Merge))


def run_action(given: Given) -> Step:
    if not _ACTION.fullmatch(given.subject):
        given.reading.wrong((*given.at, given.verb), f"`{given.subject}` is no name of an action")
    label = given.own_record("on", saved=True)[0] if given.options.get("on") else ""
    parameters = given.options.get("parameters") or {}
    if not isinstance(parameters, dict):
        given.reading.wrong((*given.at, "parameters"), "`parameters:` must be lines of `name: value`")
        parameters = {}
    _check_texts(given, "parameters", parameters)
    if not label and not given.flag("harmless"):
        given.reading.wrong(
            given.at,
            f"`{given.subject}` is called on no record of this journey, so nobody knows what it changes",
            "name a record with `on:`, or write `harmless: true` if it changes nobody's data",
        )
    return steps.RunAction(
        action=given.subject, label=label, parameters=dict(parameters), think=given.think(steps.RunAction)
    )


def raw_request(given: Given) -> Step:
    method, path = given.subject.upper(), str(given.options.get("path") or "")
    if method not in _METHODS:
        given.reading.unknown((*given.at, given.verb), "method", given.subject, _METHODS)
    label, table = given.own_record("on", saved=True) if given.options.get("on") else ("", None)
    if _NOT_BELOW.search(path):
        given.reading.wrong(
            (*given.at, "path"), f"`{path}` does not stay below the Web API", 'write such as `"accounts?$top=1"`'
        )
    if ID in path and not label:
        given.reading.wrong((*given.at, "path"), f"{ID} stands for no record", "name one of this journey with `on:`")
    given.check_fields("path", path.replace(ID, ""))
    own = table is not None and path.startswith(f"{table.entity_set}({ID})")
    if method not in _READING and not own and not given.flag("harmless"):
        given.reading.wrong(
            given.at,
            f"{method} {path} may change what is not this journey's",
            f"begin `path` with the record made here (`on: LABEL`, `path: ENTITYSET({ID})`), "
            "or write `harmless: true` if it changes nobody's data",
        )
    headers = given.options.get("headers") or {}
    if not isinstance(headers, dict) or any(str(name).lower() in _OWN_HEADERS for name in headers):
        given.reading.wrong(
            (*given.at, "headers"), f"`headers:` must be lines of `name: value`, without {', '.join(_OWN_HEADERS)}"
        )
        headers = {}
    _check_texts(given, "body", given.options.get("body"))
    return steps.RawRequest(
        method=method,
        path=path,
        label=label,
        headers={str(name): str(value) for name, value in headers.items()},
        body=given.options.get("body"),
        expected=_statuses(given),
        think=given.think(steps.RawRequest),
    )


def _statuses(given: Given) -> frozenset[int]:
    wanted = given.options.get("expect")
    listed = wanted if isinstance(wanted, list) else [wanted] if wanted is not None else [200, 201, 204]
    if not all(isinstance(status, int) and 100 <= status <= 599 for status in listed):
        given.reading.wrong((*given.at, "expect"), f"`{wanted}` is no status", "write such as `200` or `[200, 404]`")
        return frozenset({200})
    return frozenset(listed)


def _check_texts(given: Given, key: str, value: Any) -> None:
    """Every text within a value, its fields checked."""
    if isinstance(value, Mapping):
        for inner in value.values():
            _check_texts(given, key, inner)
    elif isinstance(value, list):
        for inner in value:
            _check_texts(given, key, inner)
    elif isinstance(value, str):
        for label in records_named(value):
            _check_named(given, key, label)
        given.check_fields(key, without_ids(value))


def _check_named(given: Given, key: str, label: str) -> None:
    """A record named by `{id LABEL}`: the journey's own and saved, or one that is harmless to name."""
    found = given.reading.records.get(label)
    if found is None:
        given.reading.unknown((*given.at, key), "record", label, given.reading.records)
    elif found.made and not found.saved:
        given.reading.wrong((*given.at, key), f"`{label}` is not in the CRM yet", f"add `- save: {label}` before this")
    elif not found.made and not given.flag("harmless"):
        given.reading.wrong(
            (*given.at, key),
            f"`{label}` is a record that others made, so nobody knows what is done to it",
            "name a record made by `new`, or write `harmless: true` if it changes nobody's data",
        )
