"""The second stage of security for single records: which rights somebody has on one row."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from localcrm.data.session import Session
from localcrm.schema.entity import Entity
from localcrm.security.principals import Principal
from localcrm.security.privileges import LISTED_RIGHTS, Right
from localcrm.security.reach import Reach, reach
from localcrm.webapi.context import Context
from localcrm.webapi.errors import access_denied, not_found


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose row it is: its owner and the owner's business unit (both None for tables without owners)."""

    owner_id: str | None
    unit_id: str | None


def holder_of(session: Session, entity: Entity, record_id: str) -> Holder | None:
    """The holder of a row, or None if there is no such row."""
    table = entity.rows
    columns = [table.c.ownerid, table.c.owningbusinessunit] if entity.is_user_owned else [table.c[entity.primary_id]]
    statement = select(*columns).where(table.c[entity.primary_id] == record_id)
    if entity.is_kind:
        statement = statement.where(table.c.activitytypecode == entity.logical_name)
    rows = session.rows(statement)
    if not rows:
        return None
    return Holder(rows[0][0], rows[0][1]) if entity.is_user_owned else Holder(None, None)


def shared_rights(session: Session, principal: Principal, entity: Entity, record_id: str) -> Right:
    """What was shared with the user or one of his teams."""
    shares = entity.catalogue.tables["principalobjectaccess"]
    statement = select(shares.c.accessrightsmask).where(
        shares.c.objectid == record_id, shares.c.principalid.in_(principal.owner_ids)
    )
    found = Right.NONE
    for (mask,) in session.rows(statement):
        found |= Right(mask)
    return found


def covers(found: Reach, holder: Holder) -> bool:
    """Whether a reach covers a row by ownership or business unit, sharing aside."""
    return found.everything or holder.owner_id in found.owners or holder.unit_id in found.units


def rights_on(session: Session, principal: Principal, entity: Entity, record_id: str) -> Right:
    """All rights of a user on a row. Raises CrmError 404."""
    holder = holder_of(session, entity, record_id)
    if holder is None:
        raise not_found(entity, record_id)
    shared = shared_rights(session, principal, entity, record_id) if entity.is_user_owned else Right.NONE
    found = Right.NONE
    for right in LISTED_RIGHTS:
        held = reach(principal, entity, right)
        if not held.nothing and (covers(held, holder) or shared & right):
            found |= right
    return found


def require(context: Context, entity: Entity, record_id: str, *rights: Right) -> Holder:
    """The holder of a row on which the caller has all ``rights``. Raises CrmError 403 (either stage) or 404."""
    reaches = {right: context.reach(entity, right) for right in rights}
    holder = holder_of(context.session, entity, record_id)
    if holder is None:
        raise not_found(entity, record_id)
    missing = [right for right, found in reaches.items() if not covers(found, holder)]
    if missing:
        shared = shared_rights(context.session, context.principal, entity, record_id)
        for right in missing:
            if not shared & right:
                raise access_denied(context.principal, right, entity, record_id)
    return holder
