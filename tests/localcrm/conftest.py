"""One local CRM for all tests that only read, started once in a session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.localcrm.serving import RunningCrm, start, stop


@pytest.fixture(scope="session")
def local_crm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCrm]:
    """A real ``python -m localcrm`` with little data and no pretended hardware."""
    state = tmp_path_factory.mktemp("local-crm")
    counters = ("--pdh-csv", str(state / "counters.csv"), "--pdh-every", "0.5")
    crm = start(state, "--scale", "0.02", "--hardware", "free", *counters)
    yield crm
    assert stop(crm) == 0, "the local CRM did not stop cleanly; see output.txt in its state folder"
