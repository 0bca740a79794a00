"""Every table of the CRM, found by logical name, by entity set, or along a relationship."""

from __future__ import annotations

from dataclasses import dataclass

from localcrm.schema.activities import ACTIVITY, KIND_ENTITIES
from localcrm.schema.business import ANNOTATION, INCIDENT, OPPORTUNITY
from localcrm.schema.columns import Column, Kind
from localcrm.schema.company import (
    BUSINESS_UNIT,
    PRIVILEGE,
    ROLE,
    ROLE_PRIVILEGES,
    SHARE,
    SYSTEM_USER,
    SYSTEM_USER_ROLES,
    TEAM,
    TEAM_MEMBERSHIP,
    TEAM_ROLES,
)
from localcrm.schema.customers import ACCOUNT, CONTACT
from localcrm.schema.entity import Association, Entity, Relationship
from localcrm.schema.platform import AUDIT, CURRENCY, ORGANIZATION, QUEUE, SAVED_QUERY
from localcrm.schema.relationships import ASSOCIATIONS, RELATIONSHIPS

ENTITIES: tuple[Entity, ...] = (
    ORGANIZATION,
    CURRENCY,
    BUSINESS_UNIT,
    SYSTEM_USER,
    TEAM,
    ROLE,
    PRIVILEGE,
    ROLE_PRIVILEGES,
    SYSTEM_USER_ROLES,
    TEAM_ROLES,
    TEAM_MEMBERSHIP,
    SHARE,
    SAVED_QUERY,
    QUEUE,
    AUDIT,
    ACCOUNT,
    CONTACT,
    OPPORTUNITY,
    INCIDENT,
    ACTIVITY,
    *KIND_ENTITIES,
    ANNOTATION,
)

BY_NAME: dict[str, Entity] = {entity.logical_name: entity for entity in ENTITIES}
BY_SET: dict[str, Entity] = {entity.set_name: entity for entity in ENTITIES}

#: Collections of an entity: name -> relationship or association.
COLLECTIONS: dict[str, dict[str, Relationship | Association]] = {name: {} for name in BY_NAME}
#: Rows that go, are unlinked or forbid it when a row of an entity is deleted.
DEPENDENTS: dict[str, list[Relationship]] = {name: [] for name in BY_NAME}

for _relationship in RELATIONSHIPS:
    COLLECTIONS[_relationship.one][_relationship.name] = _relationship
    DEPENDENTS[_relationship.one].append(_relationship)
for _association in ASSOCIATIONS:
    COLLECTIONS[_association.first][_association.name] = _association
    COLLECTIONS[_association.second][_association.name] = _association


@dataclass(frozen=True, slots=True)
class Reference:
    """A single-valued navigation property: the lookup it goes along and the one table it leads to."""

    name: str
    column: Column
    target: Entity


def reference_name(entity: Entity, column: Column, target: str) -> str:
    """The navigation property of a lookup towards one target, as ``@odata.bind`` and annotations spell it."""
    if not column.is_polymorphic or column.kind is Kind.OWNER:
        return column.name
    if column.name == "regardingobjectid" and entity.is_kind:
        return f"{column.name}_{target}_{entity.logical_name}"
    return f"{column.name}_{target}"


def _references(entity: Entity) -> dict[str, Reference]:
    found: dict[str, Reference] = {}
    for column in entity.lookups():
        for target in column.targets:
            name = reference_name(entity, column, target)
            found.setdefault(name, Reference(name, column, BY_NAME[target]))
    return found


REFERENCES: dict[str, dict[str, Reference]] = {entity.logical_name: _references(entity) for entity in ENTITIES}
