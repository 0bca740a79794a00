"""What was read of a CRM, as plain data. Nothing in it names a person: people are only counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    name: str
    kind: str
    """The attribute's type as the CRM calls it: `String`, `Picklist`, `Lookup`, `MultiSelectPicklist` ..."""
    required: bool = False
    """Whether a form asks for it: business required, or required by the CRM itself."""
    readable: bool = True
    creatable: bool = True
    length: int = 0
    low: float | None = None
    high: float | None = None
    format: str = ""
    automatic: bool = False
    """Filled by the CRM: an autonumber, a calculated or rollup column."""
    options: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """One table, as its definition says."""

    name: str
    label: str
    entity_set: str
    key: str
    primary_name: str
    type_code: int
    custom: bool
    user_owned: bool
    activity: bool
    tracks_changes: bool
    privileges: Mapping[str, str] = field(default_factory=dict)
    """`Create`, `Read`, `AppendTo` ... -> the privilege's id."""


@dataclass(frozen=True, slots=True)
class Details:
    """What is asked only of the tables that matter."""

    columns: Mapping[str, Column] = field(default_factory=dict)
    lookups: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Lookup column -> table pointed to -> the navigation property that binds it."""
    pointing: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Relationship -> the table that points here, and its lookup column."""
    note: str = ""
    """The navigation property by which a note points here."""
    statuses: Mapping[int, int] = field(default_factory=dict)
    """Status reason -> its state."""


@dataclass(frozen=True, slots=True)
class SubGrid:
    """A list on a form: the relationship it follows, the table listed, the view's id."""

    relationship: str
    table: str
    view_id: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """One main form: fields in their order, and lists."""

    name: str
    fields: tuple[str, ...]
    sub_grids: tuple[SubGrid, ...] = ()
    timeline: bool = False
    role_ids: tuple[str, ...] = ()
    """The roles it is for; empty: everybody."""
    order: int = 0


@dataclass(frozen=True, slots=True)
class View:
    """One public view or the quick find: its query, and the columns its grid shows."""

    view_id: str
    name: str
    fetch: str
    cells: tuple[str, ...] = ()
    default: bool = False


@dataclass(frozen=True, slots=True)
class App:
    """One app and the tables in it."""

    name: str
    tables: frozenset[str]


@dataclass(frozen=True, slots=True)
class Role:
    """One security role, of whichever business unit: copies bear the same name and the same privileges."""

    name: str
    ids: tuple[str, ...]
    """The root role's first."""
    privileges: Mapping[str, int] = field(default_factory=dict)
    """Privilege id -> depth mask (1 own, 2 unit, 4 unit and below, 8 everything)."""
    administers: bool = False
    """It sees every row without filtering: nobody with it is a person of a load test."""

    def may(self, table: Table, right: str) -> bool:
        """Whether it may do that on at least some rows of the table; a right that nobody controls is everybody's."""
        privilege = table.privileges.get(right)
        return privilege is None or self.privileges.get(privilege, 0) > 0

    def everywhere(self, table: Table, right: str) -> bool:
        """Whether it may do that on every row."""
        return self.privileges.get(table.privileges.get(right, ""), 0) >= EVERYTHING


EVERYTHING = 8
"""The depth mask of the whole organisation."""


@dataclass(frozen=True, slots=True)
class People:
    """How many enabled people there are; nobody's name."""

    by_role: Mapping[str, int] = field(default_factory=dict)
    """Each person counted once, under the role that fewest others hold."""
    by_unit: Mapping[str, int] = field(default_factory=dict)
    several_roles: int = 0
    administrators: int = 0
    without_role: int = 0

    @property
    def total(self) -> int:
        """Everybody whose work can be drafted."""
        return sum(self.by_role.values())


@dataclass(frozen=True, slots=True)
class Unread:
    """What could not be read: what, why, and what that costs."""

    what: str
    why: str
    cost: str


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """Everything that was read."""

    version: str
    organisation: str
    apps: Sequence[App] = ()
    tables: Mapping[str, Table] = field(default_factory=dict)
    """Every table of the CRM."""
    details: Mapping[str, Details] = field(default_factory=dict)
    """Only of the tables that matter."""
    forms: Mapping[str, Sequence[Form]] = field(default_factory=dict)
    views: Mapping[str, Sequence[View]] = field(default_factory=dict)
    quick_finds: Mapping[str, View] = field(default_factory=dict)
    dashboards: Sequence[str] = ()
    roles: Mapping[str, Role] = field(default_factory=dict)
    people: People = People()
    queues: Sequence[str] = ()
    duplicate_rules: Mapping[str, int] = field(default_factory=dict)
    """Table -> how many published rules watch it."""
    unread: Sequence[Unread] = ()

    @property
    def in_apps(self) -> frozenset[str]:
        """The tables that some app shows."""
        return frozenset[str]().union(*(app.tables for app in self.apps))

    @property
    def own_tables(self) -> list[str]:
        """The site's own tables that people can come to: in an app with a form and a view, in a stable order."""
        shown = self.in_apps or frozenset(self.tables)
        return [
            name
            for name in sorted(self.details)
            if self.tables[name].custom and name in shown and self.forms.get(name) and self.views.get(name)
        ]
