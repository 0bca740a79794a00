"""Service protection limits: what is counted, what is refused, for how long."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from localcrm.dials.limits import Limits, Protection
from tests.localcrm.serving import RunningCrm

WHO = "someone@contoso.test"


class _Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def _spend(protection: Protection, requests: int, seconds: float = 0.0) -> None:
    for _ in range(requests):
        assert protection.admit(WHO, 0) is None
        protection.leave(WHO, 0, seconds)


def test_the_request_after_the_last_allowed_one_is_refused_until_the_window_has_moved_on():
    clock = _Clock()
    protection = Protection(Limits(), clock)
    _spend(protection, 5999)
    clock.now += 100
    _spend(protection, 1)
    assert protection.remaining(WHO, 0) == (0, 1_200_000.0)
    excess = protection.admit(WHO, 0)
    assert excess is not None
    assert excess.code == "0x80072322"
    assert excess.message == "Number of requests exceeded the limit of 6000 over time window of 300 seconds."
    assert excess.retry_after == 200
    assert protection.admit("other@contoso.test", 0) is None
    clock.now += 200
    assert protection.admit(WHO, 0) is None


def test_execution_time_is_refused_in_its_own_words():
    clock = _Clock()
    protection = Protection(Limits(), clock)
    _spend(protection, 119, 10.0)
    clock.now += 30
    _spend(protection, 1, 11.0)
    excess = protection.admit(WHO, 0)
    assert excess is not None
    assert (excess.code, excess.retry_after) == ("0x80072321", 270)
    assert excess.message == (
        "Combined execution time of incoming requests exceeded limit of 1,200,000 milliseconds over time window of "
        "300 seconds. Decrease number of concurrent requests or reduce the duration of requests and try again later."
    )


def test_concurrency_is_judged_at_once():
    protection = Protection(Limits(concurrent=2), _Clock())
    assert protection.admit(WHO, 0) is None
    assert protection.admit(WHO, 0) is None
    excess = protection.admit(WHO, 0)
    assert excess is not None
    assert (excess.code, excess.message) == ("0x80072326", "Number of concurrent requests exceeded the limit of 2.")
    protection.leave(WHO, 0, 0.1)
    assert protection.admit(WHO, 0) is None


def test_who_keeps_pressing_waits_longer_each_time_and_who_waits_is_let_in():
    clock = _Clock()
    protection = Protection(Limits(requests=1), clock)
    _spend(protection, 1)
    waits = [excess.retry_after for _ in range(4) if (excess := protection.admit(WHO, 0))]
    assert waits == [300, 301, 302, 303]
    clock.now += 303
    assert protection.admit(WHO, 0) is None


def test_each_server_has_its_own_budget():
    protection = Protection(Limits(requests=1), _Clock())
    _spend(protection, 1)
    assert protection.admit(WHO, 0) is not None
    assert protection.admit(WHO, 1) is None


@pytest.fixture
def limits(local_crm: RunningCrm):
    """Sets limits, and the ordinary ones again afterwards."""
    ordinary = local_crm.control("GET", "limits")
    yield lambda **wanted: local_crm.control("POST", "limits", wanted)
    local_crm.control("POST", "limits", ordinary)


def test_the_cloud_answers_429_with_code_words_and_time_to_wait(local_crm: RunningCrm, limits):
    limits(requests=3)
    session = local_crm.signed_in(local_crm.person(11))
    url = f"{local_crm.url('cloud-9.2')}api/data/v9.2/WhoAmI"
    answers = [session.get(url) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    left = [answer.headers.get("x-ms-ratelimit-burst-remaining-xrm-requests") for answer in answers]
    assert left == ["2", "1", "0", None]
    assert float(answers[0].headers["x-ms-ratelimit-time-remaining-xrm-requests"].replace(",", "")) > 1_190_000
    assert answers[0].headers["x-ms-dop-hint"] == "5"
    error = answers[3].json()["error"]
    assert error["code"] == "0x80072322"
    assert error["message"] == "Number of requests exceeded the limit of 3 over time window of 300 seconds."
    assert 295 <= int(answers[3].headers["Retry-After"]) <= 300


def test_a_batch_counts_once(local_crm: RunningCrm, limits):
    limits(requests=1)
    session = local_crm.signed_in(local_crm.person(11))
    root = f"{local_crm.url('cloud-9.2')}api/data/v9.2/"
    head = "--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    body = f"{head}GET {root}WhoAmI HTTP/1.1\r\n\r\n" * 5 + "--b--"
    answer = session.post(f"{root}$batch", data=body, headers={"Content-Type": "multipart/mixed; boundary=b"})
    assert answer.text.count("HTTP/1.1 200 OK") == 5
    assert session.get(f"{root}WhoAmI").status_code == 429


def test_requests_at_once_are_limited(local_crm: RunningCrm, limits):
    limits(concurrent=1)
    hardware = local_crm.control("GET", "hardware")
    local_crm.control("POST", "hardware", {"app_ms": {"read": 300}, "distribution": {"cv": 0}})
    try:
        session = local_crm.signed_in(local_crm.person(11))
        url = f"{local_crm.url('cloud-9.2')}api/data/v9.2/WhoAmI"
        with ThreadPoolExecutor(4) as pool:
            statuses = sorted(pool.map(lambda _: session.get(url).status_code, range(4)))
    finally:
        local_crm.control("POST", "hardware", {"app_ms": hardware["app_ms"], "distribution": hardware["distribution"]})
    assert statuses[0] == 200
    assert 429 in statuses


@pytest.mark.parametrize("flavour", ["onprem-9.1", "ifd-9.1"])
def test_there_are_no_limits_on_premises(local_crm: RunningCrm, limits, flavour: str):
    limits(requests=1)
    session = local_crm.signed_in(local_crm.person(11), flavour)
    answers = [session.get(f"{local_crm.url(flavour)}api/data/v9.1/WhoAmI") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert "x-ms-ratelimit-burst-remaining-xrm-requests" not in answers[0].headers
    assert "Set-Cookie" not in answers[0].headers


def test_the_affinity_cookie_keeps_a_client_on_its_server_and_its_budget(local_crm: RunningCrm, limits):
    limits(requests=1, servers=2)
    session = local_crm.signed_in(local_crm.person(11))
    url = f"{local_crm.url('cloud-9.2')}api/data/v9.2/WhoAmI"
    assert "ARRAffinity=" in session.get(url).headers["Set-Cookie"]
    kept = session.get(url)
    assert (kept.status_code, kept.headers.get("Set-Cookie")) == (429, None)
    session.cookies.clear()
    assert session.get(url).status_code == 200, "another server, another budget"


def test_a_setting_that_is_none_is_refused_and_changes_nothing(local_crm: RunningCrm):
    before = local_crm.control("GET", "limits")
    token = {"X-Control-Token": Path(local_crm.ready["control"]["token_file"]).read_text(encoding="utf-8")}
    url = f"{local_crm.ready['control']['url']}limits"
    for wish in ({"requests": 0}, {"reqests": 5}, [1], None):
        assert local_crm.client().post(url, json=wish, headers=token).status_code == 400
    assert local_crm.control("GET", "limits") == before
