"""Throughput and waiting against people: where more people stop meaning more work done (the bend).

Every interval of a run tells how many people were there, what they got done and how long they waited. A plan that holds
several levels of load gives a point for each of them. Otherwise intervals with about as many people are put together, a
ramp included: people who have just come do quick steps first, so such a curve tells of no bend.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise

from analysis.evidence import AT_THE_LINE, Evidence
from loadtests.results.interval_log import INTERVAL_S

MOST_LEVELS = 12
LEAST_TRANSACTIONS = 20
"""A level with fewer transactions makes no 95th percentile: it is left out."""
LEAST_LEVELS = 3
"""Fewer points make no curve."""
FLAT = 0.5
"""The bend: from here on another person adds less than this share of what a person added up to there. Chosen."""


@dataclass(frozen=True, slots=True)
class Level:
    """The intervals in which about `people` people were there."""

    people: float
    """Mean number of people present."""
    seconds: float
    transactions_per_s: float
    p95_of_line: dict[str, float] = field(default_factory=dict)
    """By channel: the 95th percentile of waits, as a share of each transaction's own fail line (1 = at the line)."""


@dataclass(frozen=True, slots=True)
class LoadCurve:
    """Levels by rising number of people; empty where the load never changed enough to show a curve."""

    levels: list[Level]
    bend: float | None
    """People from which on throughput stopped following them; None when it did not, or that cannot be told."""
    is_held: bool = False
    """True when the levels are those that the plan holds."""

    @property
    def still_growing(self) -> bool:
        """True when the most people got the most done."""
        return bool(self.levels) and self.levels[-1].transactions_per_s >= max(
            x.transactions_per_s for x in self.levels
        )


def load_curve(evidence: Evidence) -> LoadCurve:
    """The curve of a run. People of an interval are those at its end and at the end of the one before, averaged."""
    present = [evidence.people_at(interval) for interval in range(evidence.last_interval + 1)]
    # The last interval of a run is seldom whole.
    during = [(before + after) / 2 for before, after in zip([0, *present], present, strict=False)][:-1]
    held = _held_levels(evidence, len(during))
    is_held = len(held) >= LEAST_LEVELS
    groups = held if is_held else _by_number(during)
    found = [_level(evidence, intervals, [during[i] for i in intervals]) for intervals in groups]
    levels = sorted((level for level in found if level is not None), key=lambda level: level.people)
    if len(levels) < LEAST_LEVELS:
        return LoadCurve([], None)
    return LoadCurve(levels, _bend(levels) if is_held else None, is_held)


def _held_levels(evidence: Evidence, whole: int) -> list[list[int]]:
    """The intervals at each level that the plan holds, stages of the same level together."""
    held: dict[int, list[int]] = defaultdict(list)
    start = 0.0
    for stage in evidence.record.plan.stages:
        begin, end = start + stage.ramp_s, start + stage.ramp_s + stage.hold_s
        held[stage.people] += range(int(-(-begin // INTERVAL_S)), min(int(end // INTERVAL_S), whole))
        start = end
    return [intervals for intervals in held.values() if intervals]


def _by_number(during: list[float]) -> list[list[int]]:
    """Intervals with about as many people, in `MOST_LEVELS` equal steps up to the most."""
    grouped: dict[int, list[int]] = defaultdict(list)
    most = max(during, default=0.0)
    for interval, people in enumerate(during):
        if people > 0:
            grouped[min(MOST_LEVELS - 1, int(people / most * MOST_LEVELS))].append(interval)
    return list(grouped.values())


def _level(evidence: Evidence, intervals: list[int], people: list[float]) -> Level | None:
    done = sum(
        count
        for interval in intervals
        if interval in evidence.outcomes_over_time
        for outcome, count in evidence.outcomes_over_time[interval].items()
        if outcome != "abandoned"
    )
    if done < LEAST_TRANSACTIONS:
        return None
    seconds = len(intervals) * INTERVAL_S
    percentiles = {}
    for channel in evidence.channels:
        shares = evidence.shares(channel, intervals)
        if shares.total >= LEAST_TRANSACTIONS:
            percentiles[channel] = shares.percentile(95) / AT_THE_LINE
    return Level(sum(people) / len(people), seconds, done / seconds, percentiles)


def _bend(levels: list[Level]) -> float | None:
    """The level after which throughput per added person falls below `FLAT` of what it was up to there, and stays so."""
    last = levels[-1]
    for level, following in pairwise(levels[1:]):
        per_person = level.transactions_per_s / level.people
        # To the next level too: where that one still got more done, the bend is not before it.
        added = max(_per_added_person(level, following), _per_added_person(level, last))
        if added < FLAT * per_person and _waiting_grew(level, last):
            return level.people
    return None


def _per_added_person(level: Level, later: Level) -> float:
    return (later.transactions_per_s - level.transactions_per_s) / (later.people - level.people)


def _waiting_grew(earlier: Level, later: Level) -> bool:
    """A flat curve of people who simply had less to do is no bend: the waiting must have grown too."""
    return any(later.p95_of_line.get(c, 0.0) > 1.5 * share for c, share in earlier.p95_of_line.items())
