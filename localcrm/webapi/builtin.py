"""The functions and actions that belong to the Web API itself."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import select

from localcrm.data.generation.company import ORGANIZATION_ID
from localcrm.schema.entity import Entity
from localcrm.security.privileges import Right, describe, parse_rights
from localcrm.webapi.access import require, rights_on
from localcrm.webapi.closing import close_incident, lose_opportunity, win_opportunity
from localcrm.webapi.context import Context
from localcrm.webapi.errors import CrmError, invalid_argument, not_found
from localcrm.webapi.messages import Bound, Json
from localcrm.webapi.path import as_guid
from localcrm.webapi.payload import parse_reference
from localcrm.webapi.writing import now

VERSIONS = {"cloud-9.2": "9.2.24034.174", "onprem-9.1": "9.1.0.0", "ifd-9.1": "9.1.0.0"}


@dataclass(frozen=True, slots=True)
class Invocation:
    """One call of a built-in message."""

    context: Context
    parameters: Mapping[str, Json]
    bound: Bound | None


#: The body of the answer, or None for 204.
Builtin: TypeAlias = Callable[[Invocation], dict[str, Any] | None]


def _who_am_i(call: Invocation) -> dict[str, Any]:
    principal = call.context.principal
    return {
        "BusinessUnitId": principal.business_unit_id,
        "UserId": principal.user_id,
        "OrganizationId": ORGANIZATION_ID,
    }


def _retrieve_version(call: Invocation) -> dict[str, Any]:
    return {"Version": VERSIONS[call.context.call.flavour]}


def _retrieve_current_organization(call: Invocation) -> dict[str, Any]:
    version = VERSIONS[call.context.call.flavour]
    detail = {
        "OrganizationId": ORGANIZATION_ID,
        "FriendlyName": "Contoso",
        "OrganizationVersion": version,
        "UniqueName": "contoso",
        "UrlName": "contoso",
        "State": "Enabled",
    }
    return {"Detail": detail}


def _retrieve_user_privileges(call: Invocation) -> dict[str, Any]:
    bound = _bound(call, "systemuser")
    if bound.record_id != call.context.principal.user_id:
        call.context.reach(call.context.catalogue["systemuser"], Right.READ)
    principal = call.context.directory.by_id(bound.record_id)
    if principal is None:
        raise not_found(call.context.catalogue["systemuser"], bound.record_id)
    held = [
        {
            "Depth": depth.label,
            "PrivilegeId": call.context.directory.privileges[name].privilege_id,
            "BusinessUnitId": principal.business_unit_id,
            "PrivilegeName": call.context.directory.privileges[name].name,
        }
        for name, depth in sorted(principal.privileges.items())
    ]
    return {"RolePrivileges": held}


def _retrieve_role_privileges(call: Invocation) -> dict[str, Any]:
    role_id = as_guid(str(call.parameters.get("RoleId", "")))
    table = call.context.catalogue.tables["role"]
    call.context.reach(call.context.catalogue["role"], Right.READ)
    rows = call.context.session.rows(select(table.c.name, table.c.businessunitid).where(table.c.roleid == role_id))
    if not rows:
        raise not_found(call.context.catalogue["role"], str(role_id))
    name, unit = rows[0]
    is_cloud = call.context.call.flavour == "cloud-9.2"
    held = [
        {
            "Depth": depth.label,
            "PrivilegeId": call.context.directory.privileges[privilege].privilege_id,
            "BusinessUnitId": unit,
            **({"PrivilegeName": call.context.directory.privileges[privilege].name} if is_cloud else {}),
        }
        for privilege, depth in sorted(call.context.directory.role_grants(name).items())
    ]
    return {"RolePrivileges": held}


def _retrieve_principal_access(call: Invocation) -> dict[str, Any]:
    bound = _bound(call, "systemuser")
    entity, record_id = _record(call.context, call.parameters.get("Target"), "Target")
    principal = call.context.directory.by_id(bound.record_id)
    if principal is None:
        raise not_found(call.context.catalogue["systemuser"], bound.record_id)
    return {"AccessRights": describe(rights_on(call.context.session, principal, entity, record_id))}


def _retrieve_shared(call: Invocation) -> dict[str, Any]:
    entity, record_id = _record(call.context, call.parameters.get("Target"), "Target")
    require(call.context, entity, record_id, Right.READ)
    shares = call.context.catalogue.tables["principalobjectaccess"]
    rows = call.context.session.rows(
        select(shares.c.principalid, shares.c.principaltypecode, shares.c.accessrightsmask).where(
            shares.c.objectid == record_id
        )
    )
    listed = [
        {
            "AccessMask": describe(Right(mask)),
            "Principal": {"@odata.type": f"#Microsoft.Dynamics.CRM.{kind}", "ownerid": holder},
        }
        for holder, kind, mask in rows
    ]
    return {"PrincipalAccesses": listed}


def _grant_access(call: Invocation) -> None:
    _share(call, *_principal_access(call), replacing=False)


def _modify_access(call: Invocation) -> None:
    _share(call, *_principal_access(call), replacing=True)


def _revoke_access(call: Invocation) -> None:
    _share(call, call.parameters.get("Revokee"), Right.NONE, replacing=True)


def _principal_access(call: Invocation) -> tuple[Json, Right]:
    access = call.parameters.get("PrincipalAccess")
    if not isinstance(access, dict):
        raise invalid_argument("Required parameter 'PrincipalAccess' is missing.")
    try:
        return access.get("Principal"), parse_rights(str(access.get("AccessMask", "")))
    except ValueError as error:
        raise invalid_argument(str(error)) from error


def _share(call: Invocation, grantee: Json, wanted: Right, *, replacing: bool) -> None:
    """Share a record, within what the sharer holds himself."""
    context = call.context
    entity, record_id = _record(call.context, call.parameters.get("Target"), "Target")
    require(context, entity, record_id, Right.SHARE)
    if wanted & ~rights_on(context.session, context.principal, entity, record_id):
        raise CrmError(
            403, "0x80048306", f"The user with id {context.principal.user_id} cannot share more than he holds."
        )
    principal, principal_id = _record(context, grantee, "Principal")
    if context.directory.unit_of(principal_id) is None:
        raise not_found(principal, principal_id)
    shares = call.context.catalogue.tables["principalobjectaccess"]
    here = (shares.c.objectid == record_id) & (shares.c.principalid == principal_id)
    rows = context.session.rows(select(shares.c.accessrightsmask).where(here))
    mask = int(wanted) if replacing or not rows else int(wanted) | rows[0][0]
    stamp = {"accessrightsmask": mask, "changedon": now(), "versionnumber": context.database.versions.next()}
    if not mask:
        context.session.run(shares.delete().where(here))
    elif rows:
        context.session.run(shares.update().where(here).values(stamp))
    else:
        context.session.run(
            shares.insert().values(
                principalobjectaccessid=str(uuid.uuid4()),
                objectid=record_id,
                objecttypecode=entity.logical_name,
                principalid=principal_id,
                principaltypecode=principal.logical_name,
                **stamp,
            )
        )


def _record(context: Context, value: Json, name: str) -> tuple[Entity, str]:
    """A record as functions (``@odata.id``) and actions (``@odata.type`` with its key) name it. Raises CrmError 400."""
    if isinstance(value, dict):
        if "@odata.id" in value:
            return parse_reference(context.catalogue["account"], value["@odata.id"])
        entity = context.catalogue.get(str(value.get("@odata.type", "")).rpartition(".")[2])
        record_id = as_guid(str(value.get(entity.primary_id, value.get("ownerid", "")))) if entity else None
        if entity is not None and record_id is not None:
            return entity, record_id
    raise invalid_argument(f"Required parameter '{name}' is missing or is no reference to a record.")


def _bound(call: Invocation, logical_name: str) -> Bound:
    if call.bound is None or call.bound.logical_name != logical_name:
        raise invalid_argument(
            f"This message is bound to {logical_name}: call {call.context.catalogue[logical_name].set_name}(id)/…"
        )
    return call.bound


#: Read-only messages, called by GET.
FUNCTIONS: dict[str, Builtin] = {
    "WhoAmI": _who_am_i,
    "RetrieveVersion": _retrieve_version,
    "RetrieveCurrentOrganization": _retrieve_current_organization,
    "RetrieveUserPrivileges": _retrieve_user_privileges,
    "RetrieveRolePrivilegesRole": _retrieve_role_privileges,
    "RetrievePrincipalAccess": _retrieve_principal_access,
    "RetrieveSharedPrincipalsAndAccess": _retrieve_shared,
}


def _closing(act: Callable[[Context, Mapping[str, Json]], None]) -> Builtin:
    def run(call: Invocation) -> None:
        act(call.context, call.parameters)

    return run


#: Messages that write, called by POST, each in one transaction.
ACTIONS: dict[str, Builtin] = {
    "GrantAccess": _grant_access,
    "ModifyAccess": _modify_access,
    "RevokeAccess": _revoke_access,
    "CloseIncident": _closing(close_incident),
    "WinOpportunity": _closing(win_opportunity),
    "LoseOpportunity": _closing(lose_opportunity),
}
