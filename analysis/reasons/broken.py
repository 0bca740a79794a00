"""Second step of the rule: what must not go to launch. Each finding here fails the run."""

from collections.abc import Iterator

from analysis.access import Denial, Leak
from analysis.findings import Findings
from analysis.meanings import meaning_of
from analysis.processes import Process
from analysis.reasons import slowness
from analysis.reasons.reason import Reason, listed
from analysis.rows import distinct
from analysis.words import (
    SHORT_CHANNELS,
    count_words,
    percent_words,
    seconds_words,
    transaction_words,
)
from loadtests.config.names import slug


def leaked(findings: Findings) -> Iterator[Reason]:
    """A role can do what it must not: one case is enough."""
    for leak in findings.access.leaks:
        role = findings.evidence.role_name(leak.role)
        what, step = _leak_words(leak, role)
        yield Reason(
            "leaked",
            "fail",
            f"the role {role} can {what}, which it must not",
            f"People with the role {role} could {what}: {count_words(leak.count, 'time')}, on "
            f"{_channels(leak.channels)}.",
            _role_owner(findings, leak.role),
            step,
        )


def denied(findings: Findings) -> Iterator[Reason]:
    """A role is refused what its work needs: one case is enough."""
    for denial in findings.access.denials:
        role = findings.evidence.role_name(denial.role)
        tried = listed([f"“{transaction_words(name)}”" for name in denial.transactions])
        journeys = listed([f"“{findings.process_name(name)}”" for name in denial.journeys])
        work = f" Their work {journeys} needs it." if journeys else ""
        missing = denial.missing.privilege or (
            f"{denial.missing.right} access to records of {denial.missing.table}" if denial.missing.right else ""
        )
        lacks = f" What is missing: {missing}." if missing else ""
        yield Reason(
            "denied",
            "fail",
            f"people with the role {role} are refused what their work needs" + (f" ({missing})" if missing else ""),
            f"People with the role {role} were refused {tried} {count_words(denial.count, 'time')} on "
            f"{_channels(denial.channels)}.{lacks}{work}",
            _role_owner(findings, denial.role),
            _denial_step(denial, role),
        )


def stopped_by_watchdog(findings: Findings) -> Iterator[Reason]:
    """So much failed that going on was no use to anybody."""
    if findings.evidence.record.ending == "watchdog":
        limit = findings.plan.limits.stop_above_failed_share
        yield Reason(
            "watchdog",
            "fail",
            "so much failed that the run was stopped",
            f"The watchdog ended the run: more than {percent_words(limit)} of what people did within seconds failed.",
            findings.plan.owners.technical,
            "Begin with the most frequent error below; run again at a tenth of the people first.",
        )


def too_many_failed(findings: Findings) -> Iterator[Reason]:
    """Errors over the plan's limit."""
    limit = findings.plan.limits.failed_share
    if findings.failed_share <= limit:
        return
    failed = [error for error in findings.evidence.errors if error.outcome == "failed"]
    most, step = "", "Read errors.jsonl and the server's trace."
    if failed:
        meaning = meaning_of(failed[0])
        where = failed[0].series.split("/")
        at = f" at “{transaction_words(where[2])}” on {_channels([where[0]])}" if len(where) == 4 else ""
        status = f" (HTTP {failed[0].status})" if failed[0].status else ""
        most = f" Most frequent: {meaning.text.rstrip('.')}{status}, {count_words(failed[0].count, 'time')}{at}."
        request = failed[0].service_request_id
        step = meaning.next_step + (f" Request id of the first one: {request}." if request else "")
    share = percent_words(findings.failed_share)
    yield Reason(
        "failed_share",
        "fail",
        f"{share} of what people did failed",
        f"{findings.outcomes['failed']:,} of {findings.evidence.transactions:,} transactions failed ({share}; the plan "
        f"allows {percent_words(limit)}).{most}",
        findings.plan.owners.technical,
        step,
    )


def rows_with_errors(findings: Findings) -> Iterator[Reason]:
    """A judged row where too much failed, however fast the rest. What was denied or leaked has reasons of its own."""
    limit = findings.plan.limits.failed_share
    rows = distinct(
        [r for r in findings.judged if (r.verdict, r.cause) == ("fail", "errors") and r.failed > limit * r.ended]
    )
    if rows:
        told = [f"{row.label} ({percent_words(row.failed / row.ended)} of {row.ended:,})" for row in rows]
        yield Reason(
            "row_errors",
            "fail",
            f"too much fails at “{transaction_words(rows[0].transaction)}”",
            f"Too many failed: {listed(told)}; a row with more than {percent_words(limit)} cannot pass, however fast.",
            findings.plan.owners.technical,
            "See “What went wrong” for each error's meaning and next step.",
            [row.name for row in rows],
        )


def too_slow(findings: Findings) -> Iterator[Reason]:
    """A judged row whose 95th percentile is surely over the fail line."""
    rows = sorted(
        distinct([row for row in findings.judged if row.verdict == "fail" and row.cause == "slow"]),
        key=lambda row: -row.share_of_line,
    )
    if not rows:
        return
    worst = rows[0]
    told = [f"{row.label} {seconds_words(row.p95_ms)} (line {seconds_words(row.protocol_fail_ms)})" for row in rows]
    yield Reason(
        "slow",
        "fail",
        f"people wait too long: {worst.label} takes over {seconds_words(worst.p95_ms)} one time in twenty, its line is "
        f"{seconds_words(worst.protocol_fail_ms)}",
        f"{len(rows)} of {count_words(len(findings.plan.judge), 'judged wait')} {'is' if len(rows) == 1 else 'are'} "
        f"over the fail line. One wait in twenty is longer than this: {listed(told)}.",
        findings.plan.owners.of_server(findings.health.busiest[0] if findings.health.busiest else ""),
        slowness.next_step(findings, worst.channel),
        [row.name for row in rows],
    )


def volume_missed(findings: Findings) -> Iterator[Reason]:
    """The agreed volume was not reached because the CRM was slow or failed."""
    slow = [process for process in findings.processes if process.volume.shortfall == "slow"]
    if slow:
        told = [
            f"{_volume(findings, p)} ({p.volume.possible_per_hour:,.0f} had every wait stayed at its good line)"
            for p in slow
        ]
        yield Reason(
            "volume",
            "fail",
            f"“{findings.process_name(slow[0].journey)}” does not reach the volume agreed",
            f"The agreed volume was not reached because people had to wait: {listed(told)}.",
            findings.plan.owners.technical,
            "Make the slow transactions of these processes faster (see the heat map), then run again.",
        )
    broken_off = [process for process in findings.processes if process.volume.shortfall == "errors"]
    if broken_off:
        yield Reason(
            "volume",
            "fail",
            f"“{findings.process_name(broken_off[0].journey)}” does not reach the volume agreed",
            "The agreed volume was not reached because steps were refused or failed: "
            f"{listed([_volume(findings, process) for process in broken_off])}.",
            findings.plan.owners.technical,
            "Resolve the errors of these processes first (see “What went wrong”), then run again.",
        )


def _volume(findings: Findings, process: Process) -> str:
    name, agreed = findings.process_name(process.journey), process.agreed_per_hour or 0
    return f"{name} {process.volume.done_per_hour:,.0f} of {agreed:,.0f} an hour"


def _leak_words(leak: Leak, role: str) -> tuple[str, str]:
    if leak.probe is None:
        return (
            "do something it must not do",
            f"Compare the `must_not` list in configs/roles/{leak.role}.yaml with the privileges of the role {role} and "
            "of the teams its people belong to, take the privilege away, then run again.",
        )
    operation, table = leak.probe.operation, leak.probe.table
    privilege = f"prv{operation.capitalize()}{table}"
    return (
        f"{operation} records of {table}",
        f"Take {privilege} from the role {role} (or from a team or second role of its people), or remove the line from "
        f"`must_not` in configs/roles/{leak.role}.yaml if it is meant to be allowed. Then run again.",
    )


def _denial_step(denial: Denial, role: str) -> str:
    journeys = f"the journey `{denial.journeys[0]}`" if denial.journeys else "the work that needs it"
    away = f"or take {journeys} out of configs/roles/{slug(role)}.yaml. Then run again."
    if denial.missing.privilege:
        return f"Give the role {role} the privilege {denial.missing.privilege} (depth as designed), {away}"
    if denial.missing.right:
        return (
            f"Widen the depth of the {denial.missing.right} privilege on {denial.missing.table} in the role {role}, "
            f"share the records, {away}"
        )
    if denial.status == 401:
        return "The sign-in was not valid (any more): compare the tokens' lifetime and the clocks of AD FS and CRM."
    request = f" Search the trace for request {denial.service_request_id}." if denial.service_request_id else ""
    return f"Find the privilege that the CRM's trace names and give it to the role {role}, {away}{request}"


def _role_owner(findings: Findings, role_slug: str) -> str:
    role = findings.plan.roles.get(role_slug)
    return (role.owner if role else "") or findings.plan.owners.of("business", role.name if role else role_slug)


def _channels(channels: list[str]) -> str:
    return listed([SHORT_CHANNELS.get(channel, channel) for channel in channels])
