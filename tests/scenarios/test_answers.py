"""Whatever a server answers, a step ends well or as `NotOk` with a reason: no crash and no false success."""

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtests.config.environment import Entrance
from loadtests.load.http import Headers, Request, Response, TransportFailure
from loadtests.load.outcomes import Denied, Failed, NotOk, Throttled
from loadtests.load.person import Person
from scenarios.channels.answers import check_shown, rows_found, rows_of
from scenarios.channels.web import WebChannel
from scenarios.records import Draft, Row
from scenarios.site import Site

SITE = Site.read()
CONTACT = SITE.tables["contact"]
ANNA = Row("contact", "0b0e4c7a-0000-4000-8000-000000000001", "Anna Berg")
ENTRANCE = Entrance(
    url="https://crm.test/", flavour="onprem-9.1", sign_in="oauth", authority="https://adfs.test/adfs", client_id="x"
)
Server = Callable[[Request], Response]


def response(request: Request, status: int, body: bytes, kind: str = "application/json") -> Response:
    head = f"HTTP/1.1 {status} x\r\nContent-Type: {kind}\r\n\r\n".encode()
    return Response(request, status, Headers(head), body)


def channel_to(server: Server) -> WebChannel:
    """A web client whose requests a function answers."""
    sent: list[Request] = []

    def send_all(requests: Sequence[Request]) -> list[Response]:
        sent.extend(requests)
        return [server(request) for request in requests]

    origins = frozenset({("https", "crm.test", 443)})
    person = SimpleNamespace(
        entrance=ENTRANCE,
        http=SimpleNamespace(send_all=send_all, send=lambda request: send_all([request])[0]),
        headers=dict,
        lease=SimpleNamespace(role=SimpleNamespace(name="Salesperson")),
        ledger=SimpleNamespace(creating=lambda *_: None, letting_crm_create=lambda *_: None),
        plan=SimpleNamespace(environment=SimpleNamespace(allowed_origins=origins)),
        signed_in=SimpleNamespace(user_id=""),
        random=random.Random(1),
    )
    return WebChannel(cast(Person, person), SITE)


def saved_case() -> Draft:
    draft = Draft(SITE.tables["incident"], values={"title": "x"}, saved=True)
    draft.links["customerid"] = ANNA
    return draft


WAITING = Draft(SITE.tables["queueitem"], saved=True)
VIEW = "Items available to work on"

STEPS: dict[str, Callable[[WebChannel], Any]] = {
    "open_home": lambda channel: channel.open_home(),
    "open_view": lambda channel: channel.open_view("contact", "My Active Contacts"),
    "quick_find": lambda channel: channel.quick_find("contact", "Ann"),
    "open_record": lambda channel: channel.open_record(ANNA),
    "new_form": lambda channel: channel.new_form(saved_case()),
    "lookup": lambda channel: channel.lookup(saved_case(), "customerid", "contact", "Ann"),
    "save": lambda channel: channel.save(saved_case()),
    "change_status": lambda channel: channel.change_status(saved_case(), "resolve"),
    "enter_note": lambda channel: channel.enter_note(saved_case()),
    "add_note": lambda channel: channel.add_note(saved_case(), "x"),
    "add_to_queue": lambda channel: channel.add_to_queue(saved_case(), "Sup"),
    "open_queue": lambda channel: channel.open_queue(VIEW),
    "select_item": lambda channel: channel.select_item(WAITING),
    "pick_from_queue": lambda channel: channel.pick_from_queue(WAITING, VIEW),
    "release_to_queue": lambda channel: channel.release_to_queue(WAITING, VIEW),
}
RUBBISH = {
    "an HTML page": (200, b"<html>Sign in</html>", "text/html"),
    "an empty body": (200, b"", "application/json"),
    "a JSON list": (200, b"[1, 2]", "application/json"),
    "rows that are none": (200, b'{"value": [1, "x", null]}', "application/json"),
    "bytes": (200, b"\xff\xfe\x00", "multipart/mixed; boundary=x"),
}


def test_a_page_in_place_of_an_answer_nobody_reads_is_failed_too() -> None:
    channel = channel_to(lambda request: response(request, 200, b"<html>Sign in</html>", "text/html"))
    with pytest.raises(Failed, match="answered with text/html instead of JSON"):
        channel.new_form(saved_case())


@pytest.mark.parametrize("rubbish", RUBBISH)
@pytest.mark.parametrize("step", [step for step in STEPS if step not in ("new_form", "enter_note")])
def test_rubbish_with_status_200_is_failed(step: str, rubbish: str) -> None:
    status, body, kind = RUBBISH[rubbish]
    channel = channel_to(lambda request: response(request, status, body, kind))
    with pytest.raises(Failed):
        STEPS[step](channel)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(("status", "outcome"), [(403, Denied), (429, Throttled), (500, Failed), (302, Failed)])
def test_the_status_decides_the_outcome(step: str, status: int, outcome: type[NotOk]) -> None:
    channel = channel_to(lambda request: response(request, status, b'{"error": {"code": "0x1", "message": "no"}}'))
    with pytest.raises(outcome):
        STEPS[step](channel)


@pytest.mark.parametrize(
    ("step", "worker", "well"),
    [
        ("pick_from_queue", "me", True),
        ("pick_from_queue", "somebody", False),
        ("pick_from_queue", None, False),
        ("release_to_queue", None, True),
        ("release_to_queue", "me", False),
    ],
)
def test_a_pick_that_the_list_does_not_show_is_failed(step: str, worker: str | None, well: bool) -> None:
    row = {"queueitemid": WAITING.id.upper(), "title": "x", "_workerid_value": worker}
    channel = channel_to(lambda request: response(request, 200, json.dumps({"value": [row]}).encode()))
    channel._requests.user_id = "ME"
    if well:
        STEPS[step](channel)
        return
    with pytest.raises(Failed, match="the list afterwards shows another worker"):
        STEPS[step](channel)


@pytest.mark.parametrize("step", STEPS)
def test_no_answer_at_all_is_failed(step: str) -> None:
    def silent(request: Request) -> Response:
        lost = Response(request, 0, Headers(b""), b"")
        lost.failure = TransportFailure("timeout", "60 s")
        return lost

    with pytest.raises(Failed, match="timeout"):
        STEPS[step](channel_to(silent))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["value", "UserId", "contactid", "x"]), inner)
    ),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(STEPS)), json_values, st.sampled_from([200, 204, 304, 404, 503]))
def test_no_json_a_server_may_send_breaks_a_step(step: str, content: Any, status: int) -> None:
    channel = channel_to(lambda request: response(request, status, json.dumps(content).encode()))
    try:
        STEPS[step](channel)
    except NotOk as error:
        assert error.text


def rows(*found: dict[str, Any]) -> Response:
    return response(
        Request("GET", "https://crm.test/", "GET contacts (view)"), 200, json.dumps({"value": found}).encode()
    )


def test_rows_are_known_by_their_id_and_name() -> None:
    assert rows_of(rows({"contactid": "1", "fullname": "Anna Berg"}), CONTACT) == [Row("contact", "1", "Anna Berg")]


def test_rows_of_another_table_are_failed() -> None:
    with pytest.raises(Failed, match="no list of contacts"):
        rows_of(rows({"accountid": "1"}), CONTACT)


def test_a_search_that_finds_something_else_is_failed() -> None:
    found = rows({"contactid": "1", "fullname": "Anna Berg"}, {"contactid": "2", "fullname": "Boris Cole"})
    with pytest.raises(Failed, match="does not hold what was typed"):
        rows_found(found, CONTACT, ["fullname", "emailaddress1"], "anna")


@pytest.mark.parametrize(
    ("shown", "typed", "same"),
    [
        (5000.0, 5000, True),
        (5000.004, 5000, True),
        (4999, 5000, False),
        ("Deal", "Deal", True),
        ("Deal ", "Deal", False),
        (None, "Deal", False),
        (True, True, True),
        (1, True, True),
    ],
)
def test_a_form_must_show_what_was_saved(shown: object, typed: Any, same: bool) -> None:
    answer = rows()
    if same:
        check_shown({"x": shown}, {"x": typed}, answer)
    else:
        with pytest.raises(Failed, match="`x` does not show what was saved"):
            check_shown({"x": shown}, {"x": typed}, answer)


def test_static_files_of_other_hosts_are_not_asked_for() -> None:
    page = b'<script src="https://elsewhere.test/a.js"></script><script src="/b.js"></script>'
    asked: list[str] = []

    def server(request: Request) -> Response:
        asked.append(request.url)
        return response(request, 200, page if request.url.endswith("main.aspx") else b"{}", "text/html")

    with pytest.raises(Failed):
        channel_to(server).open_home()
    assert asked[:2] == ["https://crm.test/main.aspx", "https://crm.test/b.js"]
    assert not any("elsewhere" in url for url in asked)


def test_the_path_of_the_project_is_no_part_of_a_message() -> None:
    channel = channel_to(lambda request: response(request, 200, b"{}"))
    with pytest.raises(Failed) as caught:
        channel.open_view("contact", "My Active Contacts")
    assert str(Path.cwd()) not in caught.value.text
