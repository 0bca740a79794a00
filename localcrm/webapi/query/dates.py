"""Parts of dates in SQL. Moments are kept as ISO text in UTC, so most parts are cut from it; the week is counted."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Integer, Text, cast, func, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FunctionElement

#: The parts that ``dategrouping`` knows. The fiscal year is the calendar year, its periods are quarters.
PARTS = ("day", "week", "month", "quarter", "year", "fiscal-period", "fiscal-year")


class _Week(FunctionElement[int]):
    """Week of the year as SQL Server counts: the first holds January 1, weeks begin on Sunday."""

    inherit_cache = True
    type = Integer()


@compiles(_Week, "sqlite")
def _sqlite_week(element: _Week, compiler: SQLCompiler, **options: Any) -> str:
    day = f"substr({compiler.process(element.clauses, **options)}, 1, 10)"
    first = f"strftime('%w', {day}, 'start of year')"
    return f"((CAST(strftime('%j', {day}) AS INTEGER) - 1 + CAST({first} AS INTEGER)) / 7 + 1)"


@compiles(_Week, "postgresql")
def _postgresql_week(element: _Week, compiler: SQLCompiler, **options: Any) -> str:
    day = f"CAST(substr({compiler.process(element.clauses, **options)}, 1, 10) AS date)"
    first = f"EXTRACT(dow FROM date_trunc('year', {day}))"
    return f"CAST(floor((EXTRACT(doy FROM {day}) - 1 + {first}) / 7) + 1 AS INTEGER)"


def date_part(column: ColumnElement[Any], part: str) -> ColumnElement[Any]:
    """A part of a date column as a whole number; the fiscal ones as texts: ``FY2026``, ``Quarter 1 FY2026``."""
    if part == "week":
        return _Week(column)
    if part == "quarter":
        return (_cut(column, 6, 2) + literal_column("2", Integer)) // literal_column("3", Integer)
    if part == "fiscal-year":
        return literal_column("'FY'").concat(_text(column, 1, 4))
    if part == "fiscal-period":
        return (
            literal_column("'Quarter '")
            .concat(cast(date_part(column, "quarter"), Text))
            .concat(literal_column("' '"))
            .concat(date_part(column, "fiscal-year"))
        )
    start, length = {"year": (1, 4), "month": (6, 2), "day": (9, 2)}[part]
    return _cut(column, start, length)


def _text(column: ColumnElement[Any], start: int, length: int) -> ColumnElement[str]:
    return func.substr(column, literal_column(str(start)), literal_column(str(length)))


def _cut(column: ColumnElement[Any], start: int, length: int) -> ColumnElement[int]:
    return cast(_text(column, start, length), Integer)
