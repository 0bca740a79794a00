"""Fills desks: records for people to work with, owned by them, hanging on customers, each in the ledger first."""

import json
import re
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from loadtests.config.resolved import ResolvedPlan
from loadtests.load.housekeeper import WHO, signed_in_housekeeper
from loadtests.load.plain_session import BATCH_LIMIT, PlainSession
from loadtests.load.presence import note_presence
from loadtests.load.side_by_side import SIDE_BY_SIDE, Operation, send_all
from loadtests.results.ledger import LedgerEntry, LedgerFile
from loadtests.results.run_folder import RunFolder
from loadtests.results.run_record import RunRecord

CUSTOMERS = ("account", "contact")
"""Tables that others hang on, the ones first that the next hang on."""
RECORDS_A_CUSTOMER = 8
"""About so many records hang on one account: fewer would make none worth opening, more a form that nobody has."""
_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
MADE = (200, 201, 204)


@dataclass(frozen=True, slots=True)
class Content:
    """What is written into a record."""

    values: Mapping[str, Any]
    lookups: Sequence[str]
    """The lookups that people fill; those that point to customers get one."""


@dataclass(frozen=True, slots=True)
class Portion:
    """Records of a table for one owner."""

    table: str
    owner: str
    """The user's id."""
    count: int
    columns: Mapping[str, Any] = field(default_factory=dict)
    """What each must hold besides its content."""
    apart: str = ""
    """The view from which they will be used up: they are made beside what other lists of the table ask for, and nothing
    else hangs on them."""


@dataclass(slots=True)
class SeedReport:
    """What became of the portions."""

    made: Counter[str] = field(default_factory=Counter)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Table and reason -> how many."""


def seed_folder(plan: ResolvedPlan, results: Path) -> RunFolder:
    """A new folder for what is made: `run.json` with the plan, and the ledger. It is no run, and is never judged."""
    now = datetime.now(UTC)
    folder = RunFolder.create(results, f"seed-{plan.name}", now)
    folder.write_record(RunRecord(schema=1, kind="seed", plan=plan, started_utc=now.isoformat()))
    return folder


def sow(
    plan: ResolvedPlan,
    folder: RunFolder,
    portions: Sequence[Portion],
    write: Callable[[str], Content],
    progress: Callable[[int, int], None],
) -> SeedReport:
    """Make the records as the plan's housekeeper; each is in the folder's ledger before it is sent."""
    note_presence(folder.path, "the seed")
    with ExitStack() as stack:
        ledger = stack.enter_context(closing(LedgerFile(folder.file("ledger.jsonl"))))
        count = min(SIDE_BY_SIDE, -(-sum(portion.count for portion in portions) // BATCH_LIMIT))
        sessions = [stack.enter_context(closing(signed_in_housekeeper(plan))) for _ in range(count)]
        report = Seeding(sessions, plan.tables, write, ledger.append).sow(portions, progress)
    ended = datetime.now(UTC).isoformat()
    folder.write_record(folder.record.model_copy(update={"ended_utc": ended, "ending": "finished"}))
    return report


class Seeding:
    """One filling of desks. `tables` are the plan's; `write` says what a new record of a table holds."""

    def __init__(
        self,
        sessions: Sequence[PlainSession],
        tables: Mapping[str, Mapping[str, Any]],
        write: Callable[[str], Content],
        note: Callable[..., None],
    ) -> None:
        self._sessions = sessions
        self._tables = tables
        self._write = write
        self._note = note
        self._customers: dict[tuple[str, str], list[str]] = defaultdict(list)
        """Owner and table -> ids made for that owner."""
        self._turn: Counter[tuple[str, str]] = Counter()

    def sow(self, portions: Sequence[Portion], progress: Callable[[int, int], None]) -> SeedReport:
        """Make everything, customers first; `progress` gets how many of how many were answered."""
        report = SeedReport()
        complete = with_customers(portions)
        whole, done = sum(portion.count for portion in complete), 0
        for wave in ((CUSTOMERS[0],), (CUSTOMERS[1],), None):
            entries, operations = [], []
            for portion in complete:
                in_wave = portion.table in wave if wave else portion.table not in CUSTOMERS
                for entry, operation in self._records(portion) if in_wave else ():
                    entries.append(entry)
                    operations.append(operation)
            self._note(*entries)

            def told(count: int) -> None:
                nonlocal done
                done += count
                progress(done, whole)

            for entry, (status, text) in zip(entries, send_all(self._sessions, operations, told), strict=True):
                if status in MADE:
                    report.made[entry.table] += 1
                else:
                    report.refused[entry.table, f"HTTP {status} {_message(text)}".strip()] += 1
        return report

    def _records(self, portion: Portion) -> Iterator[tuple[LedgerEntry, Operation]]:
        description = self._tables[portion.table]
        entity_set, now = description["entity_set"], datetime.now(UTC).isoformat()
        for _ in range(portion.count):
            record_id = str(uuid.uuid4())
            content = self._write(portion.table)
            body = {description["key"]: record_id, **content.values, **portion.columns}
            body["ownerid@odata.bind"] = f"/systemusers({portion.owner})"
            for column in content.lookups:
                body |= self._customer(portion, description.get("lookups", {}).get(column, {}))
            if portion.table in CUSTOMERS and not portion.apart:
                self._customers[portion.owner, portion.table].append(record_id)
            yield (
                LedgerEntry(record_id, entity_set, portion.table, WHO, now),
                ("POST", entity_set, json.dumps(body).encode()),
            )

    def _customer(self, portion: Portion, targets: Mapping[str, str]) -> dict[str, str]:
        """A lookup filled with a contact or account of the same owner, each in its turn; nothing where neither fits.

        A customer hangs only on those of the wave before: its own wave is sent all at once.
        """
        before = CUSTOMERS[: CUSTOMERS.index(portion.table)] if portion.table in CUSTOMERS else CUSTOMERS
        for table in reversed(before):
            made = self._customers.get((portion.owner, table))
            if table in targets and made:
                turn = self._turn[portion.owner, table]
                self._turn[portion.owner, table] += 1
                chosen = f"/{self._tables[table]['entity_set']}({made[turn % len(made)]})"
                return {f"{targets[table]}@odata.bind": chosen}
        return {}


def with_customers(portions: Iterable[Portion]) -> list[Portion]:
    """The portions, and the accounts that an owner's other records hang on."""
    largest: dict[tuple[str, str, str], Portion] = {}
    for portion in portions:
        which = (portion.owner, portion.table, portion.apart)
        known = largest.get(which)
        # Two lists of one table show the same records.
        if known is None or portion.count > known.count:
            largest[which] = portion
    for owner in {portion.owner for portion in largest.values()}:
        others = sum(portion.count for portion in largest.values() if portion.owner == owner)
        if (owner, CUSTOMERS[0], "") not in largest:
            largest[owner, CUSTOMERS[0], ""] = Portion(CUSTOMERS[0], owner, -(-others // RECORDS_A_CUSTOMER))
    return list(largest.values())


def _message(text: str) -> str:
    """The CRM's own words of a refusal."""
    with suppress(ValueError, KeyError, TypeError):
        text = str(json.loads(text)["error"]["message"])
    # The same for one record as for the next.
    return _ID.sub("...", text)[:200]
