"""Rows of a query as JSON objects, with the annotations that the client asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from localcrm.data.session import Session
from localcrm.schema.catalogue import Catalogue
from localcrm.schema.columns import Column, Kind
from localcrm.schema.entity import Entity
from localcrm.security.principals import Directory
from localcrm.webapi.formatting import formatter
from localcrm.webapi.names import Names
from localcrm.webapi.outputs import Output

FORMATTED = "OData.Community.Display.V1.FormattedValue"
NAVIGATION = "Microsoft.Dynamics.CRM.associatednavigationproperty"
LOGICAL_NAME = "Microsoft.Dynamics.CRM.lookuplogicalname"
ATTRIBUTE = "OData.Community.Display.V1.AttributeName"

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
    attribute: bool = False

    @property
    def is_annotated(self) -> bool:
        """Whether anything is added to the bare values."""
        return self.formatted or self.navigation or self.logical_name


class RowWriter:
    """Writes the rows of one plan; made once and kept with it."""

    def __init__(self, catalogue: Catalogue, outputs: Sequence[Output], style: Style, version: int | None) -> None:
        """``version`` is the place of the row version that makes the ETag, None without one."""
        self._catalogue = catalogue
        self._style = style
        self._version = version
        self._lookups = [output for output in outputs if output.column.is_lookup]
        self._writers = [writer for output in outputs for writer in _writers_of(output, style)]

    def write(self, rows: Sequence[_Row], directory: Directory, session: Session) -> list[Record]:
        """The rows as JSON objects. With annotations the names behind lookups are read as well."""
        names = Names(directory, self._catalogue)
        if self._style.formatted:
            for lookup in self._lookups:
                place, type_place = lookup.place, lookup.type_place
                pairs = [(row[place], row[type_place] if type_place is not None else None) for row in rows]
                names.want(pairs, lookup.column)
            names.read(session)
        written = []
        version = self._version
        for row in rows:
            record: Record = {} if version is None else {"@odata.etag": f'W/"{row[version]}"'}
            for write in self._writers:
                write(record, row, names)
            written.append(record)
        return written


def _writers_of(output: Output, style: Style) -> Iterator[_Writer]:
    column, name, place, omit = output.column, output.name, output.place, style.omit_nulls
    if style.attribute and output.attribute is not None:
        yield _attribute_writer(name, place, output.attribute)
    if column.is_lookup:
        yield _lookup_writer(output.entity, column, name, place, output.type_place, style)
    elif column.kind is Kind.BOOLEAN:
        yield _flag_writer(name, place, column, style)
    elif style.formatted and (form := formatter(column)):
        yield _formatted_writer(name, place, form, omit)
    else:
        yield _plain_writer(name, place, omit)


def _attribute_writer(name: str, place: int, attribute: str) -> _Writer:
    annotation = f"{name}@{ATTRIBUTE}"

    def write(record: Record, row: _Row, _: Names) -> None:
        if row[place] is not None:
            record[annotation] = attribute

    return write


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
