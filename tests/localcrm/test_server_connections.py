"""Connections are told apart, found again, and let go of when they are over."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import pytest

from localcrm.server import connections
from localcrm.server.connections import Connections

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pairs() -> Iterator[list[Pair]]:
    """Client's and server's end of three connections."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made = []
        for _ in range(3):
            client = socket.create_connection(listener.getsockname())
            made.append((client, listener.accept()[0]))
        yield made
        for ends in made:
            for end in ends:
                end.close()


def _peer(pair: Pair) -> tuple[str, int]:
    name = pair[0].getsockname()
    return (name[0], name[1])


def test_what_is_held_is_known_and_what_is_not_is_not(pairs: list[Pair]):
    held = Connections()
    connection = held.hold(_peer(pairs[1]))
    connection.username = "someone"
    assert held.known(_peer(pairs[1])) is connection
    assert held.hold(_peer(pairs[1])) is connection
    assert held.known(_peer(pairs[0])) is None
    with pytest.raises(LookupError):
        held.hold(("127.0.0.1", 1))
    held.close()


def test_a_connection_that_took_the_number_of_an_earlier_one_is_found(pairs: list[Pair]):
    held = Connections()
    first = held.hold(_peer(pairs[0]))
    listener = socket.create_server(("127.0.0.1", 0))
    number = pairs[0][1].fileno()
    pairs[0][0].close()
    pairs[0][1].close()
    client = socket.create_connection(listener.getsockname())
    server = listener.accept()[0]
    assert number in (client.fileno(), server.fileno()), "the lowest free number is taken first"
    second = held.hold(client.getsockname())
    assert second is not first
    assert held.known(first.peer) is None
    held.close()
    for one in (client, server, listener):
        one.close()


@pytest.mark.parametrize("end", [0, 1], ids=["client", "server"])
def test_either_end_that_closes_ends_it_and_the_other_hears_of_it(
    pairs: list[Pair], end: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(connections, "_ROUND_SECONDS", 0.05)
    held = Connections()
    peer = _peer(pairs[2])
    held.hold(peer)

    async def close_and_sweep() -> None:
        sweeping = asyncio.create_task(held.keep_swept())
        pairs[2][end].close()
        if end == 0:
            # The server's end notices and closes too, as a server does.
            assert await asyncio.to_thread(pairs[2][1].recv, 1) == b""
            pairs[2][1].close()
        else:
            pairs[2][0].settimeout(10)
            assert await asyncio.to_thread(pairs[2][0].recv, 1) == b""
        await asyncio.sleep(0.1)
        sweeping.cancel()

    asyncio.run(close_and_sweep())
    assert held.known(peer) is None


def test_a_cut_connection_is_over_for_the_client_at_once(pairs: list[Pair]):
    held = Connections()
    held.hold(_peer(pairs[0])).cut()
    pairs[0][0].settimeout(10)
    with contextlib.suppress(ConnectionResetError):  # the system may tell it so as well
        assert pairs[0][0].recv(1) == b""
    assert held.known(_peer(pairs[0])) is None
