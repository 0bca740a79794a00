"""Third step of the rule: is there enough evidence for a pass? Each finding here makes the run inconclusive."""

from collections.abc import Iterator
from math import ceil

from analysis.findings import Findings
from analysis.processes import Process
from analysis.reasons.reason import Reason, listed
from analysis.rows import distinct
from analysis.words import count_words, percent_words, seconds_words
from loadtests.config.owners import TESTER

_MARGIN = 1.2
"""How much longer to run than the samples of this run say, so that chance does not leave a row short again."""
_ENDINGS = {
    None: "it crashed, or is still going on",
    "crashed": "it crashed",
    "safety": "it was stopped for safety",
    "interrupted": "somebody interrupted it",
    "stopped": "somebody stopped it before its time",
}


def run_not_finished(findings: Findings) -> Iterator[Reason]:
    """A run that ended early can fail, but what it did not see it cannot pass."""
    record = findings.evidence.record
    if record.ending in _ENDINGS:
        planned = findings.plan.duration_s
        yield Reason(
            "run_not_finished",
            "inconclusive",
            f"the run did not finish ({_ENDINGS[record.ending]})",
            f"The run did not finish: {_ENDINGS[record.ending]}. It recorded {findings.evidence.measured_s:.0f} of "
            f"{planned:.0f} planned seconds; all that it recorded is judged here."
            + (f" It said: {record.broken_off}." if record.broken_off else ""),
            TESTER,
            "Read the end of locust.log in the run folder, then run the plan again.",
        )


def evidence_damaged(findings: Findings) -> Iterator[Reason]:
    """Lines that cannot be read may be the very ones that mattered. After a crash a cut-off last line is normal."""
    damage = findings.evidence.damage
    if damage and findings.evidence.record.ending == "finished":
        yield Reason(
            "damaged",
            "inconclusive",
            "part of what the run recorded cannot be read",
            f"{count_words(len(damage), 'line')} of the run folder cannot be read, though the run came to its end "
            f"({listed(damage)}).",
            TESTER,
            "Restore the folder from a copy and judge it again, or run again.",
        )


def plan_too_small(findings: Findings) -> Iterator[Reason]:
    """The agreed volume could not have been reached by these people, however fast the CRM."""
    small = [process for process in findings.processes if process.volume.shortfall == "plan"]
    if small:
        told = [_volume(findings, process) for process in small]
        yield Reason(
            "volume_plan",
            "inconclusive",
            "the plan sends less work than was agreed",
            f"{listed(told)}. A CRM that answers at once would not have helped: these people work no faster.",
            TESTER,
            "Add people of the roles that do it, give the journey more weight in the role's file, or correct `agreed` "
            "in the plan.",
        )


def volume_unsure(findings: Findings) -> Iterator[Reason]:
    """Less than agreed, but counted over too short a time to exclude chance."""
    unsure = [process for process in findings.processes if process.volume.shortfall == "unsure"]
    if unsure:
        told = [_volume(findings, process) for process in unsure]
        yield Reason(
            "volume_unsure",
            "inconclusive",
            "the peak was too short to tell whether the agreed volume is reached",
            f"{listed(told)}. In {findings.peak.hours * 60:.1f} minutes at the peak that may be chance.",
            TESTER,
            "Hold the highest stage longer, or send more people, then run again.",
        )


def samples_missing(findings: Findings) -> Iterator[Reason]:
    """Fewer than 59 samples cannot show that a 95th percentile is under a line."""
    rows = sorted(distinct([row for row in findings.judged if row.cause == "few_samples"]), key=lambda row: row.n)
    if not rows:
        return
    needed = findings.plan.judge_min_samples
    told = [f"{row.label} ({row.n})" for row in rows]
    fewest = next((row.n for row in rows if row.n), 0)
    if rows[0].n == 0:
        step = "See that a journey of these roles contains it, give that journey more weight, and run again."
    else:
        minutes = ceil(findings.plan.duration_s / 60 * needed / fewest * _MARGIN)
        step = f"Run at least {minutes} minutes at the same pace, or with more people."
    yield Reason(
        "few_samples",
        "inconclusive",
        f"{count_words(len(rows), 'judged wait')} {'has' if len(rows) == 1 else 'have'} too few samples",
        f"{count_words(len(rows), 'judged wait')} of {len(findings.plan.judge)} "
        f"{'was' if len(rows) == 1 else 'were'} met too seldom to judge ({needed} times are needed): {listed(told)}.",
        TESTER,
        step,
        [row.name for row in rows],
    )


def too_near_the_line(findings: Findings) -> Iterator[Reason]:
    """The 95th percentile may be over the line: the samples cannot exclude it."""
    rows = distinct([row for row in findings.judged if row.cause == "uncertain"])
    rows.sort(key=lambda row: -row.share_of_line)
    if rows:
        told = [
            f"{row.label} {seconds_words(row.p95_ms)}, sure only to be under {seconds_words(row.p95_high_ms)} "
            f"(line {seconds_words(row.protocol_fail_ms)})"
            for row in rows
        ]
        yield Reason(
            "uncertain",
            "inconclusive",
            f"{rows[0].label} is too near its line to tell",
            f"{count_words(len(rows), 'judged wait')} may or may not be under the fail line: {listed(told)}.",
            TESTER,
            "Run four times as long: the uncertainty halves. If it stays this near the line, make it faster.",
            [row.name for row in rows],
        )


def rows_with_some_errors(findings: Findings) -> Iterator[Reason]:
    """A row with more errors than the limit cannot pass, even if the samples are too few to fail it."""
    rows = distinct([row for row in findings.judged if row.verdict == "inconclusive" and row.cause == "errors"])
    if rows:
        told = [f"{row.label} ({row.not_ok:,} of {row.ended:,})" for row in rows]
        yield Reason(
            "row_errors",
            "inconclusive",
            f"errors at {rows[0].label} are too many for a pass",
            f"More than {percent_words(findings.plan.limits.failed_share)} of these were not as they should be, on too "
            f"few samples to be sure: {listed(told)}.",
            findings.plan.owners.technical,
            "Look at “What went wrong”; run longer to see whether the share stays.",
            [row.name for row in rows],
        )


def throttled(findings: Findings) -> Iterator[Reason]:
    """The CRM limited the pace of the test's accounts: neither slow nor failed, but not what people would meet."""
    limit = findings.plan.limits.failed_share
    if findings.throttled_share > limit:
        yield Reason(
            "throttled",
            "inconclusive",
            "the CRM limited the pace of the test's accounts",
            f"{percent_words(findings.throttled_share)} of the transactions were refused with HTTP 429: a limit per "
            "account that real people, working slower, may never reach.",
            TESTER,
            "Use more accounts or a think-time factor nearer to 1, then run again.",
        )


def no_line(findings: Findings) -> Iterator[Reason]:
    """A judged row without a threshold has no verdict; that is never a pass."""
    rows = distinct([row for row in findings.judged if row.cause == "no_line"])
    if rows:
        yield Reason(
            "no_line",
            "inconclusive",
            f"there is no threshold for {rows[0].label}",
            f"The plan judges rows for which the thresholds have no line: {listed([row.name for row in rows])}.",
            findings.plan.owners.business,
            "Ask people what is too slow there and add the line to configs/thresholds.yaml, or do not judge the row.",
            [row.name for row in rows],
        )


def too_many_unfinished(findings: Findings) -> Iterator[Reason]:
    """Impressions that nobody knows: the run ended in the middle of too many first sessions."""
    score, limit = findings.impression.overall, findings.plan.limits.unfinished_share
    if score.begun and score.unfinished_share > limit:
        yield Reason(
            "unfinished",
            "inconclusive",
            "too many first sessions were still going on at the end",
            f"{score.unfinished} of {count_words(score.begun, 'first session')} "
            f"({percent_words(score.unfinished_share)}; at most {percent_words(limit)}) were unbroken but not over "
            "when the run ended.",
            TESTER,
            "Hold the last stage longer, or shorten the first sessions in the plan, then run again.",
        )


def nobody_met_it(findings: Findings) -> Iterator[Reason]:
    """No first session at all: there is no impression to speak of."""
    if findings.impression.overall.begun == 0:
        yield Reason(
            "no_first_sessions",
            "inconclusive",
            "nobody finished a first session",
            "The run recorded no first session, so nothing is known about first impressions.",
            TESTER,
            "Run the plan from its start to its end; see sessions.csv.",
        )


def _volume(findings: Findings, process: Process) -> str:
    name, agreed = findings.process_name(process.journey), process.agreed_per_hour or 0
    return f"{name}: {process.volume.done_per_hour:,.0f} an hour of {agreed:,.0f} agreed"
