"""What a query asks for, free of its values, so that queries of one shape share one compiled statement."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import TypeAlias

from localcrm.security.principals import Principal


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


@dataclass(frozen=True, slots=True)
class Condition:
    """A column against ``count`` values from slot ``slot`` on. ``alias`` names a link, "" the table itself."""

    column: str
    operator: Operator
    slot: int = 0
    count: int = 0
    alias: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions and groups that must all hold, or any of them; ``negated`` turns the outcome round."""

    all_of: bool
    items: tuple[Condition | Group, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """One column to sort by."""

    column: str
    descending: bool = False
    alias: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A joined table: rows of ``entity`` whose ``column`` equals ``parent_column`` of the table itself.

    ``outer`` keeps rows without a partner; the columns come out as ``alias.column``.
    """

    alias: str
    entity: str
    column: str
    parent_column: str
    outer: bool
    columns: tuple[str, ...] = ()
    where: Group | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """Rows of ``entity``: which columns (logical names), which rows, in which order."""

    entity: str
    columns: tuple[str, ...]
    where: Group | None = None
    orders: tuple[Order, ...] = ()
    links: tuple[Link, ...] = ()
    distinct: bool = False


@dataclass(frozen=True, slots=True)
class Me:
    """Stands for the user who asks."""


@dataclass(frozen=True, slots=True)
class MyUnit:
    """Stands for the business unit of the user who asks."""


@dataclass(frozen=True, slots=True)
class DaysFromToday:
    """Stands for a day counted from today (UTC), in the form its column compares with."""

    days: int
    form: str = "%Y-%m-%dT00:00:00Z"


Plain: TypeAlias = int | float | str | None
Value: TypeAlias = Plain | Me | MyUnit | DaysFromToday


def resolve(value: Value, principal: Principal) -> Plain:
    """The value at this moment for this user."""
    if isinstance(value, Me):
        return principal.user_id
    if isinstance(value, MyUnit):
        return principal.business_unit_id
    if isinstance(value, DaysFromToday):
        moment = datetime.now(UTC) + timedelta(days=value.days)
        return moment.strftime(value.form)
    return value


@dataclass(slots=True)
class Values:
    """Collects the values of a query while it is parsed."""

    items: list[Value] = field(default_factory=list)

    def condition(self, column: str, operator: Operator, *values: Value, alias: str = "") -> Condition:
        """A condition on a column with its values put away."""
        slot = len(self.items)
        self.items.extend(values)
        return Condition(column, operator, slot, len(values), alias)

    def prefix(self, column: str, text: str, alias: str = "") -> Group:
        """Texts that begin with ``text``, as a range that an index can serve."""
        return Group(
            True,
            (
                self.condition(column, Operator.GE, text, alias=alias),
                self.condition(column, Operator.LT, text + "\U0010ffff", alias=alias),
            ),
        )


def both(first: Group | None, second: Group | None) -> Group | None:
    """Rows that satisfy both, either of which may be missing."""
    if first is None or second is None:
        return first or second
    return Group(True, (first, second))


#: The sign in LIKE patterns that takes the meaning from a following ``%`` or ``_``.
ESCAPE = "\\"


def literal(text: str) -> str:
    """A text that stands for itself inside a LIKE pattern."""
    return text.replace(ESCAPE, ESCAPE * 2).replace("%", f"{ESCAPE}%").replace("_", f"{ESCAPE}_")
