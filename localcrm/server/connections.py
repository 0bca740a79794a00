"""Tells TCP connections apart. The ASGI server does not: it gives a client's address and port, and ports come again.

A connection that matters (somebody signs in on it) is *held*: its socket is found among the process's own by its peer
and duplicated. As long as the duplicate is connected, the system gives that peer's port to no other connection: whoever
sends from there is the same client. Once it is not, the connection is over, and what was known about it is forgotten.
"""

from __future__ import annotations

import socket
import struct
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Peer = tuple[str, int]

_SWEEP_SECONDS = 5.0
_HIGHEST_WINDOWS_HANDLE = 65_536


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
        self._swept_at = time.monotonic()

    def known(self, peer: Peer) -> Connection | None:
        """The held connection from ``peer``, None if there is none or it is over."""
        self._sweep()
        connection = self._held.get(peer)
        if connection is None or connection.is_open():
            return connection
        connection.forget()
        del self._held[peer]
        return None

    def hold(self, peer: Peer) -> Connection:
        """The same, held from now on. Raises LookupError when no socket of this process leads to ``peer``."""
        connection = self.known(peer)
        if connection is None:
            number, twin = self._find(peer)
            connection = self._held[peer] = Connection(peer, _number=number, _socket=twin)
        return connection

    def close(self) -> None:
        """Let go of all."""
        for connection in self._held.values():
            connection.forget()
        self._held.clear()

    def _find(self, peer: Peer) -> tuple[int, socket.socket]:
        # Numbers of held connections come last: most are still theirs, and the others will be swept.
        taken = {connection._number for connection in self._held.values()}
        for number in sorted(_numbers(), key=taken.__contains__):
            if _peer_at(number) != peer:
                continue
            # ``dup`` closes nothing; the borrowed object is detached, so that the number stays its owner's.
            borrowed = socket.socket(fileno=number)
            try:
                twin = borrowed.dup()
            finally:
                borrowed.detach()
            if _peer_of(twin) == peer:
                return number, twin
            twin.close()
        raise LookupError(f"no connection from {peer[0]}:{peer[1]}")

    def _sweep(self) -> None:
        now = time.monotonic()
        if now - self._swept_at < _SWEEP_SECONDS:
            return
        self._swept_at = now
        for peer, connection in list(self._held.items()):
            if not connection.is_open():
                connection.forget()
                del self._held[peer]


def _numbers() -> Iterator[int]:
    """Numbers that may be sockets of this process."""
    if sys.platform == "win32":
        yield from range(4, _HIGHEST_WINDOWS_HANDLE, 4)
    else:
        yield from (int(entry.name) for entry in Path("/dev/fd").iterdir() if entry.name.isdecimal())


def _peer_at(number: int) -> Peer | None:
    try:
        borrowed = socket.socket(fileno=number)
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
