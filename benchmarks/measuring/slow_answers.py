"""A server that answers after a known time and keeps how long it really took: `... slow_answers CHAIN KEY`.

GET /<name>/<ms> is answered after so many milliseconds. What it keeps is the time from the request's arrival at this
machine, noted by the kernel, to the answer's departure: a request that waits until this process looks at it waits for
its answer. GET /truth tells what was kept, by path. It says `{"port": ...}` and ends with its standard input.
"""

import gc
import json
import math
import selectors
import socket
import ssl
import sys
from collections import defaultdict
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from time import perf_counter
from typing import Any

from loadtests.posix import arrived, note_arrivals

_MOST = 16_384


def _answer(body: str, more: str = "") -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return (head + body).encode()


ANSWER = _answer(json.dumps({"value": [], "filler": "x" * 3000}))


class Book:
    """Seconds that answers took, by path."""

    def __init__(self) -> None:
        self._took: defaultdict[str, list[float]] = defaultdict(list)

    def note(self, path: str, seconds: float) -> None:
        """One answer has left."""
        self._took[path].append(seconds)

    def told(self) -> str:
        """As JSON."""
        return json.dumps({path: _figures(sorted(took)) for path, took in self._took.items()})


class Server:
    """Everything in one thread: whoever is ready is read, then whatever is due is answered."""

    def __init__(self, chain: str, key: str) -> None:
        self.book = Book()
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(chain, key)
        self._selector = selectors.DefaultSelector()
        listening = socket.create_server(("127.0.0.1", 0), backlog=4096)
        listening.setblocking(False)
        self.port: int = listening.getsockname()[1]
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._number = count()
        self._ended = False
        self._selector.register(listening, selectors.EVENT_READ, lambda: self._accept(listening))
        self._selector.register(sys.stdin, selectors.EVENT_READ, self._end)

    def serve(self) -> None:
        """Until standard input ends."""
        due = self._due
        while not self._ended:
            ready = self._selector.select(max(0.0, due[0][0] - perf_counter()) if due else None)
            for key, _ in ready:
                key.data()
            while due and due[0][0] <= perf_counter():
                heappop(due)[2]()

    def later(self, at: float, act: Callable[[], None]) -> None:
        """Act at this moment of `time.perf_counter`, or a little after it."""
        heappush(self._due, (at, next(self._number), act))

    def forget(self, plain: socket.socket) -> None:
        """Close a connection."""
        self._selector.unregister(plain)
        plain.close()

    def _accept(self, listening: socket.socket) -> None:
        plain, _ = listening.accept()
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        tls = self._context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
        tls.setblocking(False)
        self._selector.register(tls, selectors.EVENT_READ, Connection(self, tls).readable)

    def _end(self) -> None:
        self._ended = True


class Connection:
    """One client's: a request, its answer, the next."""

    def __init__(self, server: Server, tls: ssl.SSLSocket) -> None:
        self._server = server
        self._tls = tls
        # TLS sockets refuse what looks at bytes as they came.
        self._plain: Any = super(ssl.SSLSocket, tls)
        self._open = False
        note_arrivals(self._plain)

    def readable(self) -> None:
        """Bytes of the handshake, or a whole request: one in pieces, or with a body, is not read."""
        try:
            if not self._open:
                self._tls.do_handshake()
                self._open = True
                return
            came = arrived(self._plain)
            head = self._tls.read(_MOST).decode("latin-1")
            if not head.startswith("GET /") or not head.endswith("\r\n\r\n"):
                self._server.forget(self._tls)
                return
            self._asked(head[4 : head.index(" ", 4)], came)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return
        except OSError:
            self._server.forget(self._tls)  # gone in the middle

    def _asked(self, path: str, came: float) -> None:
        if path == "/truth":
            self._tls.write(_answer(self._server.book.told(), "Connection: close\r\n"))
            self._server.forget(self._tls)
            return
        takes_s = int(path.rpartition("/")[2]) / 1000
        self._server.later(came + takes_s, lambda: self._answer(path, came))

    def _answer(self, path: str, came: float) -> None:
        if self._tls.fileno() < 0:
            return  # nobody waits for it any more
        try:
            self._tls.write(ANSWER)
        except OSError:
            self._server.forget(self._tls)
        else:
            self._server.book.note(path, perf_counter() - came)


def _figures(took: list[float]) -> dict[str, float]:
    def percentile(percent: float) -> float:
        return 1000 * took[max(0, math.ceil(percent / 100 * len(took)) - 1)]

    return {"n": len(took), "p50_ms": percentile(50), "p99_ms": percentile(99)}


def main(chain: str, key: str) -> None:
    """Serve."""
    # It would look through everything now and then, and answer nobody meanwhile.
    gc.disable()
    server = Server(chain, key)
    print(json.dumps({"port": server.port}), flush=True)
    server.serve()


if __name__ == "__main__":
    main(*sys.argv[1:])
