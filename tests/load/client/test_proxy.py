"""The way through a proxy: one that we did not write, and sockets that answer what no proxy should."""

import base64
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from loadtests.config.environment import Environment, origin_of
from loadtests.config.proxy import Proxy
from loadtests.errors import SignInFailed
from loadtests.load.client import opening
from loadtests.load.exchange import Request, Response
from loadtests.load.gateway import Gateway
from loadtests.load.http import HttpClient
from loadtests.load.plain_session import PlainSession
from tests.load.https_server import HttpsServer
from tests.load.plans import SELLER, small_plan
from tests.load.proxies import PASSWORD, USER, answering, proxy_py

Ask = Callable[..., Response]
OPENS = b"HTTP/1.1 200 Connection established\r\n\r\n"
WANTS = b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: %s\r\nContent-Length: 0\r\n\r\n"


def gateway_at(url: str, user: str = "", password: str = "", no_proxy: tuple[str, ...] = ()) -> Gateway:
    return Gateway(Proxy(url=url, user=user, secret="PROXY_PASSWORD" if user else "", no_proxy=no_proxy), password)


@pytest.fixture
def ask(server: HttpsServer) -> Iterator[Ask]:
    """One request through a gateway."""
    made: list[HttpClient] = []

    def send(gateway: Gateway, path: str = "/", **options: Any) -> Response:
        allowed = frozenset({origin_of(server.url("/"))})
        usual = {"allowed": allowed, "ca_file": server.ca_file, "connect_to": server.connect_to}
        made.append(HttpClient(**{**usual, "gateway": gateway, "observer": lambda _: None, **options}))
        return made[-1].send(Request("GET", server.url(path), "GET it"))

    yield send
    for client in made:
        client.close()


def said(answer: Response) -> str:
    assert answer.failure is not None and answer.failure.kind == "proxy", answer.failure
    return answer.failure.text


def test_a_real_proxy_is_passed_with_a_password_by_people_and_by_sessions_outside_the_load(
    server: HttpsServer, ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with proxy_py(tmp_path, signs_in=True) as (url, log):
        well = ask(gateway_at(url, USER, PASSWORD))
        assert (well.status, well.opened) == (200, True)
        assert well.phases.connect >= well.round_trip_us > 0 and well.phases.tls > 0
        wrong = gateway_at(url, USER, "hunter2")
        assert f"the proxy {url} refuses the user {USER} (HTTP 407" in said(ask(wrong))
        before = server.connections
        assert "is not sent again" in said(ask(wrong)) and server.connections == before
        assert "names no user for it" in said(ask(gateway_at(url)))

        monkeypatch.setenv("PROXY_PASSWORD", PASSWORD)
        plan = small_plan(server, groups=(("web", SELLER, 1),))
        proxy = Proxy(url=url, user=USER, secret="PROXY_PASSWORD")
        environment = plan.environment.model_copy(update={"proxy": proxy})
        session = PlainSession(environment, environment.entrance_of("web"), purpose="test")
        assert session.get("WhoAmI").status_code == 200
        session.close()
        text = log_of(log, f"127.0.0.1:{server.port}")
        assert PASSWORD not in text


def log_of(log: Path, wanted: str) -> str:
    """What the proxy wrote once its line about the tunnel is there."""
    for _ in range(200):
        text = log.read_text() if log.is_file() else ""
        if wanted in text:
            return text
        sleep(0.05)
    raise AssertionError(f"the proxy saw no tunnel to {wanted}")


CASES = (
    ("forbidden", b"HTTP/1.1 403 Blocked by policy\r\n\r\n<html>", "forbids the way to", "HTTP 403 Blocked by policy"),
    ("bad gateway", b"HTTP/1.1 502 Bad Gateway\r\n\r\n", "finds no way to", "add its host to `no_proxy`"),
    ("NTLM", WANTS % b"NTLM\r\nProxy-Authenticate: Negotiate", "wants a sign-in by NTLM or Negotiate", "Px, CNTLM"),
    ("Digest", WANTS % b'Digest realm="a, b", nonce="c"', "wants a sign-in by Digest", "by Basic alone"),
    ("Basic", WANTS % b'Basic realm="contoso"', "wants a sign-in", "`secret: VARIABLE`"),
    ("no tunnels", b"HTTP/1.0 405 Method Not Allowed\r\n\r\n", "opens no tunnel", "CONNECT"),
    ("a portal", b"HTTP/1.1 302 Found\r\nLocation: http://portal/\r\n\r\n", "opens no tunnel", "HTTP 302 Found"),
    ("rubbish", b"SSH-2.0-OpenSSH\r\n", "is no HTTP proxy", "environment file"),
    ("half a head", b"HTTP/1.1 200 OK\r\n", "is no HTTP proxy", "environment file"),
    ("speaks before us", OPENS + b"HTTP/1.1 200 OK\r\n\r\n", "is no HTTP proxy", "environment file"),
    ("endless", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000, "is no HTTP proxy", "environment file"),
    ("silent end", b"", "hung up", "what its log says"),
)


@pytest.mark.parametrize(("answer", "reason", "step"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_proxy_that_opens_no_tunnel_is_named_and_not_the_crm(
    server: HttpsServer, ask: Ask, answer: bytes, reason: str, step: str
) -> None:
    with answering(answer) as (url, asked):
        text = said(ask(gateway_at(url)))
        assert url in text and reason in text and step in text
        plan = small_plan(server, groups=(("web", SELLER, 1),))
        environment: Environment = plan.environment.model_copy(update={"proxy": Proxy(url=url)})
        session = PlainSession(environment, environment.entrance_of("web"), purpose="test")
        with pytest.raises(SignInFailed) as caught:
            session.get("WhoAmI")
        session.close()
        assert caught.value.kind == "proxy" and url in str(caught.value) and reason in str(caught.value)
    where = f"127.0.0.1:{server.port}".encode()
    assert asked[0] == b"CONNECT " + where + b" HTTP/1.1\r\nHost: " + where + b"\r\n\r\n", "no name, no password"
    assert server.requests == []


def test_the_password_goes_to_the_proxy_alone_and_once_where_it_is_refused(server: HttpsServer, ask: Ask) -> None:
    with answering(WANTS % b'Basic realm="contoso"') as (url, asked):
        gateway = gateway_at(url, "anna", "hunter2")
        assert "refuses the user anna" in said(ask(gateway)) and "refuses the user anna" in said(ask(gateway))
    sent = [line for line in b"".join(asked).split(b"\r\n") if line.startswith(b"Proxy-Authorization")]
    assert sent == [b"Proxy-Authorization: Basic " + base64.b64encode(b"anna:hunter2")]


def test_a_proxy_that_is_not_there_or_never_answers_is_named(
    server: HttpsServer, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert f"the proxy http://127.0.0.1:{port} cannot be reached" in said(ask(gateway_at(f"http://127.0.0.1:{port}")))
    unknown = said(ask(gateway_at("http://proxy.contoso.invalid:8080")))
    assert "the proxy http://proxy.contoso.invalid:8080 cannot be reached" in unknown
    monkeypatch.setattr(opening, "CONNECT_TIMEOUT_S", 0.3)
    with answering(None) as (url, _):
        assert f"the proxy {url} gave no answer in time" in said(ask(gateway_at(url)))


def test_hosts_of_no_proxy_are_reached_directly(server: HttpsServer, ask: Ask) -> None:
    with answering(b"") as (url, asked):
        assert ask(gateway_at(url, no_proxy=("contoso.test",))).status == 200
        assert asked == []


def test_the_certificate_behind_the_tunnel_is_verified(server: HttpsServer, ask: Ask, tmp_path: Path) -> None:
    with proxy_py(tmp_path) as (url, _):
        answer = ask(gateway_at(url), ca_file=None)
    assert answer.failure is not None and answer.failure.kind == "tls"
