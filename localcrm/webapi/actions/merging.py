"""Merging: what hangs on one record moves to another of its table, and the first is put away."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from localcrm.schema.entity import Entity
from localcrm.security.privileges import Right
from localcrm.webapi.access import require
from localcrm.webapi.actions.invocation import Invocation, type_named
from localcrm.webapi.context import Context
from localcrm.webapi.errors import CrmError, invalid_argument
from localcrm.webapi.payload import parse_changes
from localcrm.webapi.pipeline import plugged
from localcrm.webapi.stamps import stamps
from localcrm.webapi.writing import update

#: State and status of the subordinate record afterwards.
_PUT_AWAY = {"account": (1, 2), "contact": (1, 2), "lead": (2, 7), "incident": (2, 2000)}
#: The lookup that ``PerformParentingChecks`` compares.
_PARENT = {"account": "parentaccountid", "contact": "parentcustomerid", "lead": "parentaccountid"}


def merge(call: Invocation) -> None:
    """``Merge {Target, Subordinate, UpdateContent, PerformParentingChecks}`` for account, contact, lead, incident.

    The caller needs prvMerge and may write both; what hangs on the subordinate moves whoever owns it.
    Raises CrmError 400, 403, 404.
    """
    context = call.context
    context.require_privilege("prvMerge")
    (entity, target_id), (other, subordinate_id) = call.record("Target"), call.record("Subordinate")
    if entity.logical_name not in _PUT_AWAY:
        raise invalid_argument(f"Merge works on {', '.join(_PUT_AWAY)}; not on {entity.logical_name}.")
    if other != entity or target_id == subordinate_id:
        raise invalid_argument("Target and Subordinate must be two records of one table.")
    require(context, entity, target_id, Right.READ, Right.WRITE, Right.APPEND)
    require(context, entity, subordinate_id, Right.READ, Right.WRITE)
    _check(context, entity, target_id, subordinate_id, parents=call.flag("PerformParentingChecks"))
    with plugged(context, "Merge", entity.logical_name, target_id, ()):
        _fill(call, entity, target_id)
        _move(context, entity, subordinate_id, target_id)
        _put_away(context, entity, subordinate_id, target_id)


def _check(context: Context, entity: Entity, target_id: str, subordinate_id: str, *, parents: bool) -> None:
    table = entity.rows
    parent = _PARENT.get(entity.logical_name)
    columns = [table.c[entity.primary_id], table.c.statecode, table.c.merged, *([table.c[parent]] if parent else [])]
    rows = context.session.rows(select(*columns).where(table.c[entity.primary_id].in_([target_id, subordinate_id])))
    found = {row[0]: row[1:] for row in rows}
    if found[subordinate_id][1]:
        raise CrmError(400, "0x80048408", f"The {entity.logical_name} {subordinate_id} was merged already.")
    if found[target_id][0] != 0:
        raise CrmError(
            400, "0x80048408", f"The {entity.logical_name} {target_id} is not active: nothing merges into it."
        )
    if parents and parent and found[target_id][2] != found[subordinate_id][2]:
        raise invalid_argument("The two records have different parents: merge without PerformParentingChecks.")


def _fill(call: Invocation, entity: Entity, target_id: str) -> None:
    content = call.parameters.get("UpdateContent")
    if content is None:
        return
    body = call.body("UpdateContent")
    named = type_named(call.context, body)
    if named is not None and named != entity:
        raise invalid_argument(f"UpdateContent is a {named.logical_name}, not a {entity.logical_name}.")
    changes = parse_changes(call.context, entity, body)
    if changes.names:
        update(call.context, entity, target_id, changes)


def _move(context: Context, entity: Entity, subordinate_id: str, target_id: str) -> None:
    """Point every lookup and every membership of the subordinate to the target."""
    pointing = dict.fromkeys(
        (entity.catalogue[relationship.many].table, relationship.column)
        for relationship in entity.catalogue.dependents[entity.logical_name]
        if relationship.column != "masterid"
    )
    for name, column in pointing:
        child = context.catalogue[name]
        table = child.rows
        ids = context.session.rows(select(table.c[child.primary_id]).where(table.c[column] == subordinate_id))
        for (child_id,) in ids:
            is_itself = child_id == target_id
            values: dict[str, Any] = {column: None if is_itself else target_id, **stamps(context, child)}
            type_column = child.by_name[column].type_column
            if is_itself and type_column:
                values[type_column] = None
            context.session.run(table.update().where(table.c[child.primary_id] == child_id).values(values))
    for association in entity.associations:
        own, others, _ = association.seen_from(entity.logical_name)
        pairs = context.catalogue.tables[association.table]
        there = select(pairs.c[others]).where(pairs.c[own] == target_id)
        context.session.run(pairs.delete().where(pairs.c[own] == subordinate_id, pairs.c[others].in_(there)))
        context.session.run(pairs.update().where(pairs.c[own] == subordinate_id).values({own: target_id}))


def _put_away(context: Context, entity: Entity, subordinate_id: str, target_id: str) -> None:
    state, status = _PUT_AWAY[entity.logical_name]
    values = {"masterid": target_id, "merged": 1, "statecode": state, "statuscode": status, **stamps(context, entity)}
    table = entity.rows
    context.session.run(table.update().where(table.c[entity.primary_id] == subordinate_id).values(values))
