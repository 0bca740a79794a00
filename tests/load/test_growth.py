"""Nothing that a run remembers, writes or reads again grows with its requests: only with intervals times series.

Sessions and records written are the exception, each a row of its own: they are people's business and the clean-up's.
"""

import tracemalloc
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from analysis.evidence import read_evidence
from loadtests.load.http import Headers, Request, Response
from loadtests.load.outcomes import Failed
from loadtests.load.recorder import Recorder
from loadtests.results.delta import Delta
from loadtests.results.interval_log import INTERVAL_S
from loadtests.results.run_folder import RunFolder
from loadtests.results.waves import Example
from loadtests.results.writer import RunWriter
from tests.analysis.make_run import make_run
from tests.analysis.recipe import STARTED
from tests.load.set_clock import Clock

INTERVALS = 6
TIMES_US = range(40_000, 400_000, 12_000)
"""Enough different times that each bucket of a series is used however few requests there are."""
FILES = ("intervals.hlog", "outcomes.csv", "traffic.csv", "waves.jsonl", "counters.csv", "errors.jsonl")


class Grown(NamedTuple):
    """What a run of so many requests has come to."""

    lines: dict[str, int]
    size: int
    """Bytes of all files."""
    recording: int
    """Bytes that recorder and writer hold at the end of the last interval."""
    reading: int
    """Bytes at the peak of reading it again."""
    requests: int


def work(recorder: Recorder, repeated: int) -> None:
    """One interval's requests and transactions."""
    answer = Response(Request("GET", "https://crm.test/", "GET contacts (view)"), 200, Headers(b""), b"")
    for transaction in ("open_view", "open_record", "save"):
        for us in TIMES_US:
            for _ in range(repeated):
                answer.elapsed_us = us
                recorder.exchange("web", answer)
                recorder.transaction(f"web/salesperson/{transaction}/everyday", "ok", us, timed=True)
                recorder.traffic(f"web/{transaction}/everyday", (1, 1, 0, 900, 30_000))
                recorder.side_time("lateness/open_work", us / 1e6)
                recorder.pause(1.5)
                recorder.transaction(f"web/salesperson/{transaction}/everyday", "failed", us, timed=False)
                recorder.error(f"web/salesperson/{transaction}/everyday", Failed("the view did not open"))
                if recorder.wants_example(f"web/{transaction}/everyday"):
                    recorder.example(Example(f"web/{transaction}/everyday", us, 0, ()))


def grown(results: Path, repeated: int) -> Grown:
    folder = make_run(results)
    for name in FILES:
        folder.file(name).unlink()
    clock = Clock()
    recorder = Recorder("w1", clock, lambda: Counter({"web/salesperson": 3}))
    tracemalloc.start()
    try:
        writer = RunWriter(folder, STARTED)
        for interval in range(INTERVALS):
            clock.now = interval * INTERVAL_S
            for delta in recorder.take():
                writer.append(delta)
            work(recorder, repeated)
        recording = tracemalloc.get_traced_memory()[0]
        for delta in recorder.take(final=True):
            writer.append(delta)
        writer.end_stage("work", INTERVALS)
        writer.close()
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        evidence = read_evidence(RunFolder(folder.path))
        reading = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    lines = {name: folder.file(name).read_bytes().count(b"\n") for name in FILES}
    size = sum(folder.file(name).stat().st_size for name in FILES)
    assert evidence.damage == []
    requests = sum(histogram.total for histogram in evidence.requests.values())
    return Grown(lines, size, recording, reading, requests)


def test_ten_times_the_requests_take_the_same_memory_and_the_same_lines(tmp_path: Path) -> None:
    # What is loaded and remembered at the first reading in this process is no part of a run.
    grown(tmp_path / "first", 4)
    few, many = grown(tmp_path / "few", 4), grown(tmp_path / "many", 40)
    assert (few.requests, many.requests) == (INTERVALS * 3 * 4 * len(TIMES_US), INTERVALS * 3 * 40 * len(TIMES_US))
    assert many.lines == few.lines
    # Larger numbers have more digits.
    assert few.size <= many.size < 1.3 * few.size
    assert many.recording == pytest.approx(few.recording, rel=0.1)
    assert many.reading == pytest.approx(few.reading, rel=0.1)


def test_twenty_minutes_of_a_stage_take_the_memory_of_its_first_five(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    for name in FILES:
        folder.file(name).unlink()
    counts = {f"web/salesperson/{name}/everyday": dict.fromkeys(range(400, 500), 1) for name in ("save", "open_view")}
    held = []
    tracemalloc.start()
    try:
        writer = RunWriter(folder, STARTED)
        for interval in range(1, 240 + 1):
            writer.append(Delta("w1", interval, interval, histograms=counts))
            if interval in (60, 240):
                held.append(tracemalloc.get_traced_memory()[0])
        writer.close()
    finally:
        tracemalloc.stop()
    # An interval's 200 counts are 3 KiB, those of fifteen minutes 560.
    assert held[1] - held[0] < 100_000
