"""The history of a baseline: what changed with which session, which runs still decide, and when to test again."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from analysis.gate.baselines import Baselines
from analysis.gate.gate import gate_sessions
from analysis.gate.observed import observe
from analysis.gate.past_gate import PastGate
from analysis.gate.stored_run import Flaw, StoredRun
from analysis.history.history import History, look_back, one_line
from analysis.history.recheck import recheck
from analysis.history.self_test import self_test
from analysis.history.since_change import since_last_change
from analysis.history.trend import trend
from analysis.report.history_page import history_html, state_of
from loadtests.cli.main import crmload
from loadtests.errors import ConfigError
from loadtests.exit_codes import ExitCode
from tests.analysis.make_run import make_run
from tests.analysis.recipe import Recipe
from tests.analysis.test_gate import NOW, a_run, busier, deciding, tonight

Slower = dict[str, float]
SEARCH = {"web/quick_find": 1.25}


def past(*stretches: tuple[int, Slower], runs: int = 3, until: datetime = NOW - timedelta(days=1)) -> list[StoredRun]:
    """Nights in their order, the last one at `until`: so many of each stretch, each at its own level and build."""
    plan = [(build, slower) for build, (nights, slower) in enumerate(stretches, start=1) for _ in range(nights)]
    rng = np.random.default_rng(len(plan))
    found = []
    for night, (build, slower) in enumerate(plan):
        begin = until - timedelta(days=len(plan) - 1 - night)
        found += [
            a_run(f"n{night}-{i}", begin + timedelta(minutes=8 * i), rng, slower).model_copy(
                update={"label": f"1.{build}", "cycle": "release"}
            )
            for i in range(runs)
        ]
    return found


def looked(
    accepted: list[StoredRun], seen: list[StoredRun] | None = None, gates: list[PastGate] | None = None
) -> History:
    return look_back("nightly", accepted, seen or [], gates or [], NOW)


def test_a_steady_history_tells_of_no_change() -> None:
    found = trend(past((20, {})))
    assert len(found.sessions) == 20 and len(found.waits) == 10
    assert found.sure == [] and found.notes == []


def test_one_wait_that_became_slower_is_named_with_the_session_and_its_build() -> None:
    history = looked(past((12, {}), (8, SEARCH)))
    ((session, told),) = history.events
    assert session.labels == ("1.2",) and session.started == NOW - timedelta(days=8)
    assert told.startswith("Search (Web client) became slower (median +2") and "and" not in told
    assert {change.name for change in history.trend.sure} == {"web/quick_find"}
    assert all(1.22 < change.ratio < 1.28 for change in history.trend.sure)


def test_what_all_waits_do_together_blames_none_of_them() -> None:
    history = looked(past((12, {}), (8, {"all": 1.08})))
    ((_, told),) = history.events
    assert told.startswith("all waits together became slower") and "and" not in told


def test_fewer_waits_are_searched_each_as_it_is() -> None:
    def two(runs: list[StoredRun]) -> list[StoredRun]:
        keep = ("web/quick_find", "web/save")
        return [run.model_copy(update={"series": {n: run.series[n] for n in keep}}) for run in runs]

    found = trend(two(past((12, {}), (8, SEARCH))))
    assert not found.searched_together
    assert {change.name for change in found.sure} == {"web/quick_find"}


def test_the_baseline_takes_runs_only_since_the_last_change() -> None:
    runs = past((12, {}), (8, SEARCH))
    since, note = since_last_change(runs)
    assert since == runs[36:]
    assert note.startswith("The baseline counts from 2026-11-16 (build 1.2) on: with that session Search (Web client)")
    assert note.endswith("12 earlier sessions of another level left out.")


@pytest.mark.parametrize("odd", [1, 2])
def test_odd_nights_at_the_end_are_no_new_level(odd: int) -> None:
    runs = past((12, {}), (odd, {"all": 1.3}))
    assert since_last_change(runs) == (runs, "")


@pytest.mark.parametrize("runs", [[], past((1, {})), past((2, {}))])
def test_too_short_a_history_leaves_the_baseline_as_it_is(runs: list[StoredRun]) -> None:
    assert since_last_change(runs) == (runs, "")


def test_a_gate_compares_with_the_sessions_since_the_change_and_says_so() -> None:
    baseline = past((12, {}), (8, SEARCH))
    gate = gate_sessions(baseline, tonight(web__quick_find=1.25), now=NOW)
    assert (gate.verdict, gate.design) == ("pass", "8 stored sessions against one session of 3 runs")
    assert len(gate.notes) == 1 and gate.notes[0].startswith("The baseline counts from 2026-11-16 (build 1.2) on")
    slower = gate_sessions(past((12, SEARCH), (8, {})), tonight(web__quick_find=1.25), now=NOW)
    assert slower.verdict == "fail" and [row.name for row in slower.rows if row.moved] == ["web/quick_find"]


def test_a_gate_soon_after_a_change_cannot_tell_and_says_why() -> None:
    gate = gate_sessions(past((12, {}), (4, SEARCH)), tonight(), now=NOW)
    assert deciding(gate) == ["few_sessions"]
    assert "The baseline has 4 sessions of the last quarter" in gate.reasons[0].text
    assert "with that session Search (Web client) became slower" in gate.reasons[0].text


def test_accepted_and_seen_runs_are_told_apart_and_what_cannot_be_compared_is_left_out() -> None:
    accepted, flawed, other = past((6, {})), tonight()[0], busier(tonight()[1])
    flawed = flawed.model_copy(update={"flaws": [Flaw(kind="generator", text="was late")]})
    found = trend(accepted, [*accepted[:3], flawed, other, tonight()[2]])
    assert [session.accepted for session in found.sessions] == [True] * 6 + [False]
    assert found.sessions[-1].runs == ("new-2",)
    assert found.notes == [
        "1 flawed run left out.",
        "1 run of another workload or environment left out: they answer other questions.",
    ]


def test_a_wait_that_some_session_lacks_is_drawn_and_not_searched() -> None:
    runs = past((6, {}))
    runs[4] = runs[4].model_copy(update={"series": {n: s for n, s in runs[4].series.items() if n != "web/save"}})
    found = trend(runs)
    assert "web/save" not in found.waits and "web/save" in found.sessions[0].figures
    assert found.notes == ["1 wait searched for no change: not every session met it 20 times."]


@pytest.mark.parametrize(
    ("cycle", "age", "due", "sentence"),
    [
        ("release", 200, None, "The next re-check is due with the next release."),
        ("6 weeks", 10, 42, "The next re-check is due by 2026-12-26 (cycle: 6 weeks)."),
        ("quarter", 100, 91, "The re-check is overdue by 9 days: it was due by 2026-11-15 (cycle: quarter)."),
        ("year", 400, 365, "The re-check is overdue by 5 weeks: it was due by 2026-10-20 (cycle: year)."),
        (
            "",
            0,
            91,
            "The next re-check is due by 2027-02-23 (cycle not recorded in these older files: taken as a quarter).",
        ),
    ],
)
def test_the_next_recheck_follows_the_plans_cycle(cycle: str, age: int, due: int | None, sentence: str) -> None:
    last = NOW - timedelta(days=age)
    runs = [run.model_copy(update={"cycle": cycle}) for run in past((1, {}), runs=1, until=last)]
    found = recheck(runs, [], NOW)
    assert found.due == (last + timedelta(days=due) if due else None)
    assert found.sentence == sentence
    assert found.overdue == ("overdue" in sentence)


def test_a_run_that_was_only_gated_counts_as_a_check_and_a_flawed_one_does_not() -> None:
    def quarterly(run: StoredRun) -> StoredRun:
        return run.model_copy(update={"cycle": "quarter"})

    accepted = [quarterly(run) for run in past((5, {}), until=NOW - timedelta(weeks=20))]
    seen = quarterly(tonight()[0])
    assert recheck(accepted, [], NOW).overdue
    assert recheck(accepted, [seen.model_copy(update={"flaws": [Flaw(kind="x", text="x")]})], NOW).overdue
    assert not recheck(accepted, [seen], NOW).overdue


def test_it_is_told_how_long_the_baseline_will_decide() -> None:
    found = recheck(past((6, {})), [], NOW)
    assert found.baseline == "The baseline decides until 2027-02-18 if nothing is added."
    assert recheck(past((4, {})), [], NOW).decides_until is None
    assert recheck(past((12, {}), (4, SEARCH)), [], NOW).decides_until is None, "four sessions of today's level"
    assert recheck([], [], NOW).sentence == "Nothing sound was run yet: the first check is due now."


def test_the_self_test_gates_every_session_against_the_others() -> None:
    quiet = self_test(past((12, {})), NOW)
    assert quiet.sessions == 12 and len(quiet.worse) <= 2
    odd = past((6, {}), (1, {"web/save": 1.3}), (6, {}))
    found = self_test(odd, NOW)
    assert odd[18].started in found.worse
    assert found.sentence.startswith(f"{len(found.worse)} of 13 accepted sessions would have been called worse")


def test_the_self_test_says_when_it_has_too_few_sessions() -> None:
    found = self_test(past((5, {})), NOW)
    assert (found.sessions, found.worse) == (0, [])
    assert found.sentence == "Not yet: the self-test needs 6 accepted sessions of one level."


def said(verdict: str, *runs: str) -> PastGate:
    told = {"judged_utc": NOW.isoformat(), "runs": runs, "label": "1.3", "verdict": verdict, "sentence": "So."}
    return PastGate.model_validate(told)


def test_what_gates_said_is_kept_in_order_and_a_torn_line_is_named(tmp_path: Path) -> None:
    kept = Baselines(tmp_path)
    kept.add("nightly", past((1, {})))
    assert kept.gates("nightly") == []
    kept.keep_gate("nightly", said("pass", "a"))
    kept.keep_gate("nightly", said("fail", "b", "c"))
    assert [(gate.verdict, gate.runs) for gate in kept.gates("nightly")] == [("pass", ["a"]), ("fail", ["b", "c"])]
    path = tmp_path / "nightly" / "gates.jsonl"
    path.write_text(path.read_text(encoding="utf-8")[:-20], encoding="utf-8")
    kept.keep_gate("nightly", said("pass", "d"))
    with pytest.raises(ConfigError, match=r"gates\.jsonl:2: this line cannot be read"):
        kept.gates("nightly")


def test_a_gate_that_was_overruled_is_counted() -> None:
    runs = past((6, {}))
    history = looked(runs, gates=[said("fail", "n5-0"), said("fail", "other"), said("pass", "n4-0")])
    assert history.gate_counts == {"pass": 1, "fail": 2, "inconclusive": 0}
    assert [gate.runs for gate in history.overruled] == [["n5-0"]]


@pytest.mark.parametrize(
    ("accepted", "word"),
    [
        (past((20, {})), "STEADY"),
        (past((12, {}), (8, SEARCH)), "SLOWER SINCE 2026-11-16"),
        (past((12, SEARCH), (8, {})), "FASTER SINCE 2026-11-16"),
        (past((2, {})), "TOO SHORT"),
        ([run.model_copy(update={"cycle": "6 weeks"}) for run in past((9, {}), until=NOW - timedelta(weeks=7))],
         "RE-CHECK OVERDUE"),
    ],
)  # fmt: skip
def test_the_page_begins_with_one_word(accepted: list[StoredRun], word: str) -> None:
    assert state_of(looked(accepted)).word == word


def test_the_page_needs_no_script_and_no_network_and_escapes_what_others_wrote() -> None:
    accepted = [run.model_copy(update={"label": "<b>1.0"}) for run in past((12, {}), (8, SEARCH))]
    page = history_html(looked(accepted, tonight(), [said("fail", "new-0")]))
    assert "<script" not in page and "http://" not in page.replace("http://www.w3.org/", "") and "https://" not in page
    assert "<b>1.0" not in page and "&lt;b&gt;1.0" in page
    assert page.count("<figure") == 20, "ten waits, a median and a 95th percentile each"
    assert page.count('fill="#fff"') == 20, "one session was only seen"
    assert history_html(looked(accepted, tonight(), [said("fail", "new-0")])) == page


def test_an_empty_baseline_has_a_page_too() -> None:
    assert "TOO SHORT" in history_html(looked([]))


def test_a_gate_ends_with_one_line_of_history() -> None:
    assert one_line(past((9, {})), [], NOW) == (
        "History: no change of level so far. The next re-check is due with the next release."
    )
    assert "last change with 2026-11-16 (build 1.2): Search" in one_line(past((12, {}), (8, SEARCH)), [], NOW)


def test_the_commands_keep_what_a_gate_said_and_write_the_page(tmp_path: Path) -> None:
    old, new = (make_run(tmp_path / name, Recipe(seed=seed)) for name, seed in (("old", 1), ("new", 2)))
    moved = old.path.rename(old.path.with_name("20261001T010203Z-demo"))
    call, where = CliRunner().invoke, ["--baselines", str(tmp_path / "kept")]
    call(crmload, ["baseline", "add", "nightly", str(moved), *where], standalone_mode=False)
    gated = call(
        crmload, ["gate", str(new.path), "--baseline", "nightly", "--label", "2.0", *where], standalone_mode=False
    )
    assert "History: no change of level so far." in gated.output, gated.exception
    done = call(crmload, ["history", "--baseline", "nightly", *where], standalone_mode=False)
    assert done.return_value == ExitCode.PASS, done.exception
    assert "gates so far: 0 not worse, 0 worse, 1 could not tell" in done.output
    assert "Save (Web client)" in done.output
    page = (tmp_path / "kept" / "nightly" / "history.html").read_text(encoding="utf-8")
    assert "2.0" in page and "Cannot tell: the baseline has too few sessions." in page
    as_json = ["--json", "--out", str(tmp_path / "elsewhere")]
    data = json.loads(
        call(crmload, ["history", "--baseline", "nightly", *as_json, *where], standalone_mode=False).output
    )
    assert data["gates"][0]["runs"] == [new.path.name] and (tmp_path / "elsewhere" / "history.html").exists()


def test_a_stored_run_carries_its_plans_cycle_and_one_stored_before_is_still_read(tmp_path: Path) -> None:
    run = observe(make_run(tmp_path, Recipe()))
    assert run.cycle == "quarter"
    old = json.loads(run.to_json())
    del old["cycle"]
    assert StoredRun.model_validate(old).cycle == ""


def test_chance_hardly_ever_shortens_a_baseline_that_did_not_change() -> None:
    """Ten waits, two figures each: together they share the level that one figure alone would have."""
    shortened = sum(
        since_last_change(past((12, {}), runs=1, until=NOW - timedelta(days=40 * k)))[1] != "" for k in range(50)
    )
    assert shortened <= 2
