"""Was the load generator itself the bottleneck? And which of the CRM's servers was busy, where counters say so."""

from collections import defaultdict
from dataclasses import dataclass, field
from statistics import fmean

from analysis.evidence import Evidence
from analysis.rows import Row
from analysis.words import count_words, moment_words, percent_words
from loadtests.results.interval_log import INTERVAL_S
from loadtests.results.measures import BUSY, SERVER_PREFIX
from loadtests.results.run_record import WorkerInfo

GENERATOR = "generator/"
CPU = "cpu_share"
START_LAG = "start_lag_p99_ms"
"""Counters that are looked at; the share is 0..1 of one processor core."""

CPU_LIMIT = 0.85
"""Of one core: a generator process has one thread of Python. Microsoft's toolkit warned at 75 % and stopped at 90 %."""
CPU_WINDOW_S = 30.0
"""The processor share counts as a mean of this time: a shorter peak (a wave of sign-ins) delays nobody for long."""
LAG_SHARE_OF_P95 = 0.05
BUSY_ALARM = 0.75
"""A server busier than this while people waited is named as the place to look."""


@dataclass(frozen=True, slots=True)
class Generator:
    """One generator process."""

    name: str
    cpu_share: float | None
    """Highest mean over `CPU_WINDOW_S`, of one core."""
    start_lag_ms: float | None
    """How late it acted, 99th percentile of the whole run: its own fault alone."""
    lost: bool


@dataclass(frozen=True, slots=True)
class Health:
    """Generators and servers. `problems` are whole sentences; empty when the generator was no bottleneck."""

    generators: list[Generator]
    lag_limit_ms: float
    problems: list[str]
    lost: list[WorkerInfo]
    """Workers that the master heard no more: no problem as long as others could play their people."""
    busy: dict[str, float] = field(default_factory=dict)
    """By server or station: highest mean of 30 s, 0..1. Empty without server counters."""

    @property
    def measured(self) -> bool:
        """True when the run recorded its own health."""
        return any(g.cpu_share is not None or g.start_lag_ms is not None for g in self.generators)

    @property
    def busiest(self) -> tuple[str, float] | None:
        """The busiest server, if any was busier than `BUSY_ALARM`."""
        name = max(self.busy, key=lambda server: self.busy[server], default="")
        return (name, self.busy[name]) if name and self.busy[name] >= BUSY_ALARM else None


def judge_health(evidence: Evidence, rows: list[Row]) -> Health:
    """The health of every generator process that left counters or is listed in run.json."""
    readings: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
    for row in evidence.counters:
        readings[row.source, row.counter][row.interval] = row.value
    smallest = min((row.p95_ms for row in rows if row.judged and row.p95_ms), default=0.0)
    limit = max(evidence.record.plan.limits.generator_late * 1000, LAG_SHARE_OF_P95 * smallest)
    lost = [worker for worker in evidence.record.workers if worker.lost]
    names = {source.removeprefix(GENERATOR) for source, _ in readings if source.startswith(GENERATOR)}
    generators = [
        _generator(name, readings, name in {worker.name for worker in lost})
        for name in sorted(names | {worker.name for worker in evidence.record.workers})
    ]
    busy = {
        source.removeprefix(SERVER_PREFIX): _highest_mean(values)
        for (source, counter), values in readings.items()
        if source.startswith(SERVER_PREFIX) and counter == BUSY
    }
    problems = [text for generator in generators for text in _problems(generator, limit)]
    return Health(generators, limit, problems, lost, dict(sorted(busy.items())))


def loss_words(worker: WorkerInfo) -> str:
    """Which worker was lost when, with how many people: the end of a sentence."""
    at = "" if worker.lost_s is None else f" from {moment_words(worker.lost_s)} on"
    where = f" on {worker.host}" if worker.host else ""
    back = "" if worker.back_s is None else f", and was heard again at {moment_words(worker.back_s)}"
    people = count_words(worker.people_lost, "person", "people")
    return f"{worker.name}{where}, with {people}, was not heard{at}{back}"


def _generator(name: str, readings: dict[tuple[str, str], dict[int, float]], lost: bool) -> Generator:
    cpu = readings.get((GENERATOR + name, CPU), {})
    lag = readings.get((GENERATOR + name, START_LAG), {})
    return Generator(
        name=name,
        cpu_share=_highest_mean(cpu) if cpu else None,
        # The generator keeps this percentile from its start on: the last reading is the run's.
        start_lag_ms=lag[max(lag)] if lag else None,
        lost=lost,
    )


def _problems(generator: Generator, limit: float) -> list[str]:
    found = []
    if generator.cpu_share is not None and generator.cpu_share > CPU_LIMIT:
        found.append(
            f"load generator {generator.name} used {percent_words(generator.cpu_share)} of its processor core "
            f"for {CPU_WINDOW_S:.0f} s (limit {percent_words(CPU_LIMIT)}): part of the waiting may be its own"
        )
    if generator.start_lag_ms is not None and generator.start_lag_ms > limit:
        found.append(
            f"load generator {generator.name} acted up to {generator.start_lag_ms:.0f} ms late (99th percentile; limit "
            f"{limit:.0f} ms)"
        )
    return found


def _highest_mean(values: dict[int, float]) -> float:
    """The highest mean of any `CPU_WINDOW_S` of consecutive readings; of all readings when there are fewer."""
    ordered = [values[interval] for interval in sorted(values)]
    width = min(len(ordered), max(1, round(CPU_WINDOW_S / INTERVAL_S)))
    return max(fmean(ordered[start : start + width]) for start in range(len(ordered) - width + 1))
