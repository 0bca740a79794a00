"""One local CRM that all walks share: each finds its tables as they were, and counts in its log from where it began."""

from collections.abc import Iterator

import pytest

from tests.localcrm.serving import RunningCrm, start, stop


@pytest.fixture(scope="session")
def tight_crm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCrm]:
    """A real local CRM with tight roles, little data and people of every role."""
    state = tmp_path_factory.mktemp("walked-crm")
    crm = start(state, "--scale", "0.02", "--hardware", "free", "--people", "36", "--roles", "tight")
    yield crm
    assert stop(crm) == 0
