"""People who leave the network and come back: `python -m benchmarks.measuring.travellers PLAN OUT TIMES SEED`.

Each of the plan's people goes away so many times. While they are away somebody else changes, closes, deletes and hands
over the same records (all of them made here), and on most ways back the line breaks in the middle. After every return
the copy is compared with what the CRM answers to an ordinary read, and every record with what must have become of it.
Every second person's tasks are kept by change tracking. A process of its own because of gevent; OUT gets the counts as
JSON. What was made is removed at the end.
"""

import json
import random
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from benchmarks.measuring.breaking_line import BreakingLine
from loadtests.config.load import resolve_plan
from loadtests.config.resolved import ResolvedPlan
from loadtests.load.clock import RunClock
from loadtests.load.housekeeper import signed_in_housekeeper
from loadtests.load.http import Request
from loadtests.load.leases import LocalLeases
from loadtests.load.outcomes import NotOk, expect
from loadtests.load.person import Person
from loadtests.load.plain_session import PlainSession
from loadtests.load.process import LoadProcess
from loadtests.load.removal import remove_all
from loadtests.load.roster import Roster
from loadtests.results.ledger import read_ledger
from scenarios.channels import CHANNELS
from scenarios.channels.portable import PortableChannel
from scenarios.offline.away import Away
from scenarios.records import Draft
from scenarios.site import Site

_BREAKS = 0.7
"""Share of the ways back on which the line breaks."""
_AT_WORK = 6
"""Records that a traveller has open at a time."""


@dataclass(slots=True)
class Book:
    """What happened, over all people."""

    reconnects: int = 0
    broken: int = 0
    """Lines that broke on the way back."""
    unfinished: int = 0
    """Ways back on which work still waited after the break."""
    made: int = 0
    pushed: int = 0
    merged: int = 0
    conflicts: int = 0
    given_up: int = 0
    rows_compared: int = 0
    tracked: int = 0
    """Tables kept by change tracking, over all people."""
    copy_differs: int = 0
    lost_or_doubled: int = 0


@dataclass(slots=True)
class Record:
    """One record and what must stand in the CRM."""

    draft: Draft
    subject: str
    description: str | None = None
    state: int = 0
    gone: bool = False
    handed_over: bool = False

    @property
    def mine(self) -> bool:
        """Still open and this person's."""
        return not (self.state or self.gone or self.handed_over)


class Traveller:
    """One person on the road."""

    def __init__(self, person: Person, site: Site, line: BreakingLine, other: PlainSession, book: Book) -> None:
        self._person = person
        self._site = site
        self._line = line
        self._other = other
        self._book = book
        self._dice = random.Random(f"{person.plan.seed}/{person.id}")
        channel = CHANNELS[person.lease.channel](person, site)
        assert isinstance(channel, PortableChannel)
        self._channel = channel
        self._records: list[Record] = []
        self._somebody = ""

    def begin(self, somebody: str) -> None:
        """Sign in. `somebody`: whom records are handed over to."""
        self._somebody = somebody
        self._person.begin_session(True)
        self._channel.begin()
        self._channel.sign_in()
        self._channel.open_home()

    def end(self) -> None:
        """Add up and leave."""
        device = self._channel._device
        for name in ("pushed", "merged", "conflicts", "given_up"):
            setattr(self._book, name, getattr(self._book, name) + getattr(device.copy.tally, name))
        self._book.tracked += sum(bool(table.delta_link) for table in device.copy.tables.values())
        self._channel.end()
        self._person.close()

    def go_and_come_back(self) -> None:
        """Once."""
        self._channel.go_offline()
        at_work = [record for record in self._records if record.mine]
        for record in at_work:
            self._works_on(record)
        for _ in range(max(1, _AT_WORK - len(at_work))):
            self._makes_one()
        self._return()
        self._book.reconnects += 1
        self._compare_copy()
        self._compare_records()

    @property
    def _away(self) -> Away:
        away = self._channel.away
        assert away is not None
        return away

    # -- what both sides do -------------------------------------------------------------------------------------------

    def _makes_one(self) -> None:
        away, draft = self._away, Draft(self._site.tables["task"])
        draft.values["subject"] = f"Load test: {uuid4()}"
        self._records.append(Record(draft, draft.values["subject"]))
        away.save(draft)
        draft.now_saved()
        self._book.made += 1
        if self._dice.random() < 0.3:
            self._records[-1].description = f"mine {uuid4()}"
            self._write(self._records[-1], description=self._records[-1].description)

    def _works_on(self, record: Record) -> None:
        """The traveller's changes and the other side's, and what must come of them."""
        mine = {name: f"mine {uuid4()}" for name in ("subject", "description") if self._dice.random() < 0.6}
        theirs = {name: f"theirs {uuid4()}" for name in ("subject", "description") if self._dice.random() < 0.4}
        closes, fate = self._dice.random() < 0.2, self._dice.random()
        if mine:
            self._write(record, **mine)
        if closes:
            self._away.change_status(record.draft, "complete")
        if fate < 0.08:
            self._other_side("DELETE", record)
            record.gone = True
            return
        if theirs:
            self._other_side("PATCH", record, theirs)
        if fate < 0.16:
            self._other_side("PATCH", record, {"statecode": 1, "statuscode": 5})
        elif fate < 0.24:
            self._other_side("PATCH", record, {"ownerid@odata.bind": f"/systemusers({self._somebody})"})
            record.handed_over = True
        # Closed or handed over by others: theirs stands whole. Else the profile's rule: only `description` is mine.
        if 0.08 <= fate < 0.24:
            mine, closes = {}, closes and fate < 0.16
        record.subject = theirs.get("subject") or mine.get("subject") or record.subject
        record.description = mine.get("description") or theirs.get("description") or record.description
        record.state = int(closes or 0.08 <= fate < 0.16)

    def _write(self, record: Record, **values: str) -> None:
        record.draft.values |= values
        self._away.save(record.draft)
        record.draft.now_saved()

    def _other_side(self, method: str, record: Record, values: dict[str, Any] | None = None) -> None:
        body = None if values is None else json.dumps(values).encode()
        url = f"{self._other.entrance.web_api}tasks({record.draft.id})"
        answer = self._other.send(method, url, headers={"Content-Type": "application/json"}, body=body)
        assert answer.status_code == 204, f"{method} {values}: {answer.status_code} {answer.text}"

    def _return(self) -> None:
        breaks = self._dice.random() < _BREAKS
        if breaks:
            self._line.break_after(self._dice.randint(0, 7), deaf=self._dice.random() < 0.5)
        before = self._line.broken
        try:
            self._channel.come_back()
        except NotOk:
            assert self._line.broken > before, "a way back failed though the line held"
            self._book.unfinished += len(self._channel._device.copy.changes) > 0
            self._line.mend()
            self._channel.sync()
        self._line.mend()
        self._book.broken += self._line.broken - before

    # -- what must be true --------------------------------------------------------------------------------------------

    def _compare_copy(self) -> None:
        """Every table of the copy against an ordinary read by the same person."""
        for name, table in self._channel._device.copy.tables.items():
            described = self._site.tables[name]
            assert described.offline is not None
            whose = f"_ownerid_value eq {self._channel._requests.user_id}" if described.offline.rows == "mine" else ""
            condition = " and ".join(part for part in (whose, described.offline.filter) if part)
            said = {
                str(row[table.key]).lower(): (row["@odata.etag"], *(row.get(column) for column in table.columns))
                for row in self._read(described.entity_set, condition)
            }
            ours = {found: (version.etag, *json.loads(version.values)) for found, version in table.rows.items()}
            self._book.rows_compared += len(said)
            different = [found for found in ours.keys() | said.keys() if ours.get(found) != said.get(found)]
            for found in different:
                print(f"{name}: the copy has {ours.get(found)}, the CRM {said.get(found)}", file=sys.stderr)
            self._book.copy_differs += len(different)

    def _read(self, entity_set: str, condition: str) -> list[dict[str, Any]]:
        """All rows with all columns, page by page."""
        root = self._person.entrance.web_api
        url = f"{root}{entity_set}" + (f"?$filter={quote(condition)}" if condition else "")
        rows: list[dict[str, Any]] = []
        while url:
            headers = {"Accept": "application/json", "Prefer": "odata.maxpagesize=5000", **self._person.headers()}
            page = expect(self._person.http.send(Request("GET", url, "GET rows (compared)", headers)), 200).json()
            rows += page["value"]
            url = page.get("@odata.nextLink", "")
        return rows

    def _compare_records(self) -> None:
        for record in self._records:
            answer = self._other.get(f"tasks({record.draft.id})?$select=subject,description,statecode")
            row = answer.json() if answer.status_code == 200 else None
            right = (
                answer.status_code == 404
                if record.gone
                else row is not None
                and (row["subject"], row["description"], row["statecode"])
                == (record.subject, record.description, record.state)
            )
            if not right:
                print(f"lost or doubled: expected {record}, there is {row}", file=sys.stderr)
            self._book.lost_or_doubled += not right
        self._records = [record for record in self._records if record.mine]
        self._compare_numbers()

    def _compare_numbers(self) -> None:
        """No subject stands twice."""
        for record in self._records:
            quoted = record.subject.replace("'", "''")
            rows = self._other.get(f"tasks?$select=activityid&$filter=subject eq '{quoted}'").json()["value"]
            self._book.lost_or_doubled += len(rows) != 1


def travel(plan_file: Path, folder: Path, times: int, seed: str) -> Book:
    """Everybody's journeys; raises what the first that did not end well raised."""
    book, plan = Book(), resolve_plan(plan_file)
    plan = plan.model_copy(update={"seed": int(seed)})
    other = signed_in_housekeeper(plan)
    leases = LocalLeases(Roster(plan))
    ledger = folder / "ledger.jsonl"
    channels = dict.fromkeys(group.channel for group in plan.population)
    somebody, people = other.who_am_i(), 0
    try:
        for channel in channels:
            while lease := leases.take(channel):
                people += 1
                address = plan.environment.entrance_of(channel).connect_to or ""
                line = BreakingLine(int(address.rpartition(":")[2]))
                his = _through(plan if people % 2 else _tracking(plan), line)
                process = LoadProcess(his, leases, name="travellers", clock=RunClock.starting_now(), ledger=ledger)
                person = process.person_for(lease, lambda *_: None)
                traveller = Traveller(person, Site.of(his), line, other, book)
                traveller.begin(somebody)
                for _ in range(times):
                    traveller.go_and_come_back()
                traveller.end()
                line.close()
    finally:
        said = remove_all([other], read_ledger([ledger], []), lambda *_: None)
        assert not said.kept, f"not removed: {said.kept}"
    return book


def _through(plan: ResolvedPlan, line: BreakingLine) -> ResolvedPlan:
    """The plan of somebody whose packets all take this line."""
    entrances = {
        name: entrance.model_copy(update={"connect_to": line.address})
        for name, entrance in plan.environment.entrances.items()
    }
    environment = plan.environment.model_copy(update={"entrances": entrances})
    return plan.model_copy(update={"environment": environment})


def _tracking(plan: ResolvedPlan) -> ResolvedPlan:
    """The plan of somebody who takes all tasks along, so that change tracking can serve them."""
    offline = {**plan.tables["task"]["offline"], "rows": "all", "filter": ""}
    return plan.model_copy(update={"tables": {**plan.tables, "task": {**plan.tables["task"], "offline": offline}}})


def main(plan_file: str, out: str, times: str, seed: str) -> None:
    """Travel, compare, clean up, report."""
    book = travel(Path(plan_file), Path(out).parent, int(times), seed)
    Path(out).write_text(json.dumps(asdict(book)), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
