"""The copy that people take along: rows as the CRM had them, and over them what they changed since."""

import json
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

from scenarios.offline.changes import Change, Changes, Key, Values
from scenarios.offline.shelf import Version

ETAG = "@odata.etag"
STATE = "statecode"


class TableCopy:
    """The rows of one table."""

    def __init__(self, key: str, columns: Sequence[str], rows: MutableMapping[str, Version] | None = None) -> None:
        """`rows`: where they lie; in memory where nothing is said."""
        self.key = key
        self.columns = tuple(columns)
        self.rows: MutableMapping[str, Version] = {} if rows is None else rows
        self.downloaded = False
        self.delta_link = ""
        """Where change tracking goes on; empty where the copy is kept by the time of the last change."""
        self.newest = ""
        """The latest `modifiedon` seen: the CRM's clock, never ours."""
        self.may_track = True
        """False once the CRM refused change tracking to this person on this table."""

    def take(self, row: Mapping[str, Any]) -> str:
        """Keep a row that the CRM sent; its id."""
        found = str(row[self.key]).lower()
        values = json.dumps([row.get(column) for column in self.columns], separators=(",", ":"))
        self.rows[found] = Version(str(row.get(ETAG) or ""), values)
        self.newest = max(self.newest, str(row.get("modifiedon") or ""))
        return found

    def drop(self, record_id: str) -> None:
        """The row is gone, or no longer this person's."""
        self.rows.pop(record_id.lower(), None)

    def values(self, record_id: str) -> dict[str, Any] | None:
        """A row's columns as the CRM had them."""
        version = self.rows.get(record_id.lower())
        return dict(zip(self.columns, json.loads(version.values), strict=True)) if version else None


@dataclass(slots=True)
class Tally:
    """What became of the work done away."""

    pushed: int = 0
    """Writes that the CRM took."""
    merged: int = 0
    """Records that both sides changed, in different columns."""
    conflicts: int = 0
    """Columns that both sides changed, records closed or deleted meanwhile."""
    given_up: int = 0
    """Columns in which the CRM's value stands instead of the person's."""


class LocalCopy:
    """All tables of a person's profile, and the changes that wait."""

    def __init__(self, tables: Mapping[str, TableCopy]) -> None:
        self.tables = dict(tables)
        self.changes = Changes()
        self.tally = Tally()

    def seen(self, key: Key) -> dict[str, Any] | None:
        """A record as its owner sees it: the CRM's columns with all changes that wait. None: not in the copy."""
        shown = self.tables[key[0]].values(key[1])
        for change in self.changes.of(key):
            shown = {**(shown or {}), **change.values}
        return shown

    def listed(self, table: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every record of a table as its owner sees it."""
        for record_id in dict.fromkeys([*self.tables[table].rows, *self.changes.created(table)]):
            shown = self.seen((table, record_id))
            if shown is not None:
                yield record_id, shown

    def create(
        self, table: str, record_id: str, values: Values, binds: Mapping[str, tuple[str, str]], needs: frozenset[Key]
    ) -> None:
        """Note a record made away."""
        change = Change(table, record_id.lower(), dict(values), creates=True, binds=dict(binds), needs=needs)
        self.changes.add(change)

    def change(
        self,
        table: str,
        record_id: str,
        values: Values,
        binds: Mapping[str, tuple[str, str]] | None = None,
        *,
        alone: bool = False,
        needs: frozenset[Key] = frozenset(),
    ) -> None:
        """Note a change made away. KeyError for a record that is not in the copy."""
        key = (table, record_id.lower())
        shown = self.seen(key)
        if shown is None:
            raise KeyError(key)
        version = self.tables[table].rows.get(key[1])
        # What is made away begins open, as in every CRM.
        shown = {STATE: 0, **shown} if version is None else shown
        before = {column: shown.get(column) for column in (*values, STATE) if column in shown}
        self.changes.add(
            Change(
                *key,
                dict(values),
                before,
                version.etag if version else "",
                alone=alone,
                binds=dict(binds or {}),
                needs=needs,
            )
        )
