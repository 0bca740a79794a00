"""Whatever a server answers to Outlook and to a phone, a step ends well or as `NotOk` with a reason."""

import json
import random
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtests.config.users import Account
from loadtests.load.http import Headers, Request, Response, TransportFailure
from loadtests.load.outcomes import Denied, Failed, NotOk, Throttled
from loadtests.load.person import Person
from scenarios.channels.mobile import MobileChannel
from scenarios.channels.outlook import Mail, OutlookChannel
from scenarios.channels.portable import PortableChannel
from scenarios.desk import Desk
from scenarios.records import Draft, Row
from tests.scenarios.test_answers import ANNA, ENTRANCE, RUBBISH, SITE, Server, json_values, response, saved_case

CLIENTS: dict[str, type[PortableChannel]] = {"outlook": OutlookChannel, "mobile": MobileChannel}


def channel_to(server: Server, name: str = "outlook") -> PortableChannel:
    """A client whose requests a function answers, with a mail of Anna's in the inbox."""

    def send_all(requests: Sequence[Request]) -> list[Response]:
        return [server(request) for request in requests]

    person = SimpleNamespace(
        entrance=ENTRANCE,
        http=SimpleNamespace(send_all=send_all, send=lambda request: send_all([request])[0]),
        headers=dict,
        proving=Account(username="anna@x.test", role="Salesperson", secret="ANNA"),
        lease=SimpleNamespace(role=SimpleNamespace(name="Salesperson")),
        ledger=SimpleNamespace(creating=lambda *_: None),
        signed_in=SimpleNamespace(user_id=""),
        random=random.Random(1),
        met_again=lambda *_: None,
        begin_background=lambda: SimpleNamespace(every=lambda *_: None),
        plan=SimpleNamespace(think_time_factor=1.0),
        elapsed=0.0,
    )
    channel = CLIENTS[name](cast(Person, person), SITE)
    if isinstance(channel, OutlookChannel):
        channel._inbox = [Mail("anna@example.test", ANNA)]
    return channel


def new_mail() -> Draft:
    return Draft(SITE.tables["email"], values={"subject": "x"})


def tracked_mail() -> Draft:
    return Draft(SITE.tables["email"], saved=True)


def first_of(rows: Sequence[Row]) -> Row:
    return Desk(random.Random(1)).pick("contact", "first", rows)


STEPS: dict[str, Callable[[Any], Any]] = {
    "open_home": lambda channel: channel.open_home(),
    "resolve_sender": lambda channel: channel.resolve_sender(),
    "track_email": lambda channel: channel.track_email(new_mail(), ANNA),
    "set_regarding": lambda channel: channel.set_regarding(tracked_mail(), "contact", "Ann", first_of),
    "quick_find": lambda channel: channel.quick_find("contact", "Ann"),
    "open_record": lambda channel: channel.open_record(ANNA),
    "save": lambda channel: channel.save(saved_case()),
    "change_status": lambda channel: channel.change_status(saved_case(), "resolve"),
    "sync": lambda channel: channel.sync(),
}


@pytest.mark.parametrize("rubbish", RUBBISH)
@pytest.mark.parametrize("step", STEPS)
def test_rubbish_with_status_200_is_failed(step: str, rubbish: str) -> None:
    status, body, kind = RUBBISH[rubbish]
    with pytest.raises(Failed):
        STEPS[step](channel_to(lambda request: response(request, status, body, kind)))


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(("status", "outcome"), [(403, Denied), (429, Throttled), (500, Failed), (302, Failed)])
def test_the_status_decides_the_outcome(step: str, status: int, outcome: type[NotOk]) -> None:
    channel = channel_to(lambda request: response(request, status, b'{"error": {"code": "0x1", "message": "no"}}'))
    with pytest.raises(outcome):
        STEPS[step](channel)


@pytest.mark.parametrize("client", CLIENTS)
def test_a_line_that_is_dead_leaves_what_waits_waiting(client: str) -> None:
    def silent(request: Request) -> Response:
        lost = Response(request, 0, Headers(b""), b"")
        lost.failure = TransportFailure("reset", "the line broke")
        return lost

    channel = channel_to(silent, client)
    channel._device.away = True
    desk = channel.away
    assert desk is not None
    desk.save(Draft(SITE.tables["task"], values={"subject": "x"}))
    with pytest.raises(Failed, match="reset"):
        channel.come_back()
    assert channel.away is None, "the network is there again, even if it broke at once"
    assert len(channel._device.copy.changes) == 1


@pytest.mark.parametrize("rows", [[{"x": 1}], [1], {"a": 1}, [{"activityid": None}]])
def test_rows_that_are_none_are_failed_and_not_kept(rows: Any) -> None:
    channel = channel_to(lambda request: response(request, 200, json.dumps({"value": rows}).encode()))
    with pytest.raises(Failed, match="no list of rows"):
        channel.sync()
    assert not any(table.rows for table in channel._device.copy.tables.values())


def test_a_client_starts_where_the_answer_names_its_user_and_nowhere_else() -> None:
    def home(user: object) -> Server:
        return lambda request: response(request, 200, json.dumps({"value": [], "UserId": user}).encode())

    channel_to(home("6f1a0c9e-0000-4000-8000-000000000001")).open_home()
    for user in (None, "", 7, [None], {"id": 1}):
        with pytest.raises(Failed, match="names no user"):
            channel_to(home(user)).open_home()


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(sorted(STEPS)), json_values, st.sampled_from([200, 201, 204, 304, 404, 412, 503]))
def test_no_json_a_server_may_send_breaks_a_step(step: str, content: Any, status: int) -> None:
    body = json.dumps(content).encode()
    try:
        STEPS[step](channel_to(lambda request: response(request, status, body)))
    except NotOk as error:
        assert error.text
