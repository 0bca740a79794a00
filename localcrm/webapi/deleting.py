"""Deleting rows and what hangs on them."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import literal, select, union_all

from localcrm.data.session import Session
from localcrm.data.tombstones import bury
from localcrm.schema.entity import Entity, OnDelete
from localcrm.security.privileges import Right
from localcrm.webapi.access import require
from localcrm.webapi.associating import forget
from localcrm.webapi.context import Context
from localcrm.webapi.errors import CrmError
from localcrm.webapi.pipeline import plugged


def delete(context: Context, entity: Entity, record_id: str) -> None:
    """Delete a row, and its children as the relationships say. Raises CrmError 403, 404 or 405 (restricted).

    The right is checked on the row itself; its children follow it whoever owns them.
    """
    context.reach(entity, Right.DELETE)
    with plugged(context, "Delete", entity.logical_name, record_id, ()):
        require(context, entity, record_id, Right.DELETE)
        remove(context, entity, record_id)


def remove(context: Context, entity: Entity, record_id: str) -> None:
    """Delete a row with its children and shares, without a check."""
    _remove(context, entity, record_id, set())


def _remove(context: Context, entity: Entity, record_id: str, gone: set[str]) -> None:
    """``gone``: what this deletion has removed already; a row can hang on another in more than one way."""
    if record_id in gone:
        return
    gone.add(record_id)
    session = context.session
    dependents = _dependents(entity)
    for number, children in _children(session, entity, dependents, record_id).items():
        table, column, on_delete = dependents[number]
        if on_delete is OnDelete.RESTRICT:
            raise CrmError(
                405,
                "0x80040227",
                f"The {entity.logical_name} cannot be deleted because it is associated with another record "
                f"({table}, {len(children)} of them).",
            )
        for child in children:
            if on_delete is OnDelete.CASCADE:
                _remove(context, context.catalogue[table], child, gone)
            elif child not in gone:
                _unlink(context, context.catalogue[table], column, child)
    forget(context, entity, record_id)
    shares = context.catalogue.tables["principalobjectaccess"]
    session.run(shares.delete().where(shares.c.objectid == record_id))
    bury(session, entity, record_id, context.database.versions.next())
    target = entity.rows
    session.run(target.delete().where(target.c[entity.primary_id] == record_id))


def _dependents(entity: Entity) -> list[tuple[str, str, OnDelete]]:
    """Table, column and behaviour of every relationship; activities of all kinds are one table. Restrictions first.

    A row of the shared activity table can be of any kind, so the dependents of all kinds count.
    """
    names = [entity.logical_name]
    if entity.logical_name == "activitypointer":
        names = [other.logical_name for other in entity.catalogue if other.table == "activitypointer"]
    found = dict.fromkeys(
        (entity.catalogue[relationship.many].table, relationship.column, relationship.on_delete)
        for name in names
        for relationship in entity.catalogue.dependents[name]
    )
    return sorted(found, key=lambda entry: entry[2] is not OnDelete.RESTRICT)


def _children(
    session: Session, entity: Entity, dependents: list[tuple[str, str, OnDelete]], record_id: str
) -> dict[int, list[str]]:
    """The rows that point to the record, by the number of their relationship, in order; asked for in one statement."""
    asked = []
    for number, (table, column, _) in enumerate(dependents):
        rows = entity.catalogue[table].rows
        key = rows.c[entity.catalogue[table].primary_id]
        asked.append(select(literal(number).label("number"), key.label("id")).where(rows.c[column] == record_id))
    found: dict[int, list[str]] = defaultdict(list)
    for number, child in session.rows(union_all(*asked)) if asked else []:
        found[number].append(child)
    return dict(sorted(found.items()))


def _unlink(context: Context, entity: Entity, column: str, record_id: str) -> None:
    table = entity.rows
    values: dict[str, object] = {column: None}
    type_column = entity.by_name[column].type_column
    if type_column:
        values[type_column] = None
    if entity.has_version:
        values["versionnumber"] = context.database.versions.next()
    context.session.run(table.update().where(table.c[entity.primary_id] == record_id).values(values))
