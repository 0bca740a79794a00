"""Writing who an activity is from and to: always all parties together, as clients send them (wire facts 1.7)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from localcrm.schema.entity import Entity
from localcrm.schema.parties import SENDER, TO
from localcrm.security.privileges import Right
from localcrm.webapi.access import require
from localcrm.webapi.context import Context
from localcrm.webapi.deleting import remove
from localcrm.webapi.errors import bad_payload

if TYPE_CHECKING:
    from localcrm.webapi.payload import Changes

TABLE = "activityparty"
_OWNERSHIP = ("ownerid", "owninguser", "owningteam", "owningbusinessunit")
_ADDRESSES = ("emailaddress1", "internalemailaddress", "emailaddress")


def is_party_list(entity: Entity, name: str) -> bool:
    """Whether a property holds an activity's parties: ``email_activity_parties``."""
    relation = entity.collections.get(name)
    return name == f"{entity.logical_name}_activity_parties" and relation is not None


def replace_parties(context: Context, activity: Entity, activity_id: str, parties: Sequence[Changes]) -> None:
    """The activity's parties are these. Raises CrmError 400, 403 or 404 for one that is nobody."""
    table = context.catalogue[TABLE]
    rows = table.rows
    for (old,) in context.session.rows(select(rows.c.activitypartyid).where(rows.c.activityid == activity_id)):
        remove(context, table, old)
    written = [_row(context, table, party) for party in parties]
    for row in written:
        context.session.run(rows.insert().values(**row, activityid=activity_id))
    follow_owner(context, activity, activity_id)
    if activity.logical_name == "email":
        _name_both_sides(context, activity, activity_id, written)


def follow_owner(context: Context, activity: Entity, activity_id: str) -> None:
    """The parties belong to whom their activity belongs to."""
    held, rows = activity.rows, context.catalogue[TABLE].rows
    here = held.c[activity.primary_id] == activity_id
    (owner,) = context.session.rows(select(*(held.c[name] for name in _OWNERSHIP)).where(here))
    values = dict(zip(_OWNERSHIP, owner, strict=True))
    context.session.run(rows.update().where(rows.c.activityid == activity_id).values(**values))


def _row(context: Context, table: Entity, party: Changes) -> dict[str, Any]:
    who = party.lookups.get("partyid")
    address = party.values.get("addressused")
    if who is None and not address:
        raise bad_payload(table, "An activity party needs a record (partyid_contact@odata.bind …) or an addressused.")
    if who is not None:
        entity = context.catalogue[who[0]]
        require(context, entity, who[1], Right.READ)
        address = address or _address(context, entity, who[1])
    return {
        "activitypartyid": party.record_id or str(uuid.uuid4()),
        "partyid": who[1] if who else None,
        "partyidtype": who[0] if who else None,
        "participationtypemask": party.values.get("participationtypemask") or TO,
        "addressused": address,
        "versionnumber": context.database.versions.next(),
    }


def _address(context: Context, entity: Entity, record_id: str) -> str | None:
    column = next((name for name in _ADDRESSES if name in entity.by_name), None)
    if column is None:
        return None
    rows = entity.rows
    found = context.session.rows(select(rows.c[column]).where(rows.c[entity.primary_id] == record_id))
    return str(found[0][0]) if found and found[0][0] else None


def _name_both_sides(context: Context, email: Entity, email_id: str, parties: Sequence[dict[str, Any]]) -> None:
    """``sender`` and ``torecipients``, as the CRM derives them."""
    named = {
        mask: [p["addressused"] for p in parties if p["participationtypemask"] == mask and p["addressused"]]
        for mask in (SENDER, TO)
    }
    values = {"sender": next(iter(named[SENDER]), None), "torecipients": "".join(f"{a};" for a in named[TO]) or None}
    rows = email.rows
    context.session.run(rows.update().where(rows.c[email.primary_id] == email_id).values(**values))
