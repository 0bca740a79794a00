"""Rows: what people waited for, with bounds, against the lines. The heart of the verdict."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from analysis.apdex import apdex
from analysis.bounds import UPPER_BOUND_SAMPLES, percentile_bounds, wilson
from analysis.evidence import Evidence
from analysis.words import MUST_NOT, SHORT_CHANNELS, VISITS, transaction_order, transaction_words
from loadtests.config.thresholds import Lines
from loadtests.results.histogram import Histogram

ALL_ROLES = "all"
"""The `role` of a row that pools all roles."""
FAIL_SAMPLES = 20
"""The least number of samples that can fail a row for being slow. Chosen: below it the lower bound rests on the three
slowest or fewer. More samples (`UPPER_BOUND_SAMPLES`) are needed to pass one."""

RowVerdict = Literal["pass", "fail", "inconclusive", "none"]
Cause = Literal["", "slow", "errors", "uncertain", "few_samples", "no_line"]


@dataclass(frozen=True, slots=True)
class Row:
    """Channel x transaction x visit (x role). Times in ms; `protocol_*` is the wire's part of the perceived lines."""

    channel: str
    role: str
    """The role's slug, or `ALL_ROLES`."""
    role_name: str
    transaction: str
    visit: str
    judged: bool
    n: int
    """Times in the histogram: transactions that ended well, and time-outs at the time-out's value."""
    ended: int
    """Transactions of any outcome but `abandoned`."""
    failed: int
    not_ok: int
    """Failed, denied, leaked or throttled."""
    p50_ms: float | None
    p95_ms: float | None
    p95_low_ms: float | None
    p95_high_ms: float | None
    good_ms: float | None
    fail_ms: float | None
    protocol_good_ms: float | None
    protocol_fail_ms: float | None
    apdex: float | None
    verdict: RowVerdict
    """`none` where the thresholds have no line for it."""
    cause: Cause
    """Why it is not a pass; empty for a pass."""

    @property
    def share_of_line(self) -> float:
        """p95 as a share of the fail line on the wire: 1 is at the line. 0 without times or line."""
        return self.p95_ms / self.protocol_fail_ms if self.p95_ms and self.protocol_fail_ms else 0.0

    @property
    def good(self) -> bool:
        """True when the p95 is at or below the good line."""
        return bool(self.p95_ms and self.protocol_good_ms and self.p95_ms <= self.protocol_good_ms)

    @property
    def label(self) -> str:
        """The row in words: `IFD · Open a record · first visit`."""
        parts = [SHORT_CHANNELS.get(self.channel, self.channel), transaction_words(self.transaction)]
        if self.visit != "any":
            parts.append(VISITS[self.visit])
        if self.role != ALL_ROLES:
            parts.append(self.role_name)
        return " · ".join(parts)

    @property
    def name(self) -> str:
        """The row in the words of plan files: `ifd/open_record/first`, its role last where it has one."""
        name = f"{self.channel}/{self.transaction}/{self.visit}"
        return name if self.role == ALL_ROLES else f"{name}/{self.role}"


def judge_rows(evidence: Evidence) -> list[Row]:
    """Every row that recorded something and every row that the plan judges, in the order people meet them.

    Roles are pooled; a role's own row is added where it has the samples, and is judged where the pooled row is. Visits
    are pooled beside their own rows where both have the same line.
    """
    plan = evidence.record.plan
    judged = {(row.channel, row.transaction, row.visit) for row in plan.judge}
    seen = {(s.channel, s.transaction, s.visit) for s in (*evidence.histograms, *evidence.outcomes)}
    pooled = {
        (c, t, "any")
        for c, t, _ in seen
        if {(c, t, "first"), (c, t, "everyday")} <= seen
        and evidence.thresholds.lines(c, t, "first") == _everyday(evidence, c, t)
    }
    wanted = {key for key in seen | judged | pooled if key[1] != MUST_NOT}
    rows: list[Row] = []
    for channel, transaction, visit in wanted:
        is_judged = (channel, transaction, visit) in judged
        rows.append(row_of(evidence, channel, transaction, visit, judged=is_judged))
        for role in evidence.roles:
            row = row_of(evidence, channel, transaction, visit, judged=is_judged, roles=[role])
            if row.n >= plan.judge_min_samples:
                rows.append(row)
    order = {channel: number for number, channel in enumerate(evidence.channels)}
    visits = list(VISITS)
    return sorted(
        rows,
        key=lambda r: (
            order.get(r.channel, len(order)),
            r.channel,
            transaction_order(r.transaction),
            visits.index(r.visit),
            r.role != ALL_ROLES,
            r.role,
        ),
    )


def distinct(rows: list[Row]) -> list[Row]:
    """The rows without a role's own row where the row of all roles is among them: they say the same."""
    pooled = {(row.channel, row.transaction, row.visit) for row in rows if row.role == ALL_ROLES}
    return [row for row in rows if row.role == ALL_ROLES or (row.channel, row.transaction, row.visit) not in pooled]


def row_of(
    evidence: Evidence,
    channel: str,
    transaction: str,
    visit: str,
    *,
    judged: bool,
    roles: Collection[str] | None = None,
) -> Row:
    """A row of one role, of several together, or of all."""
    histogram, outcomes = evidence.pooled(channel, transaction, visit, roles)
    # Both visits pooled are held to the everyday line, the stricter one where they differ.
    lines = _everyday(evidence, channel, transaction)
    if visit != "any":
        lines = evidence.thresholds.lines(channel, transaction, visit)
    bounds = percentile_bounds(histogram)
    ended, not_ok = ended_and_not_ok(outcomes)
    n = histogram.total
    limits = evidence.record.plan
    verdict, cause = _verdict(
        histogram,
        low_ms=_ms(bounds.low_us),
        high_ms=_ms(bounds.high_us),
        fail_ms=lines.protocol_fail_ms if lines else None,
        not_ok=not_ok,
        ended=ended,
        failed_limit=limits.limits.failed_share,
        min_samples=limits.judge_min_samples,
    )
    return Row(
        channel=channel,
        role=" + ".join(roles) if roles else ALL_ROLES,
        role_name=" + ".join(evidence.role_name(role) for role in roles) if roles else "all roles",
        transaction=transaction,
        visit=visit,
        judged=judged,
        n=n,
        ended=ended,
        failed=outcomes["failed"],
        not_ok=not_ok,
        p50_ms=_ms(histogram.percentile(50)) if n else None,
        p95_ms=_ms(histogram.percentile(95)) if n else None,
        p95_low_ms=_ms(bounds.low_us),
        p95_high_ms=_ms(bounds.high_us),
        good_ms=lines.good_ms if lines else None,
        fail_ms=lines.fail_ms if lines else None,
        protocol_good_ms=lines.protocol_good_ms if lines else None,
        protocol_fail_ms=lines.protocol_fail_ms if lines else None,
        apdex=apdex(histogram, lines.protocol_good_ms, not_ok) if lines else None,
        verdict=verdict,
        cause=cause,
    )


def _everyday(evidence: Evidence, channel: str, transaction: str) -> Lines | None:
    return evidence.thresholds.lines(channel, transaction, "everyday")


def _verdict(
    histogram: Histogram,
    *,
    low_ms: float | None,
    high_ms: float | None,
    fail_ms: float | None,
    not_ok: int,
    ended: int,
    failed_limit: float,
    min_samples: int,
) -> tuple[RowVerdict, Cause]:
    if fail_ms is None:
        return "none", "no_line"
    if histogram.total >= FAIL_SAMPLES and low_ms is not None and low_ms > fail_ms:
        return "fail", "slow"
    # Fast errors must not look fast: a row with too many that are not ok cannot pass, however quick the rest was.
    if ended and not_ok / ended > failed_limit:
        return ("fail" if wilson(not_ok, ended)[0] > failed_limit else "inconclusive"), "errors"
    if histogram.total < max(min_samples, UPPER_BOUND_SAMPLES):
        return "inconclusive", "few_samples"
    if high_ms is None or high_ms > fail_ms:
        return "inconclusive", "uncertain"
    return "pass", ""


def ended_and_not_ok(outcomes: Counter[str]) -> tuple[int, int]:
    """How many transactions ended (abandoned ones did not), and how many of them not as they should."""
    ended = sum(n for outcome, n in outcomes.items() if outcome != "abandoned")
    return ended, ended - outcomes["ok"]


def _ms(us: int | None) -> float | None:
    return None if us is None else us / 1000
