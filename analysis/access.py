"""Does it work for real roles: what was refused that a role needs, and what was allowed that it must not have."""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass

from analysis.evidence import Evidence
from analysis.words import MUST_NOT
from loadtests.config.roles import MustNot, Role
from loadtests.results.refusals import Missing, missing_right


@dataclass(frozen=True, slots=True)
class _Seen:
    count: int
    channel: str
    transaction: str
    message: str = ""
    service_request_id: str = ""
    status: int = 0


@dataclass(frozen=True, slots=True)
class Denial:
    """Something a role needs was refused, in the same way, `count` times."""

    role: str
    """Slug."""
    count: int
    transactions: list[str]
    channels: list[str]
    missing: Missing
    status: int
    """HTTP status; 401 speaks of the sign-in, not of the role. 0 when not recorded."""
    message: str
    service_request_id: str
    journeys: list[str]
    """Business processes of the role that need it."""


@dataclass(frozen=True, slots=True)
class Leak:
    """A must-not probe of a role was allowed."""

    role: str
    count: int
    channels: list[str]
    probe: MustNot | None
    """None when the recorded error does not tell which of the role's probes it was."""
    message: str


@dataclass(frozen=True, slots=True)
class Probes:
    """The must-not probes of one role on one channel, by how they ended."""

    role: str
    channel: str
    refused: int
    leaked: int
    unclear: int
    """Neither refused nor allowed: an error, a throttled request."""


@dataclass(frozen=True, slots=True)
class Access:
    """All findings on access, worst first."""

    leaks: list[Leak]
    denials: list[Denial]
    probes: list[Probes]


def judge_access(evidence: Evidence) -> Access:
    """Findings from the outcomes, explained by the recorded errors."""
    return Access(_leaks(evidence), _denials(evidence), _probes(evidence))


def _probes(evidence: Evidence) -> list[Probes]:
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for series, outcomes in evidence.outcomes.items():
        if series.transaction == MUST_NOT:
            counts[series.role, series.channel].update(outcomes)
    return [
        Probes(role, channel, c["ok"], c["leaked"], c["failed"] + c["denied"] + c["throttled"])
        for (role, channel), c in sorted(counts.items())
    ]


def _denials(evidence: Evidence) -> list[Denial]:
    told: dict[tuple[str, Missing, str], list[_Seen]] = defaultdict(list)
    explained: set[tuple[str, str, str]] = set()
    for error in evidence.errors:
        parts = error.series.split("/")
        if error.outcome != "denied" or len(parts) != 4:
            continue
        channel, role, transaction, _ = parts
        missing = missing_right(error.message)
        # Where the CRM did not name what was missing, what people tried tells the findings apart.
        tried = "" if any(missing) else f"{error.status} {transaction}"
        seen = _Seen(error.count, channel, transaction, error.message, error.service_request_id, error.status)
        told[role, missing, tried].append(seen)
        explained.add((channel, role, transaction))
    for series, outcomes in evidence.outcomes.items():
        key = (series.channel, series.role, series.transaction)
        if outcomes["denied"] and key not in explained and series.transaction != MUST_NOT:
            seen = _Seen(outcomes["denied"], series.channel, series.transaction)
            told[series.role, Missing(), series.transaction].append(seen)
    denials = [_denial(evidence, role, missing, seen) for (role, missing, _), seen in told.items()]
    return sorted(denials, key=lambda d: (-d.count, d.role, d.missing, d.transactions))


def _denial(evidence: Evidence, role: str, missing: Missing, seen: list[_Seen]) -> Denial:
    transactions = sorted({one.transaction for one in seen})
    return Denial(
        role=role,
        count=sum(one.count for one in seen),
        transactions=transactions,
        channels=sorted({one.channel for one in seen}),
        missing=missing,
        status=seen[0].status,
        message=seen[0].message,
        service_request_id=next((one.service_request_id for one in seen if one.service_request_id), ""),
        journeys=_journeys_needing(evidence, evidence.record.plan.roles.get(role), missing.table, transactions),
    )


def _journeys_needing(evidence: Evidence, role: Role | None, table: str, transactions: list[str]) -> list[str]:
    """The role's business processes that mention the table, or else those that have one of the transactions."""
    if role is None:
        return []
    own = [name for name in role.journeys if name in evidence.record.plan.journeys]
    raw = {name: str(evidence.record.plan.journeys[name]) for name in own}
    by_table = [name for name in own if table and re.search(rf"\b{re.escape(table)}\b", raw[name])]
    return by_table or [name for name in own if any(transaction in raw[name] for transaction in transactions)]


def _leaks(evidence: Evidence) -> list[Leak]:
    told: dict[tuple[str, MustNot | None], list[_Seen]] = defaultdict(list)
    explained: set[tuple[str, str]] = set()
    for error in evidence.errors:
        parts = error.series.split("/")
        if error.outcome != "leaked" or len(parts) != 4:
            continue
        channel, role, transaction, _ = parts
        probe = _probe_of(evidence, evidence.record.plan.roles.get(role), error.message)
        told[role, probe].append(_Seen(error.count, channel, transaction, error.message))
        explained.add((role, channel))
    for series, outcomes in evidence.outcomes.items():
        if outcomes["leaked"] and (series.role, series.channel) not in explained:
            told[series.role, None].append(_Seen(outcomes["leaked"], series.channel, series.transaction))
    leaks = [
        Leak(role, sum(one.count for one in seen), sorted({one.channel for one in seen}), probe, seen[0].message)
        for (role, probe), seen in told.items()
    ]
    return sorted(leaks, key=lambda leak: (-leak.count, leak.role, leak.message))


def _probe_of(evidence: Evidence, role: Role | None, message: str) -> MustNot | None:
    """The only probe of the role whose operation and table (or its entity set) the message names."""
    words = set(re.findall(r"[a-z_0-9]+", message.lower()))
    fitting = []
    for probe in role.must_not if role else []:
        entity_set = str(evidence.record.plan.tables.get(probe.table, {}).get("entity_set", "")).lower()
        if probe.operation in words and words & {probe.table, entity_set}:
            fitting.append(probe)
    return fitting[0] if len(fitting) == 1 else None
