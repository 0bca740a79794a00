"""gate.json and junit.xml of a gate: the same verdict for machines and for CI."""

import json
from dataclasses import asdict
from typing import Any

from analysis.gate.conclusion import change_words, row_words
from analysis.gate.result import Change, Gate, GateRow, RowVerdict
from analysis.junit import Case, Suite, junit
from analysis.reasons.reason import Effect
from analysis.report.junit import finding_case

_EFFECTS: dict[RowVerdict, Effect] = {"slower": "fail", "with all": "fail", "within": "pass"}


def gate_json(gate: Gate) -> str:
    """Everything as data, newline at the end; ratios have four digits."""
    return json.dumps(_rounded(asdict(gate)), indent=1, ensure_ascii=False) + "\n"


def gate_junit(gate: Gate) -> str:
    """Two suites: `gate findings` (the reasons) and `gate rows`: worse is a failure, what cannot be told is skipped."""
    suites = [
        Suite("gate findings", [finding_case("gate", reason, reason.headline) for reason in gate.reasons]),
        Suite("gate rows", [_case(row) for row in gate.rows]),
    ]
    return junit("crmload gate", suites)


def _case(row: GateRow) -> Case:
    told = f"{row.verdict}: median {_change(row.p50)}, 95th percentile {_change(row.p95)}, {row.samples} samples"
    effect = _EFFECTS.get(row.verdict, "inconclusive")
    channel = row.name.partition("/")[0]
    return Case(f"gate.rows.{channel}", row_words(row.name), effect, told, told, (row.p95_ms or 0) / 1000)


def _change(change: Change | None) -> str:
    return change_words(change) if change else "–"


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, list | tuple) else value
