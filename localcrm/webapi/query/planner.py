"""A query and the caller's reach become one SQL statement, compiled once for all callers whose reach looks alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Float,
    Select,
    UnaryExpression,
    bindparam,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy.engine import Dialect

from localcrm.schema.catalogue import Catalogue
from localcrm.schema.columns import Kind
from localcrm.schema.entity import Entity
from localcrm.security.reach import Reach
from localcrm.webapi.query.dates import date_part
from localcrm.webapi.query.model import Measure, Query, Summary
from localcrm.webapi.query.predicates import Froms, conditions
from localcrm.webapi.query.summaries import type_of

#: No more rows than these are ever counted (wire facts 1.6).
COUNT_LIMIT = 5000
_MOST_PLANS = 1024
_FUNCTIONS: dict[str, Callable[..., ColumnElement[Any]]] = {
    "sum": func.sum,
    "avg": func.avg,
    "min": func.min,
    "max": func.max,
    "countcolumn": func.count,
}


@dataclass(frozen=True, slots=True)
class Plan:
    """Compiled SQL with the names of its parameters in order. ``columns`` says what each value of a row is.

    An entry of ``columns`` is (alias, database column); the alias is "" for the table itself.
    """

    sql: str
    parameters: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]

    def bind(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """The parameters in the order the statement wants them."""
        return tuple([values[name] for name in self.parameters])


class Planner:
    """Compiles queries and keeps what it compiled."""

    def __init__(self, dialect: Dialect, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._dialect = dialect
        self._plans: dict[object, Plan] = {}

    def rows(self, query: Query, reaches: Mapping[str, Reach], *, paged: bool) -> Plan:
        """The rows of a query. ``reaches`` has one entry per alias; ``paged`` adds ``limit`` and ``offset``."""
        key = (query, tuple([reach.shape for reach in reaches.values()]), paged)
        plan = self._plans.get(key)
        return plan or self._keep(key, self._rows(query, reaches, paged=paged))

    def count(self, query: Query, reaches: Mapping[str, Reach]) -> Plan:
        """How many rows a query has, one above the limit at most."""
        key = (query, tuple([reach.shape for reach in reaches.values()]), "count")
        plan = self._plans.get(key)
        return plan or self._keep(key, self._count(query, reaches))

    def summary(self, query: Query, summary: Summary, reaches: Mapping[str, Reach]) -> Plan:
        """The rows of a query in groups with figures; paged. ``columns`` are ("", name of the result)."""
        key = (query, tuple([reach.shape for reach in reaches.values()]), summary)
        plan = self._plans.get(key)
        return plan or self._keep(key, self._summary(query, summary, reaches))

    def _keep(self, key: object, plan: Plan) -> Plan:
        if len(self._plans) >= _MOST_PLANS:
            self._plans.clear()
        self._plans[key] = plan
        return plan

    def _rows(self, query: Query, reaches: Mapping[str, Reach], *, paged: bool) -> Plan:
        columns = _columns(self._catalogue, query)
        froms = Froms(self._catalogue, query)
        statement: Select[Any] = select(
            *[froms[alias].c[name].label(f"c{n}") for n, (alias, name) in enumerate(columns)]
        ).select_from(froms.joined(reaches))
        statement = statement.where(*conditions(query, froms, reaches, as_filter=paged))
        orders = [(order.alias, order.column, order.descending) for order in query.orders]
        # The last word is the key's, or for rows without one that of all their columns: pages must not shift.
        rest = columns if query.distinct else [("", self._catalogue[query.entity].primary_id)]
        named = {(alias, name) for alias, name, _ in orders}
        orders += [(alias, name, False) for alias, name in rest if not query.distinct or (alias, name) not in named]
        statement = statement.order_by(
            *[self._ordered(froms[alias].c[name], descending) for alias, name, descending in orders]
        )
        if query.distinct:
            statement = statement.distinct()
        if paged:
            statement = statement.limit(bindparam("limit")).offset(bindparam("offset"))
        return self._compile(statement, columns)

    def _ordered(self, column: ColumnElement[Any], descending: bool) -> UnaryExpression[Any]:
        """Empty values first, as in SQLite and SQL Server; PostgreSQL has to be told."""
        direction = column.desc() if descending else column.asc()
        if self._dialect.name != "postgresql":
            return direction
        return direction.nulls_last() if descending else direction.nulls_first()

    def _count(self, query: Query, reaches: Mapping[str, Reach]) -> Plan:
        froms = Froms(self._catalogue, query)
        columns: list[ColumnElement[Any]] = [literal_column("1")]
        if query.distinct:
            columns = [
                froms[alias].c[name].label(f"c{n}") for n, (alias, name) in enumerate(_columns(self._catalogue, query))
            ]
        inner: Select[Any] = select(*columns).select_from(froms.joined(reaches))
        inner = inner.where(*conditions(query, froms, reaches))
        if query.distinct:
            inner = inner.distinct()
        limited = inner.limit(bindparam("limit")).offset(bindparam("offset")).subquery()
        return self._compile(select(func.count()).select_from(limited), ())

    def _summary(self, query: Query, summary: Summary, reaches: Mapping[str, Reach]) -> Plan:
        froms = Froms(self._catalogue, query)
        results: dict[str, ColumnElement[Any]] = {}
        for group in summary.groups:
            column = froms[group.alias].c[group.column]
            results[group.name] = date_part(column, group.part) if group.part else column
        groups = list(results.values())
        results.update(_types(summary, froms))
        results.update((measure.name, _figure(measure, froms)) for measure in summary.measures)
        statement: Select[Any] = select(
            *[column.label(f"c{number}") for number, column in enumerate(results.values())]
        ).select_from(froms.joined(reaches))
        statement = statement.where(*conditions(query, froms, reaches)).group_by(*groups)
        named = {name for name, _ in summary.orders}
        orders = [*summary.orders, *((group.name, False) for group in summary.groups if group.name not in named)]
        statement = statement.order_by(*[self._ordered(results[name], descending) for name, descending in orders])
        statement = statement.limit(bindparam("limit")).offset(bindparam("offset"))
        return self._compile(statement, tuple(("", name) for name in results))

    def _compile(self, statement: Select[Any], columns: tuple[tuple[str, str], ...]) -> Plan:
        compiled = statement.compile(dialect=self._dialect)
        return Plan(str(compiled), tuple(getattr(compiled, "positiontup", None) or ()), columns)


def _figure(measure: Measure, froms: Froms) -> ColumnElement[Any]:
    if measure.function == "count":
        return func.count()
    column = froms[measure.alias].c[measure.column]
    figure = _FUNCTIONS[measure.function](column.distinct() if measure.distinct else column)
    if froms.entities[measure.alias].by_name[measure.column].kind not in (Kind.INTEGER, Kind.BIGINT):
        return figure
    # Whole numbers stay whole, as in SQL Server, and of one type whatever the database makes of them.
    if measure.function == "avg":
        return cast(func.round(cast(figure, Float)), BigInteger)
    return cast(figure, BigInteger)


def _types(summary: Summary, froms: Froms) -> dict[str, ColumnElement[Any]]:
    """Which table the lookups among the groups point to, as results of their own."""
    found: dict[str, ColumnElement[Any]] = {}
    for group in summary.groups:
        type_column = froms.entities[group.alias].by_name[group.column].type_column
        if type_column:
            found[type_of(group.name)] = func.max(froms[group.alias].c[type_column])
    return found


def _columns(catalogue: Catalogue, query: Query) -> tuple[tuple[str, str], ...]:
    """What is selected: wanted columns with their type columns, the key, the row version, and the links' columns."""
    wanted: list[tuple[str, str]] = []
    entity = catalogue[query.entity]
    names = _typed(entity, query.columns) if query.distinct else _needed(entity, query.columns)
    wanted += [("", name) for name in names]
    for link in query.links:
        wanted += [(link.alias, name) for name in _typed(catalogue[link.entity], link.columns)]
    if query.distinct:
        # SQL sorts distinct rows only by what they show.
        wanted += [(order.alias, order.column) for order in query.orders]
    return tuple(dict.fromkeys(wanted))


def _typed(entity: Entity, columns: Sequence[str]) -> list[str]:
    """The columns, each followed by the one that says which table it points to."""
    names = []
    for name in columns:
        names.append(name)
        type_column = entity.by_name[name].type_column
        if type_column:
            names.append(type_column)
    return names


def _needed(entity: Entity, columns: Sequence[str]) -> list[str]:
    names = dict.fromkeys([entity.primary_id, *_typed(entity, columns)])
    if entity.has_version:
        names["versionnumber"] = None
    return list(names)
