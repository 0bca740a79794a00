"""What a worker's report costs on the wire and on the master: Locust's own, and what crmload adds to it."""

import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgpack  # type: ignore[import-untyped]
from locust.event import Events
from locust.stats import RequestStats, setup_distributed_stats_event_listeners

from benchmarks.measuring.rounds import interleaved, ratios, spread
from benchmarks.proofs.table import write_table
from loadtests.load.clock import RunClock
from loadtests.load.recorder import Recorder
from loadtests.results.delta import Delta
from loadtests.results.run_folder import RunFolder
from loadtests.results.writer import RunWriter

SERIES, REQUESTS_PER_S, REPORT_S = 4800, 3000, 3.0
ROUNDS = 5
LOCUST, TAKEN, APPENDED = "Locust's own", "crmload: taken apart", "crmload: taken apart and appended to the run folder"


def main() -> None:
    """Measure and write one table."""
    events = Events()
    mine = RequestStats()
    setup_distributed_stats_event_listeners(events, mine)
    with tempfile.TemporaryDirectory() as folder:
        writer = RunWriter(RunFolder.create(Path(folder), "bench", datetime.now(UTC)), datetime.now(UTC))
        sizes: dict[str, int] = {}
        numbers = iter(range(1, 1000))

        def once(what: str) -> float:
            report, take = (
                _locusts(events, mine) if what == LOCUST else _ours(next(numbers), writer, append=what == APPENDED)
            )
            sizes[what] = len(report)
            begun = time.process_time()
            take(msgpack.loads(report, strict_map_key=False))
            return (time.process_time() - begun) * 1000

        names = (LOCUST, TAKEN, APPENDED)
        milliseconds = interleaved(names, once, ROUNDS)
        writer.close()
    write_table(
        "worker-report",
        f"A worker's report of {REPORT_S:g} s: {SERIES:,} series, {REQUESTS_PER_S:,} requests a second",
        ("report", "KiB", f"× {LOCUST}", "ms of the master's processor", f"× {LOCUST}"),
        [
            (
                name,
                f"{sizes[name] / 1024:.0f}",
                f"{sizes[name] / sizes[LOCUST]:.3f}",
                spread(milliseconds[name]),
                spread(ratios(milliseconds, name, LOCUST)),
            )
            for name in names
        ],
        f"{ROUNDS} interleaved rounds. Locust's statistics are given all {SERIES:,} names here, as crmload never does: "
        "it gives Locust templates and transactions; channel, role and visit go into its own report. Milliseconds are "
        "processor time of one report on the master, its unpacking included.",
    )


Take = Callable[[dict[str, Any]], None]


def _times() -> list[tuple[int, int]]:
    dice = random.Random(7)
    many = int(REQUESTS_PER_S * REPORT_S)
    return [(dice.randrange(SERIES), int(120_000 * dice.lognormvariate(0, 0.5))) for _ in range(many)]


def _locusts(events: Events, mine: RequestStats) -> tuple[bytes, Take]:
    for number, us in _times():
        mine.log_request("GET", f"web/role{number % 40}/transaction{number // 40}/everyday", us / 1000, 3500)
    report: dict[str, Any] = {}
    events.report_to_master.fire(client_id="w1", data=report)
    return msgpack.dumps(report), lambda data: events.worker_report.fire(client_id="w1", data=data)


def _ours(number: int, writer: RunWriter, *, append: bool) -> tuple[bytes, Take]:
    recorder = Recorder("w1", RunClock.starting_now(), Counter)
    for series, us in _times():
        recorder.transaction(f"web/role{series % 40}/transaction{series // 40}/everyday", "ok", us, timed=True)
    (delta,) = recorder.take(final=True)
    delta.sequence = number

    def take(data: dict[str, Any]) -> None:
        found = Delta.from_wire(data["delta"])
        if append:
            writer.append(found)

    return msgpack.dumps({"delta": delta.to_wire()}), take


if __name__ == "__main__":
    main()
