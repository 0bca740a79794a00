"""Activity parties: who an activity is from and to, in the table that all kinds of activities share."""

from __future__ import annotations

from collections.abc import Iterator

from localcrm.schema.columns import Column, Kind, key, lookup, text
from localcrm.schema.common import OWNED
from localcrm.schema.entity import Entity, OnDelete, Relationship

PARTIES = {
    "account": "account_activity_parties",
    "contact": "contact_activity_parties",
    "lead": "lead_activity_parties",
    "systemuser": "system_user_activity_parties",
    "queue": "queue_activity_parties",
}
"""Who can be one, with the name of the collection on its side."""
WITH_PARTIES = ("email", "appointment", "phonecall")
SENDER, TO, CC, BCC = 1, 2, 3, 4
_ROLES = {
    **{SENDER: "Sender", TO: "To Recipient", CC: "CC Recipient", BCC: "BCC Recipient", 5: "Required attendee"},
    **{6: "Optional attendee", 7: "Organizer", 8: "Regarding", 9: "Owner", 10: "Resource", 11: "Customer"},
}

ACTIVITY_PARTY = Entity(
    logical_name="activityparty",
    set_name="activityparties",
    type_code=135,
    primary_name="addressused",
    privilege="Activity",
    columns=(
        key("activitypartyid"),
        lookup("activityid", "activitypointer", fixed=True),
        lookup("partyid", *PARTIES),
        Column("participationtypemask", Kind.PICKLIST, options=_ROLES),
        text("addressused", 320),
        Column("versionnumber", Kind.BIGINT, fixed=True),
        # As its activity: who may read the one may read the other.
        *OWNED,
    ),
    indexes=(("activityid",), ("partyid",), ("ownerid",), ("owningbusinessunit",), ("addressused",)),
)


def party_relationships() -> Iterator[Relationship]:
    """Parties go with their activity, and forget who they were when that record goes."""
    for kind in WITH_PARTIES:
        yield Relationship(
            f"{kind}_activity_parties",
            kind,
            "activityparty",
            "activityid",
            f"activityid_{kind}",
            OnDelete.CASCADE,
        )
    for one, name in PARTIES.items():
        yield Relationship(name, one, "activityparty", "partyid", f"partyid_{one}", OnDelete.UNLINK)
