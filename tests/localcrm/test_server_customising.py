"""A customised local CRM as a process: plug-ins from a file, workers that do system jobs, control and counters."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.localcrm.serving import RunningCrm, start, stop

PLUGINS = """\
plugins:
  - {message: Create, table: account, delay: 400, name: Credit check}
workflows:
  - {message: Create, table: contact, delay: 300, name: Welcome}
"""


@pytest.fixture(scope="module")
def crm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCrm]:
    folder = tmp_path_factory.mktemp("customised")
    (folder / "plugins.yaml").write_text(PLUGINS, encoding="utf-8")
    running = start(
        folder / "state", "--scale", "0.01", "--hardware", "free", "--plugins", str(folder / "plugins.yaml")
    )
    yield running
    assert stop(running) == 0


def milliseconds(crm: RunningCrm, path: str, body: dict[str, str]) -> float:
    """How long a create took for the client."""
    session = crm.signed_in(crm.person())
    session.get(crm.url("cloud-9.2") + "api/data/v9.2/WhoAmI")
    began = time.perf_counter()
    answer = session.post(f"{crm.url('cloud-9.2')}api/data/v9.2/{path}", json=body)
    assert answer.status_code == 204, answer.text
    return (time.perf_counter() - began) * 1000


def test_a_slow_synchronous_plug_in_is_felt_by_who_saves(crm: RunningCrm) -> None:
    assert milliseconds(crm, "accounts", {"name": "Slow"}) >= 400
    crm.control("POST", "plugins", {"plugins": []})
    try:
        assert min(milliseconds(crm, "accounts", {"name": "Quick"}) for _ in range(5)) < 400
        assert crm.control("GET", "plugins") == {"plugins": []}
    finally:
        crm.control("POST", "plugins", {"plugins": [{"message": "Create", "table": "account", "delay": 400}]})


def test_workers_do_system_jobs_one_after_another_and_the_backlog_shows(crm: RunningCrm) -> None:
    before = crm.control("POST", "async", {"servers": 1, "speed": 1.0})
    for number in range(4):
        milliseconds(crm, "contacts", {"lastname": f"Newcomer {number}"})
    after_last_create = crm.control("GET", "async")
    assert after_last_create["waiting"] + after_last_create["in_progress"] >= 1
    metrics = crm.client().get(crm.ready["metrics_url"]).text
    assert 'crm_async_operations{host="async",state="waiting"}' in metrics
    deadline = time.monotonic() + 20
    while (now := crm.control("GET", "async"))["succeeded"] < before["succeeded"] + 4:
        assert time.monotonic() < deadline, now
        time.sleep(0.05)
    assert (now["waiting"], now["in_progress"], now["failed"]) == (0, 0, 0)
    metrics = crm.client().get(crm.ready["metrics_url"]).text
    busy = next(line for line in metrics.splitlines() if 'cpu_time_total{host="async",core="0,0",mode="user"}' in line)
    assert float(busy.split()[-1]) == pytest.approx(4 * 0.3, abs=0.01)


def test_control_refuses_what_does_not_exist(crm: RunningCrm) -> None:
    token = {"X-Control-Token": Path(crm.ready["control"]["token_file"]).read_text(encoding="utf-8")}
    for name, body, text in (
        ("plugins", {"plugins": [{"message": "Create", "table": "acount"}]}, "no table 'acount'"),
        ("plugins", {"plugin": []}, "plugins and nothing else"),
        ("async", {"servers": 0}, "greater than or equal to 1"),
        ("async", {"workflows": [{"message": "Nonsense"}]}, "no message 'Nonsense'"),
    ):
        answer = crm.client().post(crm.ready["control"]["url"] + name, json=body, headers=token)
        assert answer.status_code == 400 and text in answer.json()["error"], answer.text
