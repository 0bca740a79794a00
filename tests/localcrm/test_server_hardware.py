"""The hardware dial seen from outside: slower servers, busier counters."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Iterator

import pytest

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


def test_a_dial_that_does_not_exist_is_refused_by_name(local_crm: RunningCrm):
    with pytest.raises(AssertionError, match=r"400 .*stations.app.velocity: unknown key"):
        local_crm.control("POST", "hardware", {"stations": {"app": {"velocity": 2}}})
