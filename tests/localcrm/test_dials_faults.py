"""The faults dial: each kind does what it says, to the requests it names, as often as it says, and counts it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from requests_ntlm import HttpNtlmAuth

from localcrm.dials.faults import Asking, FaultList, FaultRule, Faults
from tests.localcrm.serving import RunningCrm, form_action, hidden_fields, start, stop

_CONTACTS = Asking("/api/data/v9.2/contacts", "", "GET", "cloud-9.2")


def _hits(faults: Faults, requests_: int = 200) -> list[bool]:
    return [bool(faults.choose(_CONTACTS)) for _ in range(requests_)]


def test_the_same_seed_hits_the_same_requests_and_another_seed_others():
    rules = (FaultRule(kind="error", rate=0.3),)
    first, again = (_hits(Faults(FaultList(faults=rules, seed=7))) for _ in range(2))
    assert first == again
    assert first != _hits(Faults(FaultList(faults=rules, seed=8)))
    assert 40 <= sum(first) <= 80


def test_matches_and_hits_are_counted():
    faults = Faults(FaultList(faults=(FaultRule(kind="error", rate=0.3, path="*/contacts*"),)))
    hits = sum(_hits(faults))
    faults.choose(Asking("/api/data/v9.2/accounts", "", "GET", "cloud-9.2"))
    assert faults.show()["faults"] == [
        {"kind": "error", "rate": 0.3, "path": "*/contacts*", "matched": 200, "happened": hits}
    ]


@pytest.mark.parametrize(
    ("rule", "is_hit"),
    [
        ({"path": "*/contacts"}, True),
        ({"path": "/api/*"}, True),
        ({"path": "*accounts*"}, False),
        ({"method": "get"}, True),
        ({"method": "POST"}, False),
        ({"flavour": "cloud-9.2"}, True),
        ({"flavour": "ifd*"}, False),
        ({"user": "a*"}, False),
        ({"rate": 0.0}, False),
    ],
)
def test_a_rule_hits_the_requests_it_names(rule: dict[str, object], is_hit: bool):
    assert (
        bool(Faults(FaultList(faults=(FaultRule.model_validate({"kind": "error"} | rule),))).choose(_CONTACTS))
        is is_hit
    )


def test_a_rule_has_its_time_and_its_number_of_times():
    now = [50.0]
    timed = Faults(
        FaultList(faults=(FaultRule.model_validate({"kind": "error", "after": 5, "for": 2}),)), lambda: now[0]
    )
    seen = []
    for now[0] in (54.9, 55.0, 56.9, 57.0):
        seen.append(bool(timed.choose(_CONTACTS)))
    assert seen == [False, True, True, False]
    assert sum(_hits(Faults(FaultList(faults=(FaultRule(kind="error", times=3),))))) == 3


@pytest.fixture
def faults(local_crm: RunningCrm):
    """Sets rules, and none afterwards; asking gives the rules with their counts."""

    def turn(*rules: dict[str, object]) -> list[dict[str, object]]:
        if not rules:
            return list(local_crm.control("GET", "faults")["faults"])
        return list(local_crm.control("POST", "faults", {"faults": rules})["faults"])

    yield turn
    local_crm.control("POST", "faults", {"faults": []})


def _contacts(crm: RunningCrm) -> str:
    return f"{crm.url('cloud-9.2')}api/data/v9.2/contacts?$top=1&$select=fullname"


@pytest.fixture
def session(local_crm: RunningCrm) -> requests.Session:
    return local_crm.signed_in(local_crm.person(12))


def test_errors_with_and_without_a_time_to_wait(local_crm: RunningCrm, faults, session: requests.Session):
    faults({"kind": "error", "status": 503, "retry_after": 7, "path": "*/contacts", "times": 1})
    answer = session.get(_contacts(local_crm))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")
    assert session.get(_contacts(local_crm)).status_code == 200
    faults({"kind": "error", "status": 500, "path": "*/contacts"})
    answer = session.get(_contacts(local_crm))
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "0x80040216")
    assert "Retry-After" not in answer.headers
    assert session.get(_contacts(local_crm).replace("contacts", "accounts").replace("fullname", "name")).ok
    assert [(rule["matched"], rule["happened"]) for rule in faults()] == [(1, 1)]


def test_a_throttled_answer_looks_like_the_limits(local_crm: RunningCrm, faults, session: requests.Session):
    faults({"kind": "throttle", "retry_after": 2})
    answer = session.get(_contacts(local_crm))
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "2")
    assert answer.json()["error"]["code"] == "0x80072322"


def test_a_reset_cuts_the_connection_and_leaves_status_0_in_the_log(local_crm: RunningCrm, faults):
    session = local_crm.signed_in(local_crm.person(12))
    session.headers["User-Agent"] = "cut-off"
    faults({"kind": "reset", "times": 1})
    with pytest.raises(requests.ConnectionError):
        session.get(_contacts(local_crm))
    assert session.get(_contacts(local_crm)).status_code == 200
    assert [row["status"] for row in local_crm.log("cut-off")] == ["0", "200"]


def test_a_reset_can_come_after_the_work_was_done(local_crm: RunningCrm, faults, session: requests.Session):
    faults({"kind": "reset", "method": "POST", "work_done": True})
    subject = f"written and lost {time.monotonic_ns()}"
    url = f"{local_crm.url('cloud-9.2')}api/data/v9.2/tasks"
    with pytest.raises(requests.ConnectionError):
        session.post(url, json={"subject": subject})
    found = session.get(url, params={"$filter": f"subject eq '{subject}'", "$select": "subject"}).json()["value"]
    assert len(found) == 1


def test_a_truncated_answer_ends_in_the_middle(local_crm: RunningCrm, faults, session: requests.Session):
    faults({"kind": "truncate"})
    with pytest.raises(requests.exceptions.RequestException):
        session.get(_contacts(local_crm), headers={"Accept-Encoding": "identity"})


def test_a_slow_answer_takes_that_much_longer(local_crm: RunningCrm, faults, session: requests.Session):
    faults({"kind": "slow", "seconds": 0.5})
    began = time.monotonic()
    assert session.get(_contacts(local_crm)).status_code == 200
    assert time.monotonic() - began >= 0.5


def test_a_stall_holds_everything_and_then_answers(local_crm: RunningCrm, faults, session: requests.Session):
    began = time.monotonic()
    faults({"kind": "stall", "seconds": 1.0})
    assert session.get(_contacts(local_crm)).status_code == 200
    assert local_crm.client().get(f"{local_crm.url('onprem-9.1')}favicon.ico").status_code == 200
    assert time.monotonic() - began >= 1.0
    assert faults()[0]["happened"] == 1


def test_an_expired_sign_in_is_refused_as_each_door_refuses_it(local_crm: RunningCrm, faults):
    faults({"kind": "expired-token"})
    for flavour, version in (("cloud-9.2", "9.2"), ("onprem-9.1", "9.1"), ("ifd-9.1", "9.1")):
        session = local_crm.client()
        local_crm.control("POST", "faults", {"faults": []})
        session.headers["Authorization"] = f"Bearer {local_crm.token(local_crm.person(12), flavour)}"
        faults({"kind": "expired-token", "flavour": flavour})
        answer = session.get(f"{local_crm.url(flavour)}api/data/v{version}/WhoAmI")
        assert answer.status_code == 401
        assert "error_description=The token is expired" in answer.headers["WWW-Authenticate"]


def test_a_windows_sign_in_that_expires_is_done_again_by_the_client(local_crm: RunningCrm, faults):
    person = local_crm.person(12)
    url = f"{local_crm.url('onprem-9.1')}api/data/v9.1/WhoAmI"
    with local_crm.client() as session:
        session.headers["User-Agent"] = "expires-by-ntlm"
        session.auth = HttpNtlmAuth(f"CONTOSO\\{person.partition('@')[0]}", local_crm.password(person))
        assert session.get(url).status_code == 200
        faults({"kind": "expired-token", "user": person, "times": 1})
        assert session.get(url).status_code == 200
    assert [row["status"] for row in local_crm.log("expires-by-ntlm")] == ["401", "401", "200", "401", "401", "200"]


def test_an_ifd_session_that_expires_leads_back_to_the_sign_in_page(local_crm: RunningCrm, faults):
    person, page = local_crm.person(12), f"{local_crm.url('ifd-9.1')}main.aspx"
    browser = local_crm.client()
    form = browser.get(page)
    fields = {"UserName": person, "Password": local_crm.password(person), "AuthMethod": "FormsAuthentication"}
    back = browser.post(form.url, data=fields)
    assert browser.post(form_action(back.text), data=hidden_fields(back.text)).status_code == 200
    assert browser.get(page, allow_redirects=False).status_code == 200
    faults({"kind": "expired-token", "flavour": "ifd-9.1"})
    answer = browser.get(page, allow_redirects=False)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(f"https://adfs.contoso.test:{local_crm.port}/adfs/ls/?wa=wsignin1.0")
    assert browser.get(f"{local_crm.url('ifd-9.1')}api/data/v9.1/WhoAmI").status_code == 401


def test_faults_for_one_user_leave_the_others_alone(local_crm: RunningCrm, faults, session: requests.Session):
    faults({"kind": "error", "user": local_crm.person(12)})
    other = local_crm.signed_in(local_crm.person(13))
    assert session.get(_contacts(local_crm)).status_code == 503
    assert other.get(_contacts(local_crm)).status_code == 200


def test_what_is_no_rule_is_refused_with_its_key(local_crm: RunningCrm):
    token = {"X-Control-Token": Path(local_crm.ready["control"]["token_file"]).read_text(encoding="utf-8")}
    url = f"{local_crm.ready['control']['url']}faults"
    answer = local_crm.client().post(
        url, json={"faults": [{"kind": "eror"}, {"kind": "slow", "rate": 2}]}, headers=token
    )
    assert answer.status_code == 400
    assert "faults.0.kind" in answer.json()["error"]
    assert "faults.1.rate" in answer.json()["error"]


@pytest.fixture
def faulty_crm(tmp_path: Path) -> Iterator[RunningCrm]:
    file = tmp_path / "faults.yaml"
    file.write_text("seed: 3\nfaults:\n  - kind: error\n    path: '*/contacts'\n    for: 3600\n", encoding="utf-8")
    crm = start(tmp_path / "state", "--scale", "0.002", "--people", "4", "--hardware", "free", "--faults", str(file))
    yield crm
    stop(crm)


def test_a_file_sets_the_dial_from_the_start(faulty_crm: RunningCrm):
    assert faulty_crm.signed_in(faulty_crm.person()).get(_contacts(faulty_crm)).status_code == 503
    assert faulty_crm.control("GET", "faults")["seed"] == 3
