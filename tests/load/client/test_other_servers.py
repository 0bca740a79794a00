"""The client's habits, one by one, against servers that we did not write."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest
import trustme
from gevent.ssl import SSLContext

from loadtests.config.environment import origin_of
from loadtests.load.exchange import Request, Response
from loadtests.load.http import HttpClient
from tests.load.client.other_servers import NAME, Running, nginx, node

Clients = Callable[..., HttpClient]


@pytest.fixture(scope="module")
def node_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with node(tmp_path_factory.mktemp("node")) as running:
        yield running


@pytest.fixture(scope="module")
def nginx_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with nginx(tmp_path_factory.mktemp("nginx")) as running:
        yield running


@pytest.fixture
def client_of() -> Iterator[Clients]:
    made: list[HttpClient] = []

    def make(server: Running, **options: Any) -> HttpClient:
        usual: dict[str, Any] = {
            "allowed": frozenset({origin_of(server.url(""))}),
            "ca_file": server.ca_file,
            "connect_to": server.connect_to,
            "observer": lambda response: None,
        }
        made.append(HttpClient(**{**usual, **options}))
        return made[-1]

    yield make
    for client in made:
        client.close()


def get(server: Running, path: str, **options: Any) -> Request:
    return Request("GET", server.url(path), "GET it", **options)


def seen(server: Running, client: HttpClient) -> dict[str, int]:
    counts: dict[str, int] = json.loads(client.send(get(server, "seen")).body)
    return counts


def failure(response: Response) -> str:
    return response.failure.kind if response.failure else ""


def test_nginx_a_connection_is_kept(nginx_server: Running, client_of: Clients) -> None:
    client = client_of(nginx_server)
    told = [client.send(get(nginx_server, "which")).text.split()[:2] for _ in range(5)]
    assert [number for _, number in told] == ["1", "2", "3", "4", "5"]
    assert len({connection for connection, _ in told}) == 1


def test_nginx_six_connections_and_no_more(nginx_server: Running, client_of: Clients) -> None:
    answers = client_of(nginx_server).send_all([get(nginx_server, "which") for _ in range(40)])
    told = [answer.text.split() for answer in answers]
    assert len({connection for connection, *_ in told}) == 6
    assert sum(answer.opened for answer in answers) == 6
    assert sum(number == "1" for _, number, *_ in told) == 6


def test_nginx_a_connection_that_it_closes_is_opened_anew(nginx_server: Running, client_of: Clients) -> None:
    client = client_of(nginx_server)
    answers = [client.send(get(nginx_server, "last")) for _ in range(3)]
    assert len({answer.text for answer in answers}) == 3
    assert [answer.opened for answer in answers] == [True, True, True]
    assert client.send(get(nginx_server, "old")).status == 404


def test_nginx_gzip(nginx_server: Running, client_of: Clients) -> None:
    answer = client_of(nginx_server).send(get(nginx_server, "gzip"))
    assert answer.headers.get("Content-Encoding") == "gzip"
    assert answer.text == "packed " * 50
    assert answer.received < len(answer.text)


def test_nginx_the_name_stays_although_another_address_is_dialled(nginx_server: Running, client_of: Clients) -> None:
    _, _, host, server_name, tls = client_of(nginx_server).send(get(nginx_server, "which")).text.split()
    assert (host, server_name, tls) == (NAME, NAME, "TLSv1.3")


def test_nginx_a_private_authority_is_trusted_only_where_it_is_named(
    nginx_server: Running, client_of: Clients, tmp_path: Path
) -> None:
    stranger = tmp_path / "stranger.pem"
    trustme.CA().cert_pem.write_to_path(str(stranger))
    assert client_of(nginx_server).send(get(nginx_server, "which")).ok
    for ca_file in (stranger, None):
        answer = client_of(nginx_server, ca_file=ca_file).send(get(nginx_server, "which"))
        assert (answer.status, failure(answer)) == (0, "tls")
        assert answer.failure is not None
        assert "certificate verify failed" in answer.failure.text


def test_nginx_a_private_authority_is_read_once_for_everybody_and_anew_when_its_file_changes(
    nginx_server: Running, client_of: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[object] = []
    load = SSLContext.load_verify_locations

    def counted(context: SSLContext, *given: Any, **named: Any) -> None:
        reads.append(named)
        load(context, *given, **named)

    monkeypatch.setattr(SSLContext, "load_verify_locations", counted)
    ca_file = tmp_path / "ca.pem"
    ca_file.write_bytes(nginx_server.ca_file.read_bytes())
    for _ in range(3):
        assert client_of(nginx_server, ca_file=ca_file).send(get(nginx_server, "which")).ok
    assert len(reads) == 1
    trustme.CA().cert_pem.write_to_path(str(ca_file))
    os.utime(ca_file, (1, 1))
    assert failure(client_of(nginx_server, ca_file=ca_file).send(get(nginx_server, "which"))) == "tls"
    assert len(reads) == 2


def test_nginx_a_certificate_for_another_name_is_refused(nginx_server: Running, client_of: Clients) -> None:
    other = nginx_server.url("which", "other.contoso.test")
    client = client_of(nginx_server, allowed=frozenset({origin_of(other)}))
    answer = client.send(Request("GET", other, "GET it"))
    assert answer.failure is not None
    assert answer.failure.kind == "tls"
    assert "Hostname mismatch" in answer.failure.text


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
def test_node_packed_bodies(encoding: str, node_server: Running, client_of: Clients) -> None:
    answer = client_of(node_server).send(get(node_server, encoding))
    assert (answer.headers.get("content-encoding"), answer.text) == (encoding, "answer " * 50)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("chunks", "one two three"),
        ("early", "after the hints"),
        ("until-close", "it lasts until the connection closes"),
    ],
)
def test_node_ways_to_send_an_answer(path: str, expected: str, node_server: Running, client_of: Clients) -> None:
    client = client_of(node_server)
    assert [client.send(get(node_server, path)).text for _ in range(2)] == [expected, expected]


def test_node_half_an_answer_is_none(node_server: Running, client_of: Clients) -> None:
    client = client_of(node_server)
    client.send(get(node_server, "hello"))
    answer = client.send(get(node_server, "cut"))
    assert (answer.status, answer.body, failure(answer)) == (0, b"", "reset")
    assert client.send(get(node_server, "hello")).text == "hello"


def test_node_a_stale_connection_is_tried_once_more_for_what_may_be_sent_twice(
    node_server: Running, client_of: Clients
) -> None:
    client = client_of(node_server)
    first, second = (client.send(get(node_server, "stale")) for _ in range(2))
    assert (second.status, second.opened, second.text == first.text) == (200, True, False)
    before = seen(node_server, client_of(node_server))["requests"]
    posted = client.send(Request("POST", node_server.url("stale"), "POST it", body=b"{}"))
    assert (posted.status, failure(posted)) == (0, "reset")
    assert seen(node_server, client_of(node_server))["requests"] == before + 1, "it might have been done"


def test_node_an_idle_connection_that_the_server_closed_is_not_used(node_server: Running, client_of: Clients) -> None:
    client = client_of(node_server)
    client.send(get(node_server, "no-early-bird"))
    gevent.sleep(0.3)
    posted = client.send(Request("POST", node_server.url("posted"), "POST it", body=b"{}"))
    assert (posted.text, posted.opened) == ("posted", True)


def test_node_deadlines_are_for_all_of_an_exchange(node_server: Running, client_of: Clients) -> None:
    client = client_of(node_server)
    client.send(get(node_server, "hello"))
    for path, words in (("slow?ms=5000", "no byte of the answer after 0.3 s"), ("drip", "not complete after 0.3 s")):
        answer = client.send(get(node_server, path, timeout_s=0.3))
        assert answer.failure is not None
        assert answer.failure.kind == "timeout"
        assert words in answer.failure.text
        assert answer.elapsed_us >= 300_000
    assert client.send(get(node_server, "hello")).text == "hello"


def test_node_who_waits_in_the_queue_too_long_is_not_sent(node_server: Running, client_of: Clients) -> None:
    client = client_of(node_server)
    slow = [get(node_server, "slow?ms=1500") for _ in range(6)]
    before = seen(node_server, client_of(node_server))["requests"]
    *others, late = client.send_all([*slow, get(node_server, "late", timeout_s=0.2)])
    assert [answer.text for answer in others] == ["at last"] * 6
    assert (failure(late), late.sent) == ("timeout", 0)
    assert seen(node_server, client_of(node_server))["requests"] == before + 6


def test_node_cookies(node_server: Running, client_of: Clients) -> None:
    client = client_of(node_server)
    assert client.send(get(node_server, "cookies")).text == "none"
    client.send(get(node_server, "cookie"))
    assert client.send(get(node_server, "cookies")).text == "a=1; b=2"
    client.forget_cookies()
    assert client.send(get(node_server, "cookies")).text == "none"


def test_node_a_redirect_is_handed_over_with_its_cookie_and_its_connection_goes_on(
    node_server: Running, client_of: Clients
) -> None:
    client = client_of(node_server)
    before = seen(node_server, client_of(node_server))["requests"]
    moved = client.send(Request("POST", node_server.url("moved"), "POST it", body=b"{}", expected=frozenset({303})))
    assert (moved.ok, moved.headers.get("Location"), moved.text) == (True, "/hello?from=moved", "see there")
    assert seen(node_server, client_of(node_server))["requests"] == before + 1, "nobody followed it"
    after = client.send(get(node_server, "cookies"))
    assert (after.text, after.opened) == ("moved=1", False)


def test_node_where_the_time_goes(node_server: Running, client_of: Clients) -> None:
    client = client_of(node_server)
    first, second = client.send(get(node_server, "hello")), client.send(get(node_server, "slow?ms=200"))
    assert first.phases.connect > 0
    assert first.phases.tls > 0
    assert second.phases[:3] == (0, 0, 0)
    assert second.phases.waiting >= 195_000
    assert second.server_us >= 195_000
    for answer in (first, second):
        assert abs(sum(answer.phases) - answer.elapsed_us) <= 5


def test_node_head_has_no_body(node_server: Running, client_of: Clients) -> None:
    client = client_of(node_server)
    answers = client.send_all([Request("HEAD", node_server.url("gzip"), "HEAD it")] * 2)
    assert [(answer.status, answer.body) for answer in answers] == [(200, b"")] * 2
    assert client.send(get(node_server, "hello")).text == "hello"
