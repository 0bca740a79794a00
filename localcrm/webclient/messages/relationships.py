"""``RelationshipDefinitions``: which tables point to which, as the client asks after a save."""

from __future__ import annotations

import re

from localcrm.schema.relationships import RELATIONSHIPS
from localcrm.webapi.messages import Json, MessageAnswer, MessageCall

_REFERENCED = re.compile(r"ReferencedEntity\s+eq\s+'([a-z_]+)'")


def relationship_definitions(call: MessageCall) -> MessageAnswer:
    """All one-to-many relationships, or those of the table that ``$filter`` names as ``ReferencedEntity``."""
    named = _REFERENCED.search(call.options.get("$filter", ""))
    rows: list[Json] = [
        {
            "@odata.type": "#Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata",
            "SchemaName": relationship.name,
            "RelationshipType": "OneToManyRelationship",
            "ReferencedEntity": relationship.one,
            "ReferencingEntity": relationship.many,
            "ReferencingAttribute": relationship.column,
        }
        for relationship in RELATIONSHIPS
        if named is None or relationship.one == named[1]
    ]
    return MessageAnswer(body={"value": rows})
