"""What a worker's report costs on the wire and on the master: Locust's own, and what crmload adds to it."""

import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import msgpack  # type: ignore[import-untyped]
from locust.event import Events
from locust.stats import RequestStats, setup_distributed_stats_event_listeners

from benchmarks.measuring.rounds import interleaved, ratios, spread
from benchmarks.proofs.table import write_table
from loadtests.load.clock import RunClock
from loadtests.load.hearing import Hearing
from loadtests.load.recorder import Recorder
from loadtests.load.telling import Telling
from loadtests.load.watchdog import Watchdog
from loadtests.results.names import Names
from loadtests.results.run_folder import RunFolder
from loadtests.results.writer import RunWriter

SERIES, REQUESTS_PER_S, REPORT_S = 4800, 3000, 3.0
ROUNDS = 5
LOCUST, TAKEN = "Locust's own", "crmload: taken apart and added up"
WRITTEN = {
    count: f"crmload: and its part of the run folder, {count} worker{'s'[: count - 1]}" for count in (1, 10, 100)
}
FIRST = "crmload: a worker's first report, with all names"


def main() -> None:
    """Measure and write one table."""
    events = Events()
    mine = RequestStats()
    setup_distributed_stats_event_listeners(events, mine)
    names = (LOCUST, TAKEN, *WRITTEN.values(), FIRST)
    with tempfile.TemporaryDirectory() as folder:
        bench = _Bench(Path(folder))
        sizes: dict[str, int] = {}

        def once(what: str) -> float:
            if what == LOCUST:
                report = _locusts(events, mine)
                sizes[what] = len(report)
                return _spent(
                    lambda: events.worker_report.fire(client_id="w1", data=msgpack.loads(report, strict_map_key=False))
                )
            workers = next((count for count, name in WRITTEN.items() if name == what), 1)
            sizes[what], spent = bench.interval(workers, written=what in WRITTEN.values(), first=what == FIRST)
            return spent / workers

        milliseconds = interleaved(names, once, ROUNDS)
        bench.writer.close()
    write_table(
        "worker-report",
        f"A worker's report of {REPORT_S:g} s: {SERIES:,} series, {REQUESTS_PER_S:,} requests a second",
        (
            "report",
            "KiB",
            f"× {LOCUST}",
            "ms of the master's processor, a report",
            f"× {LOCUST}",
            "core, that many workers",
        ),
        [
            (
                name,
                f"{sizes[name] / 1024:.0f}",
                f"{sizes[name] / sizes[LOCUST]:.3f}",
                spread(milliseconds[name]),
                spread(ratios(milliseconds, name, LOCUST)),
                _shares(name, median(milliseconds[name])),
            )
            for name in names
        ],
        f"{ROUNDS} interleaved rounds. Locust's statistics are given all {SERIES:,} names here, as crmload never does: "
        "it gives Locust templates and transactions; channel, role and visit go into its own report. Milliseconds are "
        "processor time of a report on the master, unpacking and the watchdog's look included. What is written does "
        "not grow with the workers: one line per series and interval of all of them, so a report's part of it shrinks; "
        f"with one worker it is the price of {SERIES:,} lines in a file. Here every report is an interval of its own; "
        "in a run an interval is 5 s and a report 3.",
    )


class _Bench:
    """A master's ears and run folder, and workers whose names it knows."""

    def __init__(self, folder: Path) -> None:
        self._names = Names()
        started = datetime.now(UTC)
        self.writer = RunWriter(RunFolder.create(folder, "bench", started), started, self._names)
        self._watchdog = Watchdog(self._names)
        self._workers = [(Telling(), Hearing(self._names)) for _ in range(max(WRITTEN))]
        self._interval = 0
        for number in range(len(self._workers)):
            # All names, whichever a report happens to need.
            recorder = Recorder(f"w{number}", RunClock.starting_now(), Counter)
            for series in range(SERIES):
                recorder.transaction(_series(series), "ok", 1000, timed=True)
            self._hear(number, self._report(number, recorder))

    def interval(self, workers: int, *, written: bool, first: bool) -> tuple[int, float]:
        """Reports of one interval: bytes of one, and the master's milliseconds for all."""
        self._interval += 1
        if first:
            self._workers[0] = Telling(), Hearing(self._names)
        reports = []
        for number in range(workers):
            recorder = Recorder(f"w{number}", RunClock.starting_now(), Counter)
            for series in range(SERIES if first else 0):
                recorder.transaction(_series(series), "ok", 1000, timed=True)
            for series, us in _times(number + 1000 * self._interval):
                recorder.transaction(_series(series), "ok", us, timed=True)
            reports.append(self._report(number, recorder))
        begun = time.process_time()
        for number, report in enumerate(reports):
            self._hear(number, report)
        spent = (time.process_time() - begun) * 1000
        out = _spent(lambda: self.writer.write_out(self._interval + 1))
        return len(reports[0]), spent + (out if written else 0.0)

    def _report(self, number: int, recorder: Recorder) -> bytes:
        (delta,) = recorder.take(final=True)
        delta.sequence = delta.interval = self._interval
        telling, _ = self._workers[number]
        telling.add([delta])
        packed: bytes = msgpack.dumps(telling.report("bench", all_of_it=True))
        return packed

    def _hear(self, number: int, packed: bytes) -> None:
        telling, hearing = self._workers[number]
        heard = hearing.read(msgpack.loads(packed, strict_map_key=False))
        for delta, figures in heard:
            self.writer.append(delta, figures)
            self._watchdog.note(delta.interval, figures.outcomes)
        telling.got(hearing.answer(heard))


def _spent(what: Callable[[], object]) -> float:
    begun = time.process_time()
    what()
    return (time.process_time() - begun) * 1000


def _shares(name: str, ms: float) -> str:
    known = [count for count, written in WRITTEN.items() if written == name]
    counts = known or ([10, 100] if name != FIRST else [])
    return ", ".join(f"{count}: {count * ms / (REPORT_S * 1000):.1%}" for count in counts)


def _series(number: int) -> str:
    return f"web/role{number % 40}/transaction{number // 40}/everyday"


def _times(seed: int) -> list[tuple[int, int]]:
    dice = random.Random(seed)
    many = int(REQUESTS_PER_S * REPORT_S)
    return [(dice.randrange(SERIES), int(120_000 * dice.lognormvariate(0, 0.5))) for _ in range(many)]


def _locusts(events: Events, mine: RequestStats) -> bytes:
    for series, us in _times(7):
        mine.log_request("GET", _series(series), us / 1000, 3500)
    report: dict[str, Any] = {}
    events.report_to_master.fire(client_id="w1", data=report)
    packed: bytes = msgpack.dumps(report)
    return packed


if __name__ == "__main__":
    main()
