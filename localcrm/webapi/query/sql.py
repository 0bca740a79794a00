"""``?sql=SELECT …``: the read-only subset of T-SQL that the Web API takes, as a read like any other.

Source: webapi/query/sql.md of Microsoft's documentation. What it does not list is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp, parse
from sqlglot.errors import SqlglotError

from localcrm.schema.columns import Column
from localcrm.schema.entity import Entity
from localcrm.webapi.errors import CrmError, bad_request
from localcrm.webapi.query.fetch_conditions import attribute, like
from localcrm.webapi.query.functions import lowered
from localcrm.webapi.query.model import (
    Group,
    Grouping,
    Link,
    Measure,
    Node,
    Operator,
    Order,
    Query,
    Summary,
    Values,
)
from localcrm.webapi.query.request import LARGEST_PAGE, Read
from localcrm.webapi.query.summaries import require_figure
from localcrm.webapi.query.values import UnfitValueError, stored

_KNOWN = frozenset({"kind", "distinct", "expressions", "limit", "from_", "joins", "where", "group", "order"})
_FIGURES: dict[type[exp.Expr], str] = {exp.Sum: "sum", exp.Avg: "avg", exp.Min: "min", exp.Max: "max"}
_COMPARED: dict[type[exp.Expr], tuple[Operator, Operator]] = {
    exp.EQ: (Operator.EQ, Operator.EQ),
    exp.NEQ: (Operator.NE, Operator.NE),
    exp.GT: (Operator.GT, Operator.LT),
    exp.GTE: (Operator.GE, Operator.LE),
    exp.LT: (Operator.LT, Operator.GT),
    exp.LTE: (Operator.LE, Operator.GE),
}


def parse_sql(text: str, expected: Entity, page: int) -> Read:
    """Read one SELECT whose first table is ``expected``. Raises CrmError 400."""
    try:
        statements = parse(text, read="tsql")
    except SqlglotError as error:
        raise _refused(f"it cannot be read: {str(error).splitlines()[0]}") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Select):
        raise _refused("only a single SELECT statement is supported")
    return _Reader(statements[0], expected).read(page)


class _Reader:
    """``_tables`` are the joined tables by their names in the statement, with their aliases in the query."""

    def __init__(self, select: exp.Select, expected: Entity) -> None:
        self._select = select
        self._expected = expected
        self._values = Values()
        self._tables: dict[str, tuple[str, Entity]] = {}
        self._links: dict[str, Link] = {}
        self._columns: dict[str, dict[str, None]] = {"": {}}
        self._renamed: dict[tuple[str, str], str] = {}

    def read(self, page: int) -> Read:
        select = self._select
        unknown = sorted(name for name, value in select.args.items() if value and name not in _KNOWN)
        if unknown:
            raise _refused(f"{unknown[0].strip('_').upper()} is not supported")
        self._from()
        for join in select.args.get("joins") or ():
            self._join(join)
        where = select.args.get("where")
        condition = self._where(where.this) if where else None
        group = select.args.get("group")
        has_figures = any(isinstance(_bare(item), exp.AggFunc) for item in select.expressions)
        summary = self._summary(group.expressions if group else ()) if group or has_figures else None
        if summary is None:
            self._list()
        orders = () if summary else tuple(self._orders())
        links = (replace(link, columns=tuple(self._columns[alias])) for alias, link in self._links.items())
        return Read(
            query=Query(
                self._expected.logical_name,
                tuple(self._columns[""]),
                Group(True, (condition,)) if condition else None,
                orders,
                tuple(links),
                distinct=bool(select.args.get("distinct")) and summary is None,
            ),
            values=tuple(self._values.items),
            top=self._top(),
            page=page,
            is_fetch=True,
            is_linked=True,
            shown=tuple(self._columns[""]),
            implied=frozenset({self._expected.primary_id}),
            renamed=tuple(self._renamed.items()),
            summary=summary,
        )

    def _top(self) -> int | None:
        limit = self._select.args.get("limit")
        if limit is None:
            return None
        number = limit.args.get("expression")
        if not isinstance(limit, exp.Limit) or not isinstance(number, exp.Literal) or not number.this.isdigit():
            raise _refused("TOP takes a whole number; OFFSET and FETCH are not supported")
        if int(number.this) > LARGEST_PAGE:
            raise _refused(f"TOP takes a number from 0 to {LARGEST_PAGE}")
        return int(number.this)

    def _from(self) -> None:
        source = self._select.args.get("from_")
        if source is None or not isinstance(source.this, exp.Table):
            raise _refused("it needs FROM with a table; subqueries are not supported")
        entity = self._table(source.this)
        if entity != self._expected:
            raise _refused(f"its table {entity.logical_name} is not that of the entity set {self._expected.set_name}")
        self._tables[source.this.alias_or_name.lower()] = ("", entity)

    def _table(self, table: exp.Table) -> Entity:
        entity = self._expected.catalogue.get(table.name.lower())
        if entity is None:
            raise CrmError(400, "0x80041102", f"The entity with a name = '{table.name}' was not found.")
        return entity

    def _join(self, join: exp.Join) -> None:
        on = join.args.get("on")
        sort = join.side or join.kind or "INNER"
        if sort not in ("INNER", "LEFT") or on is None or not isinstance(join.this, exp.Table):
            raise _refused("tables are joined by INNER JOIN or LEFT JOIN with ON")
        alias = join.this.alias_or_name.lower()
        if alias in self._tables:
            raise _refused(f"the alias {alias} is used twice")
        entity = self._table(join.this)
        self._tables[alias] = (alias, entity)
        self._columns[alias] = {}
        pairs, rest = self._split(on, alias)
        if len(pairs) != 1:
            raise _refused("ON compares one column of the joined table with one of a table before it")
        (own, (parent, other)), *_ = pairs
        where = Group(True, tuple(self._where(part) for part in rest)) if rest else None
        self._links[alias] = Link(
            alias, entity.logical_name, own.name, other.name, outer=sort == "LEFT", where=where, parent=parent
        )

    def _split(self, on: exp.Expr, alias: str) -> tuple[list[tuple[Column, tuple[str, Column]]], list[exp.Expr]]:
        """The pair of columns that joins, and what else ON asks of the joined table."""
        pairs, rest = [], []
        for part in on.flatten() if isinstance(on, exp.And) else [on]:
            bare = part.unnest()
            if not (
                isinstance(bare, exp.EQ)
                and isinstance(bare.this, exp.Column)
                and isinstance(bare.expression, exp.Column)
            ):
                rest.append(bare)
                continue
            sides = [self._column(bare.this), self._column(bare.expression)]
            sides.sort(key=lambda side: side[0] != alias)
            if sides[0][0] != alias or sides[1][0] == alias:
                raise _refused("ON compares one column of the joined table with one of a table before it")
            pairs.append((sides[0][1], sides[1]))
        return pairs, rest

    def _column(self, node: exp.Expr) -> tuple[str, Column]:
        if not isinstance(node, exp.Column) or isinstance(node.this, exp.Star):
            raise _refused(f"'{node.sql()}' is not a column; SELECT * and expressions are not supported")
        if node.table:
            if node.table.lower() not in self._tables:
                raise _refused(f"there is no table or alias '{node.table}'")
            alias, entity = self._tables[node.table.lower()]
            return alias, attribute(entity, node.name.lower())
        holders = [found for found in self._tables.values() if node.name.lower() in found[1].by_name]
        if len(holders) > 1:
            raise _refused(f"the column '{node.name}' is ambiguous")
        alias, entity = holders[0] if holders else ("", self._expected)
        return alias, attribute(entity, node.name.lower())

    def _list(self) -> None:
        for item in self._select.expressions:
            alias, column = self._column(_bare(item))
            self._columns[alias][column.name] = None
            if isinstance(item, exp.Alias):
                self._renamed[alias, column.name] = item.alias

    def _orders(self) -> list[Order]:
        order = self._select.args.get("order")
        by_name = {name: place for place, name in self._renamed.items()}
        found = []
        for item in order.expressions if order else ():
            if isinstance(item.this, exp.Column) and not item.this.table and item.this.name in by_name:
                alias, name = by_name[item.this.name]
            else:
                alias, column = self._column(item.this)
                name = column.name
            found.append(Order(name, bool(item.args.get("desc")), alias))
        return found

    def _summary(self, grouped: Sequence[exp.Expr]) -> Summary:
        groups: dict[tuple[str, str], Grouping] = {}
        for node in grouped:
            alias, column = self._column(node)
            groups[alias, column.name] = Grouping(
                f"{alias}.{column.name}" if alias else column.name, column.name, alias
            )
        measures: list[Measure] = []
        for item in self._select.expressions:
            bare = _bare(item)
            if isinstance(bare, exp.AggFunc):
                measures.append(self._measure(bare, item.alias if isinstance(item, exp.Alias) else ""))
                continue
            alias, column = self._column(bare)
            if (alias, column.name) not in groups:
                raise _refused(f"the column '{column.name}' is neither in GROUP BY nor inside a function")
            if isinstance(item, exp.Alias):
                groups[alias, column.name] = Grouping(item.alias, column.name, alias)
        return Summary(tuple(groups.values()), tuple(measures), self._summary_orders(groups, measures))

    def _summary_orders(
        self, groups: dict[tuple[str, str], Grouping], measures: list[Measure]
    ) -> tuple[tuple[str, bool], ...]:
        order = self._select.args.get("order")
        names = {measure.name for measure in measures} | {group.name for group in groups.values()}
        found = []
        for item in order.expressions if order else ():
            if isinstance(item.this, exp.Column) and not item.this.table and item.this.name in names:
                found.append((item.this.name, bool(item.args.get("desc"))))
                continue
            alias, column = self._column(item.this)
            if (alias, column.name) not in groups:
                raise _refused(f"ORDER BY '{column.name}' is neither in GROUP BY nor an alias")
            found.append((groups[alias, column.name].name, bool(item.args.get("desc"))))
        return tuple(found)

    def _measure(self, node: exp.AggFunc, name: str) -> Measure:
        if isinstance(node, exp.Count):
            counted = node.this
            if isinstance(counted, exp.Star):
                return Measure(name or "count", "count", "")
            distinct = isinstance(counted, exp.Distinct)
            alias, column = self._column(counted.expressions[0] if distinct else counted)
            return Measure(name or f"count_{column.name}", "countcolumn", column.name, alias, distinct)
        function = _FIGURES.get(type(node))
        if function is None:
            raise _refused(f"the function {node.sql()} is not supported")
        alias, column = self._column(node.this)
        require_figure(function, column)
        return Measure(name or f"{function}_{column.name}", function, column.name, alias)

    def _where(self, node: exp.Expr) -> Node:
        node = node.unnest()
        if isinstance(node, (exp.And, exp.Or)):
            return Group(isinstance(node, exp.And), tuple(self._where(part) for part in node.flatten()))
        if isinstance(node, exp.Not):
            return self._negated(node.this.unnest())
        if node.args.get("negate") and not isinstance(node, exp.Like):
            raise _refused(f"the condition '{node.sql()}' is not supported")
        try:
            return self._condition(node)
        except UnfitValueError as error:
            raise _refused(str(error)) from error

    def _negated(self, node: exp.Expr) -> Node:
        if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
            alias, column = self._column(node.this)
            return self._values.condition(column.name, Operator.NOT_NULL, alias=alias)
        return Group(True, (self._where(node),), negated=True)

    def _condition(self, node: exp.Expr) -> Node:
        if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
            alias, column = self._column(node.this)
            return self._values.condition(column.name, Operator.NULL, alias=alias)
        if isinstance(node, exp.In) and not node.args.get("query"):
            alias, column = self._column(node.this)
            return lowered(column, "In", [_literal(item) for item in node.expressions], self._values, alias)
        if isinstance(node, exp.Between):
            alias, column = self._column(node.this)
            bounds = [_literal(node.args["low"]), _literal(node.args["high"])]
            return lowered(column, "Between", bounds, self._values, alias)
        if isinstance(node, exp.Like):
            alias, column = self._column(node.this)
            return like(
                column, str(_literal(node.expression)), self._values, alias, negated=bool(node.args.get("negate"))
            )
        operators = _COMPARED.get(type(node))
        if operators is None:
            raise _refused(f"the condition '{node.sql()}' is not supported")
        left, right, operator = node.this, node.expression, operators[0]
        if not isinstance(left, exp.Column):
            left, right, operator = right, left, operators[1]
        alias, column = self._column(left)
        return self._values.condition(column.name, operator, stored(column, _literal(right)), alias=alias)


def _bare(item: exp.Expr) -> exp.Expr:
    return item.this if isinstance(item, exp.Alias) else item


def _literal(node: exp.Expr) -> int | float | str:
    if isinstance(node, exp.Neg):
        number = _literal(node.this)
        if isinstance(number, (int, float)):
            return -number
    if isinstance(node, exp.National):
        return str(node.this)
    if isinstance(node, exp.Literal):
        if node.is_string:
            return str(node.this)
        return float(node.this) if not str(node.this).isdigit() else int(node.this)
    raise _refused(f"a column is compared with a literal value, not with '{node.sql()}'")


def _refused(reason: str) -> CrmError:
    return bad_request(f"The SQL query is not supported: {reason}.")
