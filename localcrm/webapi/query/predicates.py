"""Conditions and the caller's reach as SQL: which rows of a table and its links a statement may return."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnClause,
    ColumnElement,
    and_,
    bindparam,
    exists,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.sql.expression import FromClause

from localcrm.schema.catalogue import Catalogue
from localcrm.schema.columns import Kind
from localcrm.schema.entity import Entity
from localcrm.security.privileges import Right
from localcrm.security.reach import Reach
from localcrm.webapi.query.dates import date_part
from localcrm.webapi.query.hierarchy import above, below
from localcrm.webapi.query.model import ESCAPE, Condition, Exists, Group, Node, Operator, Query

_READ: ColumnClause[int] = literal_column(str(int(Right.READ)))
#: Added to a column it changes nothing, but no index serves the sum.
_NOTHING: ColumnClause[str] = literal_column("''")
_UNKNOWN_IS_NOT = (Operator.NE, Operator.NOT_LIKE, Operator.NOT_IN)


class Froms:
    """The table of a query and its links, by alias; inside a condition also those of the query around it."""

    def __init__(self, catalogue: Catalogue, query: Query, outer: Froms | None = None) -> None:
        self.catalogue = catalogue
        self._query = query
        self._names: Iterator[int] = outer._names if outer else itertools.count()
        self._tables: dict[str, FromClause] = dict(outer._tables) if outer else {}
        self.entities: dict[str, Entity] = dict(outer.entities) if outer else {}
        self._add(query.root, query.entity, f"s{next(self._names)}" if outer else "t")
        for link in query.links:
            self._add(link.alias, link.entity, f"l{next(self._names)}")

    def _add(self, alias: str, entity: str, name: str) -> None:
        self.entities[alias] = self.catalogue[entity]
        self._tables[alias] = self.entities[alias].rows.alias(name)

    def __getitem__(self, alias: str) -> FromClause:
        return self._tables[alias]

    def joined(self, reaches: Mapping[str, Reach]) -> FromClause:
        """The tables joined; what the caller may not see of a link's rows does not join."""
        found: FromClause = self[self._query.root]
        for link in self._query.links:
            on = [self[link.alias].c[link.column] == self[link.parent].c[link.parent_column]]
            on += own_kind(self.entities[link.alias], self[link.alias])
            on += reach_predicate(self.entities[link.alias], self[link.alias], reaches[link.alias], link.alias)
            if link.where is not None:
                on.append(_group(link.where, self, reaches))
            found = found.join(self[link.alias], and_(*on), isouter=link.outer)
        return found


def conditions(
    query: Query, froms: Froms, reaches: Mapping[str, Reach], *, as_filter: bool = False
) -> list[ColumnElement[bool]]:
    """What rows of the query's own table must satisfy; ``as_filter`` as in ``reach_predicate``."""
    table = froms[query.root]
    entity = froms.entities[query.root]
    found = own_kind(entity, table)
    if query.where is not None:
        found.append(_group(query.where, froms, reaches))
    return found + reach_predicate(entity, table, reaches[query.root], query.root, as_filter=as_filter)


def own_kind(entity: Entity, table: FromClause) -> list[ColumnElement[bool]]:
    """For one kind of a shared table: that the row is of this kind."""
    if not entity.is_kind:
        return []
    return [table.c.activitytypecode == literal_column(f"'{entity.logical_name}'")]


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


def _group(group: Group, froms: Froms, reaches: Mapping[str, Reach]) -> ColumnElement[bool]:
    parts = [_node(item, froms, reaches) for item in group.items]
    if not parts:
        return false() if group.negated else true()
    joined = and_(*parts) if group.all_of else or_(*parts)
    # A comparison with an empty column is unknown to SQL, but simply not so to a person: not (it) holds.
    return not_(func.coalesce(joined, false())) if group.negated else joined.self_group()


def _node(node: Node, froms: Froms, reaches: Mapping[str, Reach]) -> ColumnElement[bool]:
    if isinstance(node, Group):
        return _group(node, froms, reaches)
    if isinstance(node, Exists):
        inner = Froms(froms.catalogue, node.query, froms)
        matching = inner[node.query.root].c[node.column] == froms[node.parent].c[node.parent_column]
        return exists(
            select(literal_column("1"))
            .select_from(inner.joined(reaches))
            .where(matching, *conditions(node.query, inner, reaches))
            .correlate(froms[node.parent])
        )
    return _condition(node, froms)


def _condition(condition: Condition, froms: Froms) -> ColumnElement[bool]:
    column: ColumnElement[Any] = froms[condition.alias].c[condition.column]
    if condition.part:
        column = date_part(column, condition.part)
    given: list[ColumnElement[Any]] = [bindparam(f"v{condition.slot + number}") for number in range(condition.count)]
    if condition.other is not None:
        alias, name = condition.other
        given = [froms[alias].c[name]]
    operator = condition.operator
    if operator in _ALONG:
        return _along(condition, column, given[0], froms.entities[condition.alias])
    found = _compared(operator, column, given, froms)
    return or_(found, column.is_(None)) if operator in _UNKNOWN_IS_NOT else found


def _compared(
    operator: Operator, column: ColumnElement[Any], given: list[ColumnElement[Any]], froms: Froms
) -> ColumnElement[bool]:
    match operator:
        case Operator.NULL:
            return column.is_(None)
        case Operator.NOT_NULL:
            return column.is_not(None)
        case Operator.EQ:
            return column == given[0]
        case Operator.NE:
            return column != given[0]
        case Operator.GT:
            return column > given[0]
        case Operator.GE:
            return column >= given[0]
        case Operator.LT:
            return column < given[0]
        case Operator.LE:
            return column <= given[0]
        case Operator.LIKE:
            return column.like(given[0], escape=ESCAPE)
        case Operator.NOT_LIKE:
            return column.not_like(given[0], escape=ESCAPE)
        case Operator.IN:
            return column.in_(given)
        case Operator.NOT_IN:
            return column.not_in(given)
    teams = froms.catalogue.tables["teammembership"]
    return column.in_(select(teams.c.teamid).where(teams.c.systemuserid == given[0]))


_ALONG = (Operator.UNDER, Operator.NOT_UNDER, Operator.UNDER_OR_EQUAL, Operator.ABOVE, Operator.ABOVE_OR_EQUAL)


def _along(
    condition: Condition, column: ColumnElement[Any], start: ColumnElement[Any], entity: Entity
) -> ColumnElement[bool]:
    """Rows along the hierarchy of the table that the column identifies: its own for a key, else the target's."""
    described = entity.by_name[condition.column]
    target = entity if described.kind is Kind.KEY else entity.catalogue[described.targets[0]]
    operator = condition.operator
    inclusive = operator in (Operator.UNDER_OR_EQUAL, Operator.ABOVE_OR_EQUAL)
    lines = above if operator in (Operator.ABOVE, Operator.ABOVE_OR_EQUAL) else below
    found = column.in_(lines(target, start, inclusive=inclusive))
    return or_(not_(found), column.is_(None)) if operator is Operator.NOT_UNDER else found
