"""junit.xml of runs and gates: what CI servers can read, with a case for every row and every finding."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.gate.record import gate_junit
from analysis.junit import Case, Suite, junit
from analysis.report.gate.summary import gate_summary
from analysis.report.junit import junit_xml
from tests.analysis.make_run import verdict_of
from tests.analysis.recipe import SALES
from tests.analysis.test_gate import judged, nights, tonight, with_few_samples
from tests.ci.junit_schema import assert_valid

CHECKED = {
    "parts": [
        {
            "area": "side effects",
            "sentence": "3 processes looked at",
            "findings": [
                {
                    "kind": "mail", "severity": "stop", "place": "process Welcome", "text": "sends a mail",
                    "next_step": "Accept it.",
                },
                {"kind": "slow", "severity": "doubt", "place": "plug-in Audit", "text": "waits", "owner": "tester"},
                {"kind": "sla", "severity": "note", "place": "SLA Gold", "text": "starts a timer"},
            ],
        },
        {"area": "network", "sentence": "2 ms to the intranet"},
    ]
}  # fmt: skip


def outcomes(root: ElementTree.Element, suite: str) -> dict[str, list[str]]:
    """classname -> what its cases came out as."""
    found: dict[str, list[str]] = {}
    for case in root.findall(f"testsuite[@name='{suite}']/testcase"):
        tags = [child.tag for child in case if child.tag in ("failure", "skipped")]
        found.setdefault(case.get("classname", ""), []).extend(tags or ["passed"])
    return found


@pytest.mark.parametrize(
    "changes", [{}, {"not_the_plan": True}, {"leaked": {SALES: 1}, "slower": {("ifd", "save"): 20}}]
)
def test_a_run_is_readable_for_ci_servers(changes: dict[str, Any], tmp_path: Path) -> None:
    assert_valid(junit_xml(verdict_of(tmp_path, **changes)))


def test_what_the_check_found_before_a_run_is_a_case_each(tmp_path: Path) -> None:
    root = assert_valid(junit_xml(verdict_of(tmp_path, check=CHECKED)))
    assert outcomes(root, "check") == {
        "check.side_effects.mail": ["failure"],
        "check.side_effects.slow": ["skipped"],
        "check.side_effects.sla": ["passed"],
        "check.network": ["passed"],
    }
    mail = root.find(".//testcase[@classname='check.side_effects.mail']/failure")
    assert mail is not None
    assert (mail.get("message"), mail.text) == ("process Welcome: sends a mail", "CRM administrator: Accept it.")


@pytest.mark.parametrize(
    ("slower", "rows", "findings"),
    [
        ({}, {"passed"}, {"gate.not_worse": ["passed"]}),
        ({"web__quick_find": 1.25}, {"passed", "failure"}, {"gate.moved": ["failure"]}),
    ],
)
def test_a_gate_has_a_case_for_each_wait_and_each_finding(
    slower: dict[str, float], rows: set[str], findings: dict[str, list[str]]
) -> None:
    root = assert_valid(gate_junit(judged(tonight(**slower))))
    cases = outcomes(root, "gate rows")
    assert {name: len(of) for name, of in cases.items()} == {"gate.rows.web": 5, "gate.rows.ifd": 5}
    assert {one for of in cases.values() for one in of} == rows
    assert outcomes(root, "gate findings") == findings


def test_the_time_of_a_case_is_the_candidates_own_p95() -> None:
    root = assert_valid(gate_junit(judged(tonight(web__quick_find=1.25))))
    times = {case.get("name", ""): float(case.get("time", "")) for case in root.iter("testcase")}
    assert 0.57 < times["Search (Web client)"] < 0.68
    assert 0.46 < times["Save (Web client)"] < 0.54


def test_what_a_gate_cannot_tell_is_skipped_with_its_reason() -> None:
    few = assert_valid(gate_junit(judged([with_few_samples(run) for run in tonight()])))
    assert outcomes(few, "gate findings") == {"gate.few_samples": ["skipped"]}
    young = assert_valid(gate_junit(judged(tonight(), nights(2))))
    (skipped,) = young.iter("skipped")
    assert "The baseline has 2 sessions of the last quarter" in skipped.get("message", "")
    assert "crmload baseline add" in (skipped.text or "")


def test_the_summary_begins_with_the_answer() -> None:
    for gate, begin in (
        (judged(tonight()), "## ✅ Not worse: no wait became slower"),
        (judged(tonight(all=1.08)), "## ❌ Worse: everything became slower together"),
        (judged(tonight(), nights(2)), "## ❔ Cannot tell: the baseline has too few sessions."),
    ):
        assert gate_summary(gate).startswith(begin)


@given(st.lists(st.tuples(st.text(), st.text(), st.text(), st.sampled_from(["pass", "fail", "inconclusive"]))))
def test_any_text_makes_a_readable_file(cases: list[Any]) -> None:
    suite = Suite("any", [Case("any.thing", name, effect, told, more) for name, told, more, effect in cases])
    root = assert_valid(junit("crmload", [suite]))
    assert len(root.findall(".//testcase")) == len(cases)
