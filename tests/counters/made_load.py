"""A made-up load whose truth is known every second: a run folder of it, and what different tools would count."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path

from loadtests.config.day import Stage
from loadtests.config.environment import Server
from loadtests.results.delta import Delta
from loadtests.results.histogram import Histogram
from loadtests.results.run_folder import RunFolder
from loadtests.results.run_record import RunRecord
from loadtests.results.writer import RunWriter
from tests.analysis.recipe import STARTED, Recipe, a_plan

STEPS, STEP_S = 6, 60
SECONDS = STEPS * STEP_S
PEOPLE, WAIT_S, PAUSE_S = 20, 0.5, 4.5
"""Of the first step, and how each of them works."""
SERIES = "web/salesperson/open_record/everyday"
BEFORE_S = 120
"""So long before and after the load the servers are counted too."""
SERVERS = {
    "front1": Server(role="web", cores=8, memory_gb=32, machine="CRMFE01"),
    "front2": Server(role="web", cores=8, memory_gb=32, machine="CRMFE02"),
    "sql": Server(role="database", cores=4, memory_gb=64, machine="CRMSQL01"),
}
TOP = {"front1": 0.7, "front2": 0.68, "sql": 0.35}


class Load:
    """How busy each server truly was, second by second from `BEFORE_S` before the run's start on."""

    def __init__(self, seed: int = 7, otherwise: float = 0.01) -> None:
        """`otherwise`: how busy they are before and after people work."""
        chance = random.Random(seed)
        self.busy = {
            server: [
                top * level * chance.uniform(0.9, 1.1) if level else otherwise
                for level in map(self.level, range(-BEFORE_S, SECONDS + BEFORE_S))
            ]
            for server, top in TOP.items()
        }
        self._sums = {server: [0.0, *accumulate(values)] for server, values in self.busy.items()}

    @staticmethod
    def level(second: int) -> float:
        """Share of the top load; 0 outside the run."""
        return (second // STEP_S + 1) / STEPS if 0 <= second < SECONDS else 0.0

    def busy_seconds(self, server: str, moment: float) -> float:
        """Busy seconds of one processor since counting began; `moment` in seconds since the run's start."""
        sums, at = self._sums[server], moment + BEFORE_S
        whole = min(int(at), len(sums) - 2)
        return sums[whole] + (at - whole) * (sums[whole + 1] - sums[whole])

    def mean(self, server: str, begin: float, end: float) -> float:
        """True utilisation of a window."""
        return (self.busy_seconds(server, end) - self.busy_seconds(server, begin)) / (end - begin)


def made_run(results: Path, servers: dict[str, Server] | None = None) -> RunFolder:
    """The folder of a run in steps in which transactions followed the load: everybody waits `WAIT_S`, and pauses
    `PAUSE_S` between."""
    plan = a_plan(Recipe())
    environment = plan.environment.model_copy(update={"servers": SERVERS if servers is None else servers})
    stages = [Stage(name=f"step-{n + 1}", people=PEOPLE * (n + 1), ramp=0, hold=STEP_S) for n in range(STEPS)]
    plan = plan.model_copy(update={"environment": environment, "stages": stages})
    folder = RunFolder.create(results, "steps", STARTED)
    ended = (STARTED + timedelta(seconds=SECONDS)).isoformat()
    folder.write_record(
        RunRecord(schema=1, plan=plan, started_utc=STARTED.isoformat(), ended_utc=ended, ending="finished")
    )
    writer = RunWriter(folder, STARTED)
    for interval in range(SECONDS // 5):
        people = round(PEOPLE * STEPS * Load.level(interval * 5))
        count = round(people * 5 / (WAIT_S + PAUSE_S)) + (-1) ** interval
        times = Histogram()
        times.record(round(WAIT_S * 1e6), count)
        delta = Delta("w1", interval, interval, {SERIES: times.counts})
        delta.outcomes = {SERIES: {"ok": count}, "people/web/salesperson": {"present": people}}
        delta.counters = {"generator/w1|cpu_share": 0.2, "generator/w1|paused_s": PAUSE_S * count}
        writer.append(delta)
    writer.close()
    return folder


def ticks(every: float, first: float = -BEFORE_S + 1.3) -> Iterator[float]:
    """Moments of a collector that runs from before the load until after it."""
    moment = first
    while moment <= SECONDS + BEFORE_S - 1:
        yield moment
        moment += every


def pdh_csv(
    load: Load,
    machines: dict[str, str],
    *,
    every: float = 5.0,
    zone: str = "(W. Europe Standard Time)(-60)",
    utc_plus: timedelta = timedelta(hours=1),
    ahead_s: float = 0.0,
    path: str = r"\\{}\Processor(_Total)\% Processor Time",
    cell: Callable[[float], str] = lambda percent: f'"{percent:.12f}"',
    delimiter: str = ",",
) -> str:
    """What perfmon would write. `machines`: server -> computer; `ahead_s`: of the collector's clock."""
    head = f'"(PDH-CSV 4.0) {zone}"'.replace(' "', '"')
    lines = [delimiter.join([head, *(f'"{path.format(machine)}"' for machine in machines.values())])]
    before: float | None = None
    for moment in ticks(every):
        local = STARTED.astimezone(UTC).replace(tzinfo=None) + utc_plus + timedelta(seconds=moment + ahead_s)
        cells = ['" "' if before is None else cell(100 * load.mean(server, before, moment)) for server in machines]
        lines.append(delimiter.join([f'"{local:%m/%d/%Y %H:%M:%S}.{local.microsecond // 1000:03d}"', *cells]))
        before = moment
    return "\r\n".join(lines) + "\r\n"


def utilisation(folder: RunFolder, server: str, begin: int, end: int) -> float:
    """Mean of a server's busy share in counters.csv from one second of the run to another."""
    values = [
        row.value
        for row in folder.read_counters()
        if row.source == f"server/{server}" and row.counter == "busy_share" and begin <= row.interval * 5 < end
    ]
    return sum(values) / len(values)


def steps() -> list[tuple[int, int]]:
    """The windows in which a step had settled, without its last interval: some readings there tell of the next step."""
    return [(step * STEP_S + 20, (step + 1) * STEP_S - 5) for step in range(STEPS)]


def at(moment: datetime) -> float:
    """Seconds since the run's start."""
    return (moment - STARTED).total_seconds()
