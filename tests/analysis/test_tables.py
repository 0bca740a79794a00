"""The access matrix, what was not tested, and the tables for spreadsheets."""

import csv
from io import StringIO
from pathlib import Path

from analysis.judge import judge, write_all
from analysis.verdict import Verdict
from tests.analysis.make_run import make_run
from tests.analysis.recipe import SALES, SERVICE, Recipe


def judged(tmp_path: Path, recipe: Recipe | None = None) -> Verdict:
    return judge(make_run(tmp_path, recipe))


def test_the_matrix_tells_what_was_refused_and_what_was_allowed(tmp_path: Path) -> None:
    matrix = judged(tmp_path, Recipe(denied={(SERVICE, "open_view"): 12}, leaked={SALES: 3})).findings.access_matrix
    work = {line.label: line.cells for line in matrix.work}
    assert work["Open a list"][SERVICE].state == "wrong"
    assert work["Open a list"][SERVICE].text.startswith("refused 12 of ")
    assert work["Open a list"][SALES].state == "right"
    forbidden = {line.label: line.cells for line in matrix.forbidden}
    assert forbidden["Delete: Account"][SALES].text == "allowed 3 times"
    assert forbidden["Delete: Account"][SERVICE].state == "right"
    assert SALES not in forbidden["Read: opportunity"], "that is no must-not of the sellers"


def test_channels_without_people_are_named_as_not_tested(tmp_path: Path) -> None:
    whats = [one.what for one in judged(tmp_path).findings.untested]
    assert "Nobody came by: Outlook, Mobile." in whats
    assert any("draw" in what for what in whats), "the time of drawing is never measured"


def test_what_a_channel_approximates_is_said_in_the_verdict_and_among_what_was_not_tested(tmp_path: Path) -> None:
    verdict = judged(tmp_path, Recipe(approximations=["SOAP is played as Web API."]))
    assert "SOAP is played as Web API." in [one.what for one in verdict.findings.untested]
    assert verdict.as_data()["approximations"] == ["SOAP is played as Web API."]


def test_what_became_of_work_done_without_the_network_is_in_the_verdict(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    with folder.file("outcomes.csv").open("a", encoding="utf-8") as file:
        file.write("3,offline/mobile,pushed,40\n3,offline/mobile,conflicts,2\n4,offline/mobile,pushed,2\n")
    said = judge(folder).as_data()
    assert said["offline"] == {"mobile": {"pushed": 42, "merged": 0, "conflicts": 2, "given_up": 0}}
    assert said["damage"] == []


def test_a_run_cut_short_names_what_was_left_out(tmp_path: Path) -> None:
    whats = " ".join(one.what for one in judged(tmp_path, Recipe(intervals=4, ending="stopped")).findings.untested)
    assert "ended before these stages began: work" in whats


def test_tables_hold_the_figures_of_verdict_json(tmp_path: Path) -> None:
    folder = make_run(tmp_path, Recipe(leaked={SALES: 3}))
    verdict = judge(folder)
    write_all(folder, verdict)
    text = (folder.file("tables") / "transactions.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(StringIO(text)))
    assert [float(row["p95_ms"]) for row in rows if row["p95_ms"]] == [
        row["p95_ms"] for row in verdict.as_data()["transactions"] if row["p95_ms"] is not None
    ]
    impressions = (folder.file("tables") / "first-impressions.csv").read_text(encoding="utf-8-sig")
    assert "all,all,44,44,0,0,1.0000," in impressions


def test_an_error_text_is_no_formula_in_a_spreadsheet(tmp_path: Path) -> None:
    folder = make_run(tmp_path, Recipe(failed={("web", "save"): 0.1}))
    errors = folder.file("errors.jsonl")
    poisoned = errors.read_text(encoding="utf-8").replace("An unexpected", "=cmd()| An unexpected")
    errors.write_text(poisoned, encoding="utf-8", newline="\n")
    write_all(folder, judge(folder))
    assert ",'=cmd()| An unexpected" in (folder.file("tables") / "errors.csv").read_text(encoding="utf-8-sig")
