"""What only POSIX systems do, and what it is elsewhere."""

import socket
import sys
import time
from collections.abc import Iterator

import pytest

from loadtests.posix import arrived, note_arrivals


@pytest.fixture
def line() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two ends of a TCP connection."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        one = socket.create_connection(listening.getsockname())
        other, _ = listening.accept()
    with one, other:
        one.setblocking(False)
        yield one, other


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux notes when bytes arrive")
def test_bytes_arrive_when_they_come_and_not_when_they_are_read(line: tuple[socket.socket, socket.socket]) -> None:
    here, there = line
    assert note_arrivals(here)
    # The machine's first noting socket: the kernel begins a moment later, in the background. Until then it says "now".
    for _ in range(20):
        before = time.perf_counter()
        there.sendall(b"answer")
        after = time.perf_counter()
        time.sleep(0.2)
        came = arrived(here)
        assert here.recv(100) == b"answer", "nothing is taken by looking"
        if came < after + 0.1:
            break
    # The wall clock is another one: it may be set a little meanwhile.
    assert before - 0.02 < came < after + 0.02


@pytest.mark.parametrize("noting", [False, True])
def test_where_nothing_is_known_it_is_now(noting: bool, line: tuple[socket.socket, socket.socket]) -> None:
    here, there = line
    if noting:
        note_arrivals(here)  # and nothing comes
    else:
        there.sendall(b"answer")
        time.sleep(0.1)
    before = time.perf_counter()
    assert before <= arrived(here) <= time.perf_counter()
