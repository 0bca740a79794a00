"""The stations' counters as Windows' performance monitor would record them: a PDH-CSV file, each station a machine.

Form read in public logs (wire facts 8.1): local times, the zone and the minutes to add for UTC in the first cell, a
blank where nothing can be said yet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TextIO

BusyAndIdle = tuple[float, float]
Totals = Callable[[], Mapping[str, tuple[BusyAndIdle, int]]]
"""Station -> (busy seconds, idle seconds) of all its servers since they stand there, and the requests that wait."""


class PdhLog:
    """Writes a row every ``every_s`` seconds until cancelled; a row is on the disk as soon as it is written."""

    def __init__(self, file: Path, totals: Totals, *, every_s: float) -> None:
        self._file = file
        self._totals = totals
        self._every_s = every_s

    async def run(self) -> None:
        """Write until cancelled. The file is begun anew."""
        loop = asyncio.get_running_loop()
        with self._file.open("w", encoding="utf-8", newline="") as file:
            before = {name: totals for name, (totals, _) in self._totals().items()}
            _write(file, [_zone(datetime.now().astimezone()), *_paths(before)])
            _write(file, [_time(datetime.now()), *([" "] * 2 * len(before))])
            due = loop.time() + self._every_s
            while True:
                await asyncio.sleep(max(0.0, due - loop.time()))
                due += self._every_s
                now = self._totals()
                cells = [_time(datetime.now())]
                for name, (totals, waiting) in now.items():
                    cells += [_percent(before[name], totals), f"{waiting}"]
                _write(file, cells)
                before = {name: totals for name, (totals, _) in now.items()}


def _paths(stations: Mapping[str, object]) -> list[str]:
    return [
        rf"\\{name.upper()}\{counter}"
        for name in stations
        for counter in (r"Processor(_Total)\% Processor Time", r"System\Processor Queue Length")
    ]


def _percent(before: BusyAndIdle, now: BusyAndIdle) -> str:
    """Blank where servers came or went meanwhile: their sums do not go on."""
    busy, idle = now[0] - before[0], now[1] - before[1]
    if busy < 0 or idle < 0 or busy + idle <= 0:
        return " "
    return f"{100 * busy / (busy + idle):.15g}"


def _zone(now: datetime) -> str:
    offset = now.utcoffset()
    minutes = round(offset.total_seconds() / 60) if offset else 0
    return f"(PDH-CSV 4.0) ({now.tzname()})({-minutes})"


def _time(now: datetime) -> str:
    return f"{now:%m/%d/%Y %H:%M:%S}.{now.microsecond // 1000:03d}"


def _write(file: TextIO, cells: list[str]) -> None:
    file.write(",".join(f'"{cell}"' for cell in cells) + "\r\n")
    file.flush()
