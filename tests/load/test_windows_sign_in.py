"""Windows sign-in on a person's connections: three exchanges each, bound to the connection, counted apart."""

import gc
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import gevent
import pytest

from loadtests.config.environment import origin_of
from loadtests.load.handshake import WindowsAccount
from loadtests.load.http import HttpClient, Request, Response
from tests.load.https_server import HttpsServer

LEGS = {"401 leg (offer)": 1, "401 leg (challenge)": 1}
Clients = Callable[..., HttpClient]


@pytest.fixture
def seen() -> list[Response]:
    return []


@pytest.fixture
def door(server: HttpsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> HttpsServer:
    """The server asks for NTLM."""
    users = tmp_path / "ntlm-users"
    users.write_text("CONTOSO:anna:secret\n")
    monkeypatch.setenv("NTLM_USER_FILE", str(users))
    server.ntlm = True
    return server


@pytest.fixture
def client_of(door: HttpsServer, seen: list[Response]) -> Iterator[Clients]:
    made: list[HttpClient] = []

    def make(username: str = "CONTOSO\\anna", password: str = "secret") -> HttpClient:
        origin = origin_of(door.url("/"))
        client = HttpClient(
            allowed=frozenset({origin, origin_of(door.url("/", "adfs.contoso.test"))}),
            ca_file=door.ca_file,
            connect_to=door.connect_to,
            observer=seen.append,
            windows=WindowsAccount(origin, username, password),
        )
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()


def templates(seen: list[Response]) -> dict[str, int]:
    return dict(Counter(response.request.template for response in seen))


def get(server: HttpsServer, path: str = "/", template: str = "GET it") -> Request:
    return Request("GET", server.url(path), template)


def test_the_first_request_of_a_connection_takes_three_exchanges_and_the_next_one(
    door: HttpsServer, client_of: Clients, seen: list[Response]
) -> None:
    client = client_of()
    assert [client.send(get(door)).status for _ in range(3)] == [200, 200, 200]
    assert [response.status for response in seen] == [401, 401, 200, 200, 200]
    assert [response.opened for response in seen] == [True, False, False, False, False], "all on one connection"
    assert templates(seen) == {**LEGS, "GET it": 3}
    assert all(response.ok for response in seen), "a leg is no failure"
    assert (len(door.requests), door.connections) == (5, 1)
    assert door.authorizations == ["", "NTLM", "NTLM", "", ""], "a proof once given is not given again"


def test_six_connections_sign_in_each_for_itself(door: HttpsServer, client_of: Clients, seen: list[Response]) -> None:
    client = client_of()
    answers = client.send_all([get(door, "/?sleep=0.05") for _ in range(20)])
    assert [answer.status for answer in answers] == [200] * 20
    assert templates(seen) == {"401 leg (offer)": 6, "401 leg (challenge)": 6, "GET it": 20}
    assert (len(door.requests), door.connections) == (32, 6)
    cost = client.traffic.total
    assert (cost.requests, cost.connections) == (32, 6)
    assert cost.round_trips == 2 + 2 + 4, "TCP and TLS, two legs, then twenty over six connections"


def test_what_is_written_arrives_once_and_answers_keep_their_order(door: HttpsServer, client_of: Clients) -> None:
    wanted = [Request("POST", door.url("/echo"), "echo", body=str(i).encode()) for i in range(9)]
    assert [answer.text.split()[-1] for answer in client_of().send_all(wanted)] == [str(i) for i in range(9)]


@pytest.mark.parametrize(("username", "password"), [("CONTOSO\\anna", "wrong"), ("CONTOSO\\bert", "secret")])
def test_a_refused_proof_ends_at_401(username: str, password: str, door: HttpsServer, client_of: Clients) -> None:
    assert client_of(username, password).send(get(door)).status == 401
    assert len(door.requests) == 3, "nobody is locked out by trying again"


def test_a_connection_that_was_closed_signs_in_anew(
    door: HttpsServer, client_of: Clients, seen: list[Response]
) -> None:
    client = client_of()
    client.send(get(door))
    client.close_connections()
    client.send(get(door))
    assert templates(seen) == {"401 leg (offer)": 2, "401 leg (challenge)": 2, "GET it": 2}


def test_other_hosts_are_not_offered_the_password(door: HttpsServer, client_of: Clients, seen: list[Response]) -> None:
    answer = client_of().send(Request("GET", door.url("/", "adfs.contoso.test"), "GET elsewhere"))
    assert (answer.status, len(seen)) == (401, 1)


def test_a_person_taken_away_in_the_middle_leaves_the_same_count_as_the_server(
    door: HttpsServer, client_of: Clients, seen: list[Response]
) -> None:
    client = client_of()
    person = gevent.spawn(client.send_all, [get(door, "/?sleep=5") for _ in range(8)])
    with gevent.Timeout(30):
        while len(door.requests) < 18:
            gevent.sleep(0.05)
    person.kill()
    assert len(seen) == len(door.requests) == 18, "six connections with two legs and a request each; two never left"
    assert client.send(get(door)).status == 200, "the client can be used again"


def test_the_password_is_in_no_text_form() -> None:
    assert "secret" not in repr(WindowsAccount(("https", "crm.test", 443), "anna", "secret"))


def test_an_answer_that_nobody_holds_is_forgotten_at_once(
    door: HttpsServer, client_of: Clients, seen: list[Response]
) -> None:
    client = client_of()
    gc.collect()
    # What other tests still hold is not this one's.
    others = {id(one) for one in gc.get_objects() if isinstance(one, Response)}
    gc.disable()
    try:
        client.send_all([get(door)] * 8)
        assert len(seen) > 8
        seen.clear()
        gevent.sleep(0.01)  # the hub is still in the callback that woke us up
        kept = [one for one in gc.get_objects() if isinstance(one, Response) and id(one) not in others]
    finally:
        gc.enable()
    assert not kept, "neither circles nor idle connections keep answers"
