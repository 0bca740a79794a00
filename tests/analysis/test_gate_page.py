"""gate.html and gate-summary.md: what moved stands first, everything a reader needs is there, nothing can do harm."""

import re
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from analysis.gate.gate import gate_pairs, gate_sessions
from analysis.gate.result import Gate
from analysis.gate.stored_run import Flaw, StoredRun
from analysis.report.gate.page import gate_page
from analysis.report.gate.scale import LogScale, ratio_ticks, time_ticks
from analysis.report.gate.summary import gate_summary
from loadtests.cli.gate import write
from tests.analysis.stored_runs import NOW, nights, pairs, tonight

SLOW_SEARCH = {"web/quick_find": 1.25}


@cache
def of_nights() -> list[StoredRun]:
    """The baseline that nothing is wrong with; nobody changes it."""
    return nights()


def gated(candidate: list[StoredRun], baseline: list[StoredRun] | None = None) -> tuple[Gate, str]:
    baseline = of_nights() if baseline is None else baseline
    gate = gate_sessions(baseline, candidate, now=NOW)
    return gate, plain(gate_page(gate, baseline, candidate))


def plain(html: str) -> str:
    return html.replace("\u00a0", " ")


def positions(html: str, *facts: str) -> list[int]:
    found = [html.find(fact) for fact in facts]
    assert -1 not in found, f"not on the page: {facts[found.index(-1)]}"
    return found


def part(html: str, identity: str) -> str:
    return re.split(r"<section\b", html[html.index(f'id="{identity}"') :])[0]


def test_a_slow_query_stands_first_with_what_to_do_and_who_does_it() -> None:
    gate, html = gated(tonight(SLOW_SEARCH))
    in_order = positions(
        html,
        '<p class="word">FAIL</p>',
        "<h1>Worse: Search (Web client) became slower.</h1>",
        "What you do now:</b> hold the release",
        "Slower beside everything else: Search (Web client) median",
        '<span class="owner">CRM administrator</span> Look at what this release changed',
        "10 stored sessions against one session of 3 runs",
        "Smallest change it could have seen",
        "The candidate by itself, against the first-impression thresholds",
        "What moved",
        "All together",
        '<a href="#wait-1">Search</a>',
        "Each wait",
        "What else to know",
        "The runs on both sides",
        "How the gate works",
        "How often it errs",
        "Words</h2>",
    )
    assert in_order == sorted(in_order)
    rows = re.findall(r'<div class="ratio ([a-z-]+)">', part(html, "moved"))
    assert rows[:3] == ["axis", "none", "slower"], "the axis, the common shift, then what moved"
    assert rows.count("slower") == 1 and len(rows) == 2 + len(gate.rows)
    assert "✕ slower" in html and "✓ within" in html


def test_what_moved_is_told_beside_the_others_too() -> None:
    _, html = gated(tonight(SLOW_SEARCH))
    assert part(html, "moved").count("median, beside others") == 1


def test_a_common_shift_is_a_line_of_its_own_above_all_waits() -> None:
    _, html = gated(tonight({"all": 1.12}))
    moved = part(html, "moved")
    assert '<div class="ratio slower">' in moved[: moved.index("the common shift")]
    assert "✕ slower together" in moved and "✕ slower<" not in moved


def test_every_wait_has_its_distributions_and_its_history() -> None:
    gate, html = gated(tonight())
    assert '<p class="word">PASS</p>' in html
    assert html.count(": distributions of baseline and candidate") == len(gate.rows) == 8
    assert html.count(": session by session") == 8
    history = re.findall(r'session by session"><svg.*?</svg>', html)[0]
    assert "14 Nov 2026" in history and ">candidate</text>" in history
    assert history.count("<circle") == 2 * (11 + 33), "a point a session and one a run, in both panels"


def test_pairs_show_pair_differences_instead() -> None:
    ran = pairs(5, SLOW_SEARCH)
    gate = gate_pairs(ran)
    html = plain(gate_page(gate, [old for old, _ in ran], [new for _, new in ran], paired=True))
    assert "5 pairs of runs close in time" in html
    assert html.count(": pair by pair") == 8 and "session by session" not in html
    picture = re.findall(r'pair by pair"><svg.*?</svg>', html)[0]
    assert picture.count("<circle") == 2 * 5 and "pair 5" in picture
    assert "Old and new release ran in pairs" in html and "<dt>Pair</dt>" in html and "<dt>Session</dt>" not in html


def test_waits_with_too_few_samples_stand_last_with_their_reason() -> None:
    few = [
        run.model_copy(
            update={"series": {**run.series, "web/save": run.series["web/save"].model_copy(update={"n": 40 + k})}}
        )
        for k, run in enumerate(tonight())
    ]
    _, html = gated(few)
    rows = re.findall(r'<div class="ratio ([a-z-]+)">', html)
    assert rows[-1] == "few-samples" and rows.count("few-samples") == 1
    assert html.count("only 40 samples in the run new-0; 100 are wanted in every run.") == 2
    assert html.count(": distributions of baseline") == 7


def test_what_cannot_be_compared_shows_why_and_no_picture() -> None:
    busier = [run.model_copy(update={"workload": {"plan": "other"}}) for run in tonight()]
    _, html = gated(busier)
    assert '<p class="word">INCONCLUSIVE</p>' in html
    assert "What you do now:</b> neither accept nor refuse the release on this page" in html
    assert "another workload" in part(html, "page-one")
    assert 'id="moved"' not in html and "<figure" not in html


def test_without_any_candidate_there_is_still_a_page() -> None:
    _, html = gated([])
    assert "Cannot tell: there is no candidate run." in html


def test_runs_that_did_not_decide_are_named_with_their_reason() -> None:
    flawed = of_nights()[0].model_copy(update={"flaws": [Flaw(kind="generator", text="had a busy generator")]})
    _, html = gated(tonight(), [flawed, *of_nights()[1:]])
    assert "Left out: base-00-0, which had a busy generator." in html


def test_runs_that_are_too_old_are_named_too() -> None:
    old = of_nights()[0].model_copy(update={"started_utc": (NOW - timedelta(weeks=14)).isoformat(), "run": "summer"})
    _, html = gated(tonight(), [old, *of_nights()[1:]])
    assert "Left out: summer, which is older than a quarter." in html


def test_a_damaged_histogram_costs_one_picture_and_says_so() -> None:
    ran = tonight()
    series = {**ran[0].series, "web/save": ran[0].series["web/save"].model_copy(update={"histogram": "HISTFAAA"})}
    _, html = gated([ran[0].model_copy(update={"series": series}), *ran[1:]])
    assert html.count("The distributions cannot be drawn: a stored histogram is damaged.") == 1
    assert html.count(": distributions of baseline") == 7


def test_a_simulated_crm_says_so() -> None:
    ran = [run.model_copy(update={"environment": {"environment": "local", "kind": "simulated"}}) for run in tonight()]
    sentence = "Simulated CRM: no statement about your servers."
    assert sentence in gated(ran)[1] and sentence not in gated(tonight())[1]


def test_it_needs_nothing_else_and_is_the_same_every_time() -> None:
    gate = gate_sessions(of_nights(), tonight(), now=NOW)
    html = gate_page(gate, of_nights(), tonight())
    assert html == gate_page(gate, list(of_nights()), tonight())
    assert not re.search(r'(?:src|href)="(?!#|data:)', html)
    assert "<script" not in html and "@import" not in html and "url(" not in html
    assert set(re.findall(r"https?://[^\"'\s<)]+", html)) <= {"http://www.w3.org/2000/svg"}


EVIL = "<script>alert(1)</script>"


def with_evil_names(run: StoredRun) -> StoredRun:
    series = {f"{EVIL}/{'very_long_' * 20}": run.series["web/save"], **run.series}
    return run.model_copy(update={"label": f'{EVIL}"onload="x', "run": f"{EVIL}{run.run}", "series": series})


def test_hostile_names_stay_text() -> None:
    gate, html = gated([with_evil_names(run) for run in tonight()], [with_evil_names(run) for run in of_nights()])
    assert len(gate.rows) == 9
    assert "<script" not in html and "&lt;script&gt;alert(1)" in html
    assert 'onload="x' not in html
    assert "<script" not in gate_summary(gate)


def test_links_lead_to_reports_that_are_there_and_nowhere_else(tmp_path: Path) -> None:
    ran = tonight(runs=1)
    results, out = tmp_path / "results", tmp_path / "out put"
    (results / "base-00-0").mkdir(parents=True)
    (results / "base-00-0" / "report.html").write_text("here", encoding="utf-8")
    write(gate_sessions(of_nights(), ran, now=NOW), out, of_nights(), ran, beside=[results])
    html = (out / "gate.html").read_text(encoding="utf-8")
    links = set(re.findall(r'href="([^"#d][^"]*)"', html))
    assert links == {"../results/base-00-0/report.html"}
    assert (out / "../results/base-00-0/report.html").read_text(encoding="utf-8") == "here"
    assert {file.name for file in out.iterdir()} == {"gate.html", "gate.json", "gate-summary.md", "gate-junit.xml"}


def test_the_summary_tells_what_moved_before_all_else() -> None:
    gate, _ = gated(tonight(SLOW_SEARCH))
    told = gate_summary(gate).split("\n\n")
    assert told[0] == "## ❌ Worse: Search (Web client) became slower."
    assert told[1].startswith("**What you do now:** hold the release.")
    assert told[2].splitlines()[0] == "| what moved | median | 95th percentile |"
    row = told[2].splitlines()[2]
    assert re.match(r"\| ❌ Search \(Web client\) \| \*\*\+2\d %\*\* \(\+\d\d % to \+\d\d %\) \|", row)
    assert told[3].startswith("1. Slower beside everything else")
    everything = gate_summary(gate).split("| wait | median | 95th percentile | verdict |")[1]
    assert everything.count("\n|") == 1 + len(gate.rows)
    assert "- ✅ pass, 3 runs: Launch" in gate_summary(gate)


def test_the_summary_of_a_pass_has_no_table_of_what_moved() -> None:
    gate, _ = gated(tonight())
    assert gate_summary(gate).startswith("## ✅ Not worse: no wait became slower by 10 % or more.")
    assert "what moved" not in gate_summary(gate)


def test_the_summary_can_neither_call_people_nor_load_pictures() -> None:
    told = gate_summary(gate_sessions(of_nights(), [], now=NOW, name="@all![x](http://x)"))
    assert "@all" not in told and "![x]" not in told


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.92, 1.13, [0.95, 1.0, 1.05, 1.1]),
        (0.8, 1.6, [0.8, 0.9, 1.0, 1.2, 1.5]),
        (0.4, 4.0, [0.5, 1.0, 2.0, 3.0]),
    ],
)
def test_ratio_axes_have_few_round_ticks(low: float, high: float, ticks: list[float]) -> None:
    assert ratio_ticks(LogScale(low, high)) == pytest.approx(ticks)


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [(0.05, 0.9, [0.05, 0.1, 0.2, 0.5]), (0.16, 0.21, [0.2]), (2.0, 40.0, [2, 5, 10, 20])],
)
def test_time_axes_have_few_round_ticks(low: float, high: float, ticks: list[float]) -> None:
    assert time_ticks(LogScale(low, high), most=5) == pytest.approx(ticks)
