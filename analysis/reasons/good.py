"""What speaks for a launch: the reasons of a pass."""

from collections.abc import Iterator
from datetime import timedelta

from analysis.findings import Findings
from analysis.reasons.reason import Reason
from analysis.rows import ALL_ROLES
from analysis.words import MUST_NOT, count_words, percent_words, seconds_words

_CYCLE_DAYS = {"6 weeks": 42, "quarter": 91, "year": 365}


def good_reasons(findings: Findings) -> Iterator[Reason]:
    """First impressions, waits and access, each with its figures."""
    owners = findings.plan.owners
    simulated = findings.plan.environment.simulated
    score = findings.impression.overall
    yield Reason(
        "impressions_kept",
        "pass",
        f"{score.kept} of {score.people} people kept a good first impression",
        f"{score.kept} of {score.people} people kept a good first impression: at least {percent_words(score.low)} with "
        f"95 % confidence, asked: {percent_words(findings.plan.first_impression_min)}.",
        owners.business,
        "Have the test engineer run the plan against your own CRM (docs/your-own-crm.md)."
        if simulated
        else f"Sign this page. {_recheck(findings)}",
    )
    pooled = [row for row in findings.judged if row.role == ALL_ROLES]
    nearest = max(pooled, key=lambda row: row.share_of_line)
    yield Reason(
        "waits_short",
        "pass",
        "every judged wait stayed under its line",
        f"All {count_words(len(pooled), 'judged wait')} are under their fail lines. Nearest to its line: "
        f"{nearest.label} with {seconds_words(nearest.p95_ms)} of {seconds_words(nearest.protocol_fail_ms)}.",
        owners.technical,
        f"Keep the run folder: the next run is compared with it. When people are added, watch {nearest.label} first.",
        [nearest.name],
    )
    refused = sum(probes.refused for probes in findings.access.probes)
    probed = (
        f"{count_words(refused, 'probe')} of what roles must not do {'was' if refused == 1 else 'were'} refused"
        if refused
        else "nothing that roles must not do was probed"
    )
    works = sum(counts["ok"] for series, counts in findings.evidence.outcomes.items() if series.transaction != MUST_NOT)
    yield Reason(
        "roles_right",
        "pass",
        "every role could do its work",
        f"Every role could do its work ({works:,} transactions, none denied); {probed}.",
        owners.technical,
        "Run again whenever a security role changes."
        if refused
        else "List what each role must not do under `must_not` in configs/roles.",
    )


def _recheck(findings: Findings) -> str:
    cycle = findings.plan.cycle
    if cycle not in _CYCLE_DAYS:
        return "Run it again at every release."
    due = findings.started + timedelta(days=_CYCLE_DAYS[cycle])
    return f"Run it again at every release, at the latest on {due:%Y-%m-%d}."
