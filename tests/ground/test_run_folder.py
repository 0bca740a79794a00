"""The run folder: what is written is read again, nothing twice, and damage loses only itself."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from loadtests.errors import DamagedRun
from loadtests.results.delta import Delta
from loadtests.results.histogram import Histogram
from loadtests.results.ledger import LedgerEntry, LedgerFile, read_ledger
from loadtests.results.rows import OutcomeRow, TrafficRow
from loadtests.results.run_folder import RunFolder
from loadtests.results.waves import Example, Exchange, HostWave
from loadtests.results.writer import SETTLED_AFTER, RunWriter

STARTED = datetime(2026, 11, 23, 10, 15, tzinfo=UTC)
EXAMPLE = Example(
    "web/open_record/first",
    612_500,
    212,
    (
        (HostWave(0, (Exchange(True, 2, 512, 2048, 9000),)),),
        (HostWave(1, (Exchange(False, 0, 700, 90_000, 41_000), Exchange(True, 0, 700, 1200, 12_000))),),
    ),
)
TAG = "web/salesperson/open_record/first"


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path, "demo", STARTED)


def a_delta(sequence: int, interval: int = 0) -> Delta:
    return Delta(
        worker="w1",
        sequence=sequence,
        interval=interval,
        histograms={TAG: {500: 2}},
        outcomes={TAG: {"ok": 2, "failed": 1}},
        sessions=[
            {
                "person": "p001", "channel": "web", "role": "salesperson", "first": True, "ended": False,
                "transactions": 3, "over_good": 1, "over_fail": 0, "failed": 1, "worst_transaction": "open_record",
                "worst_ms": 812.5, "broken": True, "steps_to_first_screen": 61,
                "redirects": 2, "prompts": 1, "round_trips": 24, "kilobytes": 812.4, "first_screen_ms": 1530.2,
                "broke_on": "save", "broke_outcome": "failed", "broke_ms": 95.1,
            }
        ],
        errors=[
            {
                "count": 1, "first_utc": "2026-11-23T10:15:03Z", "series": TAG, "outcome": "failed", "status": 500,
                "code": "0x80040216", "message": "unexpected", "service_request_id": "r1",
            }
        ],
        counters={"generator/w1|cpu_share": 0.25},
        examples=[EXAMPLE.to_fields()],
        traffic={"web/open_record/first": [2, 24, 8, 6, 41_000, 260_000]},
    )  # fmt: skip


def test_the_folder_is_named_after_time_and_plan(folder: RunFolder, tmp_path: Path) -> None:
    assert folder.path.name == "20261123T101500Z-demo"
    assert RunFolder.create(tmp_path, "demo", STARTED).path.name == "20261123T101500Z-demo-2"


def test_what_was_appended_is_read_again(folder: RunFolder) -> None:
    writer = RunWriter(folder, STARTED)
    writer.append(a_delta(1))
    writer.close()
    (line,) = folder.read_intervals()
    assert (line.tag, line.interval, line.histogram) == (TAG, 0, Histogram({500: 2}))
    assert folder.read_outcomes() == [OutcomeRow(0, TAG, "ok", 2), OutcomeRow(0, TAG, "failed", 1)]
    (session,) = folder.read_sessions()
    assert (session.person, session.first, session.ended, session.worst_ms) == ("p001", True, False, 812.5)
    assert (session.redirects, session.prompts, session.round_trips, session.kilobytes) == (2, 1, 24, 812.4)
    assert (session.broke_on, session.broke_outcome, session.broke_ms) == ("save", "failed", 95.1)
    assert folder.read_traffic() == [TrafficRow(0, "web/open_record/first", 2, 24, 8, 6, 41_000, 260_000)]
    (error,) = folder.read_errors()
    assert (error.code, error.count) == ("0x80040216", 1)
    (counter,) = folder.read_counters()
    assert (counter.source, counter.counter, counter.value) == ("generator/w1", "cpu_share", 0.25)
    assert folder.read_examples() == [EXAMPLE]
    assert folder.damage == []


def test_a_run_older_than_the_columns_is_read_without_them(folder: RunFolder) -> None:
    old = (
        "person,channel,role,first,ended,transactions,over_good,over_fail,failed,worst_transaction,worst_ms,broken,"
        "steps_to_first_screen\np001,web,salesperson,1,0,3,1,0,1,open_record,812.5,1,61\n"
    )
    folder.file("sessions.csv").write_text(old)
    (session,) = folder.read_sessions()
    assert (session.steps_to_first_screen, session.prompts, session.kilobytes, session.broke_on) == (61, 0, 0.0, "")
    assert (folder.read_traffic(), folder.damage) == ([], [])


def test_a_ledger_that_was_left_on_another_machine_is_taken_in_once(folder: RunFolder, tmp_path: Path) -> None:
    left = tmp_path / "ledger-worker-2.jsonl"
    ledger = LedgerFile(left)
    ledger.append(LedgerEntry("id-1", "accounts", "account", "p001", "2026-11-23T10:00:00"))
    ledger.close()
    folder.adopt_ledger(left)
    folder.adopt_ledger(left)
    assert [entry.id for entry in folder.read_ledger()] == ["id-1"]
    assert len(list(folder.path.glob("ledger*.jsonl"))) == 1
    left.write_text("no ledger\n", encoding="utf-8")
    with pytest.raises(DamagedRun, match="is no ledger"):
        folder.adopt_ledger(left)


def test_a_ledger_keeps_every_text_even_half_a_character(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(b'{"id":"half a line')
    cut_off, whole = (
        LedgerEntry(record_id, "contacts", "contact", "p001", "2026-11-23T10:00:00", note=note)
        for record_id, note in (("id-1", "Zo\ud83d"), ("id-2", "Zo\u00eb"))
    )
    ledger = LedgerFile(path)
    ledger.append(cut_off, whole)
    ledger.append(replace(whole, state="removed"))
    damage: list[str] = []
    assert read_ledger([path], damage) == [cut_off, replace(whole, state="removed")]
    assert damage == ["ledger.jsonl:1: half-written or not a ledger line"], "what was half a line stays alone"
    ledger.close()


def test_a_delta_that_arrives_twice_counts_once(folder: RunFolder) -> None:
    writer = RunWriter(folder, STARTED)
    assert writer.append(a_delta(1)) is True
    assert writer.append(a_delta(1)) is False
    writer.close()
    assert sum(row.count for row in folder.read_outcomes()) == 3


def test_a_stage_line_adds_up_the_stage_and_the_next_begins_at_zero(folder: RunFolder) -> None:
    writer = RunWriter(folder, STARTED)
    writer.append(a_delta(1, interval=0))
    writer.append(a_delta(2, interval=1))
    writer.end_stage("arrival", 2)
    writer.append(a_delta(3, interval=2))
    writer.end_stage("work", 3)
    writer.close()
    stages = {line.tag: line.histogram.total for line in folder.read_intervals() if line.tag.startswith("stage/")}
    assert stages == {f"stage/arrival/{TAG}": 4, f"stage/work/{TAG}": 2}


def test_a_long_stage_keeps_few_intervals_in_memory_and_loses_none(folder: RunFolder) -> None:
    writer = RunWriter(folder, STARTED)
    for interval in range(500):
        writer.append(a_delta(interval, interval=interval))
    assert len(writer._pending) <= SETTLED_AFTER + 1, "memory must not grow with the length of a stage"
    writer.end_stage("soak", 500)
    writer.close()
    totals = {line.tag: line.histogram.total for line in folder.read_intervals() if line.tag.startswith("stage/")}
    alone = next(line.histogram.total for line in folder.read_intervals() if line.tag == TAG)
    assert totals == {f"stage/soak/{TAG}": 500 * alone}


def test_what_arrives_after_a_stage_has_ended_is_a_further_line_of_that_stage(folder: RunFolder) -> None:
    writer = RunWriter(folder, STARTED)
    writer.append(a_delta(1, interval=0))
    writer.end_stage("pilot", 2)
    writer.append(a_delta(2, interval=1))
    writer.append(a_delta(3, interval=2))
    writer.end_stage("everybody", 4)
    writer.append(a_delta(4, interval=3))
    writer.close()
    counts: dict[str, int] = {}
    for line in folder.read_intervals():
        counts[line.tag] = counts.get(line.tag, 0) + line.histogram.total
    assert counts == {TAG: 8, f"stage/pilot/{TAG}": 4, f"stage/everybody/{TAG}": 4}


def test_what_comes_while_an_interval_is_written_with_pauses_is_neither_lost_nor_counted_twice(
    folder: RunFolder,
) -> None:
    writer = RunWriter(folder, STARTED)
    writer.append(a_delta(1, interval=0))
    meanwhile: list[Callable[[], object]] = [
        lambda: writer.append(a_delta(2, interval=0)),
        lambda: writer.end_stage("pilot", 2),
        lambda: writer.append(a_delta(3, interval=1)),
    ]

    def pause() -> None:
        if meanwhile:
            meanwhile.pop(0)()

    writer.write_out(1, pause)
    assert not meanwhile
    writer.end_stage("everybody", 4)
    writer.close()
    counts: dict[str, int] = {}
    for line in folder.read_intervals():
        counts[line.tag] = counts.get(line.tag, 0) + line.histogram.total
    assert counts == {TAG: 6, f"stage/pilot/{TAG}": 6}
    assert sum(row.count for row in folder.read_outcomes() if row.outcome == "ok") == 6


def test_an_interval_of_many_workers_has_one_line_per_series_and_a_late_one_another(folder: RunFolder) -> None:
    writer = RunWriter(folder, STARTED)
    for number in range(10):
        delta = a_delta(1)
        delta.worker = f"w{number}"
        writer.append(delta)
    assert list(folder.read_intervals()) == [], "it may not be complete"
    writer.write_out(1)
    assert [(line.tag, line.histogram) for line in folder.read_intervals()] == [(TAG, Histogram({500: 20}))]
    assert folder.read_outcomes() == [OutcomeRow(0, TAG, "ok", 20), OutcomeRow(0, TAG, "failed", 10)]
    assert folder.read_traffic() == [TrafficRow(0, "web/open_record/first", 20, 240, 80, 60, 410_000, 2_600_000)]
    writer.append(a_delta(2))
    writer.append(a_delta(3, interval=2))
    assert [line.histogram.total for line in folder.read_intervals()] == [20, 2], "two intervals later it is written"
    writer.close()
    assert [(line.interval, line.histogram.total) for line in folder.read_intervals()] == [(0, 20), (0, 2), (2, 2)]


def test_the_same_error_of_two_workers_is_one_error(folder: RunFolder) -> None:
    writer = RunWriter(folder, STARTED)
    writer.append(a_delta(1))
    other = a_delta(1)
    other.worker = "w2"
    writer.append(other)
    writer.close()
    assert [row.count for row in folder.read_errors()] == [2]


@pytest.mark.parametrize(
    "name",
    ["intervals.hlog", "outcomes.csv", "sessions.csv", "traffic.csv", "counters.csv", "errors.jsonl", "waves.jsonl"],
)
def test_a_half_written_last_line_is_told_and_loses_only_itself(folder: RunFolder, name: str) -> None:
    writer = RunWriter(folder, STARTED)
    writer.append(a_delta(1))
    writer.append(a_delta(2, interval=1))
    writer.close()
    path = folder.file(name)
    text = path.read_bytes()
    path.write_bytes(text[:-9])
    readers = {
        "intervals.hlog": lambda: list(folder.read_intervals()),
        "outcomes.csv": folder.read_outcomes,
        "sessions.csv": folder.read_sessions,
        "traffic.csv": folder.read_traffic,
        "counters.csv": folder.read_counters,
        "errors.jsonl": folder.read_errors,
        "waves.jsonl": folder.read_examples,
    }
    assert readers[name](), "the whole lines before the damage are still read"
    assert len(folder.damage) == 1 and folder.damage[0].startswith(name), folder.damage


def test_the_ledger_keeps_the_last_state_of_every_record(folder: RunFolder) -> None:
    entry = LedgerEntry("id-1", "accounts", "account", "p001", "2026-11-23T10:15:03Z")
    writer = RunWriter(folder, STARTED)
    writer.append_ledger(entry)
    writer.append_ledger(LedgerEntry("id-1", "accounts", "account", "housekeeper", "later", state="removed"))
    writer.close()
    (merged,) = folder.read_ledger()
    assert (merged.state, merged.by, merged.made_utc) == ("removed", "p001", "2026-11-23T10:15:03Z")


def test_a_folder_without_run_json_says_what_to_give_instead(tmp_path: Path) -> None:
    with pytest.raises(DamagedRun, match="it has no run.json") as caught:
        _ = RunFolder(tmp_path).record
    assert "crmload run" in caught.value.next_step


def test_a_run_json_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"hello": 1}')
    with pytest.raises(DamagedRun, match="run.json cannot be read"):
        _ = RunFolder(tmp_path).record


@pytest.mark.parametrize("row", ["999999999,web/salesperson/save/everyday,ok,1", f"0,{TAG},ok,-500", "-1,x,ok,1"])
def test_a_number_that_cannot_be_is_damage_and_costs_no_memory(folder: RunFolder, row: str) -> None:
    writer = RunWriter(folder, STARTED)
    writer.append(a_delta(1))
    writer.close()
    with folder.file("outcomes.csv").open("a") as file:
        file.write(row + "\n")
    assert len(folder.read_outcomes()) == 2
    assert len(folder.damage) == 1 and "cannot be" in folder.damage[0]
