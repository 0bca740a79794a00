"""Rows of a query as JSON objects, with the annotations that the client asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from localcrm.data.session import Session
from localcrm.schema.catalogue import Catalogue
from localcrm.schema.columns import Column, Kind
from localcrm.schema.entity import Entity
from localcrm.security.principals import Directory
from localcrm.webapi.formatting import formatter
from localcrm.webapi.names import Names

FORMATTED = "OData.Community.Display.V1.FormattedValue"
NAVIGATION = "Microsoft.Dynamics.CRM.associatednavigationproperty"
LOGICAL_NAME = "Microsoft.Dynamics.CRM.lookuplogicalname"

Record: TypeAlias = dict[str, Any]
_Row: TypeAlias = Sequence[Any]
_Writer: TypeAlias = Callable[[Record, _Row, Names], None]


@dataclass(frozen=True, slots=True)
class Style:
    """How rows are written: which annotations, whether empty values are left out (FetchXML), under which prefix."""

    formatted: bool = False
    navigation: bool = False
    logical_name: bool = False
    omit_nulls: bool = False

    @property
    def is_annotated(self) -> bool:
        """Whether anything is added to the bare values."""
        return self.formatted or self.navigation or self.logical_name


class RowWriter:
    """Writes the rows of one plan; made once and kept with it."""

    def __init__(
        self,
        entity: Entity,
        columns: Sequence[tuple[str, str]],
        links: dict[str, Entity],
        shown: Sequence[str],
        style: Style,
    ) -> None:
        """``columns`` are what the plan selects, ``shown`` the table's own columns that the client asked for."""
        self._catalogue = entity.catalogue
        self._places = {column: place for place, column in enumerate(columns)}
        self._style = style
        self._version = self._places.get(("", "versionnumber")) if entity.has_version else None
        self._writers: list[_Writer] = []
        self._lookups: list[tuple[int, int | None, Column]] = []
        for name in dict.fromkeys([*shown, *([entity.primary_id] if ("", entity.primary_id) in self._places else [])]):
            self._add(entity, entity.by_name[name], "")
        for alias, name in columns:
            if alias and name in links[alias].by_name:
                self._add(links[alias], links[alias].by_name[name], alias)

    def write(self, rows: Sequence[_Row], directory: Directory, session: Session) -> list[Record]:
        """The rows as JSON objects. With annotations the names behind lookups are read as well."""
        names = Names(directory, self._catalogue)
        if self._style.formatted:
            for place, type_place, column in self._lookups:
                names.want([(row[place], row[type_place] if type_place is not None else None) for row in rows], column)
            names.read(session)
        written = []
        version = self._version
        for row in rows:
            record: Record = {} if version is None else {"@odata.etag": f'W/"{row[version]}"'}
            for write in self._writers:
                write(record, row, names)
            written.append(record)
        return written

    def _add(self, entity: Entity, column: Column, alias: str) -> None:
        place = self._places[alias, column.name]
        name = f"{alias}.{column.name}" if alias else column.property_name
        omit = self._style.omit_nulls
        if column.is_lookup:
            type_place = self._places.get((alias, column.type_column)) if column.type_column else None
            self._lookups.append((place, type_place, column))
            self._writers.append(_lookup_writer(entity, column, name, place, type_place, self._style))
        elif column.kind is Kind.BOOLEAN:
            self._writers.append(_flag_writer(name, place, column, self._style))
        elif self._style.formatted and (form := formatter(column)):
            self._writers.append(_formatted_writer(name, place, form, omit))
        else:
            self._writers.append(_plain_writer(name, place, omit))


def _plain_writer(name: str, place: int, omit: bool) -> _Writer:
    def write(record: Record, row: _Row, _: Names) -> None:
        value = row[place]
        if value is not None or not omit:
            record[name] = value

    return write


def _formatted_writer(name: str, place: int, form: Callable[[Any], str], omit: bool) -> _Writer:
    annotation = f"{name}@{FORMATTED}"

    def write(record: Record, row: _Row, _: Names) -> None:
        value = row[place]
        if value is not None:
            record[annotation] = form(value)
            record[name] = value
        elif not omit:
            record[name] = None

    return write


def _flag_writer(name: str, place: int, column: Column, style: Style) -> _Writer:
    annotation = f"{name}@{FORMATTED}"
    labels = column.options

    def write(record: Record, row: _Row, _: Names) -> None:
        value = row[place]
        if value is not None:
            if style.formatted:
                record[annotation] = labels[value]
            record[name] = bool(value)
        elif not style.omit_nulls:
            record[name] = None

    return write


def _lookup_writer(
    entity: Entity, column: Column, name: str, place: int, type_place: int | None, style: Style
) -> _Writer:
    formatted, navigation, logical = f"{name}@{FORMATTED}", f"{name}@{NAVIGATION}", f"{name}@{LOGICAL_NAME}"
    navigations = {target: entity.reference_name(column, target) for target in column.targets}
    only = column.targets[0]

    def write(record: Record, row: _Row, names: Names) -> None:
        value = row[place]
        if value is None:
            if not style.omit_nulls:
                record[name] = None
            return
        if style.is_annotated:
            target = row[type_place] if type_place is not None else names.kind(value) or only
            text = names.name(value)
            if style.formatted and text is not None:
                record[formatted] = text
            if style.navigation and target in navigations:
                record[navigation] = navigations[target]
            if style.logical_name:
                record[logical] = target
        record[name] = value

    return write


def links_of(catalogue: Catalogue, pairs: Sequence[tuple[str, str]]) -> dict[str, Entity]:
    """The linked tables of a query by alias, from (alias, logical name)."""
    return {alias: catalogue[name] for alias, name in pairs if alias}
