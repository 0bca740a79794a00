"""What testing as an administrator would have hidden: his few sessions beside the people's. No verdict rests on it."""

from collections import Counter
from dataclasses import dataclass

from analysis.evidence import Evidence
from analysis.words import MUST_NOT, VISITS, transaction_order
from loadtests.results.histogram import Histogram

MEDIAN_SAMPLES, P95_SAMPLES = 5, 20
"""The least on both sides that a median, and a 95th percentile, are set side by side from. Chosen: below 20 the 95th
percentile is the slowest of them all."""


@dataclass(frozen=True, slots=True)
class SideBySide:
    """One transaction of both; times in ms, p95 only where both have the samples."""

    channel: str
    transaction: str
    visit: str
    people: int
    people_p50_ms: float
    people_p95_ms: float | None
    administrator: int
    administrator_p50_ms: float
    administrator_p95_ms: float | None


@dataclass(frozen=True, slots=True)
class Allowed:
    """What was refused to people of a role and allowed to him."""

    role_name: str
    what: str
    """A transaction's name, or what a probe of the role's `must_not` tried."""
    refused: int | None
    """How often people were refused; None: whenever a probe tried it."""
    allowed: int


@dataclass(frozen=True, slots=True)
class Seen:
    """Rows of one table: his, and those that a person of each role sees (None: may read none)."""

    table: str
    administrator: int
    people: dict[str, int | None]


@dataclass(frozen=True, slots=True)
class AsAdministrator:
    """The sample beside the run."""

    sessions: int
    times: list[SideBySide]
    too_few: int
    """Transactions that both did, but too rarely to compare."""
    allowed: list[Allowed]
    seen: list[Seen]
    """Tables of which somebody sees less than he does."""


def as_administrator(evidence: Evidence) -> AsAdministrator | None:
    """None where no sample was walked."""
    his = evidence.administrator
    if his is None:
        return None
    both = {(s.channel, s.transaction, s.visit) for s in evidence.histograms} & {
        (s.channel, s.transaction, s.visit) for s in his.histograms
    }
    order = {channel: number for number, channel in enumerate(evidence.channels)}
    keys = sorted(
        (key for key in both if key[1] != MUST_NOT),
        key=lambda k: (order.get(k[0], len(order)), transaction_order(k[1]), list(VISITS).index(k[2])),
    )
    times = [side for key in keys if (side := _side(evidence, his, *key))]
    return AsAdministrator(
        sessions=sum(session.ended for session in his.sessions),
        times=times,
        too_few=len(keys) - len(times),
        allowed=_allowed(evidence, his),
        seen=_seen(his.rows_seen),
    )


def _side(evidence: Evidence, his: Evidence, channel: str, transaction: str, visit: str) -> SideBySide | None:
    theirs, _ = evidence.pooled(channel, transaction, visit)
    own, _ = his.pooled(channel, transaction, visit)
    if min(theirs.total, own.total) < MEDIAN_SAMPLES:
        return None
    enough = min(theirs.total, own.total) >= P95_SAMPLES
    return SideBySide(
        channel,
        transaction,
        visit,
        theirs.total,
        _ms(theirs, 50),
        _ms(theirs, 95) if enough else None,
        own.total,
        _ms(own, 50),
        _ms(own, 95) if enough else None,
    )


def _allowed(evidence: Evidence, his: Evidence) -> list[Allowed]:
    """Denials of people where he was refused nothing, and probes that the CRM let him do."""
    refused: Counter[tuple[str, str]] = Counter()
    let: Counter[tuple[str, str]] = Counter()
    never: set[tuple[str, str]] = set()
    for series, outcomes in evidence.outcomes.items():
        if outcomes["denied"] and series.transaction != MUST_NOT:
            refused[series.role, series.transaction] += outcomes["denied"]
    for series, outcomes in his.outcomes.items():
        let[series.role, series.transaction] += outcomes["ok"]
        if outcomes["denied"]:
            never.add((series.role, series.transaction))
    found = [
        Allowed(evidence.role_name(role), transaction, count, let[role, transaction])
        for (role, transaction), count in sorted(refused.items())
        if let[role, transaction] and (role, transaction) not in never
    ]
    his_probes, their_probes = _leaked(his), _leaked(evidence)
    tried = {s.role for s, outcomes in evidence.outcomes.items() if s.transaction == MUST_NOT and outcomes["ok"]}
    found += [
        Allowed(evidence.role_name(role), what, None, count)
        for (role, what), count in sorted(his_probes.items())
        if role in tried and (role, what) not in their_probes
    ]
    return found


def _leaked(evidence: Evidence) -> Counter[tuple[str, str]]:
    """Role and `delete accounts` -> how often a probe was allowed it."""
    told: Counter[tuple[str, str]] = Counter()
    for error in evidence.errors:
        parts = error.series.split("/")
        if error.outcome == "leaked" and len(parts) == 4:
            told[parts[1], error.message.removeprefix("may ").removesuffix(", which this role must not")] += error.count
    return told


def _seen(rows: dict[str, dict[str, int | None]]) -> list[Seen]:
    found = []
    for table, counts in sorted(rows.items()):
        mine = counts.get("")
        people = {role: count for role, count in counts.items() if role}
        if mine is not None and any(count is None or count < mine for count in people.values()):
            found.append(Seen(table, mine, people))
    return found


def _ms(histogram: Histogram, percentile: float) -> float:
    return histogram.percentile(percentile) / 1000
