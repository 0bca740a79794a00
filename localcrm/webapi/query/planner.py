"""A query and the caller's reach become one SQL statement, compiled once for all callers whose reach looks alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnClause,
    ColumnElement,
    Select,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.expression import FromClause

from localcrm.schema.catalogue import Catalogue
from localcrm.schema.entity import Entity
from localcrm.security.privileges import Right
from localcrm.security.reach import Reach
from localcrm.webapi.query.model import ESCAPE, Condition, Group, Operator, Query

#: No more rows than these are ever counted (wire facts 1.6).
COUNT_LIMIT = 5000
_MOST_PLANS = 4096
_READ: ColumnClause[int] = literal_column(str(int(Right.READ)))
#: Added to a column it changes nothing, but no index serves the sum.
_NOTHING: ColumnClause[str] = literal_column("''")


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

    def _keep(self, key: object, plan: Plan) -> Plan:
        if len(self._plans) >= _MOST_PLANS:
            self._plans.clear()
        self._plans[key] = plan
        return plan

    def _rows(self, query: Query, reaches: Mapping[str, Reach], *, paged: bool) -> Plan:
        columns = _columns(self._catalogue, query)
        froms = _Froms(self._catalogue, query)
        statement: Select[Any] = select(
            *[froms[alias].c[name].label(f"c{n}") for n, (alias, name) in enumerate(columns)]
        ).select_from(froms.joined(reaches))
        statement = statement.where(*_conditions(self._catalogue, query, froms, reaches, as_filter=paged))
        ordered = [
            froms[order.alias].c[order.column].desc() if order.descending else froms[order.alias].c[order.column].asc()
            for order in query.orders
        ]
        key = self._catalogue[query.entity].primary_id
        if not query.distinct:
            ordered.append(froms[""].c[key].asc())
        statement = statement.order_by(*ordered)
        if query.distinct:
            statement = statement.distinct()
        if paged:
            statement = statement.limit(bindparam("limit")).offset(bindparam("offset"))
        return self._compile(statement, columns)

    def _count(self, query: Query, reaches: Mapping[str, Reach]) -> Plan:
        froms = _Froms(self._catalogue, query)
        inner: Select[Any] = select(literal_column("1")).select_from(froms.joined(reaches))
        inner = inner.where(*_conditions(self._catalogue, query, froms, reaches))
        limited = inner.limit(bindparam("limit")).offset(bindparam("offset")).subquery()
        return self._compile(select(func.count()).select_from(limited), ())

    def _compile(self, statement: Select[Any], columns: tuple[tuple[str, str], ...]) -> Plan:
        compiled = statement.compile(dialect=self._dialect)
        return Plan(str(compiled), tuple(getattr(compiled, "positiontup", None) or ()), columns)


class _Froms:
    """The table and its links, by alias."""

    def __init__(self, catalogue: Catalogue, query: Query) -> None:
        self._catalogue = catalogue
        self._query = query
        self._tables: dict[str, FromClause] = {"": catalogue[query.entity].rows.alias("t")}
        for number, link in enumerate(query.links):
            self._tables[link.alias] = catalogue[link.entity].rows.alias(f"l{number}")

    def __getitem__(self, alias: str) -> FromClause:
        return self._tables[alias]

    def joined(self, reaches: Mapping[str, Reach]) -> FromClause:
        """The tables joined; what the caller may not see of a link's rows does not join."""
        found: FromClause = self[""]
        for link in self._query.links:
            on = [self[link.alias].c[link.column] == self[""].c[link.parent_column]]
            target = self._catalogue[link.entity]
            on += _own_kind(target, self[link.alias])
            on += reach_predicate(target, self[link.alias], reaches[link.alias], link.alias)
            if link.where is not None:
                on.append(_group(link.where, self, link.alias))
            found = found.join(self[link.alias], and_(*on), isouter=link.outer)
        return found


def _columns(catalogue: Catalogue, query: Query) -> tuple[tuple[str, str], ...]:
    """What is selected: wanted columns with their type columns, the key, the row version, and the links' columns."""
    wanted: list[tuple[str, str]] = []
    entity = catalogue[query.entity]
    names = query.columns if query.distinct else _needed(entity, query.columns)
    wanted += [("", name) for name in names]
    for link in query.links:
        target = catalogue[link.entity]
        for name in link.columns:
            wanted.append((link.alias, name))
            type_column = target.by_name[name].type_column
            if type_column:
                wanted.append((link.alias, type_column))
    return tuple(dict.fromkeys(wanted))


def _needed(entity: Entity, columns: Sequence[str]) -> list[str]:
    names = dict.fromkeys([entity.primary_id, *columns])
    for name in columns:
        type_column = entity.by_name[name].type_column
        if type_column:
            names[type_column] = None
    if entity.has_version:
        names["versionnumber"] = None
    return list(names)


def _own_kind(entity: Entity, table: FromClause) -> list[ColumnElement[bool]]:
    if not entity.is_kind:
        return []
    return [table.c.activitytypecode == literal_column(f"'{entity.logical_name}'")]


def _conditions(
    catalogue: Catalogue, query: Query, froms: _Froms, reaches: Mapping[str, Reach], *, as_filter: bool = False
) -> list[ColumnElement[bool]]:
    entity = catalogue[query.entity]
    found = _own_kind(entity, froms[""])
    if query.where is not None:
        found.append(_group(query.where, froms, ""))
    return found + reach_predicate(entity, froms[""], reaches[""], "", as_filter=as_filter)


def reach_predicate(
    entity: Entity, table: FromClause, reach: Reach, alias: str, *, as_filter: bool = False
) -> list[ColumnElement[bool]]:
    """Which rows of ``table`` a reach covers: owned, in its units, or shared for reading (``reach_values``).

    ``as_filter`` keeps the database from starting with the reach: a page of a whole unit's rows in order is found
    sooner by walking an index in that order than by collecting and sorting all that the unit has.
    """
    if reach.everything:
        return []
    owners: list[BindParameter[str]] = [bindparam(f"o{number}_{alias}") for number in range(len(reach.owners))]
    units: list[BindParameter[str]] = [bindparam(f"u{number}_{alias}") for number in range(len(reach.units))]
    shares = entity.catalogue.tables["principalobjectaccess"]
    shared = select(shares.c.objectid).where(
        shares.c.principalid.in_(owners), shares.c.accessrightsmask.op("&")(_READ) != literal_column("0")
    )
    columns = [table.c.ownerid, table.c[entity.primary_id], table.c.owningbusinessunit]
    owner, key, unit = [column.concat(_NOTHING) for column in columns] if as_filter and units else columns
    ways: list[ColumnElement[bool]] = [owner.in_(owners), key.in_(shared)]
    if units:
        ways.append(unit.in_(units))
    return [or_(*ways)]


def reach_values(reaches: Mapping[str, Reach]) -> dict[str, str]:
    """The parameters of ``reach_predicate`` for every alias."""
    values = {}
    for alias, reach in reaches.items():
        if reach.everything:
            continue
        for number, owner in enumerate(reach.owners):
            values[f"o{number}_{alias}"] = owner
        for number, unit in enumerate(reach.units):
            values[f"u{number}_{alias}"] = unit
    return values


def _group(group: Group, froms: _Froms, alias: str) -> ColumnElement[bool]:
    parts = [
        _group(item, froms, alias) if isinstance(item, Group) else _condition(item, froms, item.alias or alias)
        for item in group.items
    ]
    if not parts:
        return literal_column("1") == literal_column("1")
    joined = and_(*parts) if group.all_of else or_(*parts)
    # A comparison with an empty column is unknown to SQL, but simply not so to a person: not (it) holds.
    return func.coalesce(joined, literal_column("0")) == literal_column("0") if group.negated else joined.self_group()


def _condition(condition: Condition, froms: _Froms, alias: str) -> ColumnElement[bool]:
    column = froms[alias].c[condition.column]
    slots: list[BindParameter[Any]] = [bindparam(f"v{condition.slot + number}") for number in range(condition.count)]
    match condition.operator:
        case Operator.NULL:
            return column.is_(None)
        case Operator.NOT_NULL:
            return column.is_not(None)
        case Operator.EQ:
            return column == slots[0]
        case Operator.NE:
            return or_(column != slots[0], column.is_(None))
        case Operator.GT:
            return column > slots[0]
        case Operator.GE:
            return column >= slots[0]
        case Operator.LT:
            return column < slots[0]
        case Operator.LE:
            return column <= slots[0]
        case Operator.LIKE:
            return column.like(slots[0], escape=ESCAPE)
        case Operator.NOT_LIKE:
            return or_(column.not_like(slots[0], escape=ESCAPE), column.is_(None))
        case Operator.IN:
            return column.in_(slots)
        case Operator.NOT_IN:
            return or_(column.not_in(slots), column.is_(None))


def aliases(query: Query) -> tuple[tuple[str, str], ...]:
    """The tables a query reads as (alias, logical name), the table itself first."""
    return (("", query.entity), *((link.alias, link.entity) for link in query.links))
