"""A person's HTTP client against a real HTTPS server."""

import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import gevent
import pytest
import trustme

from loadtests.config.environment import origin_of
from loadtests.load.http import HttpClient, OriginRefused, Request, Response
from tests.load.https_server import HttpsServer

Clients = Callable[..., HttpClient]


@pytest.fixture
def seen() -> list[Response]:
    """Every exchange that a client told its observer."""
    return []


@pytest.fixture
def client_of(server: HttpsServer, seen: list[Response]) -> Iterator[Clients]:
    """Makes clients that know the server's two names and are closed at the end."""
    made: list[HttpClient] = []

    def make(**options: Any) -> HttpClient:
        allowed = frozenset(origin_of(server.url("/", host)) for host in ("crm.contoso.test", "adfs.contoso.test"))
        defaults = {"allowed": allowed, "ca_file": server.ca_file, "connect_to": server.connect_to}
        made.append(HttpClient(**{**defaults, "observer": seen.append, **options}))
        return made[-1]

    yield make
    for client in made:
        client.close()


def get(url: str, **more: Any) -> Request:
    return Request("GET", url, "GET it", **more)


def test_a_connection_is_kept_for_the_next_request(server: HttpsServer, client_of: Clients) -> None:
    client = client_of()
    assert [client.send(get(server.url("/"))).status for _ in range(5)] == [200] * 5
    assert (len(server.requests), server.connections) == (5, 1), "five requests should share one connection"


def test_at_most_six_requests_at_a_time_go_to_a_host_and_answers_keep_their_order(
    server: HttpsServer, client_of: Clients
) -> None:
    wanted = [Request("POST", server.url("/echo?sleep=0.05"), "echo", body=str(i).encode()) for i in range(20)]
    answers = client_of().send_all(wanted)
    assert [answer.text.split()[-1] for answer in answers] == [str(i) for i in range(20)]
    assert server.most_at_once == 6
    assert server.connections == 6


def test_an_idle_connection_keeps_nothing_of_its_last_answer(
    server: HttpsServer, client_of: Clients, seen: list[Response]
) -> None:
    body = client_of().send(get(server.url("/"))).body
    seen.clear()
    gevent.sleep(0.01)  # the hub is still in the callback that woke us up
    assert len(body) > 1
    # The variable and the argument of getrefcount; a buffer that still held the answer would be a third.
    assert sys.getrefcount(body) == 2


def test_two_people_share_neither_connections_nor_cookies(server: HttpsServer, client_of: Clients) -> None:
    first, second = client_of(), client_of()
    first.send(get(server.url("/?cookie=who%3Dfirst")))
    second.send(get(server.url("/")))
    assert server.connections == 2
    assert server.cookies[1] == ""


def test_the_real_name_goes_over_the_wire_although_another_address_is_dialled(
    server: HttpsServer, client_of: Clients
) -> None:
    client_of().send(get(server.url("/")))
    assert server.requests == [("GET", f"crm.contoso.test:{server.port}", "/")]


def test_cookies_go_back_to_their_host_and_path_only(server: HttpsServer, client_of: Clients) -> None:
    client = client_of()
    client.send(get(server.url("/?cookie=" + quote("root=1; path=/; secure; HttpOnly"))))
    client.send(get(server.url("/adfs/ls?cookie=" + quote("deep=2; path=/adfs"))))
    for url in (
        server.url("/main.aspx"),
        server.url("/adfs/ls"),
        server.url("/adfs/ls", "adfs.contoso.test"),
    ):
        client.send(get(url))
    assert [set(filter(None, cookie.split("; "))) for cookie in server.cookies[2:]] == [
        {"root=1"},
        {"root=1", "deep=2"},
        set(),
    ]
    client.forget_cookies()
    client.send(get(server.url("/adfs/ls")))
    assert server.cookies[-1] == ""


def test_a_redirect_is_handed_over_not_followed(server: HttpsServer, client_of: Clients) -> None:
    answer = client_of().send(get(server.url("/redirect?to=/elsewhere")))
    assert (answer.status, answer.headers.get("LOCATION"), answer.ok) == (302, "/elsewhere", False)
    assert len(server.requests) == 1


def test_gzip_is_decoded_and_json_parsed(server: HttpsServer, client_of: Clients) -> None:
    assert client_of().send(get(server.url("/gzip"))).json() == {"value": "small on the wire"}


@pytest.mark.parametrize(
    ("method", "body", "echoed"),
    [("POST", b"{}", "POST application/json {}"), ("PATCH", b"{}", "PATCH application/json {}")],
)
def test_writes_send_their_method_and_body(
    method: str, body: bytes, echoed: str, server: HttpsServer, client_of: Clients
) -> None:
    client = client_of()
    request = Request(method, server.url("/echo"), "echo", {"Content-Type": "application/json"}, body)
    assert client.send(request).text == echoed
    assert client.send(Request("DELETE", server.url("/echo"), "echo")).text.split()[0] == "DELETE"
    assert client.send(get(server.url("/echo"))).text.split()[0] == "GET", "a used handle must forget the last method"


def test_a_request_without_headers_does_not_send_those_of_the_last(server: HttpsServer, client_of: Clients) -> None:
    client = client_of()
    client.send(get(server.url("/"), headers={"Authorization": "Bearer token"}))
    client.send(get(server.url("/")))
    assert server.authorizations == ["Bearer", ""]


def test_a_certificate_of_another_authority_is_refused(server: HttpsServer, client_of: Clients, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger.pem"
    trustme.CA().cert_pem.write_to_path(str(stranger))
    answer = client_of(ca_file=stranger).send(get(server.url("/")))
    assert answer.failure is not None
    assert (answer.status, answer.failure.kind) == (0, "tls")
    assert server.requests == []


def test_the_shells_certificate_variables_change_nothing(
    server: HttpsServer, client_of: Clients, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.setenv(name, str(server.ca_file))
    stranger = tmp_path / "stranger.pem"
    trustme.CA().cert_pem.write_to_path(str(stranger))
    assert client_of(ca_file=stranger).send(get(server.url("/"))).status == 0
    assert client_of(ca_file=None).send(get(server.url("/"))).status == 0, "without a ca_file only the system's count"


def test_a_time_out_is_a_failure_that_took_its_time(server: HttpsServer, client_of: Clients) -> None:
    answer = client_of().send(get(server.url("/?sleep=3"), timeout_s=0.2))
    assert answer.failure is not None
    assert answer.failure.kind == "timeout"
    assert 190_000 <= answer.elapsed_us < 1_500_000


def test_nobody_there_is_refused(server: HttpsServer, client_of: Clients) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    answer = client_of(connect_to=f"127.0.0.1:{free}").send(get(server.url("/")))
    assert answer.failure is not None
    assert answer.failure.kind == "refused"


def test_a_broken_connection_is_a_reset(server: HttpsServer, client_of: Clients) -> None:
    answer = client_of().send(get(server.url("/reset")))
    assert answer.failure is not None
    assert answer.failure.kind == "reset"


def test_another_origin_is_refused_before_a_packet_leaves(server: HttpsServer, client_of: Clients) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.3)
        elsewhere = f"https://127.0.0.1:{listener.getsockname()[1]}/"
        with pytest.raises(OriginRefused, match="no entrance"):
            client_of(connect_to=None).send_all([get(server.url("/")), get(elsewhere)])
        with pytest.raises(TimeoutError):
            listener.accept()
    assert server.requests == [], "one forbidden request holds back the others of its wave"


def test_every_exchange_is_observed_once(server: HttpsServer, client_of: Clients, seen: list[Response]) -> None:
    client_of().send_all([get(server.url(path)) for path in ("/", "/?status=404", "/reset")])
    assert sorted(response.status for response in seen) == [0, 200, 404]


def test_a_person_taken_away_in_the_middle_leaves_the_same_count_as_the_server(
    server: HttpsServer, client_of: Clients, seen: list[Response]
) -> None:
    client = client_of()
    client.send(get(server.url("/")))
    wave = [get(server.url("/")), get(server.url("/?sleep=5")), get(server.url("/?sleep=5"))]
    person = gevent.spawn(client.send_all, wave)
    with gevent.Timeout(30):
        while len(server.requests) < 4 or server.present > 2:
            gevent.sleep(0.05)
    gevent.sleep(0.2)  # the quick one's answer arrives
    person.kill()
    assert len(seen) == 4, "one of the wave had ended, two were on their way: all were sent"
    assert sorted(r.failure.kind if r.failure else "" for r in seen) == ["", "", "cancelled", "cancelled"]
    assert client.send(get(server.url("/"))).status == 200, "the client can be used again"


def test_phases_add_up_and_a_kept_connection_has_no_handshake(server: HttpsServer, client_of: Clients) -> None:
    client = client_of()
    first, second = client.send(get(server.url("/"))), client.send(get(server.url("/?sleep=0.1")))
    assert first.phases.tls > 0
    assert (second.phases.connect, second.phases.tls) == (0, 0)
    assert second.phases.waiting >= 90_000
    for answer in (first, second):
        phases = answer.phases
        total = phases.name_lookup + phases.connect + phases.tls + phases.waiting + phases.transfer
        assert abs(total - answer.elapsed_us) < 2_000
