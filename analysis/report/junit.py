"""junit.xml: the verdict for CI servers, a test case for every judged row and for every finding.

A fail is a `failure`; what cannot be told is `skipped` with its message, because JUnit knows no third answer. The exit
code, not this file, is what gates.
"""

from xml.etree import ElementTree

from analysis.rows import Row
from analysis.verdict import Verdict
from analysis.words import seconds_words

# What XML 1.0 does not allow even when escaped.
_FORBIDDEN = dict.fromkeys([*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0xFFFE, 0xFFFF])


def junit_xml(verdict: Verdict) -> str:
    """Two suites: `findings` (the rule's reasons, or one passed case) and `rows` (what people waited for)."""
    root = ElementTree.Element("testsuites", name="crmload")
    findings = ElementTree.SubElement(root, "testsuite", name="findings")
    for reason in verdict.reasons:
        case = _case(findings, f"verdict.{reason.kind}", reason.text, 0.0)
        if reason.effect != "pass":
            _outcome(case, reason.effect, reason.text, f"{reason.owner}: {reason.next_step}")
    rows = ElementTree.SubElement(root, "testsuite", name="rows")
    for row in verdict.findings.judged:
        # The time of a case is the row's p95, which CI servers chart over builds.
        case = _case(rows, f"rows.{row.channel}", row.name, (row.p95_ms or 0) / 1000)
        if row.verdict != "pass":
            _outcome(case, "fail" if row.verdict == "fail" else "inconclusive", _message(row), row.cause)
    for suite in (findings, rows):
        suite.set("tests", str(len(suite)))
        suite.set("failures", str(len(suite.findall("testcase/failure"))))
        suite.set("errors", "0")
        suite.set("skipped", str(len(suite.findall("testcase/skipped"))))
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in (findings, rows))))
    ElementTree.indent(root, " ")
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=False).join(
        ('<?xml version="1.0" encoding="utf-8"?>\n', "\n")
    )


def _case(suite: ElementTree.Element, classname: str, name: str, time_s: float) -> ElementTree.Element:
    return ElementTree.SubElement(
        suite, "testcase", classname=classname, name=name.translate(_FORBIDDEN), time=f"{time_s:.3f}"
    )


def _outcome(case: ElementTree.Element, effect: str, message: str, detail: str) -> None:
    tag = "failure" if effect == "fail" else "skipped"
    element = ElementTree.SubElement(case, tag, message=message.translate(_FORBIDDEN))
    if tag == "failure":
        element.set("type", "crmload")
    element.text = detail.translate(_FORBIDDEN)


def _message(row: Row) -> str:
    return (
        f"{row.label}: p95 {seconds_words(row.p95_ms)} (between {seconds_words(row.p95_low_ms)} and "
        f"{seconds_words(row.p95_high_ms)}), fail line on the wire {seconds_words(row.protocol_fail_ms)}, "
        f"{row.n} samples, {row.not_ok} not ok"
    )
