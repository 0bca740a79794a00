"""What a solution file can say, key by key."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from localcrm.plugins.step import Duration, Step, Workflow, constant

ColumnType: TypeAlias = Literal[
    "text", "memo", "whole", "big_whole", "decimal", "float", "money", "yes_no", "choice", "date_time", "date",
    "lookup", "customer",
]  # fmt: skip
ParameterType: TypeAlias = Literal["text", "whole", "decimal", "float", "money", "yes_no", "date_time", "reference"]
RightName: TypeAlias = Literal["create", "read", "write", "delete", "append", "append_to", "assign", "share"]
DepthName: TypeAlias = Literal["none", "basic", "local", "deep", "global"]
LogicalName: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=50)]
SchemaName: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=100)]


class Checked(BaseModel):
    """Knows its keys and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ColumnSpec(Checked):
    """One column. ``options`` are labels by value, or a list that counts up from 100000000 as a publisher's do."""

    type: ColumnType
    label: str = ""
    length: Annotated[int, Field(ge=1, le=1_048_576)] | None = None
    required: bool = False
    options: dict[int, str] = {}
    choice: str = ""
    to: tuple[LogicalName, ...] = ()
    relationship: SchemaName | None = None
    on_delete: Literal["cascade", "unlink", "restrict"] = "unlink"

    @field_validator("options", mode="before")
    @classmethod
    def _counted(cls, value: object) -> object:
        return dict(enumerate(map(str, value), 100_000_000)) if isinstance(value, (list, tuple)) else value

    @field_validator("to", mode="before")
    @classmethod
    def _one_target(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        if (self.type == "lookup") != bool(self.to):
            raise ValueError("a lookup says with `to` which table it points to, and only a lookup does")
        if self.type == "choice" and bool(self.options) == bool(self.choice):
            raise ValueError("a choice has either `options` or the name of a shared `choice`")
        if self.type not in ("choice", "yes_no") and (self.options or self.choice):
            raise ValueError(f"a {self.type} column has no options")
        if self.length is not None and self.type not in ("text", "memo"):
            raise ValueError(f"a {self.type} column has no length")
        if self.relationship and len(self.to) > 1:
            raise ValueError("a lookup to several tables makes several relationships: leave `relationship` out")
        return self


class SubGridSpec(Checked):
    """A short list on a form: the collection it shows, and the view its columns come from (the table's default)."""

    relationship: SchemaName
    view: str = ""


class FormSpec(Checked):
    """One main form."""

    columns: Annotated[tuple[LogicalName, ...], Field(min_length=1)]
    sub_grids: tuple[SubGridSpec, ...] = ()


class WhereSpec(Checked):
    """One condition of a view, as FetchXML has it."""

    column: LogicalName
    operator: str
    value: str | int | float | None = None


class ViewSpec(Checked):
    """One public view."""

    columns: Annotated[tuple[LogicalName, ...], Field(min_length=1)]
    order: LogicalName
    descending: bool = False
    where: tuple[WhereSpec, ...] = ()
    default: bool = False


class RowsSpec(Checked):
    """Generated rows. Columns that ``values`` does not name stay empty (a lookup points to any row if it says ``any``).

    A value is a text with ``{number}`` and ``{word}``, a list to draw from, ``{from, to}`` for numbers, ``{days:
    [from, to]}`` for dates counted from the company's today, or a fixed value.
    """

    count: Annotated[int, Field(ge=0, le=1_000_000)]
    values: dict[LogicalName, Any] = {}


class TableSpec(Checked):
    """One table of the site's own. ``name`` is the text column that people know a row by."""

    label: str
    plural: str = ""
    set_name: LogicalName | None = None
    ownership: Literal["user", "organization"] = "user"
    name: LogicalName
    columns: Annotated[dict[LogicalName, ColumnSpec], Field(min_length=1)]
    active: dict[int, str] = {1: "Active"}
    inactive: dict[int, str] = {2: "Inactive"}
    keys: dict[SchemaName, tuple[LogicalName, ...]] = {}
    change_tracking: bool = False
    activities: bool = False
    notes: bool = False
    forms: dict[str, FormSpec] = {}
    views: dict[str, ViewSpec] = {}
    quick_find: tuple[LogicalName, ...] = ()
    privileges: dict[str, dict[RightName, DepthName]] = {}
    rows: RowsSpec = RowsSpec(count=0)

    @property
    def many(self) -> str:
        """What people call several rows."""
        return self.plural or f"{self.label}s"


class AppSpec(Checked):
    """An app: the tables that it leads to."""

    tables: Annotated[tuple[LogicalName, ...], Field(min_length=1)]


class ManyToManySpec(Checked):
    """Many to many between two different tables."""

    between: tuple[LogicalName, LogicalName]


class ParameterSpec(Checked):
    """One parameter of an action; a ``reference`` is a record with ``@odata.type`` and its key."""

    type: ParameterType = "text"
    required: bool = False


class CreateSpec(Checked):
    """A row that an action makes: properties and ``…@odata.bind`` as in the body of a create."""

    table: LogicalName
    values: dict[str, Any]


class DoSpec(Checked):
    """One thing that an action does. Texts may hold ``{Parameter}`` and, of a bound action, ``{id}``."""

    set: dict[str, Any] = {}
    create: CreateSpec | None = None
    delay: Duration | None = None
    error: str = ""
    answer: dict[str, Any] = {}

    _bare_delay = field_validator("delay", mode="before")(constant)

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if sum(map(bool, (self.set, self.create, self.delay, self.error, self.answer))) != 1:
            raise ValueError("write one of set, create, delay, error, answer; several things are several entries")
        return self


class ActionSpec(Checked):
    """A custom action, bound to a ``table`` or unbound; ``privilege`` is one that who calls it must hold."""

    label: str = ""
    table: LogicalName | None = None
    parameters: dict[SchemaName, ParameterSpec] = {}
    outputs: dict[SchemaName, ParameterType] = {}
    privilege: str = ""
    does: tuple[DoSpec, ...] = ()


class ChoiceSpec(Checked):
    """An option set that several columns share."""

    label: str = ""
    options: dict[int, str]

    @field_validator("options", mode="before")
    @classmethod
    def _counted(cls, value: object) -> object:
        return dict(enumerate(map(str, value), 100_000_000)) if isinstance(value, (list, tuple)) else value


class Solution(Checked):
    """One solution file. ``columns`` adds to tables that exist; every name of the site's own begins with the prefix."""

    solution: SchemaName
    prefix: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]{1,7}$")]
    version: str = "1.0.0.0"
    choices: dict[LogicalName, ChoiceSpec] = {}
    tables: dict[LogicalName, TableSpec] = {}
    columns: dict[LogicalName, dict[LogicalName, ColumnSpec]] = {}
    apps: dict[str, AppSpec] = {}
    many_to_many: dict[SchemaName, ManyToManySpec] = {}
    actions: dict[SchemaName, ActionSpec] = {}
    plugins: tuple[Step, ...] = ()
    workflows: tuple[Workflow, ...] = ()
