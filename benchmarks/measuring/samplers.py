"""Somebody else's samplers beside a run: performance logs and Prometheus, on clocks of their own."""

import json
import ssl
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from loadtests.counters.exposition import read_exposition

CPU = "windows_cpu_time_total"
Totals = dict[tuple[str, str, str], float]
"""(server, core, mode) -> seconds."""


class Sampler:
    """Reads the addresses' processor times every so many seconds in a thread of its own, until `stop`.

    It shares nothing with the run's own reader but the server that it asks.
    """

    def __init__(self, address: str, ca_file: str, *, every_s: float, wait_s: float = 0.0) -> None:
        """`wait_s`: what its first look is later, so that two samplers never look at one moment."""
        self._address = address
        self._context = ssl.create_default_context(cafile=ca_file)
        self._every_s, self._wait_s = every_s, wait_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.samples: list[tuple[float, Totals]] = []
        """Seconds since 1970, and what the servers had counted by then."""

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more; returns when the thread has ended."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        due = time.monotonic() + self._wait_s
        while not self._stop.wait(max(0.0, due - time.monotonic())):
            due += self._every_s
            begun = time.time()
            with urllib.request.urlopen(self._address, context=self._context, timeout=10) as answer:
                text = answer.read().decode()
            moment = (begun + time.time()) / 2
            found = {
                (one.labels["host"], one.labels["core"], one.labels["mode"]): one.value
                for one in read_exposition(text)
                if one.name == CPU
            }
            self.samples.append((moment, found))


def pdh_csv(
    samples: list[tuple[float, Totals]], machines: Mapping[str, str], *, path: str, zone: str, bias_minutes: int,
    ahead_s: float,
) -> str:  # fmt: skip
    """The samples as perfmon would have written them. `path`: of the counter, with `{}` for the machine; `ahead_s`: how
    far the collector's clock is before the true one; `bias_minutes`: what to add to local times for UTC."""
    lines = [",".join(f'"{cell}"' for cell in (f"(PDH-CSV 4.0) ({zone})({bias_minutes})",
                                               *(path.format(machine) for machine in machines.values())))]  # fmt: skip
    before: Totals | None = None
    for moment, totals in samples:
        local = datetime.fromtimestamp(moment + ahead_s, UTC) - timedelta(minutes=bias_minutes)
        cells = [f"{local:%m/%d/%Y %H:%M:%S}.{local.microsecond // 1000:03d}"]
        cells += [" " if before is None else f"{100 * _busy(before, totals, server):.12f}" for server in machines]
        lines.append(",".join(f'"{cell}"' for cell in cells))
        before = totals
    return "\r\n".join(lines) + "\r\n"


def range_export(samples: list[tuple[float, Totals]], machines: Mapping[str, str], *, step_s: float) -> str:
    """What Prometheus answers to `query_range` after it scraped these samples: at each step the latest one before."""
    first, last = samples[0][0], samples[-1][0]
    series: dict[tuple[str, str, str], list[list[Any]]] = {}
    moment, at = float(int(first) + 1), 0
    while moment <= last:
        while at + 1 < len(samples) and samples[at + 1][0] <= moment:
            at += 1
        for key, value in samples[at][1].items():
            series.setdefault(key, []).append([moment, f"{value:.6f}"])
        moment += step_s
    result = [
        {
            "metric": {"__name__": CPU, "instance": f"{machines[server].lower()}:9182", "core": core, "mode": mode},
            "values": values,
        }
        for (server, core, mode), values in series.items()
        if server in machines
    ]
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}})


def write(path: Path, text: str, *, encoding: str = "utf-8") -> Path:
    """The text as a file, its line ends as they are."""
    path.write_bytes(text.encode(encoding))
    return path


def _busy(before: Totals, now: Totals, server: str) -> float:
    grown: Callable[[bool], float] = lambda idle: sum(  # noqa: E731
        value - before[key] for key, value in now.items() if key[0] == server and (key[2] == "idle") == idle
    )
    busy, idle = grown(False), grown(True)
    return busy / (busy + idle)
