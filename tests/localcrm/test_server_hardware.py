"""The hardware dial seen from outside: slower servers, busier counters."""

from __future__ import annotations

import json
import re
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from loadtests.counters.recognise import read_counters
from tests.localcrm.serving import RunningCrm


@pytest.fixture
def app_of_60_ms(local_crm: RunningCrm) -> Iterator[RunningCrm]:
    """The shared server with a constant 60 ms of application work for a read, put back to nothing afterwards."""
    local_crm.control("POST", "hardware", {"distribution": {"cv": 0}, "app_ms": {"read": 60}})
    yield local_crm
    local_crm.control("POST", "hardware", {"stations": {"app": {"speed": 1.0}}, "app_ms": {"read": 0}})


def _median_ms(crm: RunningCrm) -> float:
    session = crm.signed_in(crm.person())
    times = []
    for _ in range(5):
        began = time.perf_counter()
        assert session.get(f"{crm.url('cloud-9.2')}api/data/v9.2/WhoAmI").status_code == 200
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def _seconds(crm: RunningCrm, host: str, mode: str) -> float:
    text = crm.client().get(crm.ready["metrics_url"]).text
    found = re.findall(rf'windows_cpu_time_total{{host="{host}",core="[^"]+",mode="{mode}"}} (\S+)', text)
    return sum(map(float, found))


def test_a_third_of_the_speed_makes_a_request_three_times_as_long(app_of_60_ms: RunningCrm):
    fast = _median_ms(app_of_60_ms)
    app_of_60_ms.control("POST", "hardware", {"stations": {"app": {"speed": 1 / 3}}})
    slow = _median_ms(app_of_60_ms)
    assert 60 <= fast < 130, f"60 ms of work took {fast:.0f} ms"
    assert 180 <= slow < 300, f"60 ms of work at a third of the speed took {slow:.0f} ms"


def test_the_counters_tell_how_long_the_servers_were_busy(app_of_60_ms: RunningCrm):
    busy, idle = _seconds(app_of_60_ms, "app", "user"), _seconds(app_of_60_ms, "app", "idle")
    _median_ms(app_of_60_ms)
    assert _seconds(app_of_60_ms, "app", "user") - busy == pytest.approx(5 * 0.060, abs=0.001)
    assert _seconds(app_of_60_ms, "app", "idle") > idle
    assert _seconds(app_of_60_ms, "db", "user") == 0


def test_the_ready_file_tells_the_servers_as_they_are_now(local_crm: RunningCrm):
    ready_file = Path(local_crm.ready["users_file"]).parent / "ready-for-test.json"
    before = json.loads(ready_file.read_text(encoding="utf-8"))["servers"]
    local_crm.control("POST", "hardware", {"stations": {"db": {"servers": 7}}})
    changed = json.loads(ready_file.read_text(encoding="utf-8"))["servers"]
    local_crm.control("POST", "hardware", {"stations": {"db": {"servers": before["db"]["cores"]}}})
    assert before == local_crm.ready["servers"]
    assert {name: server["role"] for name, server in changed.items()} == {
        "app": "web",
        "db": "database",
        "async": "async",
    }
    assert changed == {**before, "db": {"role": "database", "cores": 7}}


def test_a_dial_that_does_not_exist_is_refused_by_name(local_crm: RunningCrm):
    with pytest.raises(AssertionError, match=r"400 .*stations.app.velocity: unknown key"):
        local_crm.control("POST", "hardware", {"stations": {"app": {"velocity": 2}}})


@pytest.fixture
def lock_of_60_ms(local_crm: RunningCrm) -> Iterator[RunningCrm]:
    """The shared server with a lock that every read holds for a constant 60 ms."""
    local_crm.control("POST", "hardware", {"distribution": {"cv": 0}, "lock_ms": {"read": 60}})
    yield local_crm
    local_crm.control("POST", "hardware", {"lock_ms": {"read": 0}})


def test_a_lock_makes_one_wait_for_the_other_and_shows_in_no_counter(lock_of_60_ms: RunningCrm):
    crm = lock_of_60_ms
    session = crm.signed_in(crm.person())

    def ask(_: int) -> None:
        assert session.get(f"{crm.url('cloud-9.2')}api/data/v9.2/WhoAmI").status_code == 200

    with ThreadPoolExecutor(5) as people:
        began = time.perf_counter()
        list(people.map(ask, range(5)))
        took = time.perf_counter() - began
    assert took >= 5 * 0.060, f"five times 60 ms under one lock were over after {took * 1000:.0f} ms"
    metrics = crm.client().get(crm.ready["metrics_url"]).text
    assert "lock" not in metrics
    assert all(_seconds(crm, station, "user") == 0 for station in ("db", "async"))


def test_a_request_leaves_work_behind_that_nobody_waits_for(local_crm: RunningCrm):
    crm = local_crm
    session = crm.signed_in(crm.person())
    tables = crm.control("GET", "tables")
    slow = {"distribution": {"cv": 0}, "async_ms": {"read": 500}, "stations": {"async": {"servers": 1, "speed": 0.01}}}
    crm.control("POST", "hardware", slow)
    busy = _seconds(crm, "async", "user")
    for _ in range(4):
        assert session.get(f"{crm.url('cloud-9.2')}api/data/v9.2/WhoAmI").status_code == 200
    while not _jobs(crm, "in_progress"):
        time.sleep(0.05)
    assert _jobs(crm, "waiting") == 3, "four jobs of 50 s, one server"
    crm.control("POST", "hardware", {"async_ms": {"read": 0}, "stations": {"async": {"servers": 2, "speed": 1000}}})
    while _jobs(crm, "waiting") + _jobs(crm, "in_progress"):
        time.sleep(0.05)
    assert _seconds(crm, "async", "user") > busy
    assert crm.control("GET", "tables") == tables, "a job that succeeded leaves no row"
    crm.control("POST", "hardware", {"stations": {"async": {"speed": 1}}})


def _jobs(crm: RunningCrm, state: str) -> int:
    text = crm.client().get(crm.ready["metrics_url"]).text
    return int(re.findall(rf'crm_async_operations{{host="async",state="{state}"}} (\d+)', text)[0])


def test_the_file_of_the_performance_monitor_tells_the_same_work_as_the_metrics(app_of_60_ms: RunningCrm):
    time.sleep(1.1)  # so that no second of the file holds what was done for the test before
    busy, began = _seconds(app_of_60_ms, "app", "user"), time.time()
    for _ in range(4):
        _median_ms(app_of_60_ms)
    done, ended = _seconds(app_of_60_ms, "app", "user") - busy, time.time()
    assert done == pytest.approx(20 * 0.060, abs=0.001)
    file = Path(app_of_60_ms.ready["users_file"]).parent / "counters.csv"
    deadline = time.monotonic() + 30
    while (reading := read_counters(file, {}, None, "")).span[1] < ended + 0.5:
        assert time.monotonic() < deadline, "the file does not go on"
        time.sleep(0.2)
    (track,) = (t for t in reading.tracks if t.machine == "APP" and t.measure == "busy_share")
    servers = app_of_60_ms.control("GET", "hardware")["stations"]["app"]["servers"]
    told = sum((p.end - p.begin) * p.value for p in track.periods if p.begin > began - 1) * servers
    assert told == pytest.approx(done, rel=0.05)
