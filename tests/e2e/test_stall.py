"""Open arrivals while the CRM stalls, in short: `make prove stall` is the whole of it."""

from pathlib import Path

import pytest

from benchmarks.proofs.site import Bench
from benchmarks.proofs.stall import Stall, measure_open
from tests.e2e.site import Site


def test_waits_count_from_when_they_were_due_as_the_crms_own_log_has_it(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")  # nobody reads its report: no browser prints it
    (tmp_path / "environment.yaml").write_text("name: local\nready_file: ready.json\n", encoding="utf-8")
    # Four people for the six that come in five seconds of stall: some find nobody free, and their wait counts.
    seen = measure_open(
        Bench(tmp_path, site.crm.ready), Stall(ready_s=10, hold_s=11, at_s=2, seconds=5, per_s=1.2), people=4
    )
    assert seen["held"], seen
    assert int(seen["p99"]) > 3000, seen
    assert int(seen["queued"]) > 0, seen
    assert int(seen["service"]) > 3000, "who was in a request when it began waited for all of it"
