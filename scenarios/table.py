"""Tables as a site describes them: how records are listed, found, shown, linked and closed. No journey names a URL."""

from collections.abc import Collection, Mapping, Sequence
from functools import cache, cached_property
from typing import Any, Self
from xml.etree import ElementTree

from pydantic import Field, field_validator, model_validator

from loadtests.config.base import Strict
from loadtests.config.document import Document
from loadtests.config.source import as_model
from scenarios.offline.profile import OfflineItem

SEARCHED = "{0}"
"""What stands in a quick find's FetchXML where the typed text goes, as in the CRM's own quick-find views."""


class SubGrid(Strict):
    """A short list on a form: the rows of another table that point to the record shown."""

    table: str
    column: str
    """The lookup on the listed table that points to the record."""
    columns: list[str] = Field(min_length=1)
    order: str
    descending: bool = False


class Form(Strict):
    """What a form reads. One with `roles` is for those people; the first that fits a person is taken, as in the CRM."""

    name: str
    roles: list[str] = []
    columns: list[str] = Field(min_length=1)
    lookups: list[str] = []
    """Lookups shown, by logical name; read as `_name_value`."""
    sub_grids: list[SubGrid] = []

    @cached_property
    def select(self) -> str:
        """The `$select` of the form's read."""
        return ",".join([*self.columns, *(f"_{name}_value" for name in self.lookups)])

    def lighter(self, columns: int, sub_grids: int, typed: Collection[str] = ()) -> "Form":
        """The form on a small screen: its first columns with those just typed, its first sub-grids."""
        shown = [*self.columns[:columns], *(name for name in self.columns[columns:] if name in typed)]
        # The state is what decides whether a form may be changed: every client reads it.
        state = [name for name in ("statecode",) if name in self.columns and name not in shown]
        return self.model_copy(update={"columns": [*shown, *state], "sub_grids": self.sub_grids[:sub_grids]})


class StatusChange(Strict):
    """How a record reaches another state: columns that are set, or a message of the CRM (`WinOpportunity`)."""

    state: int
    """The `statecode` that the record must show afterwards."""
    columns: dict[str, Any] = {}
    message: str = ""
    body: dict[str, Any] = {}
    """The message's parameters; `{id}` stands for the record's id."""
    dialog: bool = False
    """True: the client asks in a dialog first (the step `open_dialog`), and builds the form anew afterwards."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.columns) == bool(self.message):
            raise ValueError("name either `columns` or `message`, not both and not neither")
        return self

    def body_for(self, record_id: str) -> dict[str, Any]:
        """The message's parameters for one record."""
        filled: dict[str, Any] = _with_id(self.body, record_id)
        return filled


class Table(Strict):
    """One table of the CRM under its logical name."""

    table: str
    label: str
    entity_set: str
    """The plural name in URLs."""
    key: str
    name: str
    """The column people know a record by."""
    type_code: int
    views: dict[str, str] = {}
    """View name -> FetchXML, as Advanced Find's "Download FetchXML" gives it."""
    on_home: str = ""
    """The view of this table on everybody's first screen; empty: none."""
    quick_find: str = ""
    """FetchXML of the quick find view, `{0}` where the text goes."""
    forms: list[Form] = []
    lookups: dict[str, dict[str, str]] = {}
    """Lookups that people fill: column -> target table -> navigation property that binds it."""
    parent: str = ""
    """The lookup that `new ... of` fills."""
    note: str = ""
    """Navigation property by which a note points to a record of this table; empty: it takes no notes."""
    status: dict[str, StatusChange] = {}
    addresses: list[str] = []
    """Columns with e-mail addresses, the most usual first: Outlook looks for a mail's sender in them."""
    offline: OfflineItem | None = None
    """What people take along who work without the network; nothing where missing."""

    @field_validator("views")
    @classmethod
    def _views_are_fetchxml(cls, views: dict[str, str]) -> dict[str, str]:
        for name, text in views.items():
            check_fetchxml(text, f"the view {name!r}")
        return views

    @field_validator("quick_find")
    @classmethod
    def _quick_find_is_fetchxml(cls, text: str) -> str:
        if text:
            check_fetchxml(text, "the quick find")
            if SEARCHED not in text:
                raise ValueError(f"the quick find has no {SEARCHED} where the typed text goes")
        return text

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for what, text in {**self.views, "quick find": self.quick_find}.items():
            if text and entity_of(text) != self.table:
                raise ValueError(f"{what!r} asks for {entity_of(text)!r}, this file is about {self.table!r}")
        if self.on_home and self.on_home not in self.views:
            raise ValueError(f"`on_home` names {self.on_home!r}, which is no view of this file")
        if self.parent and self.parent not in self.lookups:
            raise ValueError(f"`parent` names {self.parent!r}, which is not among `lookups`")
        needed = [self.name, *(("statecode", "statuscode") if self.status else ())]
        if self.offline and (lacking := [name for name in needed if name not in self.offline.columns]):
            raise ValueError(
                f"`offline` must take along {', '.join(lacking)} too: people see it, and changes meet on it"
            )
        if self.forms and self.forms[-1].roles:
            raise ValueError(
                "the last form must be for everybody (without `roles`), so that nobody is left without one"
            )
        return self

    def form_for(self, role: str) -> Form:
        """The first form meant for a role (by its CRM name); LookupError when the table has none at all."""
        for form in self.forms:
            if not form.roles or role in form.roles:
                return form
        raise LookupError(f"the table {self.table} has no form")

    def columns_on_forms(self) -> set[str]:
        """Every plain column that some form shows: what people can fill in."""
        return {column for form in self.forms for column in form.columns}


def read_table(document: Document) -> Table:
    """Check one table file; `ConfigError` with every problem and its line."""
    return as_model(Table, document)


def entity_of(fetch: str) -> str:
    """The table that a FetchXML asks for (empty when it names none)."""
    entity = ElementTree.fromstring(fetch).find("entity")
    return entity.get("name", "") if entity is not None else ""


@cache
def searched_columns(quick_find: str) -> tuple[str, ...]:
    """The columns that a quick find looks into."""
    conditions = ElementTree.fromstring(quick_find).iter("condition")
    return tuple(c.get("attribute", "") for c in conditions if SEARCHED in (c.get("value") or ""))


def check_fetchxml(text: str, what: str) -> None:
    """ValueError that names `what` when the text is no FetchXML."""
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise ValueError(f"{what} is not well-formed XML: {error}") from None
    if root.tag != "fetch" or root.find("entity") is None:
        raise ValueError(f"{what} is no FetchXML: <fetch> with an <entity> is wanted")


def _with_id(value: Any, record_id: str) -> Any:
    if isinstance(value, str):
        return value.replace("{id}", record_id)
    if isinstance(value, Mapping):
        return {key: _with_id(inner, record_id) for key, inner in value.items()}
    if isinstance(value, Sequence):
        return [_with_id(inner, record_id) for inner in value]
    return value
