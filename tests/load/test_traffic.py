"""What a transaction costs the network: round trips by arithmetic, connections and bytes as the other side saw them."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.config.environment import origin_of
from loadtests.load.http import HttpClient, Request
from loadtests.load.traffic import Exchanged, Traffic, TrafficMeter, critical_path, on_wire
from tests.load.https_server import HttpsServer

CRM, ADFS = ("https", "crm.test", 443), ("https", "adfs.test", 443)


def exchanges(kept: int, opened: int = 0, *, origin: tuple[str, str, int] = CRM, legs: int = 0) -> list[Exchanged]:
    return [Exchanged(origin, i < opened, 500, 1000, legs if i < opened else 0) for i in range(kept + opened)]


def round_trips(*waves: list[Exchanged]) -> int:
    meter = TrafficMeter()
    for wave in waves:
        meter.wave(wave)
    return meter.total.round_trips


@pytest.mark.parametrize(
    ("waves", "expected", "why"),
    [
        ([exchanges(0, 1)], 3, "TCP, TLS, the request"),
        ([exchanges(0, 1), exchanges(1), exchanges(1)], 5, "the connection is kept"),
        ([exchanges(0, 6)], 3, "six side by side"),
        ([exchanges(6, 6)], 4, "twelve: six after six"),
        ([exchanges(0, 1), exchanges(1, 5)], 6, "five more connections are opened beside the first"),
        ([exchanges(0, 6), exchanges(13)], 6, "thirteen over six that are open: three in a row"),
        ([exchanges(0, 1) + exchanges(0, 1, origin=ADFS)], 3, "two hosts side by side"),
        ([exchanges(0, 1, legs=2)], 5, "NTLM: two refusals before the answer"),
        ([exchanges(54, 6)], 12, "sixty files: a handshake, then ten in a row on each connection"),
    ],
)
def test_round_trips_are_those_that_somebody_waits_for(waves: list[list[Exchanged]], expected: int, why: str) -> None:
    assert round_trips(*waves) == expected, why


def test_a_closed_connection_is_opened_anew() -> None:
    meter = TrafficMeter()
    meter.wave(exchanges(0, 6))
    meter.disconnected()
    meter.wave(exchanges(0, 6))
    assert (meter.total.round_trips, meter.total.connections) == (6, 12)


def test_a_server_that_closes_after_every_answer_costs_a_handshake_each_time() -> None:
    assert round_trips(exchanges(0, 12)) == 6


def test_a_connection_that_signs_in_later_costs_its_refusals_then() -> None:
    files, reads = exchanges(0, 6), [Exchanged(CRM, False, 500, 1000, 2) for _ in range(6)]
    assert round_trips(files, reads) == 3 + 3


@given(st.lists(st.integers(1, 5), min_size=1, max_size=200), st.integers(1, 6))
def test_more_requests_never_take_fewer_round_trips(costs: list[int], connections: int) -> None:
    taken = critical_path(costs, connections)
    assert sum(costs) / connections <= taken <= sum(costs) / connections + max(costs)
    assert taken <= critical_path([*costs, 1], connections)


def test_sums_can_be_taken_apart() -> None:
    meter = TrafficMeter()
    meter.wave(exchanges(0, 1))
    before = meter.total.copy()
    meter.wave(exchanges(2, 0))
    assert meter.total - before == Traffic(2, 2, 0, 2 * on_wire(500), 2 * on_wire(1000))


def test_small_and_large_answers_on_the_wire() -> None:
    assert on_wire(100) == 100 + 22 + 52, "one record, one segment"
    assert on_wire(100_000) == 100_000 + 7 * 22 + 70 * 52


@dataclass
class Seen:
    """What a forwarder saw pass by."""

    port: int = 0
    connections: int = 0
    up: int = 0
    down: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


@contextmanager
def counting_forwarder(target: int) -> Iterator[Seen]:
    """A TCP forwarder that counts connections and the bytes of TLS."""
    seen = Seen()
    listener = socket.create_server(("127.0.0.1", 0))
    seen.port = listener.getsockname()[1]

    def pump(source: socket.socket, sink: socket.socket, up: bool) -> None:
        while data := _received(source):
            with seen.lock:
                seen.up += len(data) if up else 0
                seen.down += 0 if up else len(data)
            sink.sendall(data)
        sink.close()

    def accept() -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", target))
            with seen.lock:
                seen.connections += 1
            for args in ((near, far, True), (far, near, False)):
                threading.Thread(target=pump, args=args, daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield seen
    finally:
        listener.close()


def _received(source: socket.socket) -> bytes:
    try:
        return source.recv(65_536)
    except OSError:
        return b""


def test_connections_and_bytes_are_what_passed_by_in_between(server: HttpsServer) -> None:
    with counting_forwarder(server.port) as seen:
        client = HttpClient(
            allowed=frozenset({origin_of(server.url("/"))}),
            ca_file=server.ca_file,
            connect_to=f"127.0.0.1:{seen.port}",
            observer=lambda response: None,
        )
        big = Request("POST", server.url("/echo"), "echo", body=b"x" * 300_000)
        client.send_all([Request("GET", server.url("/gzip"), "GET it")] * 4 + [big])
        client.send_all([big] * 4)
        total = client.traffic.total
        with seen.lock:
            assert (total.connections, total.requests) == (seen.connections, 9) == (5, 9)
            # The forwarder sees no TCP and IP heads: 52 bytes a segment, under 4 % of large bodies.
            assert seen.up * 1.02 < total.bytes_sent < seen.up * 1.06
            assert seen.down * 1.02 < total.bytes_received < seen.down * 1.06
        client.close()
