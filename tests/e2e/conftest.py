"""One local CRM with tight roles for all end-to-end tests; each test finds its roles and data as they were."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.site import Site, make_site
from tests.localcrm.serving import RunningCrm, start, stop


@pytest.fixture(scope="session")
def tight_crm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCrm]:
    """A real local CRM, tight roles, little data, hardware for free."""
    folder = tmp_path_factory.mktemp("tight-crm")
    crm = start(folder, "--scale", "0.02", "--hardware", "free", "--roles", "tight", "--people", "24")
    yield crm
    stop(crm)


@pytest.fixture
def site(tmp_path: Path, tight_crm: RunningCrm) -> Site:
    """An environment and a plan for the running CRM."""
    return make_site(tmp_path, tight_crm)
