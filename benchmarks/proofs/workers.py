"""100 simulated workers on one master for 20 minutes: its processor time and memory stay flat."""

import subprocess
import sys
import tempfile
import threading
import time
from itertools import pairwise
from pathlib import Path
from statistics import fmean

import psutil

from benchmarks.proofs.memory import watching
from benchmarks.proofs.site import PROJECT
from benchmarks.proofs.table import write_table
from loadtests.config.day import Stage
from tests.load.locust_children import Load, free_port, locust
from tests.load.plans import SELLER, small_plan

MINUTES, WORKERS = 20.0, 100
WARM_S = 60.0
"""At the beginning names, series and connections are new."""
FILLED = 0.5
"""Share of the time until a stage's sums have met nearly all the buckets of its times: they grow no more."""
FLAT_SHARE, FLAT_CORE = 0.15, 0.02
"""Processor time is flat when its last third is above its first by no more than this share, or part of a core."""


def prove(minutes: str = "", workers: str = "") -> bool:
    """The whole time, or so many minutes with so many workers; True when both stayed flat and all was recorded."""
    long_s, count = 60 * float(minutes or MINUTES), int(workers or WORKERS)
    with tempfile.TemporaryDirectory() as folder:
        plan = small_plan(
            groups=(("web", SELLER, 2 * count),),
            stages=(
                Stage(name="arrival", people=2 * count, ramp=10, hold=0),
                Stage(name="work", people=2 * count, hold=long_s),
            ),
        )
        load = Load.prepared(plan, Path(folder) / "results")
        port = str(free_port())
        options = ["--master", "--expect-workers", str(count), "--master-bind-host", "127.0.0.1"]
        simulated = [sys.executable, "-m", "benchmarks.measuring.simulated_workers", str(count), port]
        with (
            locust(load.log, *load.head_options, *options, "--master-bind-port", port) as master,
            watching({"master": "--master"}) as watch,
        ):
            crowd = subprocess.Popen(simulated, cwd=PROJECT)
            cpu = _Cpu(master.pid)
            try:
                deadline = time.monotonic() + 300
                while not load.folder.file("intervals.hlog").is_file():
                    assert master.poll() is None, load.said()
                    assert time.monotonic() < deadline, load.said()
                    time.sleep(0.2)
                begun = time.monotonic()
                master.wait(timeout=long_s + 300)
            finally:
                cpu.over.set()
                crowd.terminate()
                crowd.wait()
        until = begun + long_s
        warm = min(WARM_S, long_s / 4)
        memory = watch.trend("master", begun + FILLED * long_s, until)
        levels = [watch.level("master", begun + share * long_s) for share in (0.1, 0.25, 0.5, 0.75, 1.0)]
        first, last = cpu.thirds(begun + warm, until)
        record = load.folder.record
        transactions = sum(row.count for row in load.folder.read_outcomes() if row.series.startswith("web/"))
        size = sum(path.stat().st_size for path in load.folder.path.iterdir()) / 2**20
    flat = last <= max(first * (1 + FLAT_SHARE), first + FLAT_CORE)
    lost = sum(worker.lost for worker in record.workers)
    held = (
        memory.flat((1 - FILLED) * long_s / 60)
        and flat
        and len(record.workers) == count
        and not lost
        and record.ending == "finished"
    )
    write_table(
        "workers",
        f"{count} simulated workers on one master for {long_s / 60:g} minutes",
        ("what", "seen"),
        [
            ("workers; lost", f"{len(record.workers)}; {lost}"),
            ("transactions recorded", f"{transactions:,} ({transactions / long_s:,.0f} a second)"),
            (
                "master's memory at 10, 25, 50, 75, 100 % of the time",
                f"{', '.join(f'{mib:.0f}' for mib in levels)} MiB",
            ),
            ("master's memory in the second half", str(memory)),
            ("master's processor, first third and last third", f"{first:.1%} and {last:.1%} of a core"),
            ("run folder", f"{size:.0f} MiB ({size / long_s * 3600:.0f} MiB an hour)"),
            ("the run ended", str(record.ending)),
        ],
        f"The master is real; its workers are {count} greenlets of one process that speak Locust's protocol and ours, "
        f"each with 60 series and 20 requests a second. Processor time is looked at from {warm:.0f} s on. "
        "Until the stage's sums have met most of the buckets that times fall into, memory grows; then it must be flat.",
    )
    return held


class _Cpu:
    """Processor seconds of a process, read every two seconds."""

    def __init__(self, pid: int) -> None:
        self.over = threading.Event()
        self._readings: list[tuple[float, float]] = []
        threading.Thread(target=self._read, args=(psutil.Process(pid),), daemon=True).start()

    def thirds(self, since: float, until: float) -> tuple[float, float]:
        """Mean share of a core in the first and in the last third of a time."""
        third = (until - since) / 3
        return self._share(since, since + third), self._share(until - third, until)

    def _share(self, since: float, until: float) -> float:
        inside = [reading for reading in self._readings if since <= reading[0] <= until]
        shares = [(c2 - c1) / (t2 - t1) for (t1, c1), (t2, c2) in pairwise(inside)]
        return fmean(shares)

    def _read(self, process: psutil.Process) -> None:
        while not self.over.wait(2.0):
            try:
                times = process.cpu_times()
            except psutil.Error:
                return
            self._readings.append((time.monotonic(), times.user + times.system))
