"""gate.json and junit.xml of a gate: the same verdict for machines and for CI."""

import json
from dataclasses import asdict
from typing import Any
from xml.etree import ElementTree

from analysis.gate.conclusion import change_words, row_words
from analysis.gate.result import Change, Gate, GateRow


def gate_json(gate: Gate) -> str:
    """Everything as data, newline at the end; ratios have four digits."""
    return json.dumps(_rounded(asdict(gate)), indent=1, ensure_ascii=False) + "\n"


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


def _row_outcome(row: GateRow) -> tuple[str, str]:
    told = f"median {_change(row.p50)}, 95th percentile {_change(row.p95)}, {row.samples} samples"
    return {"slower": "failure", "within": ""}.get(row.verdict, "skipped"), f"{row.verdict}: {told}"


def _change(change: Change | None) -> str:
    return change_words(change) if change else "–"


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, list | tuple) else value
