"""Creating and changing rows, with the checks and the follow-up values of the CRM."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from localcrm.data.generation.company import CURRENCY_ID
from localcrm.schema.columns import Kind
from localcrm.schema.entity import Entity, Ownership
from localcrm.security.depths import Depth
from localcrm.security.privileges import Right, privilege_for
from localcrm.webapi.access import Holder, covers, holder_of, require
from localcrm.webapi.context import Context
from localcrm.webapi.errors import CrmError, access_denied, invalid_argument, key_taken, not_found, privilege_denied
from localcrm.webapi.parties import follow_owner, replace_parties
from localcrm.webapi.payload import Changes
from localcrm.webapi.pipeline import plugged
from localcrm.webapi.states import status_values

#: Tables the directory keeps in memory; it is read again when they change.
_COMPANY = frozenset({"systemuser", "businessunit", "team"})


def now() -> str:
    """This moment as the database keeps it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def create(context: Context, entity: Entity, changes: Changes, record_id: str | None = None) -> str:
    """Insert a row and return its id. Raises CrmError 400, 403, 404 (lookups) or 412 (id exists)."""
    new_id = record_id or changes.record_id or str(uuid.uuid4())
    context.reach(entity, Right.CREATE)
    with plugged(context, "Create", entity.logical_name, new_id, changes.names):
        _insert(context, entity, changes, new_id)
    return new_id


def _insert(context: Context, entity: Entity, changes: Changes, new_id: str) -> None:
    reach = context.reach(entity, Right.CREATE)
    table = entity.rows
    if context.session.rows(select(table.c[entity.primary_id]).where(table.c[entity.primary_id] == new_id)):
        raise key_taken(entity)
    row = _defaults(entity)
    row.update(changes.values)
    row[entity.primary_id] = new_id
    holder = Holder(None, None)
    if entity.is_user_owned:
        holder = _owner(
            context, entity, changes.lookups.pop("ownerid", None) or ("systemuser", context.principal.user_id)
        )
        if not covers(reach, holder):
            raise access_denied(context.principal, Right.CREATE, entity, new_id)
        row.update(_ownership(context, holder))
    _append(context, entity, changes, holder)
    row.update(_lookup_values(entity, changes))
    _require_lookups(entity, row)
    row.update(status_values(entity, changes.values, None))
    row.update(_computed(context, entity, row))
    row.update(_stamps(context, entity, created=True))
    context.session.run(table.insert().values({name: value for name, value in row.items() if name in table.c}))
    if changes.parties is not None:
        replace_parties(context, entity, new_id, changes.parties)
    _company_changed(context, entity)


def update(context: Context, entity: Entity, record_id: str, changes: Changes) -> None:
    """Change a row. Raises CrmError 400, 403 or 404."""
    context.reach(entity, Right.WRITE)
    with plugged(context, "Update", entity.logical_name, record_id, changes.names):
        _change(context, entity, record_id, changes)


def _change(context: Context, entity: Entity, record_id: str, changes: Changes) -> None:
    holder = require(context, entity, record_id, Right.WRITE)
    row: dict[str, Any] = dict(changes.values)
    owner = changes.lookups.pop("ownerid", None)
    if owner is not None and owner[1] != holder.owner_id:
        require(context, entity, record_id, Right.ASSIGN)
        row.update(_ownership(context, _owner(context, entity, owner)))
    _append(context, entity, changes, holder, record_id)
    row.update(_lookup_values(entity, changes))
    table = entity.rows
    here = table.c[entity.primary_id] == record_id
    if {"statecode", "statuscode"} & row.keys():
        current = context.session.rows(select(table.c.statecode).where(here))[0][0]
        row.update(status_values(entity, changes.values, current))
    if {"firstname", "lastname"} & row.keys() and "fullname" in entity.by_name:
        names = context.session.rows(select(table.c.firstname, table.c.lastname).where(here))[0]
        row["fullname"] = _fullname(row.get("firstname", names[0]), row.get("lastname", names[1]))
    row.update(_stamps(context, entity, created=False))
    context.session.run(table.update().where(here).values(row))
    if changes.parties is not None:
        replace_parties(context, entity, record_id, changes.parties)
    elif "ownerid" in row and entity.is_kind:
        follow_owner(context, entity, record_id)
    _company_changed(context, entity)


def _defaults(entity: Entity) -> dict[str, Any]:
    row: dict[str, Any] = {column.name: 0 for column in entity.columns if column.kind is Kind.BOOLEAN}
    if entity.is_kind:
        row["activitytypecode"] = entity.logical_name
    if entity.privilege == "Activity":
        row["prioritycode"] = 1
    if entity.logical_name == "incident":
        row.update(prioritycode=2, severitycode=1, incidentstagecode=1)
    if "transactioncurrencyid" in entity.by_name:
        row["transactioncurrencyid"] = CURRENCY_ID
    return row


def _owner(context: Context, entity: Entity, owner: tuple[str, str]) -> Holder:
    """The new owner with its business unit; it must be able to read such rows itself."""
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


def _ownership(context: Context, holder: Holder) -> dict[str, str | None]:
    named = context.directory.named(holder.owner_id or "")
    is_team = named is not None and named[0] == "team"
    return {
        "ownerid": holder.owner_id,
        "owninguser": None if is_team else holder.owner_id,
        "owningteam": holder.owner_id if is_team else None,
        "owningbusinessunit": holder.unit_id,
    }


def _append(context: Context, entity: Entity, changes: Changes, holder: Holder, record_id: str | None = None) -> None:
    """Setting a lookup needs Append on the row that holds it and AppendTo on the row it points to."""
    set_ones = [reference for reference in changes.lookups.values() if reference is not None]
    if not set_ones:
        return
    if entity.ownership is Ownership.USER:
        if record_id is not None:
            require(context, entity, record_id, Right.APPEND)
        elif not covers(context.reach(entity, Right.APPEND), holder):
            raise access_denied(context.principal, Right.APPEND, entity, "new")
    for target, target_id in set_ones:
        if context.catalogue[target].is_user_owned:
            require(context, context.catalogue[target], target_id, Right.APPEND_TO)
        elif holder_of(context.session, context.catalogue[target], target_id) is None:
            raise not_found(context.catalogue[target], target_id)


def _lookup_values(entity: Entity, changes: Changes) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for name, reference in changes.lookups.items():
        column = entity.by_name[name]
        found[name] = reference[1] if reference else None
        if column.type_column:
            found[column.type_column] = reference[0] if reference else None
    return found


def _require_lookups(entity: Entity, row: dict[str, Any]) -> None:
    for column in entity.lookups():
        if column.required and row.get(column.name) is None:
            raise invalid_argument(f"Required field '{column.name}' is missing for entity '{entity.logical_name}'.")


def _computed(context: Context, entity: Entity, row: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if entity.logical_name in ("contact", "lead", "systemuser"):
        found["fullname"] = _fullname(row.get("firstname"), row.get("lastname"))
    if entity.logical_name == "incident":
        number = context.database.ticket_numbers.next()
        found["ticketnumber"] = f"CAS-{number:05d}-{uuid.uuid4().hex[:4].upper()}"
    return found


def _fullname(first: str | None, last: str | None) -> str | None:
    return " ".join(part for part in (first, last) if part) or None


def _stamps(context: Context, entity: Entity, *, created: bool) -> dict[str, Any]:
    moment, user = now(), context.principal.user_id
    stamps: dict[str, Any] = {"modifiedon": moment, "modifiedby": user}
    if created:
        stamps.update(createdon=moment, createdby=user)
    if entity.has_version:
        stamps["versionnumber"] = context.database.versions.next()
    return {name: value for name, value in stamps.items() if name in entity.by_name}


def _company_changed(context: Context, entity: Entity) -> None:
    if entity.logical_name in _COMPANY:
        context.directory.refresh(context.session.fetch)
