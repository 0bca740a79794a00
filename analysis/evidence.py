"""Everything a run folder says, read once and added up. Judging looks at this and at nothing else."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from loadtests.config.environment import CHANNELS
from loadtests.config.thresholds import Thresholds
from loadtests.results.bulk import CountedLine, Counts, Numbers, Sum, buckets_of, highest_of_buckets
from loadtests.results.histogram import Histogram
from loadtests.results.interval_log import INTERVAL_S, REQUEST_PREFIX, SIDE_PREFIXES, STAGE_PREFIX, safe_tag
from loadtests.results.rows import OUTCOMES, CounterRow, ErrorRow, SessionRow, TrafficRow
from loadtests.results.run_folder import RunFolder
from loadtests.results.run_record import RunRecord
from loadtests.results.stage_lines import series_of
from loadtests.results.waves import Example

_UNDER_WAY = 64
"""Channels x intervals that are added up at a time."""
AT_THE_LINE = 1_000_000
"""The value that stands for "exactly at the fail line" in a histogram of shares of the line."""


class Series(NamedTuple):
    """A transaction's series."""

    channel: str
    role: str
    """The role's slug."""
    transaction: str
    visit: str

    @classmethod
    def parse(cls, tag: str) -> "Series | None":
        """The series of a tag `channel/role/transaction/visit`; None for every other tag."""
        parts = tag.split("/")
        if len(parts) != 4 or parts[0] not in CHANNELS or parts[3] not in ("first", "everyday"):
            return None
        return cls(*parts)


@dataclass(slots=True)
class Evidence:
    """The numbers of a run. Times are microseconds, intervals are `INTERVAL_S` seconds since the run's start."""

    record: RunRecord
    thresholds: Thresholds
    own_thresholds: bool
    """False when somebody asked for other thresholds than the run's own."""
    histograms: dict[Series, Histogram] = field(default_factory=lambda: defaultdict(Histogram))
    requests: dict[tuple[str, str], Histogram] = field(default_factory=lambda: defaultdict(Histogram))
    """By channel and template."""
    side: dict[str, Histogram] = field(default_factory=lambda: defaultdict(Histogram))
    """Times beside the transactions' own, by their whole tag (`SIDE_PREFIXES`)."""
    line_shares: dict[tuple[str, int], list[Counts]] = field(default_factory=lambda: defaultdict(list))
    """By channel and interval, to be added up: what `shares` gives."""
    outcomes: dict[Series, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    outcomes_over_time: dict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    request_outcomes: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """By channel."""
    people: dict[tuple[str, str], dict[int, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    """By channel and role: people present at the end of each interval."""
    volume: dict[tuple[str, str, str], dict[int, int]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(int))
    )
    """By role, journey and `planned`, `begun` or `done`: how many in each interval."""
    offline: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """Channel -> what became of work done without the network."""
    arrivals: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """Open work by name: how many were planned, queued, begun and done."""
    sessions: list[SessionRow] = field(default_factory=list)
    errors: list[ErrorRow] = field(default_factory=list)
    counters: list[CounterRow] = field(default_factory=list)
    traffic: list[TrafficRow] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)
    records_written: int = 0
    records_left: int = 0
    """Records of the ledger that were not removed."""
    administrator: "Evidence | None" = None
    """The same journeys walked by an administrator, outside the load: shown beside, never judged."""
    rows_seen: dict[str, dict[str, int | None]] = field(default_factory=dict)
    """Of an administrator's sample: table -> role (empty: the administrator) -> rows."""
    last_interval: int = 0
    damage: list[str] = field(default_factory=list)

    @property
    def transactions(self) -> int:
        """How many transactions ended, of any outcome but `abandoned`."""
        return sum(n for counts in self.outcomes.values() for outcome, n in counts.items() if outcome != "abandoned")

    @property
    def measured_s(self) -> float:
        """Seconds from the run's start to the last interval that recorded anything."""
        return (self.last_interval + 1) * INTERVAL_S

    @property
    def channels(self) -> list[str]:
        """The channels of the plan, in its order, and any other that recorded something."""
        planned = [group.channel for group in self.record.plan.everybody]
        return list(dict.fromkeys([*planned, *sorted({series.channel for series in self.outcomes})]))

    @property
    def roles(self) -> list[str]:
        """The slugs of the plan's roles that have people, in its order."""
        plan = self.record.plan
        return list(dict.fromkeys(plan.role_named(group.role).slug for group in plan.everybody))

    def role_name(self, slug: str) -> str:
        """The CRM's name of a role."""
        role = self.record.plan.roles.get(slug)
        return role.name if role else slug

    def people_at(self, interval: int) -> int:
        """People present at the end of an interval, all channels and roles."""
        return sum(counts.get(interval, 0) for counts in self.people.values())

    def shares(self, channel: str, intervals: Iterable[int]) -> Histogram:
        """Every transaction's time in these intervals as a share of its own fail line (`AT_THE_LINE` = at the line).

        So transactions of different lines can be shown in one curve without averaging seconds of unlike tasks.
        """
        total = Sum()
        for interval in intervals:
            for part in self.line_shares.get((channel, interval), ()):
                total.add(*part)
        return total.histogram()

    def pooled(
        self, channel: str, transaction: str, visit: str = "any", roles: Collection[str] | None = None
    ) -> tuple[Histogram, Counter[str]]:
        """Times and outcomes of a row: visits pooled for `any`, of these roles, or of all."""
        histogram, outcomes = Histogram(), Counter[str]()
        for series, part in self.histograms.items():
            if _matches(series, channel, transaction, visit, roles):
                histogram.add(part)
        for series, counts in self.outcomes.items():
            if _matches(series, channel, transaction, visit, roles):
                outcomes.update(counts)
        return histogram, outcomes


def _matches(series: Series, channel: str, transaction: str, visit: str, roles: Collection[str] | None) -> bool:
    return (
        series.channel == channel
        and series.transaction == transaction
        and visit in ("any", series.visit)
        and (roles is None or series.role in roles)
    )


def read_evidence(folder: RunFolder, thresholds: Thresholds | None = None) -> Evidence:
    """Read a run folder whole, also one that ended in a crash; `DamagedRun` only when run.json cannot be read."""
    record = folder.record
    lines = thresholds or record.plan.thresholds
    evidence = Evidence(record=record, thresholds=lines, own_thresholds=thresholds is None)
    # A folder may be judged more than once in a process: what earlier readings found is not added to.
    folder.damage.clear()
    names = _read_counts(folder, evidence)
    _read_times(folder, evidence, names)
    evidence.sessions = folder.read_sessions()
    evidence.errors = folder.read_errors()
    evidence.counters = folder.read_counters()
    evidence.traffic = [row for row in folder.read_traffic() if row.series.count("/") == 2]
    evidence.examples = [example for example in folder.read_examples() if example.series.count("/") == 2]
    ledger = folder.read_ledger()
    evidence.records_written = len(ledger)
    evidence.records_left = sum(entry.state != "removed" for entry in ledger)
    evidence.damage = sorted(folder.damage)
    if (sample := folder.sample) is not None:
        evidence.administrator = read_evidence(sample, thresholds)
        evidence.administrator.rows_seen = sample.read_rows_seen()
    return evidence


def _read_times(folder: RunFolder, evidence: Evidence, names: dict[str, str]) -> None:
    """`names`: request series by the tag they have in the log, where blanks are not allowed."""
    known, summed = len(folder.damage), folder.summed_before()
    sums = _sums(folder, evidence, summed)
    if summed and len(folder.damage) > known:
        # A damaged stage line would lose a whole stage, where the intervals lose five seconds. It is told all the same.
        found = folder.damage[known:]
        evidence.line_shares.clear()
        sums = _sums(folder, evidence, 0)
        folder.damage[known:] = {*found, *folder.damage[known:]}
    # In an order of their own: how the sums were come by must not show.
    for tag, total in sorted(sums.items()):
        if tag.startswith(REQUEST_PREFIX):
            channel, _, template = names.get(tag, tag).removeprefix(REQUEST_PREFIX).partition("/")
            evidence.requests[channel, template].add(total.histogram())
        elif tag.startswith(SIDE_PREFIXES):
            evidence.side[tag] = total.histogram()
        elif series := Series.parse(tag):
            evidence.histograms[series] = total.histogram()
        else:
            folder.damage.append(f"intervals.hlog: a series that no run has: {tag[:60]}")


def _sums(folder: RunFolder, evidence: Evidence, summed: int) -> dict[str, Sum]:
    """All times by series; before the interval `summed` stage lines stand for what nobody looks at over time."""
    sums: dict[str, Sum] = defaultdict(Sum)
    shares = _Shares(evidence)

    def wanted(tag: str, interval: int) -> bool:
        if tag.startswith(STAGE_PREFIX):
            return summed > 0 and series_of(tag).startswith(SIDE_PREFIXES)
        evidence.last_interval = max(evidence.last_interval, interval)
        return interval >= summed or not tag.startswith(SIDE_PREFIXES)

    for line in folder.read_counted(wanted):
        tag = series_of(line.tag) if line.tag.startswith(STAGE_PREFIX) else line.tag
        sums[tag].add(line.buckets, line.counts)
        if not tag.startswith(SIDE_PREFIXES):
            shares.add(line)
    shares.settle()
    return sums


class _Shares:
    """Fills in `line_shares`; what is under way is kept in arrays, the rest as small as it is."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._bucket_of: dict[str, Numbers | None] = {}
        """By tag: for each bucket of a time the bucket of its share; None where no line is drawn."""
        self._sums: dict[tuple[str, int], Sum] = defaultdict(Sum)

    def add(self, line: CountedLine) -> None:
        if line.tag not in self._bucket_of:
            self._bucket_of[line.tag] = self._shares_of(line.tag)
        bucket_of = self._bucket_of[line.tag]
        if bucket_of is None:
            return
        key = (line.tag.partition("/")[0], line.interval)
        if key not in self._sums and len(self._sums) >= _UNDER_WAY:
            self.settle()
        self._sums[key].add(bucket_of[line.buckets], line.counts)

    def settle(self) -> None:
        """Put what was added into the evidence."""
        for key, total in self._sums.items():
            self._evidence.line_shares[key].append(total.counts())
        self._sums.clear()

    def _shares_of(self, tag: str) -> Numbers | None:
        series = Series.parse(tag)
        lines = series and self._evidence.thresholds.lines(series.channel, series.transaction, series.visit)
        return _share_buckets(lines.protocol_fail_ms * 1000) if lines else None


@lru_cache(maxsize=64)
def _share_buckets(fail_us: float) -> Numbers:
    """For each bucket of a time: the bucket of its share of a fail line."""
    return buckets_of(np.rint(highest_of_buckets() / fail_us * AT_THE_LINE).astype(np.int64))


def _read_counts(folder: RunFolder, evidence: Evidence) -> dict[str, str]:
    """Fills in the counts; returns each request series by its tag in intervals.hlog."""
    names: dict[str, str] = {}
    known: set[str] = set()
    for row in folder.read_outcomes():
        evidence.last_interval = max(evidence.last_interval, row.interval)
        kind, _, rest = row.series.partition("/")
        if kind == "people" and row.outcome == "present":
            channel, _, role = rest.partition("/")
            evidence.people[channel, role][row.interval] += row.count
        elif kind == "volume":
            role, _, journey = rest.partition("/")
            evidence.volume[role, journey, row.outcome][row.interval] += row.count
        elif kind == "offline":
            evidence.offline[rest][row.outcome] += row.count
        elif kind == "probe":
            continue  # what it met is told by its times; it is nobody's wait
        elif kind == "arrivals":
            evidence.arrivals[rest][row.outcome] += row.count
        elif kind == "request":
            if row.series not in known:
                known.add(row.series)
                names[safe_tag(row.series)] = row.series
            evidence.request_outcomes[rest.partition("/")[0]][row.outcome] += row.count
        elif (series := Series.parse(row.series)) and row.outcome in OUTCOMES:
            evidence.outcomes[series][row.outcome] += row.count
            evidence.outcomes_over_time[row.interval][row.outcome] += row.count
        else:
            folder.damage.append(f"outcomes.csv: a series or outcome that no run has: {row.series[:60]}")
    return names
