"""A catalogue as SQLAlchemy Core tables with their indexes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Column, Float, Index, Integer, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import CITEXT
from sqlalchemy.types import TypeEngine

from localcrm.schema.activities import ACTIVITY, ACTIVITY_COLUMNS
from localcrm.schema.columns import Column as Attribute
from localcrm.schema.columns import Kind
from localcrm.schema.entity import Entity, Relationship

#: Counted up whenever tables, indexes or generated data change, so that an older database is not reused.
SCHEMA_VERSION = 14

#: Ids, dates and the like: compared byte by byte everywhere, whatever the language of a PostgreSQL database is.
PLAIN = Text().with_variant(Text(collation="C"), "postgresql")


class Tables:
    """Every table by logical name; a kind of a shared table leads to that one.

    ``indexes`` are meant to be built after the rows are in, which is much faster.
    """

    def __init__(self, entities: Sequence[Entity], relationships: Sequence[Relationship]) -> None:
        self.metadata = MetaData()
        whole = [entity for entity in entities if not entity.is_kind]
        self._tables = {entity.logical_name: _table(entity, self.metadata) for entity in whole}
        self._tables.update({e.logical_name: self._tables[e.table] for e in entities if e.is_kind})
        holders = {entity.logical_name: entity.table for entity in entities}
        self.indexes: list[Index] = [
            _index(self._tables[entity.logical_name], names)
            for entity in whole
            for names in sorted(_indexes(entity, [r for r in relationships if holders[r.many] == entity.logical_name]))
        ]

    def __getitem__(self, logical_name: str) -> Table:
        return self._tables[logical_name]


def stored_columns(entity: Entity) -> list[tuple[str, Attribute]]:
    """Names in the database, in order, each with the attribute it belongs to (type columns follow their lookup)."""
    stored: list[tuple[str, Attribute]] = []
    for attribute in _attributes(entity):
        stored.append((attribute.name, attribute))
        if attribute.type_column:
            stored.append((attribute.type_column, Attribute(attribute.type_column, Kind.KEY)))
    return stored


def _type(column: Attribute) -> TypeEngine[Any]:
    if column.is_text:
        return Text(collation="NOCASE").with_variant(CITEXT(collation="C"), "postgresql")
    if column.kind in (Kind.MONEY, Kind.DECIMAL, Kind.DOUBLE):
        return Float()
    if column.kind is Kind.BIGINT:
        return BigInteger()
    if column.kind in (Kind.INTEGER, Kind.BOOLEAN) or column.has_options:
        return Integer()
    return PLAIN


def _attributes(entity: Entity) -> tuple[Attribute, ...]:
    return ACTIVITY_COLUMNS if entity.logical_name == ACTIVITY.logical_name else entity.columns


def _table(entity: Entity, metadata: MetaData) -> Table:
    columns = [
        Column(name, _type(attribute), primary_key=name == entity.primary_id, nullable=name != entity.primary_id)
        for name, attribute in stored_columns(entity)
    ]
    return Table(entity.logical_name, metadata, *columns)


def _indexes(entity: Entity, pointing: Sequence[Relationship]) -> set[tuple[str, ...]]:
    wanted = set(entity.indexes)
    first = {names[0] for names in wanted}
    if entity.tracks_changes:
        # What changed since a version is asked of one table, or of one kind of a shared one.
        wanted.add(("versionnumber",))
        if "activitytypecode" in entity.by_name:
            wanted.add(("activitytypecode", "versionnumber"))
    return wanted | {(relationship.column,) for relationship in pointing if relationship.column not in first}


def _index(table: Table, names: tuple[str, ...]) -> Index:
    return Index(f"ix_{table.name}_{'_'.join(names)}", *(table.c[name] for name in names))
