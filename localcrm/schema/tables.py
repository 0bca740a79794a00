"""The catalogue as SQLAlchemy Core tables with their indexes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Float, Index, Integer, MetaData, Table, Text
from sqlalchemy.types import TypeEngine

from localcrm.schema.activities import ACTIVITY, ACTIVITY_COLUMNS
from localcrm.schema.catalogue import BY_NAME, ENTITIES
from localcrm.schema.columns import Column as Attribute
from localcrm.schema.columns import Kind
from localcrm.schema.entity import Entity
from localcrm.schema.relationships import RELATIONSHIPS

#: Counted up whenever tables, indexes or generated data change, so that an older database is not reused.
SCHEMA_VERSION = 2


def _type(column: Attribute) -> TypeEngine[Any]:
    if column.is_text:
        return Text(collation="NOCASE")
    if column.kind in (Kind.MONEY, Kind.DECIMAL, Kind.DOUBLE):
        return Float()
    if column.kind is Kind.BIGINT:
        return BigInteger()
    if column.kind in (Kind.INTEGER, Kind.BOOLEAN) or column.has_options:
        return Integer()
    return Text()


def _attributes(entity: Entity) -> tuple[Attribute, ...]:
    return ACTIVITY_COLUMNS if entity is ACTIVITY else entity.columns


def stored_columns(entity: Entity) -> list[tuple[str, Attribute]]:
    """Names in the database, in order, each with the attribute it belongs to (type columns follow their lookup)."""
    stored: list[tuple[str, Attribute]] = []
    for attribute in _attributes(entity):
        stored.append((attribute.name, attribute))
        if attribute.type_column:
            stored.append((attribute.type_column, Attribute(attribute.type_column, Kind.KEY)))
    return stored


def _table(entity: Entity, metadata: MetaData) -> Table:
    columns = [
        Column(name, _type(attribute), primary_key=name == entity.primary_id, nullable=name != entity.primary_id)
        for name, attribute in stored_columns(entity)
    ]
    return Table(entity.logical_name, metadata, *columns)


def _indexes(entity: Entity) -> set[tuple[str, ...]]:
    wanted = set(entity.indexes)
    first = {names[0] for names in wanted}
    for relationship in RELATIONSHIPS:
        if BY_NAME[relationship.many].table == entity.logical_name and relationship.column not in first:
            wanted.add((relationship.column,))
    return wanted


METADATA = MetaData()
TABLES: dict[str, Table] = {e.logical_name: _table(e, METADATA) for e in ENTITIES if not e.is_kind}
for _kind_of in (e for e in ENTITIES if e.is_kind):
    TABLES[_kind_of.logical_name] = TABLES[_kind_of.table]

#: Built after the rows are in, which is much faster.
INDEXES: list[Index] = [
    Index(f"ix_{entity.logical_name}_{'_'.join(names)}", *(TABLES[entity.logical_name].c[name] for name in names))
    for entity in ENTITIES
    if not entity.is_kind
    for names in sorted(_indexes(entity))
]
