"""What a query asks for, free of its values, so that queries of one shape share one compiled statement."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from localcrm.security.principals import Principal
from localcrm.webapi.query.moments import Edge


class Operator(Enum):
    """The comparisons everything else is made of."""

    EQ = "eq"
    NE = "ne"
    GT = "gt"
    GE = "ge"
    LT = "lt"
    LE = "le"
    NULL = "null"
    NOT_NULL = "not-null"
    LIKE = "like"
    NOT_LIKE = "not-like"
    IN = "in"
    NOT_IN = "not-in"
    #: The column holds one of the teams of the user in the slot.
    OF_TEAMS = "of-teams"
    #: Along the hierarchy of the table that the column identifies.
    UNDER = "under"
    NOT_UNDER = "not-under"
    UNDER_OR_EQUAL = "under-or-equal"
    ABOVE = "above"
    ABOVE_OR_EQUAL = "above-or-equal"


@dataclass(frozen=True, slots=True)
class Condition:
    """A column against ``count`` values from slot ``slot`` on. ``alias`` names a link, "" the table itself.

    ``other`` is a second column (alias, name) to compare with instead of a value; ``part`` compares only that part of
    a date (``month``, ``quarter``, …).
    """

    column: str
    operator: Operator
    slot: int = 0
    count: int = 0
    alias: str = ""
    other: tuple[str, str] | None = None
    part: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions and groups that must all hold, or any of them; ``negated`` turns the outcome round."""

    all_of: bool
    items: tuple[Node, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Exists:
    """There is a row of ``query`` whose ``column`` equals ``parent_column`` of the table called ``parent``."""

    query: Query
    column: str
    parent: str
    parent_column: str


Node: TypeAlias = Condition | Group | Exists


@dataclass(frozen=True, slots=True)
class Order:
    """One column to sort by."""

    column: str
    descending: bool = False
    alias: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A joined table: rows of ``entity`` whose ``column`` equals ``parent_column`` of the table called ``parent``.

    ``outer`` keeps rows without a partner; the columns come out as ``alias.column``.
    """

    alias: str
    entity: str
    column: str
    parent_column: str
    outer: bool
    columns: tuple[str, ...] = ()
    where: Group | None = None
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """Rows of ``entity``: which columns (logical names), which rows, in which order.

    ``root`` is the alias of the table itself; links come after the one they hang on.
    """

    entity: str
    columns: tuple[str, ...]
    where: Group | None = None
    orders: tuple[Order, ...] = ()
    links: tuple[Link, ...] = ()
    distinct: bool = False
    root: str = ""


@dataclass(frozen=True, slots=True)
class Grouping:
    """A column by whose values, or by a ``part`` of whose dates, rows are put together; ``name`` is the result's."""

    name: str
    column: str
    alias: str = ""
    part: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure over the rows of a group: ``sum avg min max count countcolumn``. ``count`` counts rows."""

    name: str
    function: str
    column: str
    alias: str = ""
    distinct: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """A query's rows in groups, with figures; ``orders`` are (name, descending)."""

    groups: tuple[Grouping, ...] = ()
    measures: tuple[Measure, ...] = ()
    orders: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Me:
    """Stands for the user who asks."""


@dataclass(frozen=True, slots=True)
class MyUnit:
    """Stands for the business unit of the user who asks."""


Plain: TypeAlias = int | float | str | None
Value: TypeAlias = Plain | Me | MyUnit | Edge


def resolve(value: Value, principal: Principal) -> Plain:
    """The value at this moment for this user."""
    if isinstance(value, Me):
        return principal.user_id
    if isinstance(value, MyUnit):
        return principal.business_unit_id
    if isinstance(value, Edge):
        return value.text()
    return value


@dataclass(slots=True)
class Values:
    """Collects the values of a query while it is parsed."""

    items: list[Value] = field(default_factory=list)
    _names: int = 0

    def condition(self, column: str, operator: Operator, *values: Value, alias: str = "", part: str = "") -> Condition:
        """A condition on a column with its values put away."""
        slot = len(self.items)
        self.items.extend(values)
        return Condition(column, operator, slot, len(values), alias, part=part)

    def prefix(self, column: str, text: str, alias: str = "") -> Group:
        """Texts that begin with ``text``, as a range that an index can serve."""
        return Group(
            True,
            (
                self.condition(column, Operator.GE, text, alias=alias),
                self.condition(column, Operator.LT, text + "\U0010ffff", alias=alias),
            ),
        )

    def new_alias(self) -> str:
        """A name that no client can give, for a table inside a condition."""
        self._names += 1
        return f"~{self._names}"


def both(first: Group | None, second: Group | None) -> Group | None:
    """Rows that satisfy both, either of which may be missing."""
    if first is None or second is None:
        return first or second
    return Group(True, (first, second))


def aliases(query: Query) -> tuple[tuple[str, str], ...]:
    """Every table a query reads as (alias, logical name), those inside conditions too; the table itself first."""
    found = [(query.root, query.entity), *((link.alias, link.entity) for link in query.links)]
    for group in (query.where, *(link.where for link in query.links)):
        if group is not None:
            found += [pair for inner in _inside(group) for pair in aliases(inner)]
    return tuple(found)


def _inside(group: Group) -> Iterator[Query]:
    for item in group.items:
        if isinstance(item, Exists):
            yield item.query
        elif isinstance(item, Group):
            yield from _inside(item)


#: The sign in LIKE patterns that takes the meaning from a following ``%`` or ``_``.
ESCAPE = "\\"


def literal(text: str) -> str:
    """A text that stands for itself inside a LIKE pattern."""
    return text.replace(ESCAPE, ESCAPE * 2).replace("%", f"{ESCAPE}%").replace("_", f"{ESCAPE}_")
