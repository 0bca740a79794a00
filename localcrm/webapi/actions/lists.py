"""Who is on a marketing list."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from localcrm.schema.entity import Association, Entity
from localcrm.schema.marketing import MEMBER_TABLES
from localcrm.webapi.actions.invocation import Invocation, record_named
from localcrm.webapi.associating import associate, disassociate
from localcrm.webapi.context import Context
from localcrm.webapi.errors import invalid_argument, not_found
from localcrm.webapi.path import as_guid


def add_members(call: Invocation) -> None:
    """``AddListMembersList {List, Members: […]}``, or bound to the list. Raises CrmError 400, 403, 404."""
    list_id = _list(call)
    members = call.parameters.get("Members")
    if not isinstance(members, list) or not members:
        raise invalid_argument("Required parameter 'Members' is missing or is no list of records.")
    for member in members:
        entity, record_id = record_named(call.context, member, "Members")
        associate(call.context, _association(call.context, entity), call.context.catalogue["list"], list_id, record_id)


def add_member(call: Invocation) -> dict[str, Any]:
    """``AddMemberList {ListId, EntityId}``: the id of the membership. Raises CrmError 400, 403, 404."""
    context, list_id, record_id = call.context, _list(call), as_guid(str(call.parameters.get("EntityId", "")))
    if record_id is None:
        raise invalid_argument("Required parameter 'EntityId' is missing or is no GUID.")
    associate(context, _association_of(context, list_id), context.catalogue["list"], list_id, record_id)
    members = context.catalogue.tables["listmember"]
    here = (members.c.listid == list_id) & (members.c.entityid == record_id)
    return {"Id": context.session.rows(select(members.c.listmemberid).where(here))[0][0]}


def remove_member(call: Invocation) -> None:
    """``RemoveMemberList {ListId, EntityId}``. Raises CrmError 400, 403, 404."""
    context, list_id, record_id = call.context, _list(call), as_guid(str(call.parameters.get("EntityId", "")))
    if record_id is None:
        raise invalid_argument("Required parameter 'EntityId' is missing or is no GUID.")
    disassociate(context, _association_of(context, list_id), context.catalogue["list"], list_id, record_id)


def _list(call: Invocation) -> str:
    if call.bound is not None:
        return call.bound_to("list")
    if "List" in call.parameters:
        entity, list_id = call.record("List")
        if entity.logical_name == "list":
            return list_id
    found = as_guid(str(call.parameters.get("ListId", "")))
    if found is None:
        raise invalid_argument("Required parameter 'List' (or 'ListId') is missing or names no marketing list.")
    return found


def _association_of(context: Context, list_id: str) -> Association:
    table = context.catalogue["list"].rows
    rows = context.session.rows(select(table.c.createdfromcode).where(table.c.listid == list_id))
    if not rows:
        raise not_found(context.catalogue["list"], list_id)
    return _association(context, context.catalogue[MEMBER_TABLES[rows[0][0]]])


def _association(context: Context, entity: Entity) -> Association:
    found = context.catalogue["list"].collections.get(f"list{entity.logical_name}_association")
    if not isinstance(found, Association):
        raise invalid_argument(f"A {entity.logical_name} cannot be a member of a marketing list.")
    return found
