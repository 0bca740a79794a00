"""Reads a run folder into the steps that the capacity model fits: each held level of load, once it has settled."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from statistics import fmean

from analysis.capacity.imbalance import imbalance_flaws
from analysis.capacity.measured import Measured, Station, Step, Times
from analysis.capacity.response_law import law_flaw
from analysis.capacity.run_intervals import Interval, Intervals, read_intervals, total_s
from analysis.capacity.settling import settled_from
from analysis.capacity.spent import spent_of
from analysis.capacity.stations import busy_shares, readings_of, stations_flaws, stations_of
from analysis.health import CPU_LIMIT
from analysis.words import percent_words
from loadtests.config.day import Stage
from loadtests.config.environment import Server
from loadtests.config.resolved import ResolvedPlan
from loadtests.results.histogram import Histogram
from loadtests.results.interval_log import INTERVAL_S
from loadtests.results.run_folder import RunFolder

LEAST_S = 30.0
"""A shorter settled window says nothing about a 95th percentile."""
NOT_OK_LIMIT = 0.01
"""Share of transactions that failed or were throttled above which a step is not used: they load servers otherwise."""
STILL_COMING = 0.02
"""Share of a stage's people who may be missing (or not have left) when its window begins."""


@dataclass(frozen=True, slots=True)
class Window:
    """The settled part of a stage: intervals from `first` up to, not including, `end`."""

    first: int
    end: int
    flaws: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        """How long it is."""
        return (self.end - self.first) * INTERVAL_S


def measure(folder: RunFolder) -> Measured:
    """The run as the capacity model reads it; `DamagedRun` when run.json cannot be read.

    Stages that only warm up or go down to nobody are no steps. A step that cannot be used says why in its `flaws`.
    """
    record = folder.record
    plan, servers = record.plan, record.plan.environment.servers
    intervals = read_intervals(folder)
    stations = stations_of(servers, intervals.counted)
    windows = list(_windows(plan, intervals.every))
    steps = [_step(stage.name, window, intervals, stations, servers) for stage, window in windows]
    held = [interval for _, window in windows for interval in _counted(intervals.every[window.first : window.end])]
    return Measured(
        steps=tuple(sorted((step for step in steps if step is not None), key=lambda step: step.people)),
        stations=stations,
        limits_s=limits_of(plan),
        cloud=all(entrance.flavour == "cloud-9.2" for entrance in plan.environment.entrances.values()),
        flaws=(
            *_run_flaws(plan, intervals),
            *stations_flaws(servers, intervals.counted),
            *imbalance_flaws(servers, readings_of(intervals.counted, held)),
        ),
        spent=spent_of(folder.read_examples()),
    )


def limits_of(plan: ResolvedPlan) -> dict[str, float]:
    """`channel/transaction` -> seconds on the wire that its p95 must not pass; the strictest of its judged visits."""
    limits: dict[str, float] = {}
    for row in plan.judge:
        visit = "everyday" if row.visit == "any" else row.visit
        lines = plan.thresholds.lines(row.channel, row.transaction, visit)
        if lines is not None:
            name = f"{row.channel}/{row.transaction}"
            limits[name] = min(limits.get(name, float("inf")), lines.protocol_fail_ms / 1000)
    return limits


def _run_flaws(plan: ResolvedPlan, intervals: Intervals) -> Iterator[str]:
    if not intervals.pauses_noted:
        yield (
            "this run did not note how long people paused, so it cannot be checked whether people, throughput and "
            "waits fit together: it was recorded by an older crmload. Run the plan again"
        )
    if plan.arrivals or plan.training:
        names = ", ".join(f"`{entry.name}`" for entries in (plan.arrivals, plan.training) for entry in entries)
        yield (
            f"{names}: work that comes whether or not the server is ready cannot be told apart from that of the people "
            "who are counted. Use a plan of people alone, such as configs/plans/capacity.yaml"
        )


def _windows(plan: ResolvedPlan, every: Sequence[Interval]) -> Iterator[tuple[Stage, Window]]:
    start = 0.0
    for stage in plan.stages:
        begin, end = start + stage.ramp_s, start + stage.length_s
        start = end
        if stage.people and stage.hold_s and not stage.warm_up:
            # The last interval of a run that ended early is seldom whole.
            last = min(int(end // INTERVAL_S), len(every) - (end > len(every) * INTERVAL_S))
            first = ceil(begin / INTERVAL_S)
            if first < last:
                yield stage, _window(stage, every, first, last)


def _window(stage: Stage, every: Sequence[Interval], first: int, end: int) -> Window:
    level = every[end - 1].people
    while first < end and abs((every[first - 1].people if first else 0) - level) > STILL_COMING * level:
        first += 1
    held = every[first:end]
    # By throughput and by mean time: people who come in late change the one, a queue that still grows the other.
    steady = settled_from([interval.ended for interval in held], [_mean_s(interval) for interval in held])
    flaws = []
    if steady is None:
        flaws.append(
            f"stage `{stage.name}` was still changing in the second half of its {stage.hold_s:.0f} s: hold it longer"
        )
    window = Window(first + (steady or 0), end)
    if window.seconds < LEAST_S:
        flaws.append(
            f"stage `{stage.name}` was steady for {window.seconds:.0f} s only: hold it for 3 min or more after its ramp"
        )
    return Window(window.first, end, tuple(flaws))


def _step(
    name: str, window: Window, intervals: Intervals, stations: Sequence[Station], servers: dict[str, Server]
) -> Step | None:
    """None where nobody finished anything, or the people of the stage never all came."""
    every = intervals.every[window.first : window.end]
    if not every:
        return None
    before = intervals.every[window.first - 1].people if window.first else 0
    present = [before, *(interval.people for interval in every)]
    people = fmean((now + then) / 2 for now, then in pairwise(present))
    ended = sum(interval.ended for interval in every)
    times = _times(every)
    count = sum(one.count for one in times.values())
    if not ended or not count or not people:
        return None
    throughput = ended / window.seconds
    mean_s = sum(one.mean_s * one.count for one in times.values()) / count
    think_s = sum(interval.paused_s for interval in every) / ended
    if not intervals.pauses_noted:
        think_s = max(people / throughput - mean_s, 0.0)
    failed = sum(interval.outcomes[o] for interval in every for o in ("failed", "denied", "leaked")) / ended
    throttled = sum(interval.outcomes["throttled"] for interval in every) / ended
    law = law_flaw(people, window.seconds, throughput, mean_s, think_s) if intervals.pauses_noted else ""
    return Step(
        name=name,
        people=people,
        seconds=window.seconds,
        throughput=throughput,
        mean_s=mean_s,
        think_s=think_s,
        times=times,
        busy=busy_shares(stations, servers, _counted(every)),
        failed_share=failed,
        throttled_share=throttled,
        backlog=_backlog(every),
        generator_cpu=_generator_cpu(every),
        flaws=(*window.flaws, *_step_flaws(every, failed, throttled), *([law] if law else [])),
    )


def _counted(window: Sequence[Interval]) -> Sequence[Interval]:
    """The intervals whose counters tell of the window alone: a reading tells of the time since the one before, whenever
    that was, so the first and the last interval's may reach beyond it."""
    return window[1:-1]


def _step_flaws(every: Sequence[Interval], failed: float, throttled: float) -> Iterator[str]:
    if throttled > NOT_OK_LIMIT:
        yield f"{percent_words(throttled)} of the transactions were answered 429 (too many requests)"
    if failed > NOT_OK_LIMIT:
        yield f"{percent_words(failed)} of the transactions failed: whoever gets an error loads the servers otherwise"
    cpu = _generator_cpu(every)
    if cpu > CPU_LIMIT:
        yield (
            f"a load generator process used {percent_words(cpu)} of its processor core (limit "
            f"{percent_words(CPU_LIMIT)}): part of the waiting is its own. Use more processes or machines"
        )


def _generator_cpu(every: Sequence[Interval]) -> float:
    return fmean(interval.generator_cpu for interval in every)


def _times(every: Sequence[Interval]) -> dict[str, Times]:
    merged: dict[str, Histogram] = {}
    for interval in every:
        for name, histogram in interval.times.items():
            merged.setdefault(name, Histogram()).add(histogram)
    return {
        name: Times(
            count=histogram.total,
            mean_s=total_s(histogram) / histogram.total,
            p95_s=histogram.percentile(95) / 1e6,
            histogram=histogram,
        )
        for name, histogram in sorted(merged.items())
    }


def _backlog(every: Sequence[Interval]) -> tuple[float, float] | None:
    readings = [sum(interval.jobs_waiting.values()) for interval in every if interval.jobs_waiting]
    return (readings[0], readings[-1]) if len(readings) > 1 else None


def _mean_s(interval: Interval) -> float:
    count = sum(histogram.total for histogram in interval.times.values())
    return interval.waited_s / count if count else 0.0
