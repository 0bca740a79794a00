"""People who leave the network and come back against a real local CRM; `make prove offline` does it 50 times each."""

from pathlib import Path

from benchmarks.proofs.offline import travel
from tests.localcrm.serving import start, stop


def test_after_every_return_the_copy_is_the_crm_and_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    crm = start(tmp_path / "crm", "--scale", "0.01", "--hardware", "free", "--people", "24")
    try:
        book = travel(crm.ready, tmp_path, "mobile", 3)
    finally:
        assert stop(crm) == 0
    assert (book["reconnects"], book["copy_differs"], book["lost_or_doubled"]) == (6, 0, 0)
    assert book["held"], f"without conflicts, broken pushes and change tracking this shows nothing: {book}"
