"""One column of a table, as the Web API, FetchXML and the metadata see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Kind(Enum):
    """The attribute types of the CRM that the local one uses; the value is the name in the metadata."""

    KEY = "Uniqueidentifier"
    STRING = "String"
    MEMO = "Memo"
    INTEGER = "Integer"
    BIGINT = "BigInt"
    DECIMAL = "Decimal"
    DOUBLE = "Double"
    MONEY = "Money"
    BOOLEAN = "Boolean"
    PICKLIST = "Picklist"
    STATE = "State"
    STATUS = "Status"
    DATETIME = "DateTime"
    DATE = "DateOnly"
    LOOKUP = "Lookup"
    CUSTOMER = "Customer"
    OWNER = "Owner"
    ENTITY_NAME = "EntityName"
    IMAGE = "Image"


_LOOKUPS = frozenset({Kind.LOOKUP, Kind.CUSTOMER, Kind.OWNER})
_OPTIONS = frozenset({Kind.PICKLIST, Kind.STATE, Kind.STATUS})
_TEXT = frozenset({Kind.STRING, Kind.MEMO, Kind.ENTITY_NAME, Kind.IMAGE})
_EDM = {
    Kind.KEY: "Edm.Guid",
    Kind.INTEGER: "Edm.Int32",
    Kind.BIGINT: "Edm.Int64",
    Kind.DECIMAL: "Edm.Decimal",
    Kind.DOUBLE: "Edm.Double",
    Kind.MONEY: "Edm.Decimal",
    Kind.BOOLEAN: "Edm.Boolean",
    Kind.DATETIME: "Edm.DateTimeOffset",
    Kind.DATE: "Edm.Date",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its logical name.

    ``length`` bounds text; ``targets`` are the logical names a lookup may point to (more than one: polymorphic, and the
    table then keeps the name beside it in ``type_column``); ``options`` are the labels of an option set by value;
    ``fixed`` columns are kept by the CRM itself and cannot be written by a client; ``option_set`` names the shared
    option set that ``options`` come from; ``label`` is what people call the column, where its name
    does not tell.
    """

    name: str
    kind: Kind
    length: int = 0
    targets: tuple[str, ...] = ()
    options: Mapping[int, str] = field(default_factory=dict)
    fixed: bool = False
    required: bool = False
    label: str = ""
    option_set: str = ""
    is_custom: bool = False

    @property
    def is_lookup(self) -> bool:
        """Whether the column points to another table."""
        return self.kind in _LOOKUPS

    @property
    def is_polymorphic(self) -> bool:
        """Whether the column can point to more than one table."""
        return len(self.targets) > 1

    @property
    def has_options(self) -> bool:
        """Whether the column holds a number with a label."""
        return self.kind in _OPTIONS

    @property
    def is_text(self) -> bool:
        """Whether the column compares as text, without regard to case."""
        return self.kind in _TEXT

    @property
    def property_name(self) -> str:
        """The name in OData: ``_ownerid_value`` for lookups, the logical name otherwise."""
        return f"_{self.name}_value" if self.is_lookup else self.name

    @property
    def type_column(self) -> str | None:
        """The database column that says which table a polymorphic lookup points to; None where the value says it."""
        if not self.is_polymorphic or self.kind is Kind.OWNER:
            return None
        return "regardingobjecttypecode" if self.name == "regardingobjectid" else f"{self.name}type"

    @property
    def edm_type(self) -> str:
        """The type in the CSDL."""
        if self.is_lookup:
            return "Edm.Guid"
        if self.has_options:
            return "Edm.Int32"
        return _EDM.get(self.kind, "Edm.String")


def key(name: str) -> Column:
    """The primary key."""
    return Column(name, Kind.KEY, fixed=True)


def text(name: str, length: int = 100, *, required: bool = False, fixed: bool = False) -> Column:
    """A line of text."""
    return Column(name, Kind.STRING, length=length, required=required, fixed=fixed)


def memo(name: str, length: int = 2000) -> Column:
    """Several lines of text."""
    return Column(name, Kind.MEMO, length=length)


def integer(name: str, *, fixed: bool = False) -> Column:
    """A whole number."""
    return Column(name, Kind.INTEGER, fixed=fixed)


def money(name: str) -> Column:
    """An amount in the row's currency."""
    return Column(name, Kind.MONEY)


def double(name: str) -> Column:
    """A floating-point number."""
    return Column(name, Kind.DOUBLE)


def flag(name: str, off: str = "No", on: str = "Yes", *, fixed: bool = False) -> Column:
    """A two-option column with its labels."""
    return Column(name, Kind.BOOLEAN, options={0: off, 1: on}, fixed=fixed)


def choice(name: str, *labels: str, first: int = 1) -> Column:
    """An option set whose values count up from ``first``."""
    return Column(name, Kind.PICKLIST, options=dict(enumerate(labels, first)))


def when(name: str, *, fixed: bool = False) -> Column:
    """A moment, kept in UTC as ``YYYY-MM-DDTHH:MM:SSZ``."""
    return Column(name, Kind.DATETIME, fixed=fixed)


def day(name: str) -> Column:
    """A calendar day without a time."""
    return Column(name, Kind.DATE)


def lookup(name: str, *targets: str, fixed: bool = False, required: bool = False) -> Column:
    """A reference to one row of one of ``targets``."""
    return Column(name, Kind.LOOKUP, targets=targets, fixed=fixed, required=required)


def customer(name: str, *, required: bool = False) -> Column:
    """A reference to an account or a contact."""
    return Column(name, Kind.CUSTOMER, targets=("account", "contact"), required=required)


def state(labels: Mapping[int, str]) -> Column:
    """``statecode`` with its labels."""
    return Column("statecode", Kind.STATE, options=labels)


def status(labels: Mapping[int, str]) -> Column:
    """``statuscode`` with its labels."""
    return Column("statuscode", Kind.STATUS, options=labels)
