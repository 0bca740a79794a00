"""How values read to a person: the ``FormattedValue`` annotations, in US English and UTC."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from localcrm.schema.columns import Column, Kind

Formatter = Callable[[Any], str]


def formatter(column: Column) -> Formatter | None:
    """How to format a column's values; None for texts and keys, which have no other form."""
    if column.has_options or column.kind is Kind.BOOLEAN:
        options = column.options
        return lambda value: options.get(value, str(value))
    return _BY_KIND.get(column.kind)


def _moment(value: str) -> str:
    moment = datetime.fromisoformat(value)
    hour = moment.hour % 12 or 12
    return f"{moment.month}/{moment.day}/{moment.year} {hour}:{moment.minute:02d} {'AM' if moment.hour < 12 else 'PM'}"


def _day(value: str) -> str:
    return f"{int(value[5:7])}/{int(value[8:10])}/{value[:4]}"


def _money(value: float) -> str:
    return f"${value:,.2f}" if value >= 0 else f"(${-value:,.2f})"


_BY_KIND: dict[Kind, Formatter] = {
    Kind.INTEGER: lambda value: f"{value:,}",
    Kind.BIGINT: lambda value: f"{value:,}",
    Kind.DECIMAL: lambda value: f"{value:,.2f}",
    Kind.DOUBLE: lambda value: f"{value:,.2f}",
    Kind.MONEY: _money,
    Kind.DATETIME: _moment,
    Kind.DATE: _day,
}
