"""A run folder interval by interval, as steps are cut from it: what people did, how long they waited and paused."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from analysis.evidence import Series
from analysis.health import CPU, GENERATOR
from analysis.words import UNATTENDED
from loadtests.results.histogram import Histogram, bucket_range
from loadtests.results.interval_log import SIDE_PREFIXES, STAGE_PREFIX
from loadtests.results.measures import BUSY, SERVER_PREFIX
from loadtests.results.rows import JOBS_WAITING, OUTCOMES, PAUSED
from loadtests.results.run_folder import RunFolder

_BESIDE = (STAGE_PREFIX, *SIDE_PREFIXES)


@dataclass(slots=True)
class Interval:
    """`INTERVAL_S` seconds of a run."""

    people: int = 0
    """Present at its end."""
    times: dict[str, Histogram] = field(default_factory=lambda: defaultdict(Histogram))
    """By `channel/transaction`, visits and roles together: what ended well, and time-outs at the time-out's value."""
    outcomes: Counter[str] = field(default_factory=Counter)
    """Of the transactions that somebody waited for."""
    paused_s: float = 0.0
    """Pauses that began, as drawn, all people together."""
    busy: dict[str, float] = field(default_factory=dict)
    """Server -> share of its processors, 0..1."""
    jobs_waiting: dict[str, float] = field(default_factory=dict)
    """Server -> asynchronous jobs that waited."""
    generator_cpu: float = 0.0
    """Of one core: the busiest generator process."""

    @property
    def ended(self) -> int:
        """Transactions that ended, whatever their outcome."""
        return sum(count for outcome, count in self.outcomes.items() if outcome != "abandoned")

    @property
    def waited_s(self) -> float:
        """The sum of all times."""
        return sum(total_s(histogram) for histogram in self.times.values())


@dataclass(slots=True)
class Intervals:
    """All intervals of a run from its start on."""

    every: list[Interval]
    pauses_noted: bool
    """False for a run of before pauses were noted."""
    counted: tuple[str, ...]
    """Servers that somebody counted."""


def read_intervals(folder: RunFolder) -> Intervals:
    """Read times, outcomes and counters. What cannot be read is added to `folder.damage`."""
    found: dict[int, Interval] = defaultdict(Interval)
    for block in folder.read_blocks(lambda tag, interval: not tag.startswith(_BESIDE)):
        for line in block.one_by_one():
            series = Series.parse(line.tag)
            if series is not None and series.transaction != UNATTENDED:
                found[line.interval].times[f"{series.channel}/{series.transaction}"].add(line.histogram())
    for (name, outcome), counts in folder.read_summed_outcomes().items():
        series = Series.parse(name)
        if name.startswith("people/"):
            for number, count in counts.items():
                found[number].people += count
        elif series is not None and series.transaction != UNATTENDED and outcome in OUTCOMES:
            for number, count in counts.items():
                found[number].outcomes[outcome] += count
    paused, counted = False, set()
    for reading in folder.read_counters():
        interval = found[reading.interval]
        if reading.source.startswith(GENERATOR):
            if reading.counter == PAUSED:
                interval.paused_s += reading.value
                paused = True
            elif reading.counter == CPU:
                interval.generator_cpu = max(interval.generator_cpu, reading.value)
        elif reading.source.startswith(SERVER_PREFIX):
            server = reading.source.removeprefix(SERVER_PREFIX)
            if reading.counter == BUSY:
                interval.busy[server] = reading.value
                counted.add(server)
            elif reading.counter == JOBS_WAITING:
                interval.jobs_waiting[server] = reading.value
    every = [found[number] for number in range(max(found, default=-1) + 1)]
    return Intervals(every, paused, tuple(sorted(counted)))


def total_s(histogram: Histogram) -> float:
    """The sum of all times in seconds, each in the middle of its bucket (within 0.05 %)."""
    return sum(sum(bucket_range(index)) / 2 * count for index, count in histogram.counts.items()) / 1e6
