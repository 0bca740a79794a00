"""The records that the access table is tried on: made by the housekeeper beforehand, owned by who tries, removed after.

Everything is in a ledger before it is sent. The ledgers of checks that ended badly are worked off by the next one.
"""

import json
import os
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from itertools import cycle
from pathlib import Path
from threading import Lock
from typing import Any

import psutil

from loadtests.config.names import slug
from loadtests.config.resolved import ResolvedPlan
from loadtests.load.housekeeper import DECOY_NAME, WHO
from loadtests.load.plain_session import ODATA, PlainSession
from loadtests.load.removal import CleanupReport, remove_all
from loadtests.results.ledger import REMOVED, SEEK, LedgerEntry, LedgerFile, read_ledger

_FOLDER = Path("results") / "checks"
_MADE = (201, 204)


@dataclass(frozen=True, slots=True)
class Decoy:
    """A record made for one try. `own`: the account that tries owns it; else the housekeeper does."""

    table: str
    id: str
    own: bool


def _at_work(ledger: Path) -> bool:
    """True while the check that writes this ledger still runs: its records are not left over."""
    _, pid, *_ = [*ledger.stem.split("-"), ""]
    return pid.isdigit() and psutil.pid_exists(int(pid))


@dataclass(slots=True)
class _Wanted:
    table: str
    owner: str
    body: dict[str, Any]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    failed: str = ""
    own: bool = False


class Decoys:
    """One check's records. `want` them all, `make` them, hand them out (to several threads), `remove` them."""

    def __init__(
        self, plan: ResolvedPlan, session: PlainSession, samples: Mapping[str, Sequence[Mapping[str, Any]]]
    ) -> None:
        self._tables = plan.tables
        self._session = session
        self._samples = {table: cycle(drawn) for table, drawn in samples.items() if drawn}
        self._wanted: dict[str, _Wanted] = {}
        self._parents: dict[str, str] = {}
        folder = _FOLDER / slug(plan.environment.name)
        folder.mkdir(parents=True, exist_ok=True)
        self._left = [path for path in sorted(folder.glob("*.jsonl")) if not _at_work(path)]
        self.path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}-{uuid.uuid4().hex[:6]}.jsonl"
        self._ledger = LedgerFile(self.path)
        self._lock = Lock()
        """One ledger, and one session of the housekeeper."""

    def want(self, key: str, table: str, owner: str = "") -> None:
        """A record under a key of the caller's; `owner` is a user's id, empty: the housekeeper keeps it."""
        if key not in self._wanted:
            self._wanted[key] = self._planned(table, owner)

    def _planned(self, table: str, owner: str) -> _Wanted:
        wanted = _Wanted(table, owner, self.body(table))
        parent = self._tables[table].get("parent", "")
        if to_account := self._tables[table].get("lookups", {}).get(parent, {}).get("account"):
            if owner not in self._parents:
                key = f"customer of {owner}"
                self._wanted[key] = _Wanted("account", owner, self.body("account"))
                self._parents[owner] = self._wanted[key].id
            wanted.body[f"{to_account}@odata.bind"] = f"/{self._entity_set('account')}({self._parents[owner]})"
        return wanted

    def body(self, table: str) -> dict[str, Any]:
        """What a new record of a table says: what people type, under a name that tells what it is."""
        description = self._tables[table]
        # A full name is put together by the CRM itself.
        name = "lastname" if description["name"] == "fullname" else description["name"]
        with self._lock:
            drawn = next(self._samples[table]) if table in self._samples else {}
        return {**drawn, name: DECOY_NAME}

    def make(self) -> None:
        """Create everything wanted; what the person cannot own is made the housekeeper's."""
        for with_owner in (True, False):
            todo = [one for one in self._wanted.values() if not one.own and (not with_owner or one.owner)]
            todo = [one for one in todo if with_owner or one.failed or not one.owner]
            if with_owner:
                self.note(*(self._entry(one) for one in self._wanted.values()))
            operations = [("POST", self._entity_set(one.table), self._content(one, with_owner)) for one in todo]
            for one, (status, text) in zip(todo, self._session.batch(operations), strict=True):
                one.failed = "" if status in _MADE else f"HTTP {status} {text[:400]}"
                one.own = with_owner and not one.failed

    def get(self, key: str) -> Decoy | None:
        """The record under a key; None where the housekeeper could not make it."""
        one = self._wanted[key]
        return None if one.failed else Decoy(one.table, one.id, one.own)

    def failures(self) -> dict[str, str]:
        """Table -> why the housekeeper could not make a record of it."""
        return {one.table: one.failed for one in self._wanted.values() if one.failed}

    def creating(self, table: str, record_id: str, who: str) -> None:
        """A person is about to try to make a record."""
        self.note(LedgerEntry(record_id, self._entity_set(table), table, who, _now()))

    def letting_crm_create(self, leaves: Iterable[tuple[str, str, str, str]], origin: str, who: str) -> None:
        """The CRM is about to make records under ids of its own, known by a lookup to `origin`."""
        for entity_set, table, key, lookup in leaves:
            query = f"{entity_set}?$select={key}&$filter=_{lookup}_value eq {origin}"
            name = f"{table} of {lookup} {origin}"
            self.note(LedgerEntry(name, entity_set, table, who, _now(), f"{SEEK} {key} {query}"))

    @cached_property
    def queue(self) -> str:
        """A queue that records can wait in; empty where there is none."""
        with self._lock:
            answer = self._session.get("queues?$select=queueid&$top=1")
        found = answer.json().get("value", []) if answer.status_code == 200 else []
        return str(found[0]["queueid"]) if found else ""

    def queue_item(self, decoy: Decoy) -> str:
        """The record waits in a queue from now on; the item's id, empty where that could not be."""
        items = self._tables["queueitem"]
        self.letting_crm_create([(items["entity_set"], "queueitem", items["key"], "objectid")], decoy.id, WHO)
        key = str(self._tables[decoy.table]["key"])
        body = {"Target": {"@odata.type": f"Microsoft.Dynamics.CRM.{decoy.table}", key: decoy.id}}
        path = f"{self._session.entrance.web_api}queues({self.queue})/Microsoft.Dynamics.CRM.AddToQueue"
        headers = {**ODATA, "Content-Type": "application/json"}
        with self._lock:
            answer = self._session.send("POST", path, headers=headers, body=json.dumps(body).encode())
        return str(answer.json().get("QueueItemId") or "") if answer.status_code == 200 else ""

    def note(self, *entries: LedgerEntry) -> None:
        """Write entries, or new states of entries, to this check's ledger."""
        with self._lock:
            self._ledger.append(*entries)

    def remove(self) -> CleanupReport:
        """Remove all, also what earlier checks left; what could not be stays in its ledger."""
        self._ledger.close()
        whole = CleanupReport()
        for path in (*self._left, self.path):
            ledger = LedgerFile(path)
            listed = [entry.standing() for entry in read_ledger([path], []) if entry.state != REMOVED]
            report = remove_all([self._session], listed, ledger.append)
            ledger.close()
            whole.removed += report.removed
            whole.already_gone += report.already_gone
            whole.kept += report.kept
            if not report.kept:
                path.unlink()
        return whole

    def _entry(self, one: _Wanted) -> LedgerEntry:
        return LedgerEntry(one.id, self._entity_set(one.table), one.table, WHO, _now())

    def _content(self, one: _Wanted, with_owner: bool) -> bytes:
        owner = {"ownerid@odata.bind": f"/systemusers({one.owner})"} if with_owner else {}
        return json.dumps({self._tables[one.table]["key"]: one.id, **one.body, **owner}).encode()

    def _entity_set(self, table: str) -> str:
        return str(self._tables[table]["entity_set"])


def _now() -> str:
    return datetime.now(UTC).isoformat()
