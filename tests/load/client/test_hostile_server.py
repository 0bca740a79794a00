"""A few seconds of `make prove fuzz`."""

from pathlib import Path

from benchmarks.measuring.hostile_server import TRICKS
from benchmarks.proofs.fuzz import fuzz


def test_a_server_that_breaks_the_rules_gets_failures_and_nothing_else(tmp_path: Path) -> None:
    found = fuzz(tmp_path, 3.0, people=6)
    assert found.wrong == [] and found.late == []
    assert found.files_after <= found.files_before
    assert found.answers_kept == 0
    assert found.exchanges.keys() <= TRICKS.keys()
    assert sum(found.exchanges.values()) > 20
