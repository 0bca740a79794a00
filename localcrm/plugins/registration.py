"""The tables in which a CRM shows its plug-ins: messages, which tables have them, steps and their types."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from localcrm.data.database import Database
from localcrm.data.generation.company import FOUNDED
from localcrm.data.session import Session
from localcrm.plugins.plugins import Plugins
from localcrm.plugins.step import Step, Workflow
from localcrm.schema.catalogue import Catalogue
from localcrm.schema.entity import Entity, Ownership

_NAMESPACE = uuid.UUID("b0c1a54e-8d0f-4a57-9a5c-5f6f7f0f1a52")
_TABLE_MESSAGES = ("Create", "Update", "Delete", "Retrieve", "RetrieveMultiple")
_BULK = ("CreateMultiple", "UpdateMultiple", "UpsertMultiple")
_STAGES = {"pre": 20, "post": 40}
_ASSEMBLY = "Contoso.Plugins"


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
    """Write ``plugintypes``, ``sdkmessageprocessingsteps`` and ``workflows`` anew, as they are registered now."""
    catalogue = database.catalogue
    types = {row["plugintypeid"]: row for row in map(_type, plugins.steps)}
    with database.writer() as session:
        _replace(session, database, catalogue["plugintype"], types.values())
        _replace(session, database, catalogue["sdkmessageprocessingstep"], _steps(catalogue, plugins.steps))
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
    for row in wanted.values():
        session.run(table.insert().values({**row, "versionnumber": database.versions.next()}))


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


def _type(step: Step) -> dict[str, Any]:
    typename = f"{_ASSEMBLY}.{''.join(word for word in step.title.title() if word.isalnum())}"
    return {
        "plugintypeid": _id("type", step.title),
        "name": typename,
        "typename": typename,
        "friendlyname": step.title,
        "assemblyname": _ASSEMBLY,
    }


def _steps(catalogue: Catalogue, steps: Iterable[Step]) -> Iterator[dict[str, Any]]:
    for number, step in enumerate(steps):
        message = next((m for m in (*_TABLE_MESSAGES, *_BULK) if m.lower() == step.message.lower()), step.message)
        yield {
            "sdkmessageprocessingstepid": _id("step", number, step.title),
            "name": step.title,
            "sdkmessageid": _id("message", message),
            "sdkmessagefilterid": _id("filter", message, step.table) if catalogue.get(step.table) else None,
            "plugintypeid": _id("type", step.title),
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
            "category": 0,
            "type": 1,
            "mode": 0,
            "triggeroncreate": int(message == "create"),
            "triggerondelete": int(message == "delete"),
            "triggeronupdateattributelist": ",".join(step.columns) if message == "update" else None,
            "asyncautodelete": int(not step.keep),
            "statecode": 1,
            "statuscode": 2,
        }
