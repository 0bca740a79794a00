"""Everything a run folder says, read once and added up. Judging looks at this and at nothing else."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from loadtests.config.environment import CHANNELS
from loadtests.config.thresholds import Thresholds
from loadtests.results.bulk import BUCKETS, Block, Counts, Numbers, buckets_of, highest_of_buckets
from loadtests.results.histogram import Histogram
from loadtests.results.interval_log import INTERVAL_S, REQUEST_PREFIX, SIDE_PREFIXES, STAGE_PREFIX, safe_tag
from loadtests.results.names import Names
from loadtests.results.rows import OUTCOMES, CounterRow, ErrorRow, SessionRow, TrafficRow
from loadtests.results.run_folder import RunFolder
from loadtests.results.run_record import RunRecord
from loadtests.results.stage_lines import series_of
from loadtests.results.sums import Sums
from loadtests.results.waves import Example

_UNDER_WAY = 64
"""Channels x intervals that are added up at a time."""
_NO_LINE = -1
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
        total = Sums()
        for interval in intervals:
            for buckets, counts in self.line_shares.get((channel, interval), ()):
                total.add(np.zeros_like(buckets), buckets, counts)
        return total.counts(0).histogram()

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
            evidence.requests[channel, template].add(total)
        elif tag.startswith(SIDE_PREFIXES):
            evidence.side[tag] = total
        elif series := Series.parse(tag):
            evidence.histograms[series] = total
        else:
            folder.damage.append(f"intervals.hlog: a series that no run has: {tag[:60]}")


def _sums(folder: RunFolder, evidence: Evidence, summed: int) -> dict[str, Histogram]:
    """All times by series; before the interval `summed` stage lines stand for what nobody looks at over time."""
    sums, names = Sums(), Names()
    shares = _Shares(evidence)

    def wanted(tag: str, interval: int) -> bool:
        if tag.startswith(STAGE_PREFIX):
            return summed > 0 and series_of(tag).startswith(SIDE_PREFIXES)
        evidence.last_interval = max(evidence.last_interval, interval)
        return interval >= summed or not tag.startswith(SIDE_PREFIXES)

    for block in folder.read_blocks(wanted):
        tags = [series_of(tag) if tag.startswith(STAGE_PREFIX) else tag for tag in block.tags]
        sums.add(np.array([names.number(tag) for tag in tags])[block.lines], block.buckets, block.counts)
        shares.add(block)
    shares.settle()
    return {tag: sums.counts(number).histogram() for number, tag in enumerate(names.since(0))}


class _Shares:
    """Fills in `line_shares`; what is under way is kept in arrays, the rest as small as it is."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._row_of: dict[str, int] = {}
        """By tag: the row of `_bucket_of` that is of its fail line, or `_NO_LINE`."""
        self._fail_lines: list[float] = []
        self._bucket_of = np.zeros((0, BUCKETS), np.int64)
        """A row for each fail line: for each bucket of a time the bucket of its share."""
        self._under_way: dict[tuple[str, int], int] = {}
        """By channel and interval: its number in the sums."""
        self._sums = Sums()

    def add(self, block: Block) -> None:
        if len(self._under_way) > _UNDER_WAY:
            self.settle()
        rows = [self._row(tag) for tag in block.tags]
        keys = [
            _NO_LINE
            if row == _NO_LINE
            else self._under_way.setdefault((tag.partition("/")[0], interval), len(self._under_way))
            for row, tag, interval in zip(rows, block.tags, block.intervals, strict=True)
        ]
        row, key = np.array(rows)[block.lines], np.array(keys)[block.lines]
        drawn = row != _NO_LINE
        shares = self._bucket_of[row[drawn], block.buckets[drawn]]
        self._sums.add(key[drawn], shares, block.counts[drawn])

    def settle(self) -> None:
        """Put what was added into the evidence."""
        for key, number in self._under_way.items():
            self._evidence.line_shares[key].append(self._sums.counts(number))
        self._under_way.clear()
        self._sums = Sums()

    def _row(self, tag: str) -> int:
        found = self._row_of.get(tag)
        if found is None:
            series = Series.parse(tag)
            lines = series and self._evidence.thresholds.lines(series.channel, series.transaction, series.visit)
            found = self._row_of[tag] = self._row_of_line(lines.protocol_fail_ms * 1000) if lines else _NO_LINE
        return found

    def _row_of_line(self, fail_us: float) -> int:
        if fail_us not in self._fail_lines:
            self._fail_lines.append(fail_us)
            self._bucket_of = np.vstack([self._bucket_of, _share_buckets(fail_us)])
        return self._fail_lines.index(fail_us)


def _share_buckets(fail_us: float) -> Numbers:
    """For each bucket of a time: the bucket of its share of a fail line."""
    return buckets_of(np.rint(highest_of_buckets() / fail_us * AT_THE_LINE).astype(np.int64))


def _read_counts(folder: RunFolder, evidence: Evidence) -> dict[str, str]:
    """Fills in the counts; returns each request series by its tag in intervals.hlog."""
    names: dict[str, str] = {}
    for (name, outcome), counts in folder.read_summed_outcomes().items():
        evidence.last_interval = max(evidence.last_interval, *counts)
        total = sum(counts.values())
        kind, _, rest = name.partition("/")
        if kind == "people" and outcome == "present":
            channel, _, role = rest.partition("/")
            _add(evidence.people[channel, role], counts)
        elif kind == "volume":
            role, _, journey = rest.partition("/")
            _add(evidence.volume[role, journey, outcome], counts)
        elif kind == "offline":
            evidence.offline[rest][outcome] += total
        elif kind == "probe":
            continue  # what it met is told by its times; it is nobody's wait
        elif kind == "arrivals":
            evidence.arrivals[rest][outcome] += total
        elif kind == "request":
            names[safe_tag(name)] = name
            evidence.request_outcomes[rest.partition("/")[0]][outcome] += total
        elif (series := Series.parse(name)) and outcome in OUTCOMES:
            evidence.outcomes[series][outcome] += total
            for interval, count in counts.items():
                evidence.outcomes_over_time[interval][outcome] += count
        else:
            folder.damage.append(f"outcomes.csv: a series or outcome that no run has: {name[:60]}")
    return names


def _add(sums: dict[int, int], counts: dict[int, int]) -> None:
    for interval, count in counts.items():
        sums[interval] += count
