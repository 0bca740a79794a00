"""Who asks, what the organisation is, and who may do what."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from localcrm.data.generation.company import ORGANIZATION_ID
from localcrm.security.privileges import Right, describe
from localcrm.webapi.access import rights_on
from localcrm.webapi.actions.invocation import Invocation
from localcrm.webapi.errors import not_found
from localcrm.webapi.path import as_guid

VERSIONS = {"cloud-9.2": "9.2.24034.174", "onprem-9.1": "9.1.0.0", "ifd-9.1": "9.1.0.0"}
#: Where each service of an organisation is, below its address.
_ENDPOINTS = {
    "WebApplication": "",
    "OrganizationService": "XRMServices/2011/Organization.svc",
    "OrganizationDataService": "XRMServices/2011/OrganizationData.svc",
}


def who_am_i(call: Invocation) -> dict[str, Any]:
    """``WhoAmI``: needs no privilege."""
    principal = call.context.principal
    return {
        "BusinessUnitId": principal.business_unit_id,
        "UserId": principal.user_id,
        "OrganizationId": ORGANIZATION_ID,
    }


def retrieve_languages(_: Invocation) -> dict[str, Any]:
    """``RetrieveAvailableLanguages``: English is the only one."""
    return {"LocaleIds": [1033]}


def retrieve_version(call: Invocation) -> dict[str, Any]:
    """``RetrieveVersion``"""
    return {"Version": _version(call)}


def _version(call: Invocation) -> str:
    """Microsoft's in the cloud; on servers of its own the one that the organisation was brought to."""
    if call.context.call.flavour == "cloud-9.2":
        return VERSIONS["cloud-9.2"]
    organization = call.context.catalogue.tables["organization"]
    return str(call.context.session.rows(select(organization.c.version))[0][0])


def retrieve_current_organization(call: Invocation) -> dict[str, Any]:
    """``RetrieveCurrentOrganization``"""
    flavour = call.context.call.flavour
    base = call.context.call.root.partition("api/data/")[0]
    detail: dict[str, Any] = {
        "OrganizationId": ORGANIZATION_ID,
        "FriendlyName": "Contoso",
        "OrganizationVersion": _version(call),
        "UniqueName": "contoso",
        "UrlName": "contoso",
        "State": "Enabled",
        "Endpoints": {
            "Count": len(_ENDPOINTS),
            "IsReadOnly": False,
            "Keys": list(_ENDPOINTS),
            "Values": [base + path for path in _ENDPOINTS.values()],
        },
    }
    if flavour == "cloud-9.2":
        detail |= {"EnvironmentId": ORGANIZATION_ID, "Geo": "EMEA"}
    return {"Detail": detail}


def retrieve_user_privileges(call: Invocation) -> dict[str, Any]:
    """``systemusers(id)/RetrieveUserPrivileges``. Raises CrmError 400, 403, 404."""
    user_id = call.bound_to("systemuser")
    if user_id != call.context.principal.user_id:
        call.context.reach(call.context.catalogue["systemuser"], Right.READ)
    principal = call.context.directory.by_id(user_id)
    if principal is None:
        raise not_found(call.context.catalogue["systemuser"], user_id)
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


def retrieve_role_privileges(call: Invocation) -> dict[str, Any]:
    """``RetrieveRolePrivilegesRole``: without names on premises. Raises CrmError 403, 404."""
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


def retrieve_principal_access(call: Invocation) -> dict[str, Any]:
    """``systemusers(id)/RetrievePrincipalAccess``. Raises CrmError 400, 404."""
    user_id = call.bound_to("systemuser")
    entity, record_id = call.record("Target")
    principal = call.context.directory.by_id(user_id)
    if principal is None:
        raise not_found(call.context.catalogue["systemuser"], user_id)
    return {"AccessRights": describe(rights_on(call.context.session, principal, entity, record_id))}
