"""The client's Windows sign-in against the local CRM's own server: bound to its connection, directly as by a tunnel."""

from collections import Counter
from pathlib import Path

import pytest

from loadtests.config.environment import origin_of
from loadtests.config.proxy import Proxy
from loadtests.load.exchange import Request, Response
from loadtests.load.gateway import Gateway
from loadtests.load.handshake import WindowsAccount
from loadtests.load.http import HttpClient
from tests.load.proxies import proxy_py
from tests.localcrm.serving import RunningCrm

LEGS = {"401 leg (offer)": 6, "401 leg (challenge)": 6, "GET WhoAmI": 24}


@pytest.mark.parametrize("way", ["direct", "proxy"])
def test_each_of_six_connections_signs_in_for_itself_and_once(tight_crm: RunningCrm, tmp_path: Path, way: str) -> None:
    if way == "direct":
        assert exchanges(tight_crm, None) == LEGS
        return
    with proxy_py(tmp_path) as (url, log):
        assert exchanges(tight_crm, Gateway(Proxy(url=url))) == LEGS
    assert log.read_text(encoding="utf-8").count(f"CONNECT {tight_crm.ready['connect_to']} ") == 6, "a tunnel for each"


def exchanges(crm: RunningCrm, gateway: Gateway | None) -> dict[str, int]:
    """Of one who asks 24 times, six at a time: what was sent, by name; the CRM's log has as many lines."""
    username, url = crm.users(kind="person", channel="web")[0]["username"], crm.url("onprem-9.1")
    seen: list[Response] = []
    client = HttpClient(
        allowed=frozenset({origin_of(url)}),
        ca_file=Path(crm.ready["ca_file"]),
        connect_to=crm.ready["connect_to"],
        gateway=gateway,
        observer=seen.append,
        windows=WindowsAccount(origin_of(url), username, crm.password(username)),
    )
    agent = f"who signs in by Windows {'directly' if gateway is None else 'in a tunnel'}"
    ask = Request("GET", f"{url}api/data/v9.1/WhoAmI", "GET WhoAmI", {"User-Agent": agent})
    try:
        answers = client.send_all([ask] * 24)
    finally:
        client.close()
    assert len({answer.json()["UserId"] for answer in answers}) == 1
    assert len(crm.log(agent)) == len(seen), "each exchange, the refused ones too"
    return dict(Counter(response.request.template for response in seen))
