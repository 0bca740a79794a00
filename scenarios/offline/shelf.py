"""Where the rows of all local copies of a process lie: in one temporary file, as on a device, and not in memory.

A hundred people who take along their records one after the other would let the generator grow for as long as a run
lasts.
"""

import sqlite3
from collections.abc import Iterator, MutableMapping
from typing import NamedTuple

_TABLE = 'CREATE TABLE row (copy INTEGER, id TEXT, etag TEXT, "values" TEXT, PRIMARY KEY (copy, id)) WITHOUT ROWID'


class Version(NamedTuple):
    """A row as the CRM had it: its version, and its columns in the order of the table's, as a JSON list."""

    etag: str
    values: str


class Shelf:
    """One file for everybody; it is gone with the process."""

    def __init__(self) -> None:
        # No name: a temporary file that SQLite makes when its cache is full, and removes (sqlite.org/inmemorydb.html).
        self._database = sqlite3.connect("", isolation_level=None)
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-1024", "temp_store=FILE"):
            self._database.execute(f"PRAGMA {pragma}")
        self._database.execute(_TABLE)
        self._copies = 0

    def rows(self) -> "ShelvedRows":
        """A place for the rows of one table of one person; empty."""
        self._copies += 1
        return ShelvedRows(self._database, self._copies)


class ShelvedRows(MutableMapping[str, Version]):
    """Rows by id."""

    def __init__(self, database: sqlite3.Connection, copy: int) -> None:
        self._database = database
        self._copy = copy

    def __getitem__(self, record_id: str) -> Version:
        found = self._ask('SELECT etag, "values" FROM row WHERE copy = ? AND id = ?', record_id).fetchone()
        if found is None:
            raise KeyError(record_id)
        return Version(*found)

    def __setitem__(self, record_id: str, version: Version) -> None:
        self._ask("INSERT OR REPLACE INTO row VALUES (?, ?, ?, ?)", record_id, *version)

    def __delitem__(self, record_id: str) -> None:
        if not self._ask("DELETE FROM row WHERE copy = ? AND id = ?", record_id).rowcount:
            raise KeyError(record_id)

    def __iter__(self) -> Iterator[str]:
        # All at once: rows may come and go while somebody goes through them.
        return iter([found for (found,) in self._ask("SELECT id FROM row WHERE copy = ? ORDER BY id").fetchall()])

    def __len__(self) -> int:
        return int(self._ask("SELECT count(*) FROM row WHERE copy = ?").fetchone()[0])

    def clear(self) -> None:
        """All rows go."""
        self._ask("DELETE FROM row WHERE copy = ?")

    def _ask(self, sql: str, *values: str) -> sqlite3.Cursor:
        return self._database.execute(sql, (self._copy, *values))
