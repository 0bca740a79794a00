"""Many-to-many: putting two records together and taking them apart, and what the CRM counts along with it."""

from __future__ import annotations

import uuid

from sqlalchemy import func, select

from localcrm.schema.entity import Association, Entity
from localcrm.schema.marketing import MEMBER_TABLES
from localcrm.security.privileges import Right
from localcrm.webapi.access import require
from localcrm.webapi.context import Context
from localcrm.webapi.errors import invalid_argument

#: Associations the directory keeps in memory; it is read again when they change.
_COMPANY = frozenset({"systemuserroles", "teamroles", "teammembership", "roleprivileges"})


def associate(context: Context, association: Association, entity: Entity, record_id: str, other_id: str) -> None:
    """Put two records together; once more changes nothing. Raises CrmError 400, 403, 404."""
    own, others, other = association.seen_from(entity.logical_name)
    require(context, entity, record_id, Right.APPEND)
    require(context, entity.catalogue[other], other_id, Right.APPEND_TO)
    _fitting(context, association, {own: record_id, others: other_id})
    table = entity.catalogue.tables[association.table]
    if context.session.rows(select(table.c[own]).where(table.c[own] == record_id, table.c[others] == other_id)):
        return
    row = {f"{association.table}id": str(uuid.uuid4()), own: record_id, others: other_id}
    if association.type_column:
        row[association.type_column] = association.second
    context.session.run(table.insert().values(row))
    _changed(context, association, {own: record_id, others: other_id})


def disassociate(context: Context, association: Association, entity: Entity, record_id: str, other_id: str) -> None:
    """Take two records apart; those that are apart stay so. Raises CrmError 403, 404."""
    own, others, other = association.seen_from(entity.logical_name)
    require(context, entity, record_id, Right.APPEND)
    require(context, entity.catalogue[other], other_id, Right.APPEND_TO)
    table = entity.catalogue.tables[association.table]
    context.session.run(table.delete().where(table.c[own] == record_id, table.c[others] == other_id))
    _changed(context, association, {own: record_id, others: other_id})


def forget(context: Context, entity: Entity, record_id: str) -> None:
    """Take a record that is being deleted out of all its associations, without a check."""
    for association in entity.associations:
        own, others, _ = association.seen_from(entity.logical_name)
        table = entity.catalogue.tables[association.table]
        met = [row[0] for row in context.session.rows(select(table.c[others]).where(table.c[own] == record_id))]
        if met:
            context.session.run(table.delete().where(table.c[own] == record_id))
            for other_id in met:
                _changed(context, association, {own: record_id, others: other_id})


def _fitting(context: Context, association: Association, keys: dict[str, str]) -> None:
    """A marketing list takes what it was made for, and only while its members are picked by hand."""
    if association.table != "listmember":
        return
    lists = context.catalogue["list"].rows
    kind, is_dynamic, is_locked = context.session.rows(
        select(lists.c.createdfromcode, lists.c.type, lists.c.lockstatus).where(lists.c.listid == keys["listid"])
    )[0]
    if MEMBER_TABLES.get(kind) != association.second:
        raise invalid_argument(f"A {association.second} cannot be a member of a list of {MEMBER_TABLES.get(kind)}s.")
    if is_dynamic or is_locked:
        raise invalid_argument("Members cannot be added to a list that is dynamic or locked.")


def _changed(context: Context, association: Association, keys: dict[str, str]) -> None:
    if association.table in _COMPANY:
        context.directory.refresh(context.session.fetch)
    if association.table == "listmember":
        members, lists = context.catalogue.tables["listmember"], context.catalogue["list"].rows
        here = members.c.listid == keys["listid"]
        counted = context.session.rows(select(func.count()).select_from(members).where(here))[0][0]
        context.session.run(
            lists.update()
            .where(lists.c.listid == keys["listid"])
            .values(membercount=counted, versionnumber=context.database.versions.next())
        )
