"""The load's own process finds the run folder wherever the command was given."""

from pathlib import Path

import pytest

from loadtests.launch.locust_children import LocustChildren

PROJECT = Path(__file__).resolve().parents[2]


def test_a_run_folder_below_another_folder_than_the_projects_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    children = LocustChildren(PROJECT, Path("results") / "empty")
    children.wait(lambda: None)
    assert f"{tmp_path / 'results' / 'empty'} is not a run folder" in children.log_text()
