"""Acting for somebody else: ``CallerObjectId`` and ``MSCRMCallerID`` (wire facts 1.2)."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from localcrm.data.database import Database
from localcrm.webapi.errors import CrmError
from localcrm.webapi.exchange import Call
from localcrm.webapi.path import as_guid

_PRIVILEGE = "prvactonbehalfofanotheruser"
_HEADERS = ("callerobjectid", "mscrmcallerid")


def impersonated(database: Database, call: Call) -> Call:
    """The call as made by the user its headers name, with the rights that both have; without headers the call itself.

    Raises CrmError 403 without the privilege to act for others, 400 for an id that is no enabled user's.
    """
    header = next((name for name in _HEADERS if call.headers.get(name)), None)
    if header is None:
        return call
    if _PRIVILEGE not in call.principal.privileges:
        raise CrmError(403, "0x8004a110", "User does not have the privilege to act on behalf another user.")
    wanted = as_guid(call.headers[header])
    if wanted is not None and header == "callerobjectid":
        wanted = _by_object_id(database, wanted)
    user = database.directory.by_id(wanted) if wanted else None
    if user is None:
        raise CrmError(400, "0x80040204", f"Invalid user id: {call.headers[header]} is no enabled user.")
    return replace(call, principal=database.directory.acting_for(call.principal, user))


def _by_object_id(database: Database, object_id: str) -> str | None:
    users = database.catalogue["systemuser"].rows
    here = users.c.azureactivedirectoryobjectid == object_id
    rows = database.reader().rows(select(users.c.systemuserid).where(here))
    return str(rows[0][0]) if rows else None
