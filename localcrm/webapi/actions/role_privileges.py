"""Giving privileges to roles and taking them: effective once it is committed, and kept over a restart."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from functools import partial
from typing import Any

from sqlalchemy import select

from localcrm.security.depths import Depth
from localcrm.security.privileges import Privilege, Right
from localcrm.webapi.access import require
from localcrm.webapi.actions.invocation import Invocation
from localcrm.webapi.errors import CrmError, invalid_argument


def add_privileges(call: Invocation) -> None:
    """``roles(id)/AddPrivilegesRole``: those it has already get the new depth. Raises CrmError 400, 403, 404."""
    role_id = _role(call)
    _set(call, role_id, _wanted(call))


def replace_privileges(call: Invocation) -> None:
    """``roles(id)/ReplacePrivilegesRole``: it has these and no others. Raises CrmError 400, 403, 404."""
    role_id = _role(call)
    wanted = _wanted(call)
    held = call.context.directory.role_grants(_name(call, role_id))
    gone = {call.context.directory.privileges[name]: Depth.NONE for name in held}
    _set(call, role_id, gone | wanted)


def remove_privilege(call: Invocation) -> None:
    """``roles(id)/RemovePrivilegeRole``. Raises CrmError 400, 403, 404."""
    role_id = _role(call)
    _set(call, role_id, {_known(call, call.parameters.get("PrivilegeId")): Depth.NONE})


def _role(call: Invocation) -> str:
    role_id = call.bound_to("role")
    require(call.context, call.context.catalogue["role"], role_id, Right.WRITE)
    return role_id


def _name(call: Invocation, role_id: str) -> str:
    roles = call.context.catalogue.tables["role"]
    return str(call.context.session.rows(select(roles.c.name).where(roles.c.roleid == role_id))[0][0])


def _wanted(call: Invocation) -> dict[Privilege, Depth]:
    listed = call.parameters.get("Privileges")
    if not isinstance(listed, list):
        raise invalid_argument("Required parameter 'Privileges' is missing or is no list of RolePrivilege.")
    found = {}
    for item in listed:
        if not isinstance(item, dict):
            raise invalid_argument("Each of 'Privileges' must be a RolePrivilege.")
        try:
            found[_known(call, item.get("PrivilegeId"))] = Depth.parse(str(item.get("Depth")))
        except ValueError as error:
            raise invalid_argument(f"Privileges: {error}") from error
    return found


def _known(call: Invocation, privilege_id: Any) -> Privilege:
    wanted = str(privilege_id).lower()
    for privilege in call.context.directory.privileges.values():
        if privilege.privilege_id == wanted:
            return privilege
    raise CrmError(404, "0x80040217", f"Privilege With Id = {privilege_id} Does Not Exist")


def _set(call: Invocation, role_id: str, wanted: Mapping[Privilege, Depth]) -> None:
    table, name = call.context.catalogue.tables["roleprivileges"], _name(call, role_id)
    for privilege, depth in wanted.items():
        here = (table.c.roleid == role_id, table.c.privilegeid == privilege.privilege_id)
        call.context.session.run(table.delete().where(*here))
        if depth:
            row = {"roleid": role_id, "privilegeid": privilege.privilege_id, "privilegedepthmask": depth.mask}
            call.context.session.run(table.insert().values(roleprivilegesid=str(uuid.uuid4()), **row))
        change = partial(call.context.directory.change_privilege, name, privilege.name, depth)
        call.context.session.afterwards.append(change)
