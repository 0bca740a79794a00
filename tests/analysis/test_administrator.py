"""An administrator's few sessions beside the people's: shown where there are enough, and never judged."""

import json
import shutil
from pathlib import Path

from analysis.judge import judge
from loadtests.results.run_folder import SAMPLE, SIGHT_FILE, RunFolder
from tests.analysis.make_run import make_run
from tests.analysis.recipe import SALES, Recipe


def with_sample(tmp_path: Path, recipe: Recipe, sample: Recipe, rows: dict[str, dict[str, int | None]]) -> RunFolder:
    folder = make_run(tmp_path / "run", recipe)
    shutil.move(make_run(tmp_path / "sample", sample).path, folder.file(SAMPLE))
    (folder.file(SAMPLE) / SIGHT_FILE).write_text(json.dumps(rows), encoding="utf-8")
    return folder


def test_a_run_without_a_sample_says_nothing_of_one(tmp_path: Path) -> None:
    verdict = judge(make_run(tmp_path, Recipe()))
    assert verdict.findings.administrator is None
    assert verdict.as_data()["as_administrator"] is None


def test_the_sample_changes_no_figure_of_the_run(tmp_path: Path) -> None:
    alone = judge(make_run(tmp_path / "alone", Recipe())).as_data()
    beside = judge(with_sample(tmp_path, Recipe(), Recipe(failed={("web", "save"): 0.5}), {})).as_data()
    assert {**beside, "as_administrator": None} == alone


def test_times_stand_side_by_side_only_where_both_have_the_samples(tmp_path: Path) -> None:
    few = Recipe(people={("web", SALES): 3})
    him = judge(with_sample(tmp_path, Recipe(), few, {})).findings.administrator
    assert him is not None and him.times and him.too_few
    assert all(min(one.people, one.administrator) >= 5 for one in him.times)
    assert all((one.administrator_p95_ms is None) == (min(one.people, one.administrator) < 20) for one in him.times)
    many = judge(with_sample(tmp_path / "many", Recipe(), Recipe(), {})).findings.administrator
    assert many is not None and many.too_few == 0
    assert all(one.people_p95_ms == one.administrator_p95_ms for one in many.times), "the run beside itself"


def test_what_people_were_refused_and_rows_they_do_not_see_are_named(tmp_path: Path) -> None:
    rows: dict[str, dict[str, int | None]] = {
        "account": {"": 400, "Salesperson": 400},
        "incident": {"": 600, "Salesperson": None},
        "opportunity": {"": 600, "Salesperson": 25},
    }
    folder = with_sample(tmp_path, Recipe(denied={(SALES, "open_record"): 3}), Recipe(), rows)
    him = judge(folder).findings.administrator
    assert him is not None
    assert [one.table for one in him.seen] == ["incident", "opportunity"]
    assert [(one.role_name, one.refused) for one in him.allowed] == [("Salesperson", 3)]
    assert him.allowed[0].allowed > 0


def test_a_probe_that_only_he_is_allowed_is_named_and_one_that_people_are_allowed_too_is_not(tmp_path: Path) -> None:
    him = judge(with_sample(tmp_path / "one", Recipe(), Recipe(leaked={SALES: 2}), {})).findings.administrator
    assert him is not None
    assert [(one.role_name, one.refused, one.allowed) for one in him.allowed] == [("Salesperson", None, 2)]
    both = with_sample(tmp_path / "two", Recipe(leaked={SALES: 1}), Recipe(leaked={SALES: 2}), {})
    him = judge(both).findings.administrator
    assert him is not None and him.allowed == []
