"""`ledger.jsonl`: every record that the run wrote to the CRM, so that it can be undone.

A line is appended before the write is sent; a later line with the same id changes its state. Workers keep parts of
their own (`ledger-<worker>.jsonl`); reading merges them all.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from operator import attrgetter
from pathlib import Path
from typing import Any

import orjson

MADE = "made"
REMOVED = "removed"
KEPT = "kept"
SEEK = "seek"
ASIDE, RESTORE, RESTORED = "aside", "restore", "restored"


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One record. `state` is `made`, `removed`, or `kept` with the reason in `note`.

    A record that was there before is `aside` once its before-image is kept, `made` from the moment that somebody may
    have changed it, and `restored`.
    """

    id: str
    entity_set: str
    table: str
    by: str
    """Who wrote it: an opaque person id, or `housekeeper`."""
    made_utc: str
    undo: str = "delete"
    """`delete`; `seek KEY QUERY` for what the CRM made under ids of its own: delete what the query finds; or `restore
    IMAGE` for a record that was there before: put it back (`loadtests.load.before_images`), never delete it."""
    state: str = MADE
    note: str = ""

    @classmethod
    def from_fields(cls, fields: dict[str, Any]) -> "LedgerEntry":
        """From a parsed line; TypeError when fields are missing or unknown."""
        return cls(**fields)

    def to_fields(self) -> dict[str, Any]:
        """For `from_fields`. `dataclasses.asdict` copies every text and takes ten times as long."""
        return dict(zip(_FIELDS, _VALUES(self), strict=True))

    def standing(self) -> "LedgerEntry":
        """The same record as one that is still to be undone."""
        return replace(self, state=MADE, note="")


_FIELDS = tuple(field.name for field in fields(LedgerEntry))
_VALUES = attrgetter(*_FIELDS)


class LedgerFile:
    """Appends to one ledger file; every line is on disk before `append` returns."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab")
        if path.stat().st_size and not path.read_bytes().endswith(b"\n"):
            # A killed process left half a line: what comes now must not become part of it.
            self._file.write(b"\n")

    def append(self, *entries: LedgerEntry) -> None:
        """Add entries (or new states of entries)."""
        self._file.writelines(map(_line, entries))
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _line(entry: LedgerEntry) -> bytes:
    try:
        return orjson.dumps(entry, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:
        # Half of a character, as a text that somebody cut off at its longest may end with.
        return json.dumps(entry.to_fields(), separators=(",", ":")).encode() + b"\n"


def read_ledger(paths: Iterable[Path], damage: list[str]) -> list[LedgerEntry]:
    """The last state of every record, in order of creation. Half-written lines are named in `damage`."""
    merged: dict[str, LedgerEntry] = {}
    for path in paths:
        for number, text in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
            try:
                entry = LedgerEntry.from_fields(json.loads(text))
            except (ValueError, TypeError):
                damage.append(f"{path.name}:{number}: half-written or not a ledger line")
                continue
            known = merged.get(entry.id)
            if known is None:
                merged[entry.id] = entry
            elif ASIDE in (known.state, entry.state):
                # One line has the before-image, the other says what became of the record since.
                image, said = (known, entry) if known.state == ASIDE else (entry, known)
                merged[entry.id] = replace(image, state=said.state, note=said.note)
            elif entry.state != MADE:
                merged[entry.id] = replace(known, state=entry.state, note=entry.note)
            # a second `made` line is the worker's own copy of the master's: nothing new
    return sorted(merged.values(), key=lambda entry: entry.made_utc)
