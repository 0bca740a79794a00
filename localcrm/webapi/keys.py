"""Alternate keys: columns that together may stand in only one row."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

from sqlalchemy import select

from localcrm.schema.entity import Entity
from localcrm.security.reach import EVERYTHING
from localcrm.webapi.context import Context
from localcrm.webapi.errors import alternate_key_taken
from localcrm.webapi.query.model import Operator, Query
from localcrm.webapi.query.request import Read


def row_with(context: Context, entity: Entity, values: Mapping[str, Any]) -> str | None:
    """The id of the row with these values in these columns (texts without regard to case), whoever may read it."""
    read = Read(query=Query(entity.logical_name, (entity.primary_id,)))
    for name, value in values.items():
        read = read.restricted(name, Operator.EQ, value)
    plan = context.planner.rows(read.query, {"": EVERYTHING}, paged=False)
    rows = context.session.fetch(plan.sql, plan.bind({f"v{n}": value for n, value in enumerate(read.values)}))
    return str(rows[0][0]) if rows else None


def check_keys(context: Context, entity: Entity, record_id: str, changed: Mapping[str, Any]) -> None:
    """No other row may have the keys that a row is about to get. Raises CrmError 412.

    Keys with an empty column are not compared, as in the CRM.
    """
    for key in entity.alternate_keys:
        if not changed.keys() & set(key):
            continue
        values = {name: changed[name] for name in key if name in changed}
        values |= _stored(context, entity, record_id, set(key) - values.keys())
        if None in values.values():
            continue
        found = row_with(context, entity, values)
        if found is not None and found != record_id:
            raise alternate_key_taken(entity, key)


def _stored(context: Context, entity: Entity, record_id: str, names: Set[str]) -> dict[str, Any]:
    if not names:
        return {}
    table = entity.rows
    ordered = sorted(names)
    rows = context.session.rows(
        select(*(table.c[name] for name in ordered)).where(table.c[entity.primary_id] == record_id)
    )
    return dict(zip(ordered, rows[0], strict=True)) if rows else dict.fromkeys(ordered)
