"""Clients that drop the port of a URL (MSAL's question for a user's realm, some JavaScript clients) need port 443."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import azure.identity
import pytest
import requests

from tests.localcrm.serving import RunningCrm, start, stop

pytestmark = pytest.mark.filterwarnings("ignore:.*deprecated.*:DeprecationWarning")


@pytest.fixture
def crm_at_443(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningCrm]:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", 443))
        except OSError as error:
            pytest.skip(f"port 443 cannot be used here ({error.strerror})")
    running = start(tmp_path, "--port", "443", "--scale", "0.002", "--people", "4", "--hardware", "free")
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, running.ready["ca_file"])
    yield running
    stop(running)


def test_azure_identity_signs_a_person_in_at_the_entra_shaped_authority(crm_at_443: RunningCrm):
    origin, _, tenant = crm_at_443.ready["entra_authority"].rpartition("/")
    assert origin == "https://127.0.0.1"
    person = crm_at_443.person()
    credential = azure.identity.UsernamePasswordCredential(
        crm_at_443.ready["oauth_client_id"],
        person,
        crm_at_443.password(person),
        tenant_id=tenant,
        authority=origin,
        disable_instance_discovery=True,
    )
    token = credential.get_token(f"{origin}/.default").token
    answer = requests.get(f"{origin}/api/data/v9.2/WhoAmI", headers={"Authorization": f"Bearer {token}"}, timeout=10)
    assert answer.status_code == 200
    assert answer.json()["@odata.context"].startswith(f"{origin}/api/data/v9.2/")
