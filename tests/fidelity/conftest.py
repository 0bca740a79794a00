"""A local CRM with tight roles, and each client connected to it as whom a case wants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.fidelity.clients import CLIENTS
from tests.localcrm.serving import RunningCrm, start, stop

ADMINISTRATOR = "housekeeper@contoso.test"
Connect = Callable[..., Any]

#: What a client's public interface has no words for, by (client, method).
_UNSAID = {
    "pages": "has no page size",
    "etag": "sends no If-Match of the caller's",
    "upsert_by_key": "updates by id only",
    "upsert_by_id": "upserts by alternate key only",
    "batch": "has no batches",
    "change_set": "has no batches",
    "changes": "does not track changes",
}


@pytest.fixture(scope="session")
def crm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCrm]:
    """A real ``python -m localcrm`` whose roles read less than everything."""
    running = start(
        tmp_path_factory.mktemp("fidelity-crm"), "--scale", "0.01", "--hardware", "free", "--roles", "tight"
    )
    yield running
    assert stop(running) == 0


@pytest.fixture(autouse=True)
def _trust(crm: RunningCrm, monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients that take no CA of ours look into these variables."""
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, crm.ready["ca_file"])


@pytest.fixture
def connect(request: pytest.FixtureRequest, crm: RunningCrm) -> Iterator[Connect]:
    """``connect(username)`` gives the case's client; administrator if nobody is named."""
    opened = []

    def connected(username: str = ADMINISTRATOR) -> Any:
        client = request.param(crm, username)
        opened.append(client)
        return client

    yield connected
    for client in opened:
        client.close()


def with_clients(*needs: str) -> pytest.MarkDecorator:
    """Run a case through each client, and skip those that have no words for one of ``needs``, saying so."""
    cases = []
    for client in CLIENTS:
        lacking = [need for need in needs if not hasattr(client, need)]
        reason = f"{client.name} {_UNSAID[lacking[0]]}" if lacking else ""
        marks = [pytest.mark.skip(reason=reason)] if lacking else []
        cases.append(pytest.param(client, id=client.name.replace(" ", ""), marks=marks))
    return pytest.mark.parametrize("connect", cases, indirect=True)
