"""A station's pretended time: first come first served, exact busy time, dials that turn at once."""

from __future__ import annotations

import asyncio
import statistics

import pytest

from localcrm.hardware.hardware import Hardware
from localcrm.hardware.profile import StationSettings, load_profile
from localcrm.hardware.station import Station
from localcrm.hardware.work import api_work


async def _ends(station: Station, seconds: list[float]) -> list[float]:
    """When each job that arrives now is done, in s from now."""
    loop = asyncio.get_running_loop()
    began = loop.time()

    async def one(work: float) -> float:
        await station.hold(work)
        return loop.time() - began

    return list(await asyncio.gather(*map(one, seconds)))


def test_one_server_works_through_its_queue_in_order():
    async def scene() -> list[float]:
        return await _ends(Station(StationSettings(servers=1)), [0.05, 0.05, 0.05])

    assert asyncio.run(scene()) == pytest.approx([0.05, 0.10, 0.15], abs=0.03)


def test_two_servers_work_side_by_side():
    async def scene() -> list[float]:
        return await _ends(Station(StationSettings(servers=2)), [0.05, 0.05, 0.05])

    assert asyncio.run(scene()) == pytest.approx([0.05, 0.05, 0.10], abs=0.03)


def test_a_third_of_the_speed_takes_three_times_as_long():
    async def scene() -> list[float]:
        return await _ends(Station(StationSettings(servers=1, speed=1 / 3)), [0.05])

    assert asyncio.run(scene()) == pytest.approx([0.15], abs=0.03)


def test_busy_time_is_the_work_given_however_late_the_sleepers_wake():
    async def scene() -> tuple[float, float]:
        station = Station(StationSettings(servers=2))
        await _ends(station, [0.02] * 10)
        await asyncio.sleep(0.05)
        both = station.busy_and_idle()
        return sum(busy for busy, _ in both), sum(idle for _, idle in both)

    busy, idle = asyncio.run(scene())
    assert busy == pytest.approx(0.200, abs=1e-6)
    assert idle >= 0.099, "two servers idle for at least the 50 ms of the pause"


def test_turning_the_speed_moves_work_that_already_waits():
    async def scene() -> tuple[list[float], float]:
        station = Station(StationSettings(servers=1))
        work = asyncio.create_task(_ends(station, [0.2, 0.2]))
        await asyncio.sleep(0.1)
        station.set(StationSettings(servers=1, speed=2.0))
        ends = await work
        return ends, sum(busy for busy, _ in station.busy_and_idle())

    ends, busy = asyncio.run(scene())
    # 0.1 s done at speed 1; the 0.1 s and 0.2 s that are left take half as long.
    assert ends == pytest.approx([0.15, 0.25], abs=0.03)
    assert busy == pytest.approx(0.25, abs=0.03)


def test_more_servers_help_who_comes_next_and_waiting_is_counted():
    async def scene() -> tuple[int, list[float]]:
        station = Station(StationSettings(servers=1))
        first = asyncio.create_task(_ends(station, [0.2, 0.01]))
        await asyncio.sleep(0.01)
        waiting = station.waiting()
        station.set(StationSettings(servers=2))
        second = await _ends(station, [0.01])
        await first
        return waiting, second

    waiting, second = asyncio.run(scene())
    assert waiting == 1
    assert second == pytest.approx([0.01], abs=0.03)


def test_a_released_station_lets_everybody_go_at_once():
    async def scene() -> tuple[list[float], list[float]]:
        station = Station(StationSettings(servers=1))
        waiting = asyncio.create_task(_ends(station, [30.0, 30.0]))
        await asyncio.sleep(0.01)
        station.release()
        return await waiting, await _ends(station, [30.0])

    before, after = asyncio.run(scene())
    assert max(before + after) < 1


@pytest.mark.parametrize("shape", ["lognormal", "gamma"])
def test_service_times_have_the_mean_and_the_spread_of_the_profile(shape: str):
    profile = load_profile("demo").changed({"distribution": {"shape": shape}, "app_ms": {"read": 10}})
    hardware = Hardware(profile, seed=1)
    draws = [hardware.draw_seconds(10, 1) for _ in range(20_000)]
    assert statistics.fmean(draws) == pytest.approx(0.010, rel=0.03)
    assert statistics.stdev(draws) / statistics.fmean(draws) == pytest.approx(0.5, rel=0.05)


@pytest.mark.parametrize(
    ("method", "path", "body", "work"),
    [
        ("GET", "accounts(5)", b"", ("read", 1)),
        ("GET", "WhoAmI", b"", ("read", 1)),
        ("GET", "accounts", b"", ("query", 1)),
        ("GET", "accounts(5)/contact_customer_accounts", b"", ("query", 1)),
        ("PATCH", "accounts(5)", b"{}", ("write", 1)),
        (
            "POST",
            "$batch",
            b"--b\r\n\r\nGET /x HTTP/1.1\r\n\r\n--b\r\n\r\nGET /y HTTP/1.1\r\n\r\n--b--",
            ("batch_part", 2),
        ),
    ],
)
def test_a_request_is_charged_as_the_work_it_is(method: str, path: str, body: bytes, work: tuple[str, int]):
    assert api_work(method, path, body) == work
