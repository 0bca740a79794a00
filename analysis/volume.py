"""Business processes: how often per hour they were done at the peak, against what was agreed, and why not."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from analysis.bounds import at_most_expected
from analysis.evidence import Evidence
from analysis.rows import ALL_ROLES, Row
from loadtests.results.histogram import bucket_range
from loadtests.results.interval_log import INTERVAL_S

REACHED = 0.95
"""Agreed volume counts as reached from this share on (DESIGN 4.4)."""

# The verbs of journeys and the transactions that they become.
_TRANSACTION_OF_VERB = {
    "open_view": "open_view",
    "quick_find": "quick_find",
    "open_record": "open_record",
    "new": "new_form",
    "lookup": "lookup",
    "save": "save",
    "change_status": "change_status",
    "add_note": "add_note",
    "sign_in": "sign_in",
    "open_home": "open_home",
}

Shortfall = Literal["", "slow", "plan", "unsure"]


@dataclass(frozen=True, slots=True)
class Process:
    """A business process at the peak."""

    journey: str
    roles: list[str]
    """Slugs of the roles that do it."""
    agreed_per_hour: float | None
    done_per_hour: float
    possible_per_hour: float
    """What the same people would have done with no transaction beyond its good line, and none failing."""
    rows: list[Row]
    """Pooled rows of its transactions on the channels of its roles."""
    shortfall: Shortfall
    """Why the agreed volume was not reached: the CRM was `slow` (or failed), or the `plan` sends too little.

    It is the plan's fault if a CRM that answers at once could not have reached it either, or if every wait was good.
    `unsure`: fewer than agreed, but counted too few times to exclude chance.
    """

    @property
    def slowest(self) -> Row | None:
        """The row that stands worst against its line; rows that the plan judges come first."""
        judged = [row for row in self.rows if row.judged and row.p95_ms]
        return max(judged or [row for row in self.rows if row.p95_ms], key=lambda row: row.share_of_line, default=None)

    @property
    def verdict(self) -> Literal["pass", "fail", "inconclusive", "none"]:
        """`none` when the plan neither judges a row of it nor agrees a volume."""
        verdicts = {row.verdict for row in self.rows if row.judged}
        if "fail" in verdicts or self.shortfall == "slow":
            return "fail"
        if verdicts & {"inconclusive", "none"} or self.shortfall:
            return "inconclusive"
        return "pass" if verdicts else "none"


@dataclass(frozen=True, slots=True)
class Peak:
    """The time at the plan's highest level of load: numbers of whole intervals."""

    intervals: list[int]
    people: int
    """People that the plan has then."""
    present: float
    """People that were there, on average."""

    @property
    def hours(self) -> float:
        """Its length."""
        return len(self.intervals) * INTERVAL_S / 3600


class Faster(NamedTuple):
    """How many times more a role's people had done, had they waited less."""

    all_good: float
    """No transaction beyond its good line."""
    at_once: float
    """No wait at all."""


def peak_of(evidence: Evidence) -> Peak:
    """The held part of the highest stages, as far as the run got; the whole run when none was held or reached."""
    stages = evidence.record.plan.stages
    highest = max(stage.people for stage in stages)
    intervals: list[int] = []
    start = 0.0
    for stage in stages:
        held_from, end = start + stage.ramp_s, start + stage.ramp_s + stage.hold_s
        if stage.people == highest:
            first, after = -(-held_from // INTERVAL_S), end // INTERVAL_S
            intervals += range(int(first), int(after))
        start = end
    # Where the run was cut short, its last interval is not whole.
    end_of_run = evidence.last_interval + (bool(intervals) and evidence.last_interval >= intervals[-1])
    chosen = [i for i in intervals if i < end_of_run] or list(range(evidence.last_interval + 1))
    present = sum(evidence.people_at(interval) for interval in chosen) / len(chosen)
    return Peak(chosen, highest, present)


def judge_volume(evidence: Evidence, rows: list[Row], peak: Peak) -> list[Process]:
    """All processes of the roles that came, in the plan's order: agreed ones first."""
    plan = evidence.record.plan
    doing: dict[str, list[str]] = defaultdict(list)
    for role in evidence.roles:
        for journey in plan.roles[role].journeys:
            doing[journey].append(role)
    names = [*(name for name in plan.agreed if name in doing), *(name for name in doing if name not in plan.agreed)]
    faster = {role: _with_less_waiting(evidence, role) for role in evidence.roles}
    return [_process(evidence, name, doing[name], rows, peak, faster) for name in names]


def _process(
    evidence: Evidence, journey: str, roles: list[str], rows: list[Row], peak: Peak, faster: dict[str, Faster]
) -> Process:
    plan = evidence.record.plan
    agreed = plan.agreed.get(journey)
    done = 0
    possible = at_most = 0.0
    for role in roles:
        done_here = _at_peak(evidence, role, journey, "done", peak)
        begun_here = _at_peak(evidence, role, journey, "begun", peak)
        broken_off = _broken_off(evidence, role, journey, begun_here)
        done += done_here
        possible += (done_here + broken_off) * faster[role].all_good
        at_most += (done_here + broken_off) * faster[role].at_once
    hours = peak.hours
    transactions = transactions_of(plan.journeys.get(journey, {}))
    channels = {group.channel for group in plan.population if plan.role_named(group.role).slug in roles}
    own = [row for row in rows if row.role == ALL_ROLES and row.channel in channels and row.transaction in transactions]
    shortfall: Shortfall = ""
    if agreed and done / hours < REACHED * agreed:
        waited = any(row.p95_ms and not row.good for row in own)
        wanted = REACHED * agreed * hours
        if at_most_expected(done) >= wanted:
            shortfall = "unsure"
        else:
            shortfall = "slow" if possible >= wanted or (waited and at_most >= wanted) else "plan"
    return Process(journey, roles, agreed, done / hours, possible / hours, own, shortfall)


def transactions_of(journey: dict[str, Any]) -> set[str]:
    """The transactions that a journey's steps become (`new` opens a form, `fill` and `think` are nobody's wait)."""
    verbs: set[str] = set()
    for step in journey.get("steps") or []:
        verbs |= {step} if isinstance(step, str) else set(step)
    return {_TRANSACTION_OF_VERB[verb] for verb in verbs if verb in _TRANSACTION_OF_VERB}


def _at_peak(evidence: Evidence, role: str, journey: str, outcome: str, peak: Peak) -> int:
    counts = evidence.volume.get((role, journey, outcome), {})
    return sum(counts.get(interval, 0) for interval in peak.intervals)


def _broken_off(evidence: Evidence, role: str, journey: str, begun_at_peak: int) -> float:
    """Journeys begun at the peak that an error ended: the run's share of broken-off ones, applied to the peak.

    Of the journeys begun and never done, one for each person of the role may simply have been under way at the end.
    """
    begun = sum(evidence.volume.get((role, journey, "begun"), {}).values())
    done = sum(evidence.volume.get((role, journey, "done"), {}).values())
    under_way = sum(max(counts.values(), default=0) for (_, r), counts in evidence.people.items() if r == role)
    return begun_at_peak * max(0, begun - done - under_way) / begun if begun else 0.0


def _with_less_waiting(evidence: Evidence, role: str) -> Faster:
    """A closed model's own arithmetic: people's time together over that time less what they waited too long."""
    present = sum(sum(counts.values()) for (_, r), counts in evidence.people.items() if r == role) * INTERVAL_S
    waited_us = beyond_good_us = 0.0
    for series, histogram in evidence.histograms.items():
        if series.role != role:
            continue
        lines = evidence.thresholds.lines(series.channel, series.transaction, series.visit)
        good_us = lines.protocol_good_ms * 1000 if lines else float("inf")
        for index, count in histogram.counts.items():
            time_us = bucket_range(index)[1]
            waited_us += time_us * count
            beyond_good_us += max(0.0, time_us - good_us) * count
    if not present:
        return Faster(1.0, 1.0)
    # People cannot have lost all of their time and still have been there: bounded for tiny or damaged runs.
    return Faster(
        present / max(present - beyond_good_us / 1e6, present / 20),
        present / max(present - waited_us / 1e6, present / 20),
    )
