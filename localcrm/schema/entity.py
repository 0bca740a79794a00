"""One table: its names, columns, privileges, relationships and indexes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

from localcrm.schema.columns import Column, Kind

if TYPE_CHECKING:
    from sqlalchemy import Table

    from localcrm.schema.catalogue import Catalogue


class Ownership(Enum):
    """Whose rows they are: a user's or team's, a business unit's, the organisation's, nobody's (associations)."""

    USER = "UserOwned"
    BUSINESS = "BusinessOwned"
    ORGANIZATION = "OrganizationOwned"
    NONE = "None"


class OnDelete(Enum):
    """What the deletion of the row pointed to does to the rows that point to it."""

    CASCADE = "Cascade"
    UNLINK = "RemoveLink"
    RESTRICT = "Restrict"


@dataclass(frozen=True, slots=True)
class Relationship:
    """One-to-many: the rows of ``many`` whose ``column`` points to ``one``.

    ``name`` is the collection on the one side; ``single`` is the navigation property on the many side.
    """

    name: str
    one: str
    many: str
    column: str
    single: str
    on_delete: OnDelete


@dataclass(frozen=True, slots=True)
class Association:
    """Many-to-many through a table of two keys: ``name`` is the collection on both sides.

    ``type_column`` names the column of a table that several associations share, which tells what the second one is.
    """

    name: str
    table: str
    first: str
    first_column: str
    second: str
    second_column: str
    type_column: str | None = None

    def seen_from(self, logical_name: str) -> tuple[str, str, str]:
        """The key column of a side, that of the other side, and the other side's table."""
        if self.first == logical_name:
            return self.first_column, self.second_column, self.second
        return self.second_column, self.first_column, self.first


@dataclass(frozen=True, slots=True)
class Reference:
    """A single-valued navigation property: the lookup it goes along and the one table it leads to."""

    name: str
    column: Column
    target: Entity


@dataclass(frozen=True)
class Entity:
    """A table of the CRM.

    ``privilege`` is the word in its privilege names (``prvReadAccount``: ``Account``; activities share ``Activity``);
    ``kind_of`` names the table that holds its rows when it shares one (``task`` rows lie in ``activitypointer``), told
    apart by ``activitytypecode``; ``states`` maps each statecode to its statuscodes, the first one being the default;
    ``alternate_keys`` are sets of columns (sorted by name) that identify a row; ``change_tracking`` is the switch of
    that name, without effect on rows that carry no version; ``label`` and ``plural`` are what people call it, where the
    logical name does not tell; ``home`` is set by the catalogue that takes the entity in, and what leads to other
    tables works only there.
    """

    logical_name: str
    set_name: str
    type_code: int
    primary_name: str
    privilege: str
    columns: tuple[Column, ...]
    ownership: Ownership = Ownership.USER
    kind_of: str | None = None
    states: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    indexes: tuple[tuple[str, ...], ...] = ()
    alternate_keys: tuple[tuple[str, ...], ...] = ()
    label: str = ""
    plural: str = ""
    is_custom: bool = False
    change_tracking: bool = True
    home: Catalogue | None = field(default=None, repr=False)

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue this entity lives in. Raises LookupError for one that no catalogue has taken in."""
        if self.home is None:
            raise LookupError(f"{self.logical_name} is in no catalogue")
        return self.home

    @property
    def references(self) -> Mapping[str, Reference]:
        """The single-valued navigation properties, by their names."""
        return self.catalogue.references[self.logical_name]

    @property
    def collections(self) -> Mapping[str, Relationship | Association]:
        """The collections, by their names."""
        return self.catalogue.collections[self.logical_name]

    @property
    def associations(self) -> Iterator[Association]:
        """The many-to-many relationships."""
        return (found for found in self.collections.values() if isinstance(found, Association))

    @property
    def rows(self) -> Table:
        """The database table that holds the rows, as SQLAlchemy sees it."""
        return self.catalogue.tables[self.logical_name]

    @property
    def table(self) -> str:
        """The database table that holds the rows."""
        return self.kind_of or self.logical_name

    @cached_property
    def primary_id(self) -> str:
        """The primary key's column."""
        return self.columns[0].name

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """Columns by logical name."""
        return {column.name: column for column in self.columns}

    @cached_property
    def by_property(self) -> dict[str, Column]:
        """Columns by their OData name."""
        return {column.property_name: column for column in self.columns}

    @property
    def schema_name(self) -> str:
        """The name as messages spell it: ``Account``, ``new_Project``."""
        prefix, underscore, rest = self.logical_name.partition("_")
        return f"{prefix}_{rest.capitalize()}" if self.is_custom and underscore else self.logical_name.capitalize()

    @property
    def is_user_owned(self) -> bool:
        """Whether rows have an owner and the four depths apply."""
        return self.ownership is Ownership.USER

    @property
    def has_version(self) -> bool:
        """Whether rows carry ``versionnumber`` and so an ETag."""
        return "versionnumber" in self.by_name

    @property
    def tracks_changes(self) -> bool:
        """Whether clients can ask what changed since they last did."""
        return self.change_tracking and self.has_version

    @property
    def is_kind(self) -> bool:
        """Whether the rows are one kind of a shared table."""
        return self.kind_of is not None

    def lookups(self) -> Iterator[Column]:
        """The columns that point to other tables."""
        return (column for column in self.columns if column.is_lookup)

    def reference_name(self, column: Column, target: str) -> str:
        """The navigation property of a lookup towards one target, as ``@odata.bind`` and annotations spell it."""
        if not column.is_polymorphic or column.kind is Kind.OWNER:
            return column.name
        if column.name == "regardingobjectid" and self.is_kind:
            return f"{column.name}_{target}_{self.logical_name}"
        return f"{column.name}_{target}"

    def __hash__(self) -> int:
        return hash(self.logical_name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Entity) and other.logical_name == self.logical_name and other.home is self.home
