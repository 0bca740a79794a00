"""Creating and changing rows, with the checks and the follow-up values of the CRM."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from localcrm.data.generation.company import CURRENCY_ID
from localcrm.schema.columns import Kind
from localcrm.schema.entity import Entity, Ownership, Relationship
from localcrm.security.privileges import Right
from localcrm.webapi.access import Holder, covers, holder_of, require
from localcrm.webapi.assigning import handed_over, new_owner, ownership
from localcrm.webapi.associating import associate
from localcrm.webapi.context import Context
from localcrm.webapi.duplicates import refuse_duplicates
from localcrm.webapi.errors import access_denied, bad_payload, invalid_argument, key_taken, not_found
from localcrm.webapi.keys import check_keys
from localcrm.webapi.parties import follow_owner, replace_parties
from localcrm.webapi.payload import Changes
from localcrm.webapi.pipeline import plugged
from localcrm.webapi.query.model import Plain
from localcrm.webapi.stamps import stamps
from localcrm.webapi.states import status_values

#: Tables the directory keeps in memory; it is read again when they change.
_COMPANY = frozenset({"systemuser", "businessunit", "team", "role"})
#: Tables whose full name the CRM puts together.
_PEOPLE = frozenset({"contact", "lead", "systemuser"})


def create(context: Context, entity: Entity, changes: Changes, record_id: str | None = None) -> str:
    """Insert a row with what is nested in it and return its id.

    Raises CrmError 400, 403, 404 (lookups) or 412 (its id or a key exists).
    """
    new_id = record_id or changes.record_id or str(uuid.uuid4())
    context.reach(entity, Right.CREATE)
    with plugged(context, "Create", entity.logical_name, new_id, changes.names):
        for column, (target, nested) in changes.parents.items():
            changes.lookups[column] = (target.logical_name, create(context, target, nested))
        _insert(context, entity, changes, new_id)
        for relation, child in changes.children:
            if isinstance(relation, Relationship):
                _attach(context, entity, new_id, relation, child)
            else:
                other = context.catalogue[relation.seen_from(entity.logical_name)[2]]
                other_id = child[1] if isinstance(child, tuple) else create(context, other, child)
                associate(context, relation, entity, new_id, other_id)
    return new_id


def place_keys(context: Context, entity: Entity, changes: Changes, keys: Mapping[str, Plain]) -> None:
    """Set the columns of the alternate key by which a new row was named in the URL."""
    for name, value in keys.items():
        column = entity.by_name[name]
        if not column.is_lookup:
            changes.values[name] = value
            continue
        targets = (context.catalogue[target] for target in column.targets)
        found = [target for target in targets if holder_of(context.session, target, str(value))]
        if not found:
            raise not_found(context.catalogue[column.targets[0]], str(value))
        changes.lookups[name] = (found[0].logical_name, str(value))


def _attach(
    context: Context, entity: Entity, new_id: str, relation: Relationship, child: Changes | tuple[str, str]
) -> None:
    many = context.catalogue[relation.many]
    back = (entity.logical_name, new_id)
    if isinstance(child, Changes):
        child.lookups[relation.column] = back
        create(context, many, child)
    else:
        update(context, many, child[1], Changes(lookups={relation.column: back}))


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
        owner = changes.lookups.pop("ownerid", None) or ("systemuser", context.principal.user_id)
        holder = new_owner(context, entity, owner)
        if not covers(reach, holder):
            raise access_denied(context.principal, Right.CREATE, entity, new_id)
        row.update(ownership(context, holder))
    _append(context, entity, changes, holder)
    row.update(_lookup_values(entity, changes))
    _require_lookups(entity, row)
    check_keys(context, entity, new_id, row)
    row.update(status_values(entity, changes.values, None))
    row.update(_computed(context, entity, row))
    refuse_duplicates(context, entity, new_id, row)
    row.update(stamps(context, entity, created=True))
    context.session.run(table.insert().values({name: value for name, value in row.items() if name in table.c}))
    if changes.parties is not None:
        replace_parties(context, entity, new_id, changes.parties)
    _company_changed(context, entity)


def update(context: Context, entity: Entity, record_id: str, changes: Changes) -> None:
    """Change a row. Raises CrmError 400, 403, 404 or 412 (a key that another row has)."""
    context.reach(entity, Right.WRITE)
    if changes.parents or changes.children:
        raise bad_payload(
            entity, "Records can be nested only in new ones: update the related record on its own, or bind it."
        )
    with plugged(context, "Update", entity.logical_name, record_id, changes.names):
        _change(context, entity, record_id, changes)


def _change(context: Context, entity: Entity, record_id: str, changes: Changes) -> None:
    holder = require(context, entity, record_id, Right.WRITE)
    row: dict[str, Any] = dict(changes.values)
    owner, after = changes.lookups.pop("ownerid", None), None
    if owner is not None and owner[1] != holder.owner_id:
        require(context, entity, record_id, Right.ASSIGN)
        after = new_owner(context, entity, owner)
        row.update(ownership(context, after))
    _append(context, entity, changes, holder, record_id)
    row.update(_lookup_values(entity, changes))
    _keep_lookups(entity, row)
    check_keys(context, entity, record_id, row)
    table = entity.rows
    here = table.c[entity.primary_id] == record_id
    if {"statecode", "statuscode"} & row.keys():
        current = context.session.rows(select(table.c.statecode).where(here))[0][0]
        row.update(status_values(entity, changes.values, current))
    if {"firstname", "lastname"} & row.keys() and entity.logical_name in _PEOPLE:
        names = context.session.rows(select(table.c.firstname, table.c.lastname).where(here))[0]
        row["fullname"] = _fullname(row.get("firstname", names[0]), row.get("lastname", names[1]))
    refuse_duplicates(context, entity, record_id, row)
    row.update(stamps(context, entity))
    context.session.run(table.update().where(here).values(row))
    if changes.parties is not None:
        replace_parties(context, entity, record_id, changes.parties)
    elif after is not None and entity.is_kind:
        follow_owner(context, entity, record_id)
    if after is not None:
        handed_over(context, entity, record_id, holder, after)
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
            raise _missing(entity, column.name)


def _keep_lookups(entity: Entity, row: dict[str, Any]) -> None:
    for column in entity.lookups():
        if column.required and column.name in row and row[column.name] is None:
            raise _missing(entity, column.name)


def _missing(entity: Entity, column: str) -> Exception:
    return invalid_argument(f"Required field '{column}' is missing for entity '{entity.logical_name}'.")


def _computed(context: Context, entity: Entity, row: dict[str, Any]) -> dict[str, Any]:
    found = full_name_of(entity, row)
    if entity.logical_name == "incident":
        number = context.database.ticket_numbers.next()
        found["ticketnumber"] = f"CAS-{number:05d}-{uuid.uuid4().hex[:4].upper()}"
    return found


def full_name_of(entity: Entity, row: Mapping[str, Any]) -> dict[str, Any]:
    """The full name that the CRM puts together for a new row, where its table has one."""
    return {"fullname": _fullname(row.get("firstname"), row.get("lastname"))} if entity.logical_name in _PEOPLE else {}


def _fullname(first: str | None, last: str | None) -> str | None:
    return " ".join(part for part in (first, last) if part) or None


def _company_changed(context: Context, entity: Entity) -> None:
    if entity.logical_name in _COMPANY:
        context.directory.refresh(context.session.fetch)
