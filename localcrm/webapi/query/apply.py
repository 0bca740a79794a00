"""OData ``$apply``: ``filter(…)/groupby((statuscode),aggregate(revenue with sum as total))``."""

from __future__ import annotations

import re

from localcrm.schema.columns import Kind
from localcrm.webapi.errors import bad_request
from localcrm.webapi.path import split_outside
from localcrm.webapi.query.filters import parse_filter
from localcrm.webapi.query.model import Group, Grouping, Measure, Summary, Values, both
from localcrm.webapi.query.paths import Paths
from localcrm.webapi.query.summaries import require_figure

_STEP = re.compile(r"\s*(filter|groupby|aggregate)\s*\((.*)\)\s*\Z", re.DOTALL)
_COUNT = re.compile(r"\s*\$count\s+as\s+(\w+)\s*\Z")
_FIGURE = re.compile(r"\s*([\w/]+)\s+with\s+(\w+)\s+as\s+(\w+)\s*\Z")
_METHODS = {"sum": "sum", "average": "avg", "min": "min", "max": "max", "countdistinct": "countcolumn"}


def parse_apply(paths: Paths, text: str, values: Values) -> tuple[Summary, Group | None]:
    """The groups and figures that are asked for, and which rows they are of. Raises CrmError 400."""
    where: Group | None = None
    summary: Summary | None = None
    for step in split_outside(text, "/"):
        found = _STEP.match(step)
        if found is None or summary is not None:
            raise bad_request(f"The query parameter $apply='{text}' is not supported at '{step}'.")
        if found[1] == "filter":
            where = both(where, parse_filter(paths, found[2], values))
        elif found[1] == "aggregate":
            summary = Summary((), _figures(paths, found[2]))
        else:
            summary = _grouped(paths, found[2])
    if summary is None:
        raise bad_request("$apply needs groupby or aggregate.")
    return summary, where


def _grouped(paths: Paths, text: str) -> Summary:
    listed, *rest = (part.strip() for part in split_outside(text, ","))
    inner = _STEP.match(rest[0]) if len(rest) == 1 else None
    if not (listed.startswith("(") and listed.endswith(")")) or (rest and (inner is None or inner[1] != "aggregate")):
        raise bad_request(f"Syntax error in $apply at 'groupby({text})'.")
    groups = tuple(_grouping(paths, name.strip()) for name in listed[1:-1].split(",") if name.strip())
    return Summary(groups, _figures(paths, inner[2]) if inner is not None else ())


def _grouping(paths: Paths, path: str) -> Grouping:
    column, alias = paths.column(path.split("/"))
    if column.kind is Kind.DATETIME:
        raise bad_request(f"Grouping by the date and time '{path}' is not supported. Use FetchXML with dategrouping.")
    if not alias:
        return Grouping(column.property_name, column.name)
    # The real one answers with the table's name in front of the column's (aggregate-data.md of its documentation).
    return Grouping(f"{paths.links[alias].entity}_{column.property_name}", column.name, alias)


def _figures(paths: Paths, text: str) -> tuple[Measure, ...]:
    return tuple(_figure(paths, part) for part in split_outside(text, ","))


def _figure(paths: Paths, text: str) -> Measure:
    counted = _COUNT.match(text)
    if counted is not None:
        return Measure(counted[1], "count", "")
    found = _FIGURE.match(text)
    if found is None or found[2] not in _METHODS:
        raise bad_request(f"Syntax error in $apply at 'aggregate({text})'.")
    column, alias = paths.column(found[1].split("/"))
    function = _METHODS[found[2]]
    require_figure(function, column)
    return Measure(found[3], function, column.name, alias, distinct=found[2] == "countdistinct")
