"""All tables of one CRM, found by logical name, by entity set, or along a relationship."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from localcrm.schema.entity import Association, Entity, Reference, Relationship
from localcrm.schema.tables import Tables


class Catalogue:
    """The tables of one CRM and how they hang together; never changed once it is made.

    The entities in it are copies that know their catalogue, so two CRMs in one process do not see each other's tables.
    """

    def __init__(
        self, entities: Sequence[Entity], relationships: Sequence[Relationship], associations: Sequence[Association]
    ) -> None:
        """Relationships and associations may only name tables among ``entities``."""
        self.relationships = tuple(relationships)
        self.associations = tuple(associations)
        self._by_name = {entity.logical_name: replace(entity, home=self) for entity in entities}
        self._by_set = {entity.set_name: entity for entity in self._by_name.values()}

    def __getitem__(self, logical_name: str) -> Entity:
        return self._by_name[logical_name]

    def __iter__(self) -> Iterator[Entity]:
        return iter(self._by_name.values())

    def get(self, logical_name: str) -> Entity | None:
        """The table with a logical name, or None."""
        return self._by_name.get(logical_name)

    def by_set(self, set_name: str) -> Entity | None:
        """The table behind an entity set (``accounts``), or None."""
        return self._by_set.get(set_name)

    @cached_property
    def collections(self) -> dict[str, dict[str, Relationship | Association]]:
        """Collections of every table, by their names."""
        found: dict[str, dict[str, Relationship | Association]] = {name: {} for name in self._by_name}
        for relationship in self.relationships:
            found[relationship.one][relationship.name] = relationship
        for association in self.associations:
            found[association.first][association.name] = association
            found[association.second][association.name] = association
        return found

    @cached_property
    def dependents(self) -> dict[str, list[Relationship]]:
        """By table: the relationships whose rows go, are unlinked or forbid it when one of its rows is deleted."""
        found: dict[str, list[Relationship]] = {name: [] for name in self._by_name}
        for relationship in self.relationships:
            found[relationship.one].append(relationship)
        return found

    @cached_property
    def references(self) -> dict[str, dict[str, Reference]]:
        """Single-valued navigation properties of every table, by their names."""
        return {name: _references(entity) for name, entity in self._by_name.items()}

    @cached_property
    def tables(self) -> Tables:
        """The same as tables of a database."""
        return Tables(list(self), self.relationships)

    def extended(
        self, entities: Sequence[Entity], relationships: Sequence[Relationship], associations: Sequence[Association]
    ) -> Catalogue:
        """A new catalogue with more tables, or tables that replace the ones of the same name."""
        kept = {entity.logical_name: entity for entity in (*self, *entities)}
        return Catalogue(
            list(kept.values()),
            (*self.relationships, *relationships),
            (*self.associations, *associations),
        )


def _references(entity: Entity) -> dict[str, Reference]:
    found: dict[str, Reference] = {}
    for column in entity.lookups():
        for target in column.targets:
            name = entity.reference_name(column, target)
            found.setdefault(name, Reference(name, column, entity.catalogue[target]))
    return found
