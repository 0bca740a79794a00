"""What a worker's report costs on the wire and on the master: Locust's own, and what crmload adds to it."""

import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import fields, replace
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
from loadtests.results.cells import Cells, Figures
from loadtests.results.delta import Delta
from loadtests.results.interval_log import INTERVAL_S
from loadtests.results.names import Names
from loadtests.results.run_folder import RunFolder
from loadtests.results.writer import RunWriter

SERIES, REQUESTS_PER_S, REPORT_S = 4800, 3000, 3.0
NAMES = 120
"""Transactions of these series, each with 40 roles: what Locust is given names for."""
ROUNDS = 5
LOCUST = "Locust's own"
OURS = {f"crmload's part, {count} worker{'s'[: count - 1]}": count for count in (1, 10, 100)}
FIRST = "the same, a worker's first report, with all names"
WHOLE = f"crmload's part and Locust's own for {NAMES} names"


def main() -> None:
    """Measure and write one table."""
    every, few = _Locust(SERIES), _Locust(NAMES)
    names = (LOCUST, *OURS, FIRST, WHOLE)
    sizes: dict[str, int] = {}
    written: dict[str, list[float]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as folder:
        bench = _Bench(Path(folder))

        def once(what: str) -> float:
            if what == LOCUST:
                sizes[what], spent = every.report()
                return spent
            workers = OURS.get(what, 1 if what == FIRST else 10)
            sizes[what], taken, out = bench.interval(workers, first=what == FIRST)
            spent = taken / workers
            if what == WHOLE:
                size, more = few.report()
                sizes[what] += size
                spent += more
            written[what].append(out)
            return spent

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
            "ms to write an interval of all workers",
            "core for 100 workers",
        ),
        [
            (
                name,
                f"{sizes[name] / 1024:.0f}",
                f"{sizes[name] / sizes[LOCUST]:.3f}",
                spread(milliseconds[name]),
                spread(ratios(milliseconds, name, LOCUST)),
                spread(written[name]) if name in OURS else "",
                _core(name, median(milliseconds[name]), written),
            )
            for name in names
        ],
        f"{ROUNDS} interleaved rounds. Locust's statistics are given all {SERIES:,} names in the first row, as crmload "
        f"never does: it gives Locust templates and transactions ({NAMES} names in the last row); channel, role and "
        "visit go into its own part: times, outcomes and traffic. Milliseconds are processor time of a report on the "
        "master: msgpack and its listener for Locust's own; for crmload's part msgpack, unpacking, the watchdog's look "
        "and the report's share of adding up the interval over all workers. What ZeroMQ does is left out of both. "
        "Locust's own writes nothing; crmload then writes the interval, one line per series for all workers, once in "
        "5 s: that stands apart. Here every report is an interval of its own; in a run one has parts of two.",
    )


class _Locust:
    """Locust's statistics of so many names, as worker and as master."""

    def __init__(self, names: int) -> None:
        self._names = names
        self._events, self._statistics = Events(), RequestStats()
        setup_distributed_stats_event_listeners(self._events, self._statistics)

    def report(self) -> tuple[int, float]:
        """Bytes, and the master's milliseconds."""
        for series, us in _times(7):
            name = _series(series) if self._names == SERIES else _transaction(series)
            self._statistics.log_request("GET", name, us / 1000, 3500)
        report: dict[str, Any] = {}
        self._events.report_to_master.fire(client_id="w1", data=report)
        packed: bytes = msgpack.dumps(report)
        return len(packed), _spent(
            lambda: self._events.worker_report.fire(client_id="w1", data=msgpack.loads(packed, strict_map_key=False))
        )


class _Bench:
    """A master's ears and run folder, and workers whose names it knows."""

    def __init__(self, folder: Path) -> None:
        self._names = Names()
        started = datetime.now(UTC)
        self.writer = RunWriter(RunFolder.create(folder, "bench", started), started, self._names)
        self._watchdog = Watchdog(self._names)
        workers = range(max(OURS.values()))
        self._workers = [(Telling(), Hearing(self._names)) for _ in workers]
        self._recorded = [_recorded(number) for number in workers]
        self._interval = 0
        self._first = _recorded(0, every_series=True)
        for number in workers:
            # All names, whichever a report happens to need.
            self._hear(number, self._report(number, self._first))
            self._confirm(number)

    def interval(self, workers: int, *, first: bool) -> tuple[int, float, float]:
        """Bytes of one report; the master's milliseconds to take in the reports of an interval, and to write it."""
        self._interval += 1
        recorded = self._recorded[:workers]
        if first:
            self._workers[0], recorded[0] = (Telling(), Hearing(self._names)), self._first
        reports = [self._report(number, delta) for number, delta in enumerate(recorded)]
        heard: list[Figures] = []

        def take() -> None:
            for number, report in enumerate(reports):
                heard.extend(self._hear(number, report))

        taken = _spent(take)
        # The writer adds an interval up when it writes it: what that costs is taking in, not writing.
        adding = _spent(
            lambda: [Cells.summed([getattr(one, field.name) for one in heard]) for field in fields(Figures)]
        )
        writing = _spent(lambda: self.writer.write_out(self._interval + 1)) - adding
        for number in range(workers):
            self._confirm(number)
        return len(reports[0]), taken + adding, writing

    def _report(self, number: int, recorded: Delta) -> bytes:
        telling, _ = self._workers[number]
        telling.add([replace(recorded, worker=f"w{number}", sequence=self._interval, interval=self._interval)])
        packed: bytes = msgpack.dumps(telling.report("bench", all_of_it=True))
        return packed

    def _hear(self, number: int, packed: bytes) -> list[Figures]:
        heard = self._workers[number][1].read(msgpack.loads(packed, strict_map_key=False))
        for delta, figures in heard:
            self.writer.append(delta, figures)
            self._watchdog.note(delta.interval, figures.outcomes)
        return [figures for _, figures in heard]

    def _confirm(self, number: int) -> None:
        """The worker's side of the answer."""
        telling, hearing = self._workers[number]
        telling.got({**hearing.answer([]), "sequences": [self._interval]})


def _recorded(seed: int, *, every_series: bool = False) -> Delta:
    recorder = Recorder("w", RunClock.starting_now(), Counter)
    for series in range(SERIES if every_series else 0):
        recorder.transaction(_series(series), "ok", 1000, timed=True)
    for series, us in _times(seed):
        recorder.transaction(_series(series), "ok", us, timed=True)
        recorder.traffic(f"web/{_transaction(series)}/everyday", (1, 1, 0, 1400, 3500))
    (delta,) = recorder.take(final=True)
    return delta


def _spent(what: Callable[[], object]) -> float:
    begun = time.process_time()
    what()
    return (time.process_time() - begun) * 1000


def _core(name: str, ms: float, written: dict[str, list[float]]) -> str:
    if name == FIRST or OURS.get(name, 100) != 100:
        return ""
    # A report is sent in 3 s, an interval is written in 5.
    share = 100 * ms / (REPORT_S * 1000)
    if name != LOCUST:
        share += median(written[max(OURS, key=OURS.__getitem__)]) / (INTERVAL_S * 1000)
    return f"{share:.1%}"


def _series(number: int) -> str:
    return f"web/role{number % (SERIES // NAMES)}/{_transaction(number)}/everyday"


def _transaction(number: int) -> str:
    return f"transaction{number // (SERIES // NAMES)}"


def _times(seed: int) -> list[tuple[int, int]]:
    dice = random.Random(seed)
    many = int(REQUESTS_PER_S * REPORT_S)
    return [(dice.randrange(SERIES), int(120_000 * dice.lognormvariate(0, 0.5))) for _ in range(many)]


if __name__ == "__main__":
    main()
