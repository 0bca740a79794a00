"""How many rows whole tables have."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from localcrm.security.privileges import Right
from localcrm.webapi.actions.invocation import Invocation
from localcrm.webapi.errors import invalid_argument


def retrieve_total_record_count(call: Invocation) -> dict[str, Any]:
    """``RetrieveTotalRecordCount(EntityNames=['account'])``: all rows of each table, as the CRM's snapshot tells them.

    Raises CrmError 400 for an unknown table, 403 without the right to read it at all.
    """
    names = call.parameters.get("EntityNames")
    if not isinstance(names, list) or not names:
        raise invalid_argument("Required parameter 'EntityNames' is missing or is no list of tables.")
    counts: dict[str, int] = {}
    for name in map(str, names):
        entity = call.context.catalogue.get(name)
        if entity is None:
            raise invalid_argument(f"The entity with a name = '{name}' was not found.")
        call.context.reach(entity, Right.READ)
        statement = select(func.count()).select_from(entity.rows)
        if entity.is_kind:
            statement = statement.where(entity.rows.c.activitytypecode == name)
        counts[name] = call.context.session.rows(statement)[0][0]
    return {
        "EntityRecordCountCollection": {
            "Count": len(counts),
            "IsReadOnly": False,
            "Keys": list(counts),
            "Values": list(counts.values()),
        }
    }
