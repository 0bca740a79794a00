"""Odd servers and odd networks: the check and the load both end soon, with the place, the cause and the next step."""

import gzip
import json
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import gevent.socket
import pytest

from loadtests.config.environment import origin_of
from loadtests.errors import Unreachable
from loadtests.load import plain_connection, plain_session
from loadtests.load.client import answer, content_encoding, opening
from loadtests.load.exchange import Request, Response
from loadtests.load.http import HttpClient
from loadtests.load.plain_session import PlainSession
from tests.load.https_server import HttpsServer
from tests.load.odd_servers import Talk, odd_server
from tests.load.plans import SELLER, small_plan

USER = "6d5a0a0e-3b5c-4c2a-9a52-111111111111"
WELL = json.dumps({"UserId": USER}).encode()
OK = b"HTTP/1.1 200 OK\r\n"
SOON_S = 25.0
"""Far more than any case takes, less than half the time-outs that are not shortened."""


def sends(wire: bytes, *, closes: bool = True) -> Talk:
    def talk(connection: socket.socket) -> None:
        connection.sendall(wire)
        if closes:
            raise OSError("that was all")

    return talk


def drips(wire: bytes, rest: bytes) -> Talk:
    """Some at once, the rest byte by byte."""

    def talk(connection: socket.socket) -> None:
        connection.sendall(wire)
        for byte in rest:
            connection.sendall(bytes([byte]))
            sleep(0.05)

    return talk


def endless(wire: bytes, again: bytes) -> Talk:
    def talk(connection: socket.socket) -> None:
        connection.sendall(wire)
        while True:
            connection.sendall(again)

    return talk


def resets(connection: socket.socket) -> None:
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def waits(connection: socket.socket) -> None:
    with suppress(OSError):
        while connection.recv(65_536):
            pass


def plain_http(connection: socket.socket) -> None:
    connection.recv(100)
    connection.sendall(b"HTTP/1.1 400 The plain HTTP request was sent to HTTPS port\r\nContent-Length: 0\r\n\r\n")


def old_tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


def wants_certificate() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    return context


BOMB = gzip.compress(bytes(3 * 2**20))
TORN = gzip.compress(WELL)[:-12]
CASES: tuple[tuple[str, dict[str, Any], str, str, str], ...] = (
    # What the server does; what the check says and the next step; what kind of failure the load counts.
    ("reset in the handshake", {"bare": resets}, "hangs up, or says nothing, in the TLS", "netsh http", "reset"),
    ("silent handshake", {"bare": waits}, "hangs up, or says nothing, in the TLS", "firewall", "timeout"),
    ("plain http", {"bare": plain_http}, "does not speak TLS", "Bindings", "tls"),
    ("TLS 1.1", {"tls": old_tls}, "only TLS older than 1.2", "SCHANNEL", "tls"),
    ("client certificate", {"tls": wants_certificate}, "certificate of this machine", "IIS Manager", "tls"),
    ("no answer", {"talk": sends(b"")}, "hung up before its answer", "application pool", "reset"),
    ("silent", {"talk": waits}, "did not answer within", "event log", "timeout"),
    ("closes after the head", {"talk": sends(OK + b"Content-Length: 99\r\n\r\n")}, "hung up before", "log", "reset"),
    (
        "closes in a chunk",
        {"talk": sends(OK + b"Transfer-Encoding: chunked\r\n\r\n9\r\nab")},
        "hung up",
        "log",
        "reset",
    ),
    ("slow head", {"talk": drips(OK, b"X: " + b"y" * 500)}, "did not end its answer within", "IIS log", "timeout"),
    (
        "slow body",
        {"talk": drips(OK + b"Content-Length: 500\r\n\r\n", b" " * 500)},
        "did not end its answer within",
        "IIS log",
        "timeout",
    ),
    ("10 MB header", {"talk": sends(OK + b"X: " + b"y" * 10_000_000)}, "no proper HTTP", "port", "protocol"),
    ("headers for ever", {"talk": endless(OK, b"X: y\r\n" * 99)}, "no proper HTTP", "in between", "protocol"),
    ("another protocol", {"talk": sends(b"220 mail.contoso.test ESMTP\r\n\r\n")}, "no proper HTTP", "port", "protocol"),
    (
        "gzip bomb",
        {"talk": sends(OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b" % (len(BOMB), BOMB))},
        "an answer that does not end (more than 1 MiB)",
        "event log",
        "protocol",
    ),
    ("body for ever", {"talk": endless(OK + b"\r\n", b" " * 65_536)}, "does not end", "event log", "protocol"),
    (
        "torn gzip",
        {"talk": sends(OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b" % (len(TORN), TORN))},
        "does not answer as a CRM",
        "`url` and `flavour`",
        "protocol",
    ),
    (
        "no gzip at all",
        {"talk": sends(OK + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello")},
        "a body that cannot be unpacked",
        "compression",
        "protocol",
    ),
)


@pytest.fixture(autouse=True)
def _small_bodies(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (answer, content_encoding, plain_connection):
        monkeypatch.setattr(module, "MOST_BODY", 2**20)


def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where waiting for the end of it is the case; all else takes the time that a busy machine takes."""
    for module, name, value in (
        (plain_connection, "TIMEOUT_S", 1.0),
        (plain_session, "TIMEOUT_S", 1.0),
        (plain_connection, "ANSWER_S", 1.5),
        (opening, "CONNECT_TIMEOUT_S", 1.0),
    ):
        monkeypatch.setattr(module, name, value)


def as_the_check(server: HttpsServer) -> str:
    """The id of who asks, or the words of the error."""
    plan = small_plan(server, groups=(("web", SELLER, 1),))
    session = PlainSession(plan.environment, plan.environment.entrance_of("web"), purpose="test")
    try:
        return session.who_am_i()
    except Unreachable as error:
        return str(error)
    finally:
        session.close()


def as_people(server: HttpsServer, timeout_s: float = SOON_S, **options: Any) -> Response:
    client = HttpClient(
        **{
            "allowed": frozenset({origin_of(server.url("/"))}),
            "ca_file": server.ca_file,
            "connect_to": server.connect_to,
            "observer": lambda _: None,
            **options,
        }
    )
    try:
        return client.send(Request("GET", server.url("/WhoAmI"), "GET it", timeout_s=timeout_s))
    finally:
        client.close()


@pytest.mark.parametrize(("there", "says", "step", "kind"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_an_odd_server_is_told_in_words_and_soon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: dict[str, Any], says: str, step: str, kind: str
) -> None:
    if kind == "timeout":
        little_patience(monkeypatch)
    made: dict[str, Any] = {key: value() if key == "tls" else value for key, value in there.items()}
    with odd_server(tmp_path, **made) as server:
        began = monotonic()
        text = as_the_check(server)
        assert says in text and step in text.partition("->")[2], text
        assert f"crm.contoso.test:{server.port}/" in text and "0x" not in text and "Error(" not in text, text
        failure = as_people(server, 1.5 if kind == "timeout" else SOON_S).failure
        assert failure is not None and failure.kind == kind, failure
        assert monotonic() - began < 2 * SOON_S


def answers(head: bytes) -> Callable[[bytes], Talk]:
    return lambda body: sends(head + b"Content-Length: %d\r\n\r\n%b" % (len(body), body))


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n",
        b"HTTP/1.1 200\r\nContent-Type: application/json; charset=utf-99\r\n",
        b"HTTP/1.1 200 \xc3\x84\r\nSet-Cookie: a=b; Domain=.com; Expires=yesterday\r\nSet-Cookie: =;;\r\n"
        b"Set-Cookie: c=d; domain=elsewhere.test; expires=Thu, 99 Foo 0000 25:61:61 GMT; Max-Age=1e9\r\n",
    ],
    ids=["HTTP/1.0 without keep-alive", "a charset that nobody knows", "cookies of nowhere"],
)
def test_an_odd_answer_that_is_one_is_read(tmp_path: Path, head: bytes) -> None:
    with odd_server(tmp_path, talk=answers(head)(WELL)) as server:
        assert as_the_check(server) == USER
        got = as_people(server)
        assert (got.status, got.json()["UserId"]) == (200, USER)


def test_an_odd_cookie_costs_the_check_none_of_the_others_and_warns_of_nothing(
    tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    odd = b"Set-Cookie: c=d; expires=Thu, 99 Foo 0000 25:61:61 GMT\r\nSet-Cookie: MSISAuth=there; path=/; HttpOnly\r\n"
    asked: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        connection.sendall(OK + odd + b"Content-Length: %d\r\n\r\n%b" % (len(WELL), WELL))

    with odd_server(tmp_path, talk=talk, asked=asked) as server:
        plan = small_plan(server, groups=(("web", SELLER, 1),))
        session = PlainSession(plan.environment, plan.environment.entrance_of("web"), purpose="test")
        assert [session.get(path).status_code for path in ("WhoAmI", "cases")] == [200, 200]
        session.close()
    assert b"Cookie:" not in asked[0]
    assert b"\r\nCookie: c=d; MSISAuth=there\r\n" in asked[1]
    assert not [one for one in recwarn if "cookiejar" in str(one.message)]


def test_text_in_another_charset_than_it_says_is_no_crm_in_words(tmp_path: Path) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n"
    with odd_server(tmp_path, talk=answers(head)('{"UserId": "é"'.encode("utf-16"))) as server:
        assert "does not answer as a CRM (HTTP 200)" in as_the_check(server)


def test_a_server_that_sends_on_and_on_is_followed_by_nobody(tmp_path: Path) -> None:
    with odd_server(
        tmp_path, talk=sends(b"HTTP/1.1 302 Found\r\nLocation: /WhoAmI\r\nContent-Length: 0\r\n\r\n")
    ) as server:
        assert "does not answer as a CRM (HTTP 302" in as_the_check(server)
        assert as_people(server).status == 302


@pytest.mark.parametrize(
    ("number", "words", "says"),
    [
        (socket.EAI_AGAIN, "Temporary failure in name resolution", "the name server of this machine does not answer"),
        (socket.EAI_NONAME, "Name or service not known", "the name is not known"),
    ],
)
def test_a_name_server_that_is_silent_is_told_from_a_name_that_nobody_knows(
    monkeypatch: pytest.MonkeyPatch, number: int, words: str, says: str
) -> None:
    def fails(*_: object) -> None:
        raise socket.gaierror(number, words)

    monkeypatch.setattr(socket, "getaddrinfo", fails)
    plan = small_plan(groups=(("web", SELLER, 1),))
    session = PlainSession(plan.environment, plan.environment.entrance_of("web"), purpose="test")
    with pytest.raises(Unreachable, match=says) as caught:
        session.who_am_i()
    assert "nslookup crm.contoso.test" in caught.value.next_step


def test_an_address_that_drops_everything_beside_one_that_answers_holds_up_no_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plain_connection, "TIMEOUT_S", 60.0)
    well = sends(OK + b"Content-Length: %d\r\n\r\n%b" % (len(WELL), WELL))
    with drops_everything() as nowhere, odd_server(tmp_path, talk=well) as server:
        tcp = (socket.AF_INET, socket.SOCK_STREAM, 0, "")
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_: [(*tcp, nowhere), (*tcp, ("127.0.0.1", server.port))])
        began = monotonic()
        assert as_the_check(server) == USER
        assert monotonic() - began < SOON_S


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="no IPv6 on this machine")
def test_a_name_with_an_ipv6_address_alone_is_reached_and_so_is_an_ipv6_address_as_connect_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    well = sends(OK + b"Content-Length: %d\r\n\r\n%b" % (len(WELL), WELL))
    with odd_server(tmp_path, talk=well, address="::1") as server:
        assert as_people(server, connect_to=f"[::1]:{server.port}").status == 200
        found = [(socket.AF_INET6, socket.SOCK_STREAM, 0, "", ("::1", server.port, 0, 0))]
        for module in (socket, gevent.socket):
            monkeypatch.setattr(module, "getaddrinfo", lambda *_: found)
        assert as_people(server, connect_to=f"crm.contoso.test:{server.port}").status == 200
        assert as_the_check(server) == USER


def test_words_in_an_address_are_no_cause_and_the_name_that_was_looked_up_is_told() -> None:
    plan = small_plan(groups=(("web", SELLER, 1),))
    entrance = plan.environment.entrance_of("web")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody = f"127.0.0.1:{taken.getsockname()[1]}"
    for connect_to, says in ((nobody, "nothing answers there"), ("crm7.contoso.invalid:443", "nslookup crm7.contoso")):
        way = entrance.model_copy(update={"connect_to": connect_to})
        session = PlainSession(plan.environment, way, purpose="test")
        with pytest.raises(Unreachable, match=says) as caught:
            session.get("new_timeouts(NameResolution='reset')")
        assert "did not answer within" not in str(caught.value)


@contextmanager
def drops_everything() -> Iterator[tuple[str, int]]:
    """A listener whose queue is full drops what comes, as a firewall does."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, ExitStack() as held:
        address = full.getsockname()
        for _ in range(4):
            held.enter_context(one := socket.socket())
            one.setblocking(False)
            one.connect_ex(address)
        yield address
