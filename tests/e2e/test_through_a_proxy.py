"""A company whose CRM is reached by its proxy alone: nobody here knows where the CRM's names lead, the proxy does.

So whatever would pass it by would end with a name that is not known, and what is well went through it.
"""

import json
import re
import socket
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from loadtests.site.proxy_asked import proxy_asked
from loadtests.site.way_in import Asked, WayIn, find_way_in
from tests.e2e.leaks import leaks, leaks_in_files
from tests.e2e.site import FOUR_DOORS, Site
from tests.load.proxies import PASSWORD, USER, proxy_py

TUNNEL = re.compile(r"CONNECT ([\w.-]+:\d+) - \d+ bytes")


def test_people_of_every_channel_the_check_and_init_reach_a_crm_behind_a_proxy(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = {**site.crm.ready, "connect_to": None}
    (site.folder / "ready.json").write_text(json.dumps(ready), encoding="utf-8")
    hosts = {name: urlsplit(ready["base_urls"][name]).netloc for name in ("onprem-9.1", "ifd-9.1")}
    hosts["adfs"] = urlsplit(ready["adfs_authority"]).netloc
    for host in hosts.values():
        with pytest.raises(socket.gaierror):
            socket.getaddrinfo(*host.split(":"))
    monkeypatch.setenv("PROXY_PASSWORD", PASSWORD)
    # Neither the shell's proxy nor the hosts that it spares are asked.
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "contoso.test,127.0.0.1")
    plan = site.folder / "plan.yaml"
    plan.write_text(FOUR_DOORS.format(hold_s=4), encoding="utf-8")
    folder = tmp_path / "proxy"
    folder.mkdir()
    with proxy_py(folder, signs_in=True, plug_in="tests.load.proxy_names.CompanyNames") as (url, log):
        proxy = f"proxy: {{url: '{url}', user: {USER}, secret: PROXY_PASSWORD}}"
        (site.folder / "site.yaml").write_text(f"name: site\nready_file: ready.json\n{proxy}\n", encoding="utf-8")
        run, done = site.run(plan)
        assert done.returncode in (0, 3), f"{done.stdout}\n{done.stderr}"
        assert f"is reached through the proxy {url}" in done.stdout
        asked = Asked(ready["base_urls"]["onprem-9.1"], ca_file=Path(ready["ca_file"]), proxy=proxy_asked(url, USER))
        assert find_way_in(asked) == WayIn("onprem-9.1", windows=True)
    signed_in: Counter[tuple[str, str]] = Counter()
    for row in run.read_outcomes():
        channel, *rest = row.series.split("/")
        if "sign_in" in rest:
            signed_in[channel, row.outcome] += row.count
    assert set(signed_in) == {(channel, "ok") for channel in ("web", "ifd", "outlook", "mobile")}, signed_in
    said = log.read_text(encoding="utf-8")
    assert set(TUNNEL.findall(said)) == set(hosts.values())
    shown = {"the proxy's password": PASSWORD, "the proxy's sign-in": f"{USER}:{PASSWORD}"}
    assert leaks(f"{done.stdout}{done.stderr}".encode(), shown) == []
    assert leaks_in_files(run.path.rglob("*"), shown) == {}
