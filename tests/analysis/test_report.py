"""report.html, summary.md and junit.xml: self-contained, honest, and readable by the programs they are for."""

import json
import re
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import pytest

from analysis.capacity.advice_record import advice_json
from analysis.judge import judge, write_all
from loadtests.results.run_folder import ADVICE_FILE, RunFolder
from tests.analysis.make_run import make_run
from tests.analysis.recipe import SALES, SERVICE, Recipe
from tests.analysis.test_advice_record import ADVICE

BAD = Recipe(
    slower={("ifd", "open_record"): 9.0},
    broken_people=14,
    failed={("ifd", "save"): 0.04},
    denied={(SERVICE, "open_view"): 12},
    leaked={SALES: 3},
)


def written(tmp_path: Path, recipe: Recipe | None = None) -> RunFolder:
    folder = make_run(tmp_path, recipe)
    write_all(folder, judge(folder))
    return folder


def text_of(folder: RunFolder, name: str = "report.html") -> str:
    return folder.file(name).read_text(encoding="utf-8").replace("\u00a0", " ")


def test_the_page_needs_nothing_else(tmp_path: Path) -> None:
    html = text_of(written(tmp_path, BAD))
    assert not re.search(r'(?:src|href)="(?!#|data:)', html), "an external resource: everything must be inline"
    assert "<script" not in html
    assert "@import" not in html
    assert "url(http" not in html
    # SVG's namespaces are names, not addresses that anything loads; the rest of the page names no host.
    assert set(re.findall(r"https?://[^\"'\s<)]+", html)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }


def test_page_one_says_verdict_reasons_owner_and_next_step(tmp_path: Path) -> None:
    html = text_of(written(tmp_path, BAD))
    page_one = html[html.index('id="page-one"') : html.index("The evidence")]
    assert '<p class="word">FAIL</p>' in page_one
    assert "Do not launch yet: the role Salesperson can delete records of account" in page_one
    assert page_one.count('class="owner"') == 3
    assert "Give the role Customer Service Representative the privilege prvReadincident" in page_one
    assert "pauses 6.7 times shorter than in life (think time × 0.15)" in page_one
    for process in ("Find a customer and log a call", "Open a deal", "Answer a case", "Follow up"):
        assert process in page_one
    assert "30 of 44" in page_one


def test_a_simulated_run_says_so_on_page_one(tmp_path: Path) -> None:
    simulated, real = written(tmp_path / "a", Recipe(simulated=True)), written(tmp_path / "b")
    sentence = "Simulated CRM: no statement about your servers."
    for name in ("report.html", "summary.md"):
        assert sentence in text_of(simulated, name)
        assert sentence not in text_of(real, name)


def test_markup_in_messages_stays_text(tmp_path: Path) -> None:
    folder = make_run(tmp_path, Recipe(failed={("web", "save"): 0.1}))
    errors = folder.file("errors.jsonl")
    poisoned = errors.read_text(encoding="utf-8").replace("An unexpected", "<script>alert(1)</script> An")
    errors.write_text(poisoned, encoding="utf-8", newline="\n")
    write_all(folder, judge(folder))
    assert "<script>" not in text_of(folder)
    assert "&lt;script&gt;alert(1)" in text_of(folder)


def test_every_threshold_is_printed_with_its_source(tmp_path: Path) -> None:
    html = text_of(written(tmp_path))
    assert "Core Web Vitals, largest contentful paint 2.5 s good / 4 s poor" in html
    assert "2.5 / 5 s" in html


def test_the_summary_is_a_pull_request_comment(tmp_path: Path) -> None:
    summary = text_of(written(tmp_path, BAD), "summary.md")
    assert summary.startswith("## ❌ fail: Do not launch yet: ")
    assert "**Head of Customer Service** → Give the role" in summary
    assert re.search(r"\| IFD · Open a record \| \d+ \| \d\.\d s \| \d+\.\d s \| 3\.0 s \| ❌ fail \|", summary)
    assert "| Web client | 24 of 24 | 86 % to 100 % | 0 |" in summary


def test_junit_counts_agree_with_its_cases(tmp_path: Path) -> None:
    root = ElementTree.fromstring(written(tmp_path, BAD).file("junit.xml").read_bytes())
    cases = root.findall(".//testcase")
    assert int(root.get("tests", "")) == len(cases)
    assert int(root.get("failures", "")) == len(root.findall(".//failure")) > 0
    for suite in root.findall("testsuite"):
        assert int(suite.get("skipped", "")) == len(suite.findall(".//skipped"))
    slow = root.find(".//testcase[@name='ifd/open_record/any']")
    assert slow is not None
    assert slow.find("failure") is not None
    assert float(slow.get("time", "")) > 3.0


@pytest.mark.parametrize(
    ("recipe", "failures", "skipped"),
    [(Recipe(), 0, 0), (Recipe(not_the_plan=True), 0, 1), (Recipe(leaked={SALES: 1}), 1, 0)],
)
def test_junit_tells_the_three_answers_apart(recipe: Recipe, failures: int, skipped: int, tmp_path: Path) -> None:
    root = ElementTree.fromstring(written(tmp_path, recipe).file("junit.xml").read_bytes())
    assert (len(root.findall(".//failure")), len(root.findall(".//skipped"))) == (failures, skipped)


def test_advice_on_servers_stands_on_page_one_with_what_the_model_was_off_by(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    folder.file(ADVICE_FILE).write_text(advice_json(ADVICE), encoding="utf-8")

    write_all(folder, judge(folder))

    html = text_of(folder)
    page_one = html[html.index('id="page-one"') : html.index("The evidence")]
    assert f"<b>Servers and people:</b> {ADVICE.sentence}" in page_one
    assert (
        "which it had not seen, the model was off by at most 4 % in p95 (Open a record (web)) and 1 % in throughput."
        in page_one
    )
    section = unescape(html[html.index('id="capacity"') :])
    for words in (
        "Today's servers",
        "141 fit safely, 150 most likely (140 to 162)",
        "everyone: 180",
        "advice.html, beside",
    ):
        assert words in section[: section.index("<section")], words
    assert f"**Servers and people:** {ADVICE.sentence}" in text_of(folder, "summary.md")
    assert json.loads(text_of(folder, "verdict.json"))["capacity"] == {"conclusion": "buy", "sentence": ADVICE.sentence}


def test_advice_changes_no_verdict_and_damaged_advice_neither(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    before = judge(folder)

    folder.file(ADVICE_FILE).write_text("{}", encoding="utf-8")
    damaged = judge(folder)

    assert (damaged.verdict, damaged.sentence, damaged.reasons) == (before.verdict, before.sentence, before.reasons)
    assert damaged.advice is None
    assert any("advice.json" in told and "crmload advise" in told for told in folder.damage)
