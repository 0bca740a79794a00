"""gate.json, summary.md and junit.xml of a gate: the same verdict for machines, for a pull request, and for CI."""

import json
from dataclasses import asdict
from typing import Any
from xml.etree import ElementTree

from analysis.gate.conclusion import change_words, row_words
from analysis.gate.result import Change, Gate, GateRow

_MARKS = {"pass": "✅ not worse", "fail": "❌ worse", "inconclusive": "❔ cannot tell"}
_ROW_MARKS = {"slower": "❌ slower", "within": "✅ within", "unsure": "❔ unsure", "few samples": "❔ few samples"}


def gate_json(gate: Gate) -> str:
    """Everything as data, newline at the end; ratios have four digits."""
    return json.dumps(_rounded(asdict(gate)), indent=1, ensure_ascii=False) + "\n"


def gate_summary(gate: Gate) -> str:
    """The verdict as a comment on a pull request."""
    lines = [f"## {_MARKS[gate.verdict]}: {_text(gate.sentence)}", "", _text(f"{gate.design}. {_seen(gate)}"), ""]
    for number, reason in enumerate(gate.reasons, start=1):
        lines += [f"{number}. {_text(reason.text)}  ", f"   **{_text(reason.owner)}** → {_text(reason.next_step)}"]
    if gate.rows:
        lines += ["", "| wait | median | 95th percentile | verdict |", "| --- | --- | --- | --- |"]
        lines += [_line(row) for row in gate.rows]
    if gate.shift:
        lines += ["", f"All together: median {change_words(gate.shift.p50)}."]
    lines += ["", "By itself, against the thresholds:", ""]
    lines += [f"- {one.run}: {one.verdict}. {_text(one.sentence)}" for one in gate.absolute]
    lines += [f"- {_text(note)}" for note in gate.notes]
    return "\n".join(lines) + "\n"


def gate_junit(gate: Gate) -> str:
    """A test case per row and per reason: worse is a failure, what cannot be told is skipped with its message."""
    suite = ElementTree.Element("testsuite", name="crmload gate")
    failures = skipped = 0
    cases = [("gate", row_words(row.name), *_row_outcome(row)) for row in gate.rows]
    effects = {"fail": "failure", "inconclusive": "skipped", "pass": ""}
    cases += [("finding", reason.headline, effects[reason.effect], reason.text) for reason in gate.reasons]
    for group, name, outcome, text in cases:
        case = ElementTree.SubElement(suite, "testcase", classname=f"crmload.{group}", name=name)
        if outcome:
            ElementTree.SubElement(case, outcome, message=text).text = text
        failures += outcome == "failure"
        skipped += outcome == "skipped"
    suite.attrib |= {"tests": str(len(cases)), "failures": str(failures), "skipped": str(skipped), "errors": "0"}
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _seen(gate: Gate) -> str:
    if gate.detectable is None:
        return ""
    return f"Smallest change of a median that this could see: {100 * (gate.detectable - 1):.0f} %."


def _row_outcome(row: GateRow) -> tuple[str, str]:
    told = f"median {_change(row.p50)}, 95th percentile {_change(row.p95)}, {row.samples} samples"
    return {"slower": "failure", "within": ""}.get(row.verdict, "skipped"), f"{row.verdict}: {told}"


def _line(row: GateRow) -> str:
    return f"| {row_words(row.name)} | {_change(row.p50)} | {_change(row.p95)} | {_ROW_MARKS[row.verdict]} |"


def _change(change: Change | None) -> str:
    return change_words(change) if change else "–"


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, list | tuple) else value


def _text(text: str) -> str:
    """Text that cannot break a table or become markup."""
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
