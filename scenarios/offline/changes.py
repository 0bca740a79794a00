"""What a person changed while away, in the order in which the CRM must learn of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Values = Mapping[str, Any]
"""Columns by their OData names: `subject`, `_regardingobjectid_value`."""
Key = tuple[str, str]
"""Table and id."""


@dataclass(slots=True, eq=False)
class Change:
    """One write that waits. `before` and `etag` are what the person saw when making it; a create has neither."""

    table: str
    id: str
    values: dict[str, Any]
    before: dict[str, Any] = field(default_factory=dict)
    etag: str = ""
    creates: bool = False
    alone: bool = False
    """A change of state: later typing is a write of its own, as the CRM takes no typing on a closed record."""
    binds: dict[str, tuple[str, str]] = field(default_factory=dict)
    """For lookups among `values`: the `@odata.bind` property and the reference that it gets."""
    needs: frozenset[Key] = frozenset()
    """Records that must be in the CRM first, because a lookup points to them."""
    attempted: bool = False
    """It was sent once and nobody knows whether it arrived."""

    @property
    def key(self) -> Key:
        """Whose change it is."""
        return self.table, self.id

    @property
    def body(self) -> dict[str, Any]:
        """The JSON of the write."""
        return dict(self.binds.get(column, (column, value)) for column, value in self.values.items())

    def take_in(self, later: "Change") -> None:
        """Make a later change of the same record part of this one, which has not been sent."""
        self.values |= later.values
        self.before = later.before | self.before
        self.binds |= later.binds
        self.needs |= later.needs


class Changes:
    """The queue. Changes of one record are sent one after the other; records do not wait for each other, unless one
    points to another that the CRM does not know yet."""

    def __init__(self) -> None:
        self._waiting: list[Change] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, change: Change) -> None:
        """Queue a change; typing is joined with the typing before it as long as that was not sent."""
        last = next((known for known in reversed(self._waiting) if known.key == change.key), None)
        if last and not (last.attempted or last.alone or change.alone or change.creates):
            last.take_in(change)
        else:
            self._waiting.append(change)

    def of(self, key: Key) -> list[Change]:
        """The changes of one record, oldest first."""
        return [change for change in self._waiting if change.key == key]

    def created(self, table: str) -> list[str]:
        """Ids of the records of a table that were made away and are not in the CRM yet."""
        return [change.id for change in self._waiting if change.creates and change.table == table]

    def wave(self) -> list[Change]:
        """What can be sent now, all at once: the oldest change of every record that waits for no other record."""
        firsts: dict[Key, Change] = {}
        for change in self._waiting:
            firsts.setdefault(change.key, change)
        unborn = {change.key for change in self._waiting if change.creates}
        return [change for change in firsts.values() if not change.needs & (unborn - {change.key})]

    def done(self, change: Change) -> None:
        """It needs no sending any more."""
        self._waiting.remove(change)

    def drop(self, key: Key) -> int:
        """Forget all changes of a record, and those that wait for it; how many."""
        gone = self.of(key)
        gone += [change for change in self._waiting if gone and gone[0].creates and key in change.needs]
        for change in gone:
            self._waiting.remove(change)
        return len(gone)
