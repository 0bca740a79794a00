"""What the tests of the load machinery share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.load.https_server import HttpsServer, https_server
from tests.localcrm.conftest import local_crm

__all__ = ["local_crm"]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[HttpsServer]:
    """An HTTPS server that counts."""
    with https_server(tmp_path) as running:
        yield running
