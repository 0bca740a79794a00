"""junit.xml: the verdict for CI servers, a test case for every finding and for every judged row.

A fail is a `failure`; what cannot be told is `skipped` with its message. The exit code, not this file, is what gates.
"""

from collections.abc import Iterator

from analysis.junit import Case, Suite, junit
from analysis.reasons.reason import Effect, Reason
from analysis.rows import Row, RowVerdict
from analysis.verdict import Verdict
from analysis.words import seconds_words
from loadtests.config.owners import Owners
from loadtests.results.check_record import CheckRecord, Severity

_CHECKED: dict[Severity, Effect] = {"stop": "fail", "doubt": "inconclusive", "note": "pass"}
_JUDGED: dict[RowVerdict, Effect] = {"pass": "pass", "fail": "fail"}


def junit_xml(verdict: Verdict) -> str:
    """Three suites: `findings` (the rule's reasons), `rows` (what people waited for), `check` (before the load)."""
    findings = verdict.findings
    suites = [
        Suite("findings", [finding_case("verdict", reason, reason.text) for reason in verdict.reasons]),
        Suite("rows", [_row(row) for row in findings.judged]),
        Suite("check", list(_checked(findings.evidence.record.check, findings.plan.owners))),
    ]
    return junit("crmload", suites)


def finding_case(group: str, reason: Reason, name: str) -> Case:
    """A reason of a verdict, with who acts and how."""
    return Case(f"{group}.{reason.kind}", name, reason.effect, reason.text, f"{reason.owner}: {reason.next_step}")


def _row(row: Row) -> Case:
    effect = _JUDGED.get(row.verdict, "inconclusive")
    message = (
        f"{row.label}: p95 {seconds_words(row.p95_ms)} (between {seconds_words(row.p95_low_ms)} and "
        f"{seconds_words(row.p95_high_ms)}), fail line on the wire {seconds_words(row.protocol_fail_ms)}, "
        f"{row.n} samples, {row.not_ok} not ok"
    )
    # The time of a case is the row's p95, so that CI servers chart it over builds.
    return Case(f"rows.{row.channel}", row.name, effect, message, row.cause or message, (row.p95_ms or 0) / 1000)


def _checked(record: CheckRecord, owners: Owners) -> Iterator[Case]:
    """A case a finding, and one for every area in which nothing was found: that it was looked at counts too."""
    for part in record.parts:
        area = f"check.{part.area.replace(' ', '_')}"
        if not part.findings:
            yield Case(area, part.area, detail=part.sentence)
        for found in part.findings:
            name = f"{found.place}: {found.text}"
            who = owners.of(found.owner, found.role)
            step = f"{who}: {found.next_step}" if found.next_step else name
            yield Case(f"{area}.{found.kind}", name, _CHECKED[found.severity], name, step)
