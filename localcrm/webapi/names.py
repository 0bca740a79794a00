"""The names behind lookups, read for a whole page of rows at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.engine import Dialect

from localcrm.data.session import Session
from localcrm.schema.catalogue import Catalogue
from localcrm.schema.columns import Column
from localcrm.schema.entity import Entity
from localcrm.security.principals import Directory

#: Ids are asked for in lists of these lengths, so that few different statements are compiled.
_LENGTHS = (1, 4, 16, 64, 256)
_statements: dict[tuple[str, Entity, int], str] = {}


class Names:
    """Names by record id. Users, teams, units and currencies are known to the directory; the rest is read."""

    __slots__ = ("_catalogue", "_directory", "_read", "_wanted")

    def __init__(self, directory: Directory, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._directory = directory
        self._wanted: dict[str, set[str]] = defaultdict(set)
        self._read: dict[str, str | None] = {}

    def want(self, references: Iterable[tuple[str | None, str | None]], column: Column) -> None:
        """Ask for the names behind (id, table) pairs of a lookup; the table may be None where it is the only one."""
        only = column.targets[0]
        for record_id, target in references:
            if record_id is not None and self._directory.named(record_id) is None:
                self._wanted[self._catalogue[target or only].table].add(record_id)

    def read(self, session: Session) -> None:
        """Read what was asked for, one statement per table and list."""
        for table, ids in self._wanted.items():
            pending = sorted(ids)
            while pending:
                part, pending = pending[: _LENGTHS[-1]], pending[_LENGTHS[-1] :]
                length = next(length for length in _LENGTHS if length >= len(part))
                padded = part + [part[0]] * (length - len(part))
                self._read.update(
                    (row[0], row[1])
                    for row in session.fetch(_statement(session.dialect, self._catalogue[table], length), padded)
                )
        self._wanted.clear()

    def name(self, record_id: str) -> str | None:
        """The display name, or None if the record has none or is gone."""
        known = self._directory.named(record_id)
        return known[1] if known else self._read.get(record_id)

    def kind(self, record_id: str) -> str | None:
        """The logical name of a user, team, unit or currency; None for others."""
        known = self._directory.named(record_id)
        return known[0] if known else None


def _statement(dialect: Dialect, entity: Entity, length: int) -> str:
    key = (dialect.name, entity, length)
    if key not in _statements:
        columns = entity.rows.c
        wanted: list[BindParameter[str]] = [bindparam(f"i{number}") for number in range(length)]
        statement = select(columns[entity.primary_id], columns[entity.primary_name]).where(
            columns[entity.primary_id].in_(wanted)
        )
        _statements[key] = str(statement.compile(dialect=dialect))
    return _statements[key]
