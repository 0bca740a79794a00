"""What groups and figures are as columns: their types decide how they are written and which figures make sense."""

from __future__ import annotations

from dataclasses import replace

from localcrm.schema.catalogue import Catalogue
from localcrm.schema.columns import Column, Kind
from localcrm.webapi.errors import CrmError
from localcrm.webapi.query.model import Query, Summary, aliases

_FIGURES = ("sum", "avg", "min", "max", "count", "countcolumn")
_NUMBERS = frozenset({Kind.INTEGER, Kind.BIGINT, Kind.DECIMAL, Kind.DOUBLE, Kind.MONEY})
_ORDERED = _NUMBERS | {Kind.DATETIME, Kind.DATE}


def require_figure(function: str, column: Column) -> None:
    """Raise CrmError 400 for a function that does not exist or cannot be worked out for a column."""
    if function not in _FIGURES:
        raise CrmError(400, "0x80041105", f"The aggregate '{function}' is not one of {', '.join(_FIGURES)}.")
    fits = _NUMBERS if function in ("sum", "avg") else _ORDERED if function in ("min", "max") else None
    if fits is not None and column.kind not in fits:
        raise CrmError(
            400,
            "0x8004122d",
            f"Aggregate function {function} is not supported for attribute of type {column.kind.value}.",
        )


def described(catalogue: Catalogue, query: Query, summary: Summary) -> tuple[Column, ...]:
    """A column for every result, in order, under the result's name."""
    entities = {alias: catalogue[name] for alias, name in aliases(query)}
    found = []
    for group in summary.groups:
        column = entities[group.alias].by_name[group.column]
        if group.part:
            kind = Kind.STRING if group.part.startswith("fiscal") else Kind.INTEGER
            column = Column(group.name, kind)
        found.append(replace(column, name=group.name))
    for measure in summary.measures:
        column = entities[measure.alias].by_name.get(measure.column, Column(measure.name, Kind.INTEGER))
        if measure.function in ("count", "countcolumn"):
            column = Column(measure.name, Kind.INTEGER)
        found.append(replace(column, name=measure.name))
    return tuple(found)


def type_of(name: str) -> str:
    """The result that says which table a lookup among the groups points to."""
    return f"{name} type"
