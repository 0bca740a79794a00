"""Before-images: what a plan changes of records that were there before, kept in the ledger, and put back afterwards.

Only what the plan's journeys will change is kept, with state and owner: a ledger is no copy of people's data. What a
message of the CRM leaves behind under ids of its own (the resolution of a case) is known by what was there before.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from loadtests.load.plain_session import PlainSession
from loadtests.load.side_by_side import Answer, Operation, send_all
from loadtests.results.ledger import ASIDE, KEPT, MADE, RESTORE, RESTORED, LedgerEntry

NEVER_UNDONE = ("modifiedon", "modifiedby", "versionnumber")
"""What a CRM writes into a record by itself whenever it is changed, the way back included; audit entries beside it."""
_STATE = ("statecode", "statuscode")
_OWNERS = (("_owninguser_value", "systemusers"), ("_owningteam_value", "teams"))
_OK = (200, 204)


@dataclass(frozen=True, slots=True)
class Leaves:
    """Records of another table that the CRM makes of a change: they point to the changed one by a lookup."""

    table: str
    lookup: str


@dataclass(frozen=True, slots=True)
class Image:
    """A record as it was: columns with their values, the owner's path, and the ids of what pointed to it then."""

    columns: Mapping[str, Any]
    owner: str
    leaves: tuple[tuple[str, str, str, tuple[str, ...]], ...] = ()
    """Entity set, key, lookup, ids."""

    def to_undo(self) -> str:
        """As the ledger has it."""
        return f"{RESTORE} " + json.dumps(
            {"columns": dict(self.columns), "owner": self.owner, "leaves": [list(one) for one in self.leaves]},
            separators=(",", ":"),
        )

    @classmethod
    def from_undo(cls, undo: str) -> "Image | None":
        """What `to_undo` wrote; None where the ledger holds none."""
        try:
            read = json.loads(undo.removeprefix(RESTORE))
            leaves = tuple((str(s), str(k), str(n), tuple(map(str, ids))) for s, k, n, ids in read["leaves"])
            return cls(dict(read["columns"]), str(read["owner"]), leaves)
        except (ValueError, TypeError, KeyError):
            return None


@dataclass(frozen=True, slots=True)
class Kept:
    """A record whose image is to be taken."""

    id: str
    entity_set: str
    table: str
    columns: tuple[str, ...]
    leaves: tuple[Leaves, ...]


@dataclass(slots=True)
class Restored:
    """What became of the changed records."""

    restored: list[LedgerEntry] = field(default_factory=list)
    gone: list[LedgerEntry] = field(default_factory=list)
    """Deleted by somebody: they cannot be put back."""
    failed: list[tuple[LedgerEntry, str]] = field(default_factory=list)


def take_images(sessions: Sequence[PlainSession], records: Sequence[Kept]) -> list[LedgerEntry]:
    """Ledger entries with the images of those that the housekeeper can read; one that it cannot is not among them."""
    sets = _entity_sets(sessions[0], {leaf.table for one in records for leaf in one.leaves})
    asked = [_read(one.entity_set, one.id, one.columns) for one in records]
    answers = send_all(sessions, asked)
    waiting = [one for one in records if _waits_in_a_queue(one)]
    queued = send_all(sessions, [_queue_items(one.id) for one in waiting])
    in_queues = {one.id for one, answer in zip(waiting, queued, strict=True) if _rows(answer) != []}
    leaves = [(one, leaf, sets[leaf.table]) for one in records for leaf in one.leaves if leaf.table in sets]
    found = send_all(sessions, [_pointing(*where, leaf.lookup, one.id) for one, leaf, where in leaves])
    there: dict[str, list[tuple[str, str, str, tuple[str, ...]]]] = {}
    for (one, leaf, (entity_set, key)), answer in zip(leaves, found, strict=True):
        if (rows := _rows(answer)) is not None:
            ids = tuple(str(row[key]) for row in rows)
            there.setdefault(one.id, []).append((entity_set, key, leaf.lookup, ids))
    now = datetime.now(UTC).isoformat()
    entries = []
    for one, answer in zip(records, answers, strict=True):
        image = _image(answer, one.columns, tuple(there.get(one.id, ())))
        if image and one.id not in in_queues and len(image.leaves) == len(one.leaves):
            entries.append(
                LedgerEntry(one.id, one.entity_set, one.table, "housekeeper", now, image.to_undo(), state=ASIDE)
            )
    return entries


def restore_all(
    sessions: Sequence[PlainSession], entries: Sequence[LedgerEntry], note: Callable[..., None]
) -> Restored:
    """Put back what people have changed, and look; `note` gets each entry's new state."""
    report = Restored()
    images = {entry.id: image for entry in entries if (image := Image.from_undo(entry.undo))}
    for entry in entries:
        if entry.id not in images:
            report.failed.append((entry, "its before-image is not in this folder's ledgers"))
    known = [entry for entry in entries if entry.id in images]
    reading = [_read(entry.entity_set, entry.id, tuple(images[entry.id].columns)) for entry in known]
    there = []
    for entry, answer in zip(known, send_all(sessions, reading), strict=True):
        if answer[0] == 404:
            report.gone.append(entry)
        else:
            there.append((entry, images[entry.id], answer))
    refused: dict[str, str] = {}
    for change in (_state_of, _rest_of):
        # A closed record takes no other change: its state comes first.
        wanted = [(entry, body) for entry, image, answer in there if (body := change(image, answer))]
        operations: list[Operation] = [
            ("PATCH", f"{entry.entity_set}({entry.id})", json.dumps(body).encode()) for entry, body in wanted
        ]
        for (entry, _), (status, text) in zip(wanted, send_all(sessions, operations), strict=True):
            if status not in _OK:
                refused[entry.id] = f"HTTP {status} {text[:200]}".strip()
    _remove_leaves(sessions, there, refused)
    again = [_read(entry.entity_set, entry.id, tuple(image.columns)) for entry, image, _ in there]
    for (entry, image, _), answer in zip(there, send_all(sessions, again), strict=True):
        now = _image(answer, tuple(image.columns), ())
        unlike = sorted(name for name, value in image.columns.items() if now and now.columns.get(name) != value)
        unlike += ["ownerid"] if now and now.owner != image.owner else []
        if now is None or unlike or entry.id in refused:
            why = refused.get(entry.id) or (f"still unlike before: {', '.join(unlike)}" if now else f"HTTP {answer[0]}")
            report.failed.append((entry, why))
        else:
            report.restored.append(entry)
    note(
        *(replace(entry, state=RESTORED) for entry in report.restored),
        *(replace(entry, state=KEPT, note="somebody deleted it") for entry in report.gone),
        *(replace(entry, state=KEPT, note=why) for entry, why in report.failed),
    )
    return report


def to_be_restored(entry: LedgerEntry) -> bool:
    """An existing record that people have changed, or may have."""
    return entry.undo.startswith(RESTORE) and entry.state in (MADE, KEPT)


def _state_of(image: Image, answer: Answer) -> dict[str, Any]:
    """The state as it was, both halves of it, where one is another now."""
    now = _row(answer)
    state = {name: image.columns[name] for name in _STATE if name in image.columns}
    return state if any(now.get(name) != value for name, value in state.items()) else {}


def _rest_of(image: Image, answer: Answer) -> dict[str, Any]:
    now = _row(answer)
    body = {name: value for name, value in image.columns.items() if name not in _STATE and now.get(name) != value}
    return body | ({"ownerid@odata.bind": image.owner} if _owner(now) != image.owner else {})


def _remove_leaves(
    sessions: Sequence[PlainSession], there: Sequence[tuple[LedgerEntry, Image, Answer]], refused: dict[str, str]
) -> None:
    asked = [(entry, leaf) for entry, image, _ in there for leaf in image.leaves]
    queries = [_pointing(entity_set, key, lookup, entry.id) for entry, (entity_set, key, lookup, _) in asked]
    operations: list[Operation] = []
    of: list[str] = []
    for (entry, (entity_set, key, _, known)), answer in zip(asked, send_all(sessions, queries), strict=True):
        rows = _rows(answer)
        if rows is None:
            refused[entry.id] = f"what was made of it could not be listed: HTTP {answer[0]}"
        for row in rows or ():
            if str(row[key]) not in known:
                operations.append(("DELETE", f"{entity_set}({row[key]})", None))
                of.append(entry.id)
    for record_id, (status, text) in zip(of, send_all(sessions, operations), strict=True):
        if status not in (204, 404):
            refused[record_id] = f"what was made of it could not be removed: HTTP {status} {text[:150]}".strip()


def _read(entity_set: str, record_id: str, columns: Sequence[str]) -> Operation:
    wanted = ",".join([*columns, *(name for name, _ in _OWNERS)])
    return "GET", f"{entity_set}({record_id})?$select={wanted}", None


def _pointing(entity_set: str, key: str, lookup: str, record_id: str) -> Operation:
    return "GET", f"{entity_set}?$select={key}&$filter={quote(f'_{lookup}_value eq {record_id}')}", None


def _queue_items(record_id: str) -> Operation:
    return "GET", f"queueitems?$select=queueitemid&$filter={quote(f'_objectid_value eq {record_id}')}", None


def _waits_in_a_queue(one: Kept) -> bool:
    """Closing a record takes it out of its queue for good: such a one is left alone."""
    return "statecode" in one.columns


def _entity_sets(session: PlainSession, tables: set[str]) -> dict[str, tuple[str, str]]:
    """Table -> entity set and key, as the CRM describes it."""
    return dict(_described(session, sorted(tables)))


def _described(session: PlainSession, tables: Sequence[str]) -> Iterator[tuple[str, tuple[str, str]]]:
    for table in tables:
        answer = session.get(f"EntityDefinitions(LogicalName='{table}')?$select=EntitySetName,PrimaryIdAttribute")
        if answer.status_code == 200:
            body = answer.json()
            yield table, (str(body["EntitySetName"]), str(body["PrimaryIdAttribute"]))


def _image(answer: Answer, columns: Sequence[str], leaves: tuple[Any, ...]) -> Image | None:
    row = _row(answer)
    return Image({name: row.get(name) for name in columns}, _owner(row), leaves) if row else None


def _owner(row: Mapping[str, Any]) -> str:
    return next((f"/{entity_set}({row[name]})" for name, entity_set in _OWNERS if row.get(name)), "")


def _row(answer: Answer) -> dict[str, Any]:
    try:
        row = json.loads(answer[1]) if answer[0] == 200 else {}
    except ValueError:
        return {}
    return row if isinstance(row, dict) else {}


def _rows(answer: Answer) -> list[dict[str, Any]] | None:
    rows = _row(answer).get("value")
    return rows if isinstance(rows, list) else None
