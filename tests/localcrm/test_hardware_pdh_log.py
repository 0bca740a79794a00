"""The stations' counters as a file of Windows' performance monitor."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import re
from pathlib import Path

import pytest

from localcrm.hardware.hardware import Hardware
from localcrm.hardware.pdh_log import PdhLog
from localcrm.hardware.profile import load_profile


async def _recorded(file: Path, hardware: Hardware, work: list[float]) -> None:
    recording = asyncio.create_task(PdhLog(file, hardware.totals, every_s=0.25).run())
    await asyncio.gather(*(hardware.asynchronous(seconds) for seconds in work))
    await asyncio.sleep(0.6)
    recording.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await recording


def test_a_row_tells_how_busy_each_station_was_since_the_row_before(tmp_path: Path) -> None:
    hardware = Hardware(load_profile("demo"), seed=1)
    asyncio.run(_recorded(tmp_path / "log.csv", hardware, [0.5, 0.5, 0.5]))
    text = (tmp_path / "log.csv").read_bytes().decode("utf-8")
    head, first, *rows = list(csv.reader(text.splitlines()))
    assert re.fullmatch(r"\(PDH-CSV 4\.0\) \([^)]+\)\(-?\d+\)", head[0])
    assert [path for path in head if "Processor Time" in path] == [
        rf"\\{name}\Processor(_Total)\% Processor Time" for name in ("APP", "DB", "ASYNC")
    ]
    assert re.fullmatch(r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d\.\d{3}", first[0]) and first[1:] == [" "] * 6
    assert text.endswith("\r\n") and len(rows) >= 3
    servers = hardware.async_servers
    column = head.index(r"\\ASYNC\Processor(_Total)\% Processor Time")
    busy = [float(row[column]) for row in rows]
    assert max(busy) <= 100 and min(float(row[1]) for row in rows) == 0
    # The servers did 1.5 s of work together: their mean share, row by row, adds up to it (rows come a little late).
    assert sum(busy) / 100 * 0.25 * servers == pytest.approx(1.5, rel=0.35)
