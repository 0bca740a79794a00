"""Whose row it is: owners of new rows, rows that change hands, and what goes with them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from localcrm.data.generation.company import ORGANIZATION_ID
from localcrm.schema.entity import Entity, OnDelete
from localcrm.security.depths import Depth
from localcrm.security.privileges import LISTED_RIGHTS, Right, privilege_for
from localcrm.webapi.access import Holder
from localcrm.webapi.context import Context
from localcrm.webapi.errors import CrmError, invalid_argument, not_found, privilege_denied
from localcrm.webapi.shares import share
from localcrm.webapi.stamps import stamps

_ALL_RIGHTS = Right(sum(LISTED_RIGHTS))


def new_owner(context: Context, entity: Entity, owner: tuple[str, str]) -> Holder:
    """The owner with its business unit. Raises CrmError 400, 403 (it could not read the row itself) or 404."""
    kind, owner_id = owner
    unit = context.directory.unit_of(owner_id)
    if unit is None:
        raise not_found(context.catalogue[kind], owner_id)
    privilege = privilege_for(entity, Right.READ)
    if kind == "team":
        if context.directory.team_reach(owner_id, privilege.name) is Depth.NONE:
            raise CrmError(
                403,
                "0x80040220",
                f"Principal team (Id={owner_id}, type=9), is missing {privilege.name} privilege "
                f"(Id={privilege.privilege_id}) on OTC={entity.type_code} for entity '{entity.logical_name}'. "
                f"context.Caller={context.principal.user_id}",
            )
    else:
        principal = context.directory.by_id(owner_id)
        if principal is None:
            raise invalid_argument(f"The user {owner_id} is disabled and cannot own records.")
        if principal.depth(privilege.name) is Depth.NONE:
            raise privilege_denied(principal, privilege, entity)
    return Holder(owner_id, unit)


def ownership(context: Context, holder: Holder) -> dict[str, str | None]:
    """The four columns that say whose a row is."""
    is_team = _kind(context, holder) == "team"
    return {
        "ownerid": holder.owner_id,
        "owninguser": None if is_team else holder.owner_id,
        "owningteam": holder.owner_id if is_team else None,
        "owningbusinessunit": holder.unit_id,
    }


def handed_over(context: Context, entity: Entity, record_id: str, before: Holder, after: Holder) -> None:
    """What follows when a row has changed hands: what it is the parent of goes along, and where the organisation
    wants it so (``sharetopreviousowneronassign``) the row is shared with who had it before.
    """
    if before.owner_id and _shares_with_previous(context):
        share(context, entity, record_id, (_kind(context, before), before.owner_id), _ALL_RIGHTS, replacing=False)
    _hand_over_children(context, entity, record_id, after, {record_id})


def _hand_over_children(context: Context, entity: Entity, record_id: str, after: Holder, seen: set[str]) -> None:
    """Parental relationships (those that delete along) assign along, whoever owned the children, as out of the box."""
    for name, column in _parental(entity):
        child = context.catalogue[name]
        table = child.rows
        rows = context.session.rows(select(table.c[child.primary_id]).where(table.c[column] == record_id))
        for (child_id,) in rows:
            if child_id in seen:
                continue
            seen.add(child_id)
            values: dict[str, Any] = {**ownership(context, after), **stamps(context, child)}
            context.session.run(table.update().where(table.c[child.primary_id] == child_id).values(values))
            _hand_over_children(context, child, child_id, after, seen)


def _parental(entity: Entity) -> list[tuple[str, str]]:
    """Table and column of each; a row of the shared activity table can be of any kind, and what hangs on it too."""
    kinds = [other for other in entity.catalogue if other.table == entity.table]
    found = dict.fromkeys(
        (entity.catalogue[relationship.many].table, relationship.column)
        for kind in (kinds if entity.logical_name == entity.table else [entity])
        for relationship in entity.catalogue.dependents[kind.logical_name]
        if relationship.on_delete is OnDelete.CASCADE and relationship.many != "asyncoperation"
    )
    return [pair for pair in found if entity.catalogue[pair[0]].is_user_owned]


def _kind(context: Context, holder: Holder) -> str:
    named = context.directory.named(holder.owner_id or "")
    return named[0] if named else "systemuser"


def _shares_with_previous(context: Context) -> bool:
    table = context.catalogue["organization"].rows
    here = table.c.organizationid == ORGANIZATION_ID
    return bool(context.session.rows(select(table.c.sharetopreviousowneronassign).where(here))[0][0])
