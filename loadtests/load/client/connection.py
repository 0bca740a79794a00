"""One open connection: a request out, its answer in, by callbacks of gevent's hub. Nothing here blocks.

Its watcher stays on while it is idle, so that a server that hangs up is noticed at once and not by the next request;
this costs neither a system call a request nor a look before each, which `select` can do for 1,024 files only.
"""

from functools import lru_cache
from typing import Any, Protocol

from gevent import get_hub
from gevent.ssl import SSLEOFError, SSLWantReadError, SSLWantWriteError

from loadtests.load.client.answer import AnswerReader, BadAnswer
from loadtests.load.exchange import FailureKind
from loadtests.posix import arrived, note_arrivals

_READ, _WRITE = 1, 2
_RECORD = 16_384
"""The most that one TLS record brings."""


class Awaiting(Protocol):
    """Whoever waits for the answer on a connection: told that it has come, and then that the connection is free again;
    or that it will not come."""

    first_byte: float
    last_byte: float
    """When they came to this machine, however much later they are read."""

    def answered(self, reader: AnswerReader) -> None:
        """Take from the reader what is wanted of the answer."""

    def released(self) -> None:
        """The connection is free, or closed."""

    def broken(self, kind: FailureKind, text: str, stale: bool) -> None:
        """The connection is closed; `stale` when it had served before and no byte of this answer came."""


class Connection:
    """Carries one request at a time."""

    __slots__ = ("_awaiting", "_out", "_plain", "_reader", "_reading", "_room", "_socket", "_tls", "_writing", "closed",
                 "used")  # fmt: skip

    def __init__(self, opened: Any) -> None:
        """`opened`: a TLS socket that does not block."""
        self._socket = opened
        # What gevent puts around it waits, which nothing here does; it takes a tenth of a request's time.
        self._tls: Any = opened._sslobj
        self._plain: Any = opened._sock
        note_arrivals(self._plain)
        self._reader = AnswerReader()
        self._awaiting: Awaiting | None = None
        self._out: Any = None
        self._writing: Any = None
        self.closed = False
        self.used = False
        """It has carried an answer: what breaks now may only be stale."""
        # Before timers, whose people would act in the time of answers that lie there unread.
        hub = get_hub()
        self._room = _room_of(hub)
        loop = hub.loop
        self._reading = loop.io(opened.fileno(), _READ, priority=loop.MAXPRI)
        self._reading.start(self._readable)

    def send(self, awaiting: Awaiting, method: str, data: bytes) -> None:
        """Send a request; `awaiting` is told, in the hub or here and now, what became of it."""
        self._awaiting = awaiting
        self._reader.expect(method)
        try:
            sent = self._tls.write(data)
            if sent < len(data):
                self._out = memoryview(data)[sent:]
                self._write()
        except (SSLWantReadError, SSLWantWriteError):
            self._out = memoryview(data)
            self._write_later()
        except OSError as error:
            self._break("reset", f"while the request was sent: {error}")

    def close(self) -> None:
        """Close it; nobody is told."""
        if self.closed:
            return
        self.closed = True
        self._awaiting = self._out = None
        for watcher in (self._reading, self._writing):
            if watcher is not None:
                watcher.stop()
                watcher.close()
        self._reading = self._writing = self._tls = self._plain = None
        self._reader.close()
        self._socket.close()

    def _write(self) -> None:
        """Send what is left of the request, as much as there is room for."""
        try:
            while self._out:
                self._out = self._out[self._tls.write(self._out) :]
        except (SSLWantReadError, SSLWantWriteError):
            self._write_later()
            return
        except OSError as error:
            self._break("reset", f"while the request was sent: {error}")
            return
        self._out = None
        if self._writing is not None:
            self._writing.stop()
            self._writing.close()
            self._writing = None

    def _write_later(self) -> None:
        """When there is room again."""
        if self._writing is None:
            self._writing = get_hub().loop.io(self._socket.fileno(), _WRITE)
            self._writing.start(self._write)

    def _readable(self) -> None:
        try:
            came = arrived(self._plain)
            # One record: OpenSSL reads no further, so that what else has come wakes the watcher again.
            self._take(self._room[: self._tls.read(_RECORD, self._room)].tobytes(), came)
        except (SSLWantReadError, SSLWantWriteError):
            # Half a record, or one that is none of ours (a session ticket).
            return
        except SSLEOFError:
            self._break("reset", "the server broke the connection off")
        except OSError as error:
            self._break("reset", str(error))
        except BadAnswer as error:
            self._break("protocol", str(error))

    def _take(self, data: bytes, came: float) -> None:
        awaiting, reader = self._awaiting, self._reader
        if awaiting is None:
            # The server closes an idle connection, or speaks without being asked.
            self.close()
            return
        if not data:
            if not reader.end():
                self._break("reset", "the server closed the connection before the answer was complete")
                return
        else:
            if not reader.received:
                awaiting.first_byte = came
            if not reader.feed(data):
                return
        self._awaiting = None
        self.used = True
        if not reader.keep or reader.excess or self._out is not None:
            self.close()
        awaiting.last_byte = came
        awaiting.answered(reader)
        reader.forget()
        awaiting.released()

    def _break(self, kind: FailureKind, text: str) -> None:
        awaiting, stale = self._awaiting, self.used and not self._reader.received
        self.close()
        self._reader.forget()
        if awaiting is not None:
            awaiting.broken(kind, text, stale)


@lru_cache(maxsize=4)
def _room_of(_: Any) -> memoryview:
    """Where all connections of a hub read a record to before it is taken out at its own length: nobody waits meanwhile.

    Asked for one by one, such rooms leave what an answer does not need between objects that stay, as memory that is
    never whole again.
    """
    return memoryview(bytearray(_RECORD))
