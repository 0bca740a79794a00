"""How both sides meet again: a change made away against what the CRM has now. Maths on data; nothing is sent here.

Column by column, with what the person saw when making the change as the common ancestor:

- only the person changed it: it is written;
- both changed it to the same: nothing to do. So an interrupted write that did arrive is recognised, and not done twice;
- both changed it: a conflict, decided by the profile's rule.

A record that somebody else closed or deleted is not changed any more.
"""

from collections.abc import Mapping
from typing import Any

from scenarios.offline.changes import Change, Key
from scenarios.offline.local_copy import ETAG, STATE, LocalCopy
from scenarios.offline.profile import OfflineItem

_ROUNDED = 0.005


def landed(copy: LocalCopy, change: Change, row: Mapping[str, Any], item: OfflineItem) -> None:
    """The CRM took a change and answered with the record as it is now."""
    copy.tally.pushed += 1
    copy.changes.done(change)
    copy.tables[change.table].take(row)
    for later in copy.changes.of(change.key):
        # What this change wrote is what the later one was made on, however the CRM wrote it down.
        later.before |= {
            column: row.get(column)
            for column, value in later.before.items()
            if column in change.values and same(value, change.values[column])
        }
        later.etag = later.etag and str(row.get(ETAG) or "")
    _bring_onto(copy, change.key, row, item)


def met(copy: LocalCopy, change: Change, row: Mapping[str, Any], item: OfflineItem) -> None:
    """The CRM has another version than the change was made on (or already the record that it creates)."""
    if change.creates:
        # The id was chosen at random here: the record is ours, an earlier attempt arrived after all.
        copy.changes.done(change)
    copy.tables[change.table].take(row)
    _bring_onto(copy, change.key, row, item)


def gone(copy: LocalCopy, key: Key) -> None:
    """The record is no longer there, or no longer this person's to change: its changes go with it."""
    copy.tally.conflicts += 1
    copy.tally.given_up += sum(len(change.values) for change in copy.changes.of(key))
    copy.changes.drop(key)
    copy.tables[key[0]].drop(key[1])


def same(one: Any, other: Any) -> bool:
    """Whether a CRM would say that two values are equal: no text is nothing, and money is rounded."""
    if _is_number(one) and _is_number(other):
        return abs(float(one) - float(other)) < _ROUNDED
    return bool((one if one != "" else None) == (other if other != "" else None))


def _bring_onto(copy: LocalCopy, key: Key, row: Mapping[str, Any], item: OfflineItem) -> None:
    """Bring what waits for a record onto the CRM's version, up to the first change that still has something to write;
    those after it are brought onto what that one leaves."""
    for change in copy.changes.of(key):
        if _onto(copy, change, row, item):
            return
        copy.changes.done(change)


def _onto(copy: LocalCopy, change: Change, row: Mapping[str, Any], item: OfflineItem) -> bool:
    """Bring one change onto the CRM's version; False when nothing of it is left to write."""
    done = {column for column, value in change.values.items() if same(row.get(column), value)}
    # A column that the copy does not have, or of a record made away, has no value from before: nobody else's to keep.
    seen = change.before.keys() & change.values.keys()
    theirs = {column for column in seen if not same(row.get(column), change.before[column])} - done
    closed = STATE in change.before and STATE not in done and not same(row.get(STATE), change.before[STATE])
    clashes = set(change.values) - done if closed else theirs
    lost = clashes if closed else {column for column in clashes if not item.wins(column)}
    copy.tally.conflicts += len(clashes)
    copy.tally.given_up += len(lost)
    etag = str(row.get(ETAG) or "")
    if change.etag and etag != change.etag and not clashes and len(done) < len(change.values):
        copy.tally.merged += 1
    for column in done | lost:
        del change.values[column]
        change.binds.pop(column, None)
    change.before = {column: row.get(column) for column in (*change.values, STATE) if column in row}
    change.etag = etag
    change.attempted = False
    return bool(change.values)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
