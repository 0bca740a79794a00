"""Which value of a database row becomes which property of an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from localcrm.schema.catalogue import Catalogue
from localcrm.schema.columns import Column
from localcrm.schema.entity import Entity
from localcrm.webapi.query.model import Query, Summary
from localcrm.webapi.query.summaries import described, type_of


@dataclass(frozen=True, slots=True)
class Output:
    """The value at ``place`` is written as ``name``; ``type_place`` says which table a lookup points to.

    ``attribute`` is the column's own name where ``name`` is another one (``a.fullname``, an alias).
    """

    name: str
    place: int
    column: Column
    entity: Entity
    type_place: int | None = None
    attribute: str | None = None


def of_rows(
    catalogue: Catalogue,
    query: Query,
    columns: Sequence[tuple[str, str]],
    shown: Sequence[str],
    renamed: Mapping[tuple[str, str], str],
) -> list[Output]:
    """What is written of the rows of a plan that selects ``columns``: ``shown`` ones, the key, those of the links."""
    entity = catalogue[query.entity]
    places = {column: place for place, column in enumerate(columns)}
    key = [entity.primary_id] if ("", entity.primary_id) in places and not query.distinct else []
    wanted = [("", entity, name) for name in dict.fromkeys([*shown, *key])]
    wanted += [(link.alias, catalogue[link.entity], name) for link in query.links for name in link.columns]
    found = []
    for alias, table, name in wanted:
        column = table.by_name[name]
        given = renamed.get((alias, name)) or (f"{alias}.{name}" if alias else None)
        type_place = places.get((alias, column.type_column)) if column.type_column else None
        attribute = name if given else None
        found.append(Output(given or column.property_name, places[alias, name], column, table, type_place, attribute))
    return found


def of_groups(catalogue: Catalogue, query: Query, summary: Summary, columns: Sequence[tuple[str, str]]) -> list[Output]:
    """What is written of the groups of a summary."""
    places = {name: place for place, (_, name) in enumerate(columns)}
    entity = catalogue[query.entity]
    attributes = [group.column for group in summary.groups] + [measure.column for measure in summary.measures]
    return [
        Output(column.name, places[column.name], column, entity, places.get(type_of(column.name)), attribute)
        for column, attribute in zip(described(catalogue, query, summary), attributes, strict=True)
    ]
