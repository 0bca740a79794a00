"""The tables in which a CRM shows its plug-ins: messages, which tables have them, steps and their types."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from localcrm.data.database import Database
from localcrm.data.generation.company import FOUNDED
from localcrm.data.session import Session
from localcrm.plugins.definitions import client_data, xaml
from localcrm.plugins.plugins import Plugins
from localcrm.plugins.step import Step, Workflow
from localcrm.schema.catalogue import Catalogue
from localcrm.schema.entity import Entity, Ownership

_NAMESPACE = uuid.UUID("b0c1a54e-8d0f-4a57-9a5c-5f6f7f0f1a52")
_TABLE_MESSAGES = ("Create", "Update", "Delete", "Retrieve", "RetrieveMultiple")
_BULK = ("CreateMultiple", "UpdateMultiple", "UpsertMultiple")
_STAGES = {"pre": 20, "post": 40}
_ASSEMBLY, _KEY = "Contoso.Plugins", "0123456789abcdef"
#: A few of the many steps that every organisation comes with: message, table, what they are for.
_OWN_ASSEMBLY, _OWN_KEY = "Microsoft.Crm.ObjectModel", "31bf3856ad364e35"
_OWN_STEPS = (
    ("Create", "incident", "Case number"),
    ("Update", "incident", "Case state"),
    ("Create", "opportunity", "Opportunity totals"),
    ("Update", "opportunity", "Opportunity totals"),
    ("Create", "account", "Address defaults"),
    ("Delete", "account", "Address clean-up"),
    ("Create", "email", "Tracking token"),
)


def record_messages(database: Database, actions: Iterable[tuple[str, str]]) -> None:
    """Write ``sdkmessages`` and ``sdkmessagefilters`` anew: those of every table, and (action, table or '')."""
    catalogue = database.catalogue
    messages, filters = dict.fromkeys((*_TABLE_MESSAGES, *_BULK)), []
    for entity in catalogue:
        if entity.ownership is not Ownership.NONE:
            filters += [(message, entity.logical_name) for message in (*_TABLE_MESSAGES, *_BULK)]
    for action, table in actions:
        messages[action] = None
        filters.append((action, table or "none"))
    with database.writer() as session:
        _replace(session, database, catalogue["sdkmessage"], (_message(name) for name in messages))
        _replace(session, database, catalogue["sdkmessagefilter"], (_filter(*pair) for pair in filters))


def record_steps(database: Database, plugins: Plugins) -> None:
    """Write types, endpoints, steps and workflows anew: those registered now, and those that every CRM comes with."""
    catalogue = database.catalogue
    coded = [step for step in plugins.steps if not step.webhook]
    types = {row["plugintypeid"]: row for row in (*_own_types(), *map(_type, coded))}
    endpoints = {row["serviceendpointid"]: row for row in map(_endpoint, plugins.steps) if row["url"]}
    steps = [*_own_steps(), *_steps(catalogue, plugins.steps)]
    with database.writer() as session:
        _replace(session, database, catalogue["plugintype"], types.values())
        _replace(session, database, catalogue["serviceendpoint"], endpoints.values())
        _replace(session, database, catalogue["sdkmessageprocessingstep"], steps)
        _replace(session, database, catalogue["workflow"], _workflows(plugins.workflows))


def _replace(session: Session, database: Database, entity: Entity, rows: Iterable[dict[str, Any]]) -> None:
    """Make the rows of a table these. A row that is there already is not touched, its version included."""
    table, key = entity.rows, entity.primary_id
    wanted = {row[key]: {**row, "createdon": FOUNDED, "modifiedon": FOUNDED} for row in rows}
    names = [column.name for column in table.columns]
    for values in session.rows(table.select()):
        found = dict(zip(names, values, strict=True))
        row = wanted.get(found[key], {})
        if row and all(found[name] == row.get(name) for name in names if name != "versionnumber"):
            del wanted[found[key]]
        else:
            session.run(table.delete().where(table.c[key] == found[key]))
    empty = dict.fromkeys(names)
    new = [{**empty, **row, "versionnumber": database.versions.next()} for row in wanted.values()]
    session.run_many(table.insert(), new)


def _id(*names: object) -> str:
    return str(uuid.uuid5(_NAMESPACE, "/".join(map(str, names)).lower()))


def _message(name: str) -> dict[str, Any]:
    return {"sdkmessageid": _id("message", name), "name": name, "isactive": 1, "isprivate": 0, "autotransact": 1}


def _filter(message: str, table: str) -> dict[str, Any]:
    return {
        "sdkmessagefilterid": _id("filter", message, table),
        "name": f"{message} of {table}",
        "sdkmessageid": _id("message", message),
        "primaryobjecttypecode": table,
        "iscustomprocessingstepallowed": 1,
        "isvisible": 1,
    }


def _own_types() -> Iterator[dict[str, Any]]:
    for title in dict.fromkeys(title for _, _, title in _OWN_STEPS):
        typename = f"{_OWN_ASSEMBLY}.{title.title().replace(' ', '').replace('-', '')}"
        yield {
            "plugintypeid": _id("own type", title),
            "name": typename,
            "typename": typename,
            "friendlyname": title,
            "assemblyname": _OWN_ASSEMBLY,
            "publickeytoken": _OWN_KEY,
            "ismanaged": 1,
        }


def _own_steps() -> Iterator[dict[str, Any]]:
    for message, table, title in _OWN_STEPS:
        yield {
            "sdkmessageprocessingstepid": _id("own step", message, table, title),
            "name": f"{_OWN_ASSEMBLY}: {message} of {table} ({title})",
            "sdkmessageid": _id("message", message),
            "sdkmessagefilterid": _id("filter", message, table),
            "plugintypeid": _id("own type", title),
            "eventhandler": _id("own type", title),
            "eventhandlertype": "plugintype",
            "stage": 40,
            "mode": 0,
            "rank": 1,
            "asyncautodelete": 0,
            "ismanaged": 1,
            "supporteddeployment": 0,
            "statecode": 0,
            "statuscode": 1,
        }


def _endpoint(step: Step) -> dict[str, Any]:
    return {
        "serviceendpointid": _id("endpoint", step.webhook),
        "name": step.title,
        "contract": 8,
        "url": step.webhook,
        "messageformat": 2,
        "connectionmode": 1,
        "authtype": 4,
        "ismanaged": 0,
    }


def _type(step: Step) -> dict[str, Any]:
    typename = f"{_ASSEMBLY}.{''.join(word for word in step.title.title() if word.isalnum())}"
    return {
        "plugintypeid": _id("type", step.title),
        "name": typename,
        "typename": typename,
        "friendlyname": step.title,
        "assemblyname": _ASSEMBLY,
        "publickeytoken": _KEY,
        "ismanaged": 0,
    }


def _steps(catalogue: Catalogue, steps: Iterable[Step]) -> Iterator[dict[str, Any]]:
    for number, step in enumerate(steps):
        message = next((m for m in (*_TABLE_MESSAGES, *_BULK) if m.lower() == step.message.lower()), step.message)
        yield {
            "sdkmessageprocessingstepid": _id("step", number, step.title),
            "name": step.title,
            "sdkmessageid": _id("message", message),
            "sdkmessagefilterid": _id("filter", message, step.table) if catalogue.get(step.table) else None,
            "plugintypeid": None if step.webhook else _id("type", step.title),
            "eventhandler": _id("endpoint", step.webhook) if step.webhook else _id("type", step.title),
            "eventhandlertype": "serviceendpoint" if step.webhook else "plugintype",
            "ismanaged": 0,
            "stage": _STAGES[step.stage],
            "mode": int(step.is_async),
            "rank": 1 + number,
            "filteringattributes": ",".join(step.columns) or None,
            "asyncautodelete": int(step.is_async and not step.keep),
            "supporteddeployment": 0,
            "statecode": 0,
            "statuscode": 1,
        }


def _workflows(steps: Iterable[Workflow]) -> Iterator[dict[str, Any]]:
    for number, step in enumerate(steps):
        message = step.message.lower()
        yield {
            "workflowid": _id("workflow", number, step.title),
            "name": step.title,
            "primaryentity": step.table or None,
            "category": 5 if step.flow else 0,
            "scope": 4,
            "ismanaged": 0,
            "xaml": None if step.flow else xaml(step.title, step.table, step.does),
            "clientdata": client_data(step.table, message, step.columns, step.does) if step.flow else None,
            "type": 1,
            "mode": 0,
            "triggeroncreate": int(message == "create"),
            "triggerondelete": int(message == "delete"),
            "triggeronupdateattributelist": ",".join(step.columns) if message == "update" else None,
            "asyncautodelete": int(not step.keep),
            "statecode": 1,
            "statuscode": 2,
        }
