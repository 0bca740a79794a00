"""What the proof on simulated systems keeps: truth and run as text. All of it: `make prove advisor_simulated`."""

from pathlib import Path

import pytest

from analysis.capacity.forecast import TODAY, Change
from benchmarks.measuring.known_systems import Known, kept, known_from_json, known_to_json
from benchmarks.proofs.advisor_simulated import forecast
from tests.analysis.capacity.systems import stepped

TWICE = Change(more_cores={"app": 2.0})


def test_a_kept_system_is_read_back_to_the_same_truth_and_run(tmp_path: Path) -> None:
    # The truths are of no system: it is their way to the file and back that is looked at.
    system = Known(stepped(), 40.0, "app", {"today": (TODAY, 31.0), "more_cores": (TWICE, 58.5)})
    text = known_to_json(system)
    (tmp_path / "application-bound-7.jsonl").write_text(text, encoding="utf-8")
    read = kept(tmp_path, "application-bound", 7)
    assert (read.people_full, read.limit, read.carries) == (40.0, "app", system.carries)
    assert known_to_json(read) == text
    assert "more_cores error" in forecast(read, 0.7)


def test_something_else_than_a_kept_system_is_refused() -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        known_from_json("{}\n{}\n")
