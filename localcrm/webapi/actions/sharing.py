"""Sharing records with users and teams."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from localcrm.security.privileges import Right, describe, parse_rights
from localcrm.webapi.access import require, rights_on
from localcrm.webapi.actions.invocation import Invocation, record_named
from localcrm.webapi.errors import CrmError, invalid_argument, not_found
from localcrm.webapi.messages import Json
from localcrm.webapi.shares import share


def retrieve_shared(call: Invocation) -> dict[str, Any]:
    """``RetrieveSharedPrincipalsAndAccess``. Raises CrmError 400, 403, 404."""
    entity, record_id = call.record("Target")
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


def grant_access(call: Invocation) -> None:
    """``GrantAccess``: adds to what is shared already. Raises CrmError 400, 403, 404."""
    _share(call, *_principal_access(call), replacing=False)


def modify_access(call: Invocation) -> None:
    """``ModifyAccess``: replaces what is shared. Raises CrmError 400, 403, 404."""
    _share(call, *_principal_access(call), replacing=True)


def revoke_access(call: Invocation) -> None:
    """``RevokeAccess``. Raises CrmError 400, 403, 404."""
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
    entity, record_id = call.record("Target")
    require(context, entity, record_id, Right.SHARE)
    if wanted & ~rights_on(context.session, context.principal, entity, record_id):
        raise CrmError(
            403, "0x80048306", f"The user with id {context.principal.user_id} cannot share more than he holds."
        )
    principal, principal_id = record_named(context, grantee, "Principal")
    if context.directory.unit_of(principal_id) is None:
        raise not_found(principal, principal_id)
    share(context, entity, record_id, (principal.logical_name, principal_id), wanted, replacing=replacing)
