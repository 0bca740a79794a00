"""A person: what they wait for is timed to the last byte, and every way out of a transaction has its outcome."""

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest
from gevent.pool import Group

from loadtests.load.clock import RunClock
from loadtests.load.health import HealthMonitor
from loadtests.load.http import Request
from loadtests.load.outcomes import Denied, Failed, Leaked, NotOk, RunEnding, Throttled, expect
from loadtests.load.person import Person
from loadtests.load.recorder import EXAMPLES, Recorder
from loadtests.load.roster import Roster
from loadtests.load.signed_in import SignedIn
from loadtests.results.histogram import Histogram
from loadtests.results.ledger import LedgerFile
from loadtests.results.waves import Example
from tests.load.https_server import HttpsServer
from tests.load.plans import SELLER, small_plan

SERIES = "web/salesperson/open_view/first"


class Desk:
    """A person with everything they need, and the books they fill."""

    def __init__(self, server: HttpsServer, folder: Path) -> None:
        plan = small_plan(server, groups=(("web", SELLER, 1),))
        lease = Roster(plan).take("web", "local")
        assert lease is not None
        self.server = server
        self.recorder = Recorder("local", RunClock.starting_now(), Counter)
        self.health = HealthMonitor(self.recorder)
        self.ledger_path = folder / "ledger.jsonl"
        self.ledger = LedgerFile(self.ledger_path)
        self.fired: list[tuple[str, str, str | None]] = []
        self.person = Person(
            lease,
            plan,
            password="secret",
            recorder=self.recorder,
            health=self.health,
            ledger_file=self.ledger,
            fire=lambda kind, name, ms, length, problem: self.fired.append((kind, name, problem)),
        )

    def get(self, path: str, **more: Any) -> Request:
        return Request("GET", self.server.url(path), "GET it", **more)

    def outcomes(self) -> dict[str, dict[str, int]]:
        merged: dict[str, dict[str, int]] = {}
        for delta in self.recorder.take(final=True):
            for series, counts in delta.outcomes.items():
                merged.setdefault(series, {}).update(counts)
        return merged


@pytest.fixture
def desk(server: HttpsServer, tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(server, tmp_path)
    yield desk
    desk.health.stop()
    desk.person.close()
    desk.ledger.close()


def test_time_runs_to_the_last_byte_of_the_last_answer(desk: Desk) -> None:
    with desk.person.transaction("open_view"):
        desk.person.http.send_all([desk.get("/?sleep=0.2"), desk.get("/")])
        time.sleep(0.3)  # what the client does afterwards is no waiting for the CRM
    (delta,) = desk.recorder.take(final=True)
    assert 200_000 <= Histogram(delta.histograms[SERIES]).max_us < 400_000


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux notes when bytes arrive")
def test_answers_that_the_generator_notices_late_take_no_longer(desk: Desk) -> None:
    """The first answer is there after 0.1 s and noticed after 0.4; so is the second."""

    def keep_everybody_waiting() -> None:
        gevent.sleep(0.03)
        time.sleep(0.4)

    with desk.person.transaction("open_view"):
        desk.person.http.send(desk.get("/"))  # the connection is open
    desk.recorder.take(final=True)
    with desk.person.transaction("open_view"):
        for path in ("/?sleep=0.1", "/?sleep=0.11"):
            gevent.spawn(keep_everybody_waiting)
            began = time.perf_counter()
            answer = desk.person.http.send(desk.get(path))
            assert time.perf_counter() - began > 0.4
            assert 0.1 <= answer.elapsed_us / 1e6 < 0.35
    (delta,) = desk.recorder.take(final=True)
    assert 210_000 <= Histogram(delta.histograms[SERIES]).max_us < 700_000


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (Failed("wrong rows"), "failed"),
        (Denied("no privilege"), "denied"),
        (Leaked("deleted a decoy"), "leaked"),
        (Throttled("too many"), "throttled"),
    ],
)
def test_what_went_wrong_is_counted_and_told_on(desk: Desk, error: NotOk, outcome: str) -> None:
    with pytest.raises(type(error)), desk.person.transaction("open_view"):
        raise error
    assert desk.outcomes()[SERIES] == {outcome: 1}
    assert desk.fired == [("transaction", "open_view", outcome)]


def test_rubbish_instead_of_json_is_the_crms_failure(desk: Desk) -> None:
    with pytest.raises(Failed, match="JSONDecodeError"), desk.person.transaction("open_view"):
        desk.person.http.send(Request("POST", desk.server.url("/echo"), "POST it", body=b"<html>")).json()
    assert desk.outcomes()[SERIES] == {"failed": 1}


def test_a_time_out_is_failed_and_counts_at_its_value(desk: Desk) -> None:
    with pytest.raises(Failed, match="timeout"), desk.person.transaction("open_view"):
        expect(desk.person.http.send(desk.get("/?sleep=2", timeout_s=0.3)))
    (delta,) = desk.recorder.take(final=True)
    assert delta.outcomes[SERIES] == {"failed": 1}
    assert Histogram(delta.histograms[SERIES]).max_us >= 290_000


def test_who_is_taken_away_in_the_middle_abandons(desk: Desk) -> None:
    def work() -> None:
        with desk.person.transaction("open_view"):
            desk.person.http.send(desk.get("/?sleep=5"))

    greenlet = gevent.spawn(work)
    gevent.sleep(0.2)
    greenlet.kill()
    assert desk.outcomes()[SERIES] == {"abandoned": 1}


def test_thinking_is_scaled_by_the_plan_and_ends_at_once_when_the_run_does(desk: Desk) -> None:
    begun = time.monotonic()
    desk.person.think(2.0)
    assert 0.19 <= time.monotonic() - begun < 0.5, "2 s of thinking with the plan's factor 0.1"
    gevent.spawn_later(0.1, desk.person.leave)
    with pytest.raises(RunEnding):
        desk.person.think(1000.0)
    assert time.monotonic() - begun < 1.5
    assert desk.person.stopping


def test_a_renewal_that_fails_is_told_and_disturbs_nobody(desk: Desk) -> None:
    def refused() -> tuple[str, float]:
        raise Failed("AD FS refuses the sign-in: expired")

    desk.person.signed_in = SignedIn("anna", "oauth", "token", time.monotonic() + 1, refused)
    desk.person.think(0.01)
    (delta,) = desk.recorder.take(final=True)
    assert [error["message"] for error in delta.errors] == ["AD FS refuses the sign-in: expired"]


def test_the_network_counts_what_ended_well_and_nothing_else(desk: Desk) -> None:
    with desk.person.transaction("open_view"):
        desk.person.http.send_all([desk.get("/"), desk.get("/"), desk.get("/")])
        desk.person.http.send(desk.get("/"))
    with pytest.raises(Denied), desk.person.transaction("open_view"):
        desk.person.http.send(desk.get("/"))
        raise Denied("no privilege")
    desk.person.http.send(desk.get("/"))
    (delta,) = desk.recorder.take(final=True)
    assert list(delta.traffic) == ["web/open_view/first"]
    assert delta.traffic["web/open_view/first"][:4] == [1, 4, 4, 3], "transactions, requests, round trips, connections"
    (example,) = (Example.from_fields(fields) for fields in delta.examples)
    assert [[(host.kept, len(host.exchanges)) for host in wave] for wave in example.waves] == [[(0, 3)], [(3, 1)]]
    assert 0 < example.connect_us < example.elapsed_us


def test_a_few_examples_of_a_series_are_enough(desk: Desk) -> None:
    for _ in range(EXAMPLES + 2):
        with desk.person.transaction("open_view"):
            desk.person.http.send(desk.get("/"))
    (delta,) = desk.recorder.take(final=True)
    assert len(delta.examples) == EXAMPLES


def test_a_session_counts_what_passed_the_lines(desk: Desk) -> None:
    person = desk.person
    lines = person.plan.thresholds.lines("web", "open_view", "first")
    assert lines is not None
    person.begin_session(first=True)
    with person.transaction("open_home"):
        person.http.send_all([desk.get("/"), desk.get("/")])
    with person.transaction("open_view"):
        person.http.send(desk.get("/"))
    with pytest.raises(Denied), person.transaction("open_view"):
        raise Denied("no privilege")
    person.end_session(ended=True)
    person.begin_session(first=False)
    person.end_session(ended=False)  # the run ended before anything was done: no session
    person.begin_session(first=False)
    with person.transaction("open_view"):
        person.http.send(desk.get("/"))
    person.close()
    (delta,) = desk.recorder.take(final=True)
    first, second = delta.sessions
    assert (first["first"], first["ended"], first["transactions"], first["failed"]) == (True, True, 3, 1)
    assert (first["broken"], first["over_fail"], first["steps_to_first_screen"]) == (True, 0, 2)
    assert (first["redirects"], first["prompts"], first["round_trips"]) == (0, 0, 3), "two new connections side by side"
    assert first["kilobytes"] > 12 and first["first_screen_ms"] > 0, "handshakes are in it"
    assert (first["broke_on"], first["broke_outcome"]) == ("open_view", "denied")
    assert (second["first"], second["ended"], second["broken"]) == (False, False, False), "cut off, but not broken"


def test_a_journey_is_done_only_when_it_came_to_its_end(desk: Desk) -> None:
    with desk.person.journey("find_and_call"):
        pass
    with pytest.raises(Failed), desk.person.journey("find_and_call"):
        raise Failed("half-way")
    assert desk.outcomes()["volume/salesperson/find_and_call"] == {"begun": 2, "done": 1}


def test_a_record_stands_in_the_ledger_before_it_is_written(desk: Desk) -> None:
    desk.person.ledger.creating("phonecalls", "phonecall", "11111111-2222-3333-4444-555555555555")
    (line,) = desk.ledger_path.read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["id"] == "11111111-2222-3333-4444-555555555555"
    (delta,) = desk.recorder.take(final=True)
    assert [entry["entity_set"] for entry in delta.ledger] == ["phonecalls"]


def test_two_people_think_side_by_side(desk: Desk) -> None:
    begun = time.monotonic()
    group = Group()
    for _ in range(20):
        group.spawn(desk.person.think, 3.0)
    group.join()
    assert time.monotonic() - begun < 1.5


def test_work_that_was_due_counts_from_then_and_its_service_time_stands_beside(desk: Desk) -> None:
    desk.person.due_since(2.0)
    for _ in range(2):
        with desk.person.transaction("open_view"):
            desk.person.http.send(desk.get("/?sleep=0.1"))
    (delta,) = desk.recorder.take(final=True)
    response, service = Histogram(delta.histograms[SERIES]), Histogram(delta.histograms[f"service/{SERIES}"])
    assert (response.total, service.total) == (2, 1)
    assert 2_100_000 <= response.max_us < 3_000_000, "the first one was due two seconds before"
    assert response.percentile(50) < 1_000_000, "the second one was not"
    assert 100_000 <= service.max_us < 1_000_000
