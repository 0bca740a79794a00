"""Baselines on disk: all or nothing, nothing overwritten, like with like."""

from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from analysis.gate.baselines import Baselines
from analysis.gate.stored_run import Flaw
from loadtests.cli.main import crmload
from loadtests.errors import ConfigError
from loadtests.exit_codes import ExitCode
from tests.analysis.make_run import make_run
from tests.analysis.recipe import Recipe
from tests.analysis.test_gate import NOW, a_run, busier, nights, tonight


def test_what_is_added_comes_back_oldest_first(tmp_path: Path) -> None:
    kept = Baselines(tmp_path)
    runs = nights(3, runs=1)
    kept.add("nightly", runs)
    assert kept.names() == ["nightly"]
    assert kept.runs("nightly") == sorted(runs, key=lambda run: run.started)


def test_a_run_that_is_there_is_not_overwritten_and_none_of_its_companions_is_added(tmp_path: Path) -> None:
    kept = Baselines(tmp_path)
    first, *others = nights(3, runs=1)
    kept.add("nightly", [first])
    with pytest.raises(ConfigError, match=r"is in the baseline `nightly` already"):
        kept.add("nightly", [first.model_copy(update={"label": "other"}), *others])
    assert kept.runs("nightly") == [first]


def test_unlike_and_flawed_runs_are_refused_by_name(tmp_path: Path) -> None:
    kept = Baselines(tmp_path)
    first, second, third = nights(3, runs=1)
    kept.add("nightly", [first])
    flawed = third.model_copy(update={"flaws": [Flaw(kind="generator", text="was late")]})
    with pytest.raises(ConfigError) as error:
        kept.add("nightly", [busier(second), flawed])
    assert "another workload" in str(error.value) and f"{third.run}: was late" in str(error.value)


def test_what_was_gated_is_remembered_beside_what_decides(tmp_path: Path) -> None:
    kept = Baselines(tmp_path)
    kept.add("nightly", nights(2, runs=1))
    kept.keep_seen("nightly", tonight())
    assert len(kept.runs("nightly")) == 2 and len(kept.runs("nightly", "seen")) == 3


def test_a_misspelt_name_and_a_damaged_file_are_told_with_the_next_step(tmp_path: Path) -> None:
    kept = Baselines(tmp_path)
    kept.add("nightly", nights(1, runs=1))
    with pytest.raises(ConfigError, match="did you mean `nightly`"):
        kept.runs("nigthly")
    (tmp_path / "nightly" / "accepted" / "base-0-0.json").write_text("{", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"base-0-0\.json: this stored run cannot be read"):
        kept.runs("nightly")


def test_removing_forgets_one_run_or_all(tmp_path: Path) -> None:
    kept = Baselines(tmp_path)
    kept.add("nightly", nights(2, runs=1))
    assert kept.remove("nightly", "base-0-0") == 1 and len(kept.runs("nightly")) == 1
    assert kept.remove("nightly") == 1 and kept.names() == []


def test_the_commands_gate_a_real_run_folder_and_write_their_files(tmp_path: Path) -> None:
    """One run is no baseline: the answer is `inconclusive`, with its reason in every file."""
    old, new = (make_run(tmp_path / name, Recipe(seed=seed)) for name, seed in (("old", 1), ("new", 2)))
    # Both began in the same second and have the same name: that of another night.
    moved = old.path.rename(old.path.with_name("20261001T010203Z-demo"))
    call, where = CliRunner().invoke, ["--baselines", str(tmp_path / "kept")]
    added = call(crmload, ["baseline", "add", "nightly", str(moved), *where], standalone_mode=False)
    assert "nightly: 1 run of 1 session" in added.output, added.exception
    done = call(crmload, ["gate", str(new.path), "--baseline", "nightly", *where], standalone_mode=False)
    assert done.return_value == ExitCode.INCONCLUSIVE, done.exception
    assert "The baseline has 1 session of the last quarter" in done.output
    for name in ("gate.json", "gate-summary.md", "gate-junit.xml"):
        assert "5 are the least" in new.file(name).read_text(encoding="utf-8"), name


def test_sessions_are_told_apart_by_the_hours_between_them() -> None:
    import numpy as np

    from analysis.gate.nights import sessions_of

    rng = np.random.default_rng(1)
    runs = [a_run(str(hours), NOW + timedelta(hours=hours), rng) for hours in (0, 2, 4, 9, 10)]
    assert [[run.run for run in session] for session in sessions_of(runs)] == [["0", "2", "4"], ["9", "10"]]
