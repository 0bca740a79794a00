"""Real Locust in child processes, alone and with workers: every book of a run agrees with the server's, to the request.

The server is the tests' own; `tests/e2e` does the same with the local CRM.
"""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from loadtests.config.day import Arrivals, Stage
from loadtests.config.plan import Limits
from loadtests.load.calls import arrival_times
from loadtests.results.run_folder import RunFolder
from loadtests.results.run_record import WorkerInfo
from tests.load.https_server import HttpsServer
from tests.load.locust_children import Books, Load, free_port, locust
from tests.load.plans import SELLER, small_plan

LONG = (Stage(name="work", people=6, ramp=1, hold=120),)
CALM = 0.4
"""Think times of people whose number matters, not how much they do: half a minute of them is no load."""


def wait_for(what: Callable[[], object], seconds: float, load: Load | None = None) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, f"not within {seconds} s\n{load.said() if load else ''}"
        time.sleep(0.1)


def agree(load: Load, server: HttpsServer) -> Books:
    """Every book counts what the server counted; returns them."""
    books = Books.of(load.folder)
    served = Counter(f"{method} {path.lstrip('/')}" for method, _, path in server.requests)
    assert books.outcome_requests == served, load.said()
    assert books.hlog_requests == books.outcome_requests
    assert books.locust_requests == books.outcome_requests
    assert books.locust_transactions == books.outcome_transactions
    return books


def run_distributed(load: Load, stack: ExitStack, workers: int = 2) -> list[subprocess.Popen[bytes]]:
    """A master and its workers, in this order."""
    port = str(free_port())
    head = [*load.head_options, "--master", "--expect-workers", str(workers), "--master-bind-host", "127.0.0.1"]
    processes = [stack.enter_context(locust(load.log, *head, "--master-bind-port", port))]
    for number in range(1, workers + 1):
        options = ["--worker", "--master-host", "127.0.0.1", "--master-port", port]
        processes.append(stack.enter_context(locust(load.folder.file(f"worker-{number}.log"), *options)))
    return processes


def test_in_one_process_all_books_agree(server: HttpsServer, tmp_path: Path) -> None:
    stages = (Stage(name="first", people=3, hold=5), Stage(name="second", people=6, ramp=1, hold=4))
    load = Load.prepared(small_plan(server, stages=stages), tmp_path / "results")
    with locust(load.log, *load.head_options) as process:
        process.wait(40)
    books = agree(load, server)
    record = load.folder.record
    assert (record.ending, record.not_the_plan, [w.name for w in record.workers]) == ("finished", False, ["local"])
    assert books.outcome_transactions["open_view"] > 60
    assert len(books.stages) > 1
    assert {tag.split("/")[1] for tag in books.stages} == {"first", "second"}
    assert "copies of times: 0 rows, total True" in load.said(), "they would grow with every new time"
    assert sum(books.stages.values()) == books.outcome_transactions.total() - sum(
        row.count for row in load.folder.read_outcomes() if row.series.startswith("web/") and row.outcome != "ok"
    )
    sessions = load.folder.read_sessions()
    assert {row.person for row in sessions if row.first} == {f"p{n:03d}" for n in range(1, 7)}
    present = {(r.interval, r.series): r.count for r in load.folder.read_outcomes() if r.series.startswith("people/")}
    assert present[1, "people/web/salesperson"] == 4
    assert present[1, "people/web/customer-service-representative"] == 2
    counters = {row.counter for row in load.folder.read_counters()}
    assert counters >= {"cpu_share", "rss_mib", "loop_lag_p99_ms", "start_lag_p99_ms"}


def test_with_two_workers_all_books_agree(server: HttpsServer, tmp_path: Path) -> None:
    load = Load.prepared(small_plan(server), tmp_path / "results")
    with ExitStack() as stack:
        for process in run_distributed(load, stack):
            process.wait(60)
    books = agree(load, server)
    record = load.folder.record
    assert record.ending == "finished"
    assert len(record.workers) == 2
    assert all(abs(worker.clock_offset_ms) < 1000 and not worker.lost for worker in record.workers)
    assert books.outcome_transactions["open_view"] > 10
    people = {row.person for row in load.folder.read_sessions()}
    assert people == {f"p{n:03d}" for n in range(1, 7)}, "six accounts, none twice"


def test_arrivals_are_dealt_to_two_workers_without_losing_or_doubling_one(server: HttpsServer, tmp_path: Path) -> None:
    rush = Arrivals(name="rush", channel="web", role=SELLER, accounts=4, per_hour=8 * 3600, during=["rush"])
    stages = (Stage(name="rush", people=0, hold=12.5), Stage(name="after", people=0, hold=1))
    plan = small_plan(server, groups=(("web", SELLER, 4),), stages=stages)
    plan = plan.model_copy(update={"population": [], "arrivals": [rush]})
    load = Load.prepared(plan, tmp_path / "results")
    with ExitStack() as stack:
        for process in run_distributed(load, stack):
            process.wait(60)
    books = agree(load, server)
    arrivals = Counter[str]()
    for row in load.folder.read_outcomes():
        if row.series == "arrivals/rush":
            arrivals[row.outcome] += row.count
    planned = len(arrival_times(plan, rush))
    assert planned > 10
    assert (arrivals["planned"], arrivals["begun"], arrivals["done"]) == (planned, planned, planned), load.said()
    assert books.outcome_requests == {"GET called": planned}
    times = [line for line in load.folder.read_intervals() if line.tag == "lateness/rush"]
    assert sum(line.histogram.total for line in times) == planned
    assert load.folder.record.workload_model == "open, rush 28,800/h"


@pytest.mark.skipif(sys.platform == "win32", reason="SIGTERM is how POSIX asks a process to end")
def test_when_it_is_told_to_end_people_finish_and_all_books_agree(server: HttpsServer, tmp_path: Path) -> None:
    load = Load.prepared(small_plan(server, stages=LONG, think=CALM), tmp_path / "results")
    with locust(load.log, *load.head_options) as process:
        wait_for(lambda: len(server.requests) > 100, 30, load)
        asked = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    assert time.monotonic() - asked < 8, f"nobody does anything that takes longer\n{load.said()}"
    agree(load, server)
    assert load.folder.record.ending in ("stopped", "interrupted")


@pytest.mark.skipif(sys.platform == "win32", reason="SIGTERM is how POSIX asks a process to end")
def test_while_people_are_still_arriving_it_ends_as_quickly(server: HttpsServer, tmp_path: Path) -> None:
    slowly = (Stage(name="arrival", people=6, ramp=30, hold=60),)
    load = Load.prepared(small_plan(server, stages=slowly), tmp_path / "results")
    with locust(load.log, *load.head_options) as process:
        wait_for(lambda: len(server.requests) > 10, 30, load)
        asked = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    assert time.monotonic() - asked < 8, load.said()
    agree(load, server)


@pytest.mark.skipif(sys.platform == "win32", reason="SIGTERM is how POSIX asks a process to end")
def test_a_master_that_is_told_to_end_waits_for_its_workers_last_reports(server: HttpsServer, tmp_path: Path) -> None:
    load = Load.prepared(small_plan(server, stages=LONG, think=CALM), tmp_path / "results")
    with ExitStack() as stack:
        master, *workers = run_distributed(load, stack)
        wait_for(lambda: len(server.requests) > 150, 40, load)
        master.send_signal(signal.SIGTERM)
        for process in (master, *workers):
            process.wait(40)
    agree(load, server)
    assert load.folder.record.ending in ("stopped", "interrupted")


@pytest.mark.parametrize("workers", [0, 2], ids=["one process", "two workers"])
def test_the_watchdog_ends_a_run_that_goes_wrong_and_keeps_the_evidence(
    workers: int, server: HttpsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINY_EXPECTS_ALL", "1")
    tenth = Limits(stop_above_failed_share=0.1)
    load = Load.prepared(small_plan(server, stages=LONG, limits=tenth), tmp_path / "results")
    with ExitStack() as stack:
        if workers:
            processes = run_distributed(load, stack, workers)
        else:
            processes = [stack.enter_context(locust(load.log, *load.head_options))]
        for process in processes:
            process.wait(50)
    agree(load, server)
    assert load.folder.record.ending == "watchdog"
    assert processes[0].returncode == 4, "stopped for safety"
    errors = load.folder.read_errors()
    assert {(error.outcome, error.status, error.message) for error in errors} == {
        ("failed", 404, "GET missing: HTTP 404")
    }
    assert sum(error.count for error in errors) >= 6


@pytest.mark.skipif(sys.platform == "win32", reason="a process is killed as POSIX does")
def test_people_of_a_vanished_worker_come_back_on_the_others_and_on_one_who_joins_later(
    server: HttpsServer, tmp_path: Path
) -> None:
    stages = (Stage(name="work", people=6, hold=36),)
    load = Load.prepared(small_plan(server, stages=stages, think=CALM), tmp_path / "results")

    def workers() -> list[WorkerInfo]:
        return load.folder.record.workers

    with ExitStack() as stack:
        master, victim, survivor = run_distributed(load, stack)
        wait_for(lambda: len(server.requests) > 60, 40, load)
        os.kill(victim.pid, signal.SIGKILL)
        port = master.args[-1]  # type: ignore[index]
        options = ["--worker", "--master-host", "127.0.0.1", "--master-port", str(port)]
        joiner = stack.enter_context(locust(load.folder.file("worker-3.log"), *options))
        wait_for(lambda: any(worker.lost for worker in workers()), 40, load)
        for process in (master, survivor, joiner):
            process.wait(90)
    (lost,) = [worker for worker in workers() if worker.lost]
    assert (len(workers()), lost.people_lost, lost.back_s) == (3, 3, None), load.said()
    assert load.folder.record.ending == "finished"
    Books.of(load.folder)
    present = Counter[int]()
    for row in load.folder.read_outcomes():
        if row.series.startswith("people/"):
            present[row.interval] += row.count
    assert max(present.values()) == 6, "no account is used twice"
    assert 6 in [present[interval] for interval in present if interval * 5 > (lost.lost_s or 0.0) + 10], present


@pytest.mark.skipif(sys.platform == "win32", reason="a process is killed as POSIX does")
def test_nobody_waits_for_a_worker_that_vanished_at_the_end(server: HttpsServer, tmp_path: Path) -> None:
    stages = (Stage(name="work", people=6, hold=9),)
    load = Load.prepared(small_plan(server, stages=stages, think=CALM), tmp_path / "results")
    with ExitStack() as stack:
        master, victim, survivor = run_distributed(load, stack)
        wait_for(lambda: len(server.requests) > 100, 40, load)
        os.kill(victim.pid, signal.SIGKILL)
        for process in (master, survivor):
            process.wait(60)
    record = load.folder.record
    assert sorted(worker.lost for worker in record.workers) == [False, True], load.said()
    assert record.ending == "finished"


@pytest.mark.skipif(sys.platform == "win32", reason="SIGTERM is how POSIX asks a process to end")
def test_a_worker_that_is_told_to_end_reports_all_and_others_take_its_people(
    server: HttpsServer, tmp_path: Path
) -> None:
    stages = (Stage(name="work", people=6, hold=12),)
    load = Load.prepared(small_plan(server, stages=stages), tmp_path / "results")
    with ExitStack() as stack:
        master, leaver, stayer = run_distributed(load, stack)
        wait_for(lambda: len(server.requests) > 150, 40, load)
        leaver.send_signal(signal.SIGTERM)
        for process in (leaver, master, stayer):
            process.wait(60)
    agree(load, server)
    people = {(r.interval, r.series): 0 for r in load.folder.read_outcomes() if r.series.startswith("people/")}
    for row in load.folder.read_outcomes():
        if row.series.startswith("people/"):
            people[row.interval, row.series] += row.count
    assert [people[1, f"people/web/{role}"] for role in ("salesperson", "customer-service-representative")] == [4, 2]


def test_a_plan_that_came_to_its_end_can_be_started_again_with_workers(server: HttpsServer, tmp_path: Path) -> None:
    short = (Stage(name="work", people=6, hold=6),)
    load = Load.prepared(small_plan(server, stages=short, think=CALM), tmp_path / "results")
    web_port, port = free_port(), str(free_port())
    head = ["--run-folder", str(load.folder.path), "--results", str(tmp_path / "results"), "--web-host", "127.0.0.1"]
    head += ["--web-port", str(web_port), "--master", "--master-bind-host", "127.0.0.1", "--master-bind-port", port]
    web = requests.Session()
    web.trust_env = False

    def endings() -> list[str | None]:
        # A folder is there a moment before its run.json, which appears whole.
        return [RunFolder(p.parent).record.ending for p in sorted((tmp_path / "results").glob("*/run.json"))]

    def started() -> bool:
        try:
            answer = web.post(f"http://127.0.0.1:{web_port}/swarm", data={}, timeout=20)
        except requests.ConnectionError:
            return False
        return bool(answer.ok and answer.json()["success"])

    def one_worker_ready() -> bool:
        return "1 workers connected" in load.said()

    with ExitStack() as stack:
        stack.enter_context(locust(load.log, *head))
        worker = ["--worker", "--master-host", "127.0.0.1", "--master-port", port]
        stack.enter_context(locust(load.folder.file("worker-1.log"), *worker))
        wait_for(one_worker_ready, 30, load)
        wait_for(started, 30, load)
        wait_for(lambda: endings() == ["finished"], 40, load)
        wait_for(lambda: load.said().count("1 workers connected") > 1, 10, load)
        wait_for(started, 10, load)
        wait_for(lambda: endings() == ["finished"] * 2, 40, load)
    folders = [RunFolder(path) for path in sorted((tmp_path / "results").iterdir())]
    counted = [
        sum(row.count for row in folder.read_outcomes() if row.series.startswith("request/")) for folder in folders
    ]
    assert min(counted) > 60, load.said()
    assert sum(counted) == len(server.requests)


def test_the_web_ui_starts_stops_and_starts_again(server: HttpsServer, tmp_path: Path) -> None:
    load = Load.prepared(small_plan(server, stages=LONG, think=CALM), tmp_path / "results")
    port = free_port()
    options = ["--run-folder", str(load.folder.path), "--results", str(tmp_path / "results"), "--web-host", "127.0.0.1"]
    web = requests.Session()
    web.trust_env = False
    with locust(load.log, *options, "--web-port", str(port)) as process:

        def up() -> bool:
            try:
                return web.get(f"http://127.0.0.1:{port}/", timeout=5).ok
            except requests.ConnectionError:
                return False

        wait_for(up, 30, load)
        for _ in range(2):
            before = len(server.requests)
            assert web.post(f"http://127.0.0.1:{port}/swarm", data={}, timeout=20).json()["success"]
            wait_for(lambda before=before: len(server.requests) > before + 60, 30, load)  # type: ignore[misc]
            stopped = web.post(f"http://127.0.0.1:{port}/stop", timeout=30)
            assert stopped.ok, stopped.text
        process.terminate()
        process.wait(20)
    folders = [RunFolder(path) for path in sorted((tmp_path / "results").iterdir())]
    assert len(folders) == 2, f"a folder a start\n{load.said()}"
    assert [folder.record.ending for folder in folders] == ["stopped", "stopped"]
    counted = sum(
        row.count for folder in folders for row in folder.read_outcomes() if row.series.startswith("request/")
    )
    assert counted == len(server.requests)


def test_people_and_time_given_by_hand_mark_the_run_as_not_the_plan(server: HttpsServer, tmp_path: Path) -> None:
    load = Load.prepared(small_plan(server, stages=LONG, think=CALM), tmp_path / "results")
    with locust(load.log, *load.head_options, "-u", "2", "-r", "2", "-t", "6s") as process:
        process.wait(30)
    agree(load, server)
    record = load.folder.record
    assert (record.not_the_plan, record.ending) == (True, "finished")
    assert len({row.person for row in load.folder.read_sessions()}) == 2


def test_without_a_plan_there_is_one_clear_error(tmp_path: Path) -> None:
    with locust(tmp_path / "locust.log", "--headless") as process:
        assert process.wait(30) == 2
    said = (tmp_path / "locust.log").read_text(encoding="utf-8")
    assert "there is no plan to run" in said
    assert "--plan" in said
    assert "CRMLOAD_PLAN" in said
    assert "Traceback" not in said


def test_a_missing_password_ends_the_run_before_anybody_comes(server: HttpsServer, tmp_path: Path) -> None:
    plan = small_plan(server)
    users = [account.model_copy(update={"secret": "CRMLOAD_TEST_MISSING"}) for account in plan.users]
    load = Load.prepared(plan.model_copy(update={"users": users}), tmp_path / "results")
    with locust(load.log, *load.head_options) as process:
        assert process.wait(30) == 2, load.said()
    assert "CRMLOAD_TEST_MISSING is not an environment variable" in load.said()
    assert not server.requests


def test_a_plan_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    with locust(tmp_path / "locust.log", "--headless", "--plan", "configs/plans/dmeo.yaml") as process:
        assert process.wait(30) == 2
    said = (tmp_path / "locust.log").read_text(encoding="utf-8")
    assert "dmeo.yaml" in said
    assert "Traceback" not in said
