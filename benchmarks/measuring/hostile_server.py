"""An HTTPS server that breaks the rules as it is told: each request's path says by which trick, and names its body."""

import random
import socket
import ssl
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import trustme

NAME = "hostile.test"
PROJECT = Path(__file__).resolve().parents[2]
_CA_FILE = "hostile-ca.pem"
_OK = b"HTTP/1.1 200 OK\r\n"
_STRANGER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nWRONG"


@dataclass(frozen=True, slots=True)
class Trick:
    """What is sent for a request, and what must come of it."""

    wire: Callable[[bytes, random.Random], bytes]
    """From the body to the bytes of the answer."""
    good: bool
    """True when a client must read the body; False when it must report a failure; spoilt answers are either."""
    spoilt: bool = False
    hangs: bool = False
    """The connection stays open and says nothing more: only the client's own deadline ends it."""
    endless: bytes = b""
    """Sent again and again until the client hangs up."""


def _chunked(body: bytes, dice: random.Random) -> bytes:
    wire, at = b"", 0
    while at < len(body):
        size = dice.randint(1, 700)
        piece = body[at : at + size]
        wire, at = wire + b"%x\r\n%b\r\n" % (len(piece), piece), at + size
    return _OK + b"Transfer-Encoding: chunked\r\n\r\n" + wire + b"0\r\n\r\n"


def _plain(body: bytes, dice: random.Random, length: int = 0) -> bytes:
    return (
        _OK + b"X-Filler: %b\r\nContent-Length: %d\r\n\r\n" % (b"x" * dice.randint(0, 300), len(body) + length) + body
    )


def _gzip(body: bytes, dice: random.Random) -> bytes:
    squeezer = zlib.compressobj(dice.randint(1, 9), wbits=31)
    packed = squeezer.compress(body) + squeezer.flush()
    return _OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed) + packed


def _cut(body: bytes, dice: random.Random) -> bytes:
    wire = dice.choice((_plain, _chunked, _gzip))(body, dice)
    return wire[: dice.randint(0, len(wire) - 1)]


def _spoilt(body: bytes, dice: random.Random) -> bytes:
    wire = bytearray(dice.choice((_plain, _chunked, _gzip))(body, dice))
    for _ in range(dice.randint(1, 8)):
        at = dice.randrange(len(wire))
        wire[at : at + dice.randint(0, 2)] = dice.randbytes(dice.randint(0, 2))
    return bytes(wire)


TRICKS: dict[str, Trick] = {
    "plain": Trick(_plain, good=True),
    "chunked": Trick(_chunked, good=True),
    "gzip": Trick(_gzip, good=True),
    "after-hints": Trick(lambda b, d: b"HTTP/1.1 100 Continue\r\n\r\n" * d.randint(1, 9) + _plain(b, d), good=True),
    "stranger-behind": Trick(lambda b, d: _plain(b, d) + _STRANGER, good=True),
    "too-short": Trick(lambda b, d: _plain(b, d, -3) + _STRANGER, good=False, spoilt=True),
    "too-long": Trick(lambda b, d: _plain(b, d, 7), good=False),
    "too-long-and-silent": Trick(lambda b, d: _plain(b, d, 7), good=False, hangs=True),
    "cut": Trick(_cut, good=False),
    "silent": Trick(lambda b, d: b"", good=False, hangs=True),
    "half-a-head": Trick(lambda b, d: _OK + b"X: 1", good=False, hangs=True),
    "spoilt": Trick(_spoilt, good=False, spoilt=True),
    "noise": Trick(lambda b, d: d.randbytes(d.randint(1, 3000)) + b"\r\n\r\n", good=False),
    "two-lengths": Trick(lambda b, d: _OK + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", good=False),
    "length-and-chunks": Trick(
        lambda b, d: _OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", good=False
    ),
    "huge-chunk": Trick(lambda b, d: _OK + b"Transfer-Encoding: chunked\r\n\r\n%b\r\n" % (b"f" * 17), good=False),
    "upgrade": Trick(lambda b, d: b"HTTP/1.1 101 X\r\nUpgrade: y\r\nConnection: Upgrade\r\n\r\n", good=False),
    "endless-heads": Trick(lambda b, d: _OK, good=False, endless=b"X-Again: and again\r\n" * 200),
    "endless-hints": Trick(lambda b, d: b"", good=False, endless=b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n" * 99),
    "endless-line": Trick(lambda b, d: _OK + b"X: ", good=False, endless=b"x" * 4000),
}


def body_of(number: int) -> bytes:
    """The body that belongs to a request: no other has it."""
    return (f"<{number}>" * (1 + number % 97)).encode()


@dataclass(frozen=True, slots=True)
class HostileServer:
    """A running one."""

    port: int
    ca_file: Path


@contextmanager
def hostile_server(folder: Path) -> Iterator[HostileServer]:
    """Serves `/<trick>/<number>` on 127.0.0.1 in a process of its own, which takes no turns from the client's."""
    command = [sys.executable, "-m", "benchmarks.measuring.hostile_server", str(folder)]
    with subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        try:
            yield HostileServer(int(process.stdout.readline()), folder / _CA_FILE)
        finally:
            process.stdin.close()


def _serve_until_told(folder: Path) -> None:
    """Writes the port, and ends with its standard input."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / _CA_FILE))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(NAME).configure_cert(tls)
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        threading.Thread(target=_accept, args=(listener, tls), daemon=True).start()
        print(listener.getsockname()[1], flush=True)
        sys.stdin.read()


def _accept(listener: socket.socket, tls: ssl.SSLContext) -> None:
    while True:
        try:
            plain, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_serve, args=(plain, tls), daemon=True).start()


def request_head(connection: socket.socket) -> bytes:
    """All that came until the head of a request was whole; nothing when its sender has gone before."""
    head = b""
    while b"\r\n\r\n" not in head:
        piece = connection.recv(65_536)
        if not piece:
            return b""
        head += piece
    return head


def _serve(plain: socket.socket, tls: ssl.SSLContext) -> None:
    plain.settimeout(30)
    with suppress(OSError, ValueError), tls.wrap_socket(plain, server_side=True) as secured:
        while True:
            asked = request_head(secured)
            if not asked:
                return
            _, name, number = asked.split(b" ", 2)[1].decode().split("/")
            trick, dice = TRICKS[name], random.Random(int(number))
            wire = trick.wire(body_of(int(number)), dice)
            while wire:
                size = dice.choice((1, 5, 100, 100_000))
                secured.sendall(wire[:size])
                wire = wire[size:]
            while trick.endless:
                secured.sendall(trick.endless)
            if trick.hangs:
                secured.recv(1)
                return
            if not trick.good:
                if dice.random() < 0.5:
                    # With TLS's own goodbye; without it a server was killed, or somebody cut the line.
                    secured.settimeout(0.2)
                    secured.unwrap()
                return


if __name__ == "__main__":
    _serve_until_told(Path(sys.argv[1]))
