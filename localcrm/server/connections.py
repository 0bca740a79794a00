"""Tells TCP connections apart. The ASGI server does not: it gives a client's address and port, and ports come again.

A connection that matters (somebody signs in on it) is *held*: its socket is found among the process's own by its peer
and duplicated. As long as the duplicate is connected, the system gives that peer's port to no other connection: whoever
sends from there is the same client. Once it is not, the connection is over, and what was known about it is forgotten.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Peer = tuple[str, int]

#: All held connections are looked after once in this time, a share of them at a time.
_ROUND_SECONDS, _SHARES = 2.0, 8
#: Numbers of sockets: every one from 3, and on Windows, where they are handles, multiples of 4.
_FIRST, _STEP = (4, 4) if sys.platform == "win32" else (3, 1)
_HIGHEST_NUMBER = 65_536
#: How far above the highest number seen a new connection may be and still be found without looking everywhere.
_AHEAD = 64 * _STEP


@dataclass(slots=True)
class Connection:
    """One TCP connection that is open. ``username`` and ``handshake`` belong to Windows sign-in."""

    peer: Peer
    username: str = ""
    handshake: Any = None
    _number: int = field(default=-1, repr=False)
    _socket: socket.socket | None = field(default=None, repr=False)

    def is_open(self) -> bool:
        """Whether both ends still have it."""
        if self._socket is None:
            return False
        try:
            connected = _peer_of(self._socket) == self.peer
        except OSError:
            return False
        # The server closed its side, and only the duplicate keeps the client from hearing of it.
        return connected and _peer_at(self._number) == self.peer

    def numbers(self) -> tuple[int, ...]:
        """The numbers of its socket and of the duplicate."""
        return (self._number,) if self._socket is None else (self._number, self._socket.fileno())

    def cut(self) -> None:
        """Break it at once, whatever was being answered: the client's end sees it reset or closed."""
        if self._socket is not None:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._socket.shutdown(socket.SHUT_RDWR)
            self.forget()

    def forget(self) -> None:
        """Let go of it."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


class Connections:
    """The held connections of this process, for the one thread that runs the event loop."""

    def __init__(self) -> None:
        self._held: dict[Peer, Connection] = {}
        self._highest = _FIRST
        #: Numbers of held connections and of their duplicates.
        self._taken: set[int] = set()
        #: Numbers that led elsewhere when last looked at: connections that nobody holds, files.
        self._others: set[int] = set()

    def known(self, peer: Peer) -> Connection | None:
        """The held connection from ``peer``, None if there is none or it is over."""
        connection = self._held.get(peer)
        if connection is None or connection.is_open():
            return connection
        self._drop(peer)
        return None

    def hold(self, peer: Peer) -> Connection:
        """The same, held from now on. Raises LookupError when no socket of this process leads to ``peer``."""
        connection = self.known(peer)
        if connection is None:
            number, twin = self._find(peer)
            connection = self._held[peer] = Connection(peer, _number=number, _socket=twin)
            self._taken.update(connection.numbers())
        return connection

    def close(self) -> None:
        """Let go of all."""
        for connection in self._held.values():
            connection.forget()
        self._held.clear()

    async def keep_swept(self) -> None:
        """Let go of connections that are over, so that nobody's end of one stays open; until cancelled."""
        while True:
            peers = list(self._held)
            for share in range(_SHARES):
                await asyncio.sleep(_ROUND_SECONDS / _SHARES)
                for peer in peers[share::_SHARES]:
                    if peer in self._held and not self._held[peer].is_open():
                        self._drop(peer)

    def _drop(self, peer: Peer) -> None:
        connection = self._held.pop(peer)
        self._taken.difference_update(connection.numbers())
        connection.forget()

    def _numbers(self) -> Iterator[int]:
        """Where a new connection may be: where nothing was, where others were, where one was held, everywhere."""
        taken = self._taken
        near = range(_FIRST, self._highest + _AHEAD, _STEP)
        yield from (number for number in near if number not in taken and number not in self._others)
        yield from sorted(self._others)
        yield from sorted(taken)
        yield from range(_FIRST, _HIGHEST_NUMBER, _STEP)

    def _find(self, peer: Peer) -> tuple[int, socket.socket]:
        for number in self._numbers():
            found = _peer_at(number)
            if found != peer:
                if found is not None:
                    self._others.add(number)
                continue
            self._others.discard(number)
            # ``dup`` closes nothing; the borrowed object is detached, so that the number stays its owner's.
            borrowed = socket.socket(fileno=number)
            try:
                twin = borrowed.dup()
            finally:
                borrowed.detach()
            if _peer_of(twin) == peer:
                self._highest = max(self._highest, number, twin.fileno())
                return number, twin
            twin.close()
        raise LookupError(f"no connection from {peer[0]}:{peer[1]}")


def _peer_at(number: int) -> Peer | None:
    try:
        # Saying what it would be spares three questions to the system; what it is not fails at the next one.
        borrowed = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, fileno=number)
    except OSError:
        return None
    try:
        return _peer_of(borrowed)
    except OSError:
        return None
    finally:
        borrowed.detach()


def _peer_of(connected: socket.socket) -> Peer | None:
    name = connected.getpeername()
    return (name[0], name[1]) if isinstance(name, tuple) else None
