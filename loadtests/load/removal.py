"""Takes records out of the CRM again: children before their parents, several batches side by side, and then it looks.

A record counts as removed once the CRM says that it deleted it and shows it no more.
"""

import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from urllib.parse import quote

from loadtests.load.plain_session import PlainSession
from loadtests.load.removal_order import Described, describe, levels
from loadtests.load.side_by_side import Answer, Operation, send_all
from loadtests.results.ledger import KEPT, MADE, REMOVED, SEEK, LedgerEntry

LOOKED_FOR_AT_ONCE = 50
"""Ids in one query: it stays well below every limit of a query's length."""
DELETED_AT_ONCE = 25
"""Deletes in one batch: each takes its children along, so a hundred may last longer than anybody waits."""
_ROUNDS = 2
_DELETED, _NOT_THERE = 204, 404


@dataclass(slots=True)
class CleanupReport:
    """What became of the ledger."""

    removed: int = 0
    already_gone: int = 0
    """Deleted with their parent, by a person, or by a leak; or never made, because the CRM refused it."""
    restored: list[LedgerEntry] = field(default_factory=list)
    """They were there before the run, and are again as they were."""
    kept: list[tuple[LedgerEntry, str]] = field(default_factory=list)
    """What cannot be undone, each with the reason."""
    by_table: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """Table -> `removed` and `already gone` -> how many."""

    @property
    def tables(self) -> dict[str, dict[str, int]]:
        """Table -> what became of its records, in the words of docs/clean-up.md -> how many."""
        found: dict[str, Counter[str]] = defaultdict(
            Counter, {name: Counter(words) for name, words in self.by_table.items()}
        )
        for entry in self.restored:
            found[entry.table]["restored"] += 1
        for entry, _ in self.kept:
            found[entry.table]["cannot be undone"] += 1
        return {table: dict(words) for table, words in sorted(found.items())}

    unseen: dict[str, int] = field(default_factory=dict)
    """Why the housekeeper could not look whether records are really gone -> how many."""


def remove_all(
    sessions: Sequence[PlainSession],
    entries: Iterable[LedgerEntry],
    note: Callable[..., None],
    *,
    settle_s: float = 0.0,
    progress: Callable[[int, int], None] = lambda done, whole: None,
) -> CleanupReport:
    """Delete what still stands; `note` gets each entry's new state, `progress` how many of how many are done.

    What was not removed is asked for once more: a parent may have lost its children, and a record that an error left
    in doubt is removed or is not there. `settle_s` is how long to wait before looking for what was not there: a
    request of somebody who was killed may still be on its way. What is found then is deleted as well.
    """
    report = CleanupReport()
    standing = _with_sought(sessions[0], [entry for entry in entries if entry.state == MADE], note, report)
    removal = _Removal(sessions, standing, note, progress)
    left = standing
    for _ in range(_ROUNDS):
        left = removal.delete(left)
    if settle_s and any(removal.answers[entry.id][0] == _NOT_THERE for entry in left):
        time.sleep(settle_s)
    there = removal.seen(entry for entry in standing if removal.answers[entry.id][0] in (_DELETED, _NOT_THERE))
    removal.delete(there)
    still = {entry.id for entry in removal.seen(there)}
    report.unseen = removal.unseen
    for entry in standing:
        status, text = removal.answers[entry.id]
        if entry.id in still or status not in (_DELETED, _NOT_THERE):
            reason = f"HTTP {status} {text[:200]}".strip() if entry.id not in still else "the CRM shows it all the same"
            report.kept.append((entry, reason))
            note(replace(entry, state=KEPT, note=reason))
        elif status == _NOT_THERE:
            report.already_gone += 1
            report.by_table[entry.table]["already gone"] += 1
            note(replace(entry, state=REMOVED, note="already gone"))
        else:
            report.removed += 1
            report.by_table[entry.table]["removed"] += 1
    return report


class _Removal:
    """The records of one clean-up, and what the CRM last said about each."""

    def __init__(
        self,
        sessions: Sequence[PlainSession],
        entries: Sequence[LedgerEntry],
        note: Callable[..., None],
        progress: Callable[[int, int], None],
    ) -> None:
        self._sessions = sessions
        self._note = note
        self._progress = progress
        self._whole = len(entries)
        self._done = 0
        tables = {entry.table for entry in entries}
        self._described: Mapping[str, Described] = describe(sessions[0], tables)
        self._levels = levels(tables, self._described)
        self.answers: dict[str, Answer] = {}
        """Id -> status and text."""
        self.unseen: dict[str, int] = {}

    def delete(self, entries: Iterable[LedgerEntry]) -> list[LedgerEntry]:
        """Delete them, level after level, the newest of a level first; those that the CRM did not delete."""
        left = []
        for _, level in groupby(sorted(entries, key=self._order), key=lambda entry: self._levels[entry.table]):
            of_level = list(level)
            operations: list[Operation] = [("DELETE", f"{entry.entity_set}({entry.id})", None) for entry in of_level]
            answers = send_all(self._sessions, operations, self._told, at_once=DELETED_AT_ONCE)
            self.answers |= {entry.id: answer for entry, answer in zip(of_level, answers, strict=True)}
            deleted = [entry for entry in of_level if self.answers[entry.id][0] == _DELETED]
            left += [entry for entry in of_level if self.answers[entry.id][0] != _DELETED]
            self._note(*(replace(entry, state=REMOVED) for entry in deleted))
        return left

    def _told(self, count: int) -> None:
        self._done = min(self._done + count, self._whole)
        self._progress(self._done, self._whole)

    def seen(self, entries: Iterable[LedgerEntry]) -> list[LedgerEntry]:
        """Those that the CRM still shows."""
        asked: list[list[LedgerEntry]] = []
        by_table = sorted(entries, key=lambda entry: (entry.entity_set, entry.table))
        for (_, table), found in groupby(by_table, key=lambda entry: (entry.entity_set, entry.table)):
            of_table = list(found)
            if table not in self._described:
                self._unseen(f"the housekeeper may not read what the table {table} is", len(of_table))
                continue
            asked += [
                of_table[begin : begin + LOOKED_FOR_AT_ONCE] for begin in range(0, len(of_table), LOOKED_FOR_AT_ONCE)
            ]
        there = []
        queries = [self._query(group) for group in asked]
        for group, (status, text) in zip(asked, send_all(self._sessions, queries), strict=True):
            key = self._described[group[0].table].key
            try:
                ids = {str(row[key]).lower() for row in json.loads(text)["value"]}
            except (ValueError, KeyError, TypeError):
                self._unseen(f"the housekeeper may not list {group[0].entity_set} (HTTP {status})", len(group))
            else:
                there += [entry for entry in group if entry.id.lower() in ids]
        return there

    def _query(self, group: Sequence[LedgerEntry]) -> Operation:
        table, key = group[0].table, self._described[group[0].table].key
        values = "".join(f"<value>{entry.id}</value>" for entry in group)
        fetch = (
            f'<fetch><entity name="{table}"><attribute name="{key}"/><filter>'
            f'<condition attribute="{key}" operator="in">{values}</condition></filter></entity></fetch>'
        )
        return "GET", f"{group[0].entity_set}?fetchXml={quote(fetch, safe='')}", None

    def _unseen(self, why: str, count: int) -> None:
        self.unseen[why] = self.unseen.get(why, 0) + count

    def _order(self, entry: LedgerEntry) -> tuple[int, float]:
        return self._levels[entry.table], -datetime.fromisoformat(entry.made_utc).timestamp()


def _with_sought(
    session: PlainSession, standing: Sequence[LedgerEntry], note: Callable[..., None], report: CleanupReport
) -> list[LedgerEntry]:
    """The entries that name a record, and what those find that only say how to look for one.

    The CRM made these under ids of its own, and perhaps nobody saw its answer.
    """
    found = [entry for entry in standing if not entry.undo.startswith(SEEK)]
    known = {entry.id.lower() for entry in found}
    for sought in (entry for entry in standing if entry.undo.startswith(SEEK)):
        _, key, query = sought.undo.split(" ", 2)
        answer = session.get(query)
        if answer.status_code != 200:
            reason = f"HTTP {answer.status_code} {answer.text[:200]}".strip()
            report.kept.append((sought, reason))
            note(replace(sought, state=KEPT, note=reason))
            continue
        rows = [replace(sought, id=str(row[key]), undo="delete") for row in answer.json().get("value", [])]
        found += [entry for entry in rows if entry.id.lower() not in known]
        note(*rows, replace(sought, state=REMOVED, note=f"{len(rows)} found"))
    return found
