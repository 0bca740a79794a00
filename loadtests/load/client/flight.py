"""One request on its way to its answer: in the queue, over a connection, once more where that was stale."""

from collections.abc import Callable
from time import perf_counter
from typing import Any

from loadtests.config.environment import Origin
from loadtests.load.client.answer import AnswerReader, BadAnswer
from loadtests.load.client.connection import Connection
from loadtests.load.client.lanes import Lanes
from loadtests.load.client.opening import Opening
from loadtests.load.exchange import FailureKind, Headers, Phases, Request, Response, TransportFailure

_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
"""What may be sent twice (RFC 9110, 9.2.2)."""
_NONE = Headers(b"")


class Flight:
    """`exchanges` are what was exchanged so far; the last is the answer."""

    __slots__ = ("_begun", "_connection", "_done", "_lanes", "_sent_at", "_sent_bytes", "_target", "_tried_again",
                 "due", "ended", "exchanges", "first_byte", "last_byte", "opening", "origin", "request")  # fmt: skip

    def __init__(self, request: Request, target: str, lanes: Lanes) -> None:
        self.request = request
        self.origin: Origin = lanes.origin
        """Where it goes."""
        self.exchanges: list[Response] = []
        self.opening: Opening | None = None
        """What it cost to open a connection for this request; None over one that was open."""
        self.first_byte = self.last_byte = 0.0
        self.ended = False
        self._target = target
        self._lanes = lanes
        self._connection: Connection | None = None
        self._tried_again = False
        self._sent_at = 0.0
        self._sent_bytes = 0
        self._done: Callable[[None], None] = _nothing
        self._begun = self.due = 0.0

    def begin(self, done: Callable[[None], None]) -> None:
        """Send it when a connection is free; `done` is called once with None, in the hub."""
        self._done = done
        self._begun = now = perf_counter()
        self.due = now + (self.request.timeout_s or self._lanes.timeout_s)
        self._lanes.deadlines.add(self)
        self._lanes.admit(self)

    def cut_off(self) -> bool:
        """End it in the middle; True when its request had left, so that the server has counted it."""
        if self.ended:
            return True
        sent = self._sent_at > 0
        self._done = _nothing
        self._fail("cancelled", "the run ended")
        return sent

    def run(self, connection: Connection) -> None:
        """This connection is ours until the answer."""
        self._connection = connection
        request = self.request
        try:
            data = self._lanes.wire_form(request, self._target)
        except ValueError as error:
            self._fail("protocol", f"the request was not sent: {error}")
            return
        self._sent_bytes = len(data)
        self._sent_at = perf_counter()
        connection.send(self, request.method, data)

    def not_opened(self, kind: FailureKind, text: str) -> None:
        """No connection could be opened for it."""
        self._fail(kind, text)

    def overdue(self) -> None:
        """Its time is over."""
        if self.ended:
            return
        after = f"{self.due - self._begun:g} s"
        if not self._sent_at:
            what = "no connection was free or could be opened" if self.opening is None else "no connection was open"
            self._fail("timeout", f"{what} after {after}")
        elif not self.first_byte:
            self._fail("timeout", f"no byte of the answer after {after}")
        else:
            self._fail("timeout", f"the answer was not complete after {after}")

    def next_leg(self) -> None:
        """`request` is the next of a sign-in that goes over one connection."""
        connection = self._connection
        assert connection is not None
        self._begun = perf_counter()
        self.opening, self.first_byte, self.last_byte = None, 0.0, 0.0
        if connection.closed:
            self._connection, self._sent_at = None, 0.0
            self._lanes.again(self)
        else:
            self.run(connection)

    # -- what the connection calls ---------------------------------------------------------------------------------

    def answered(self, reader: AnswerReader) -> None:
        """The answer is there."""
        headers = reader.headers
        if headers.says(b"set-cookie:"):
            self._lanes.cookies.take(self._lanes.host, self._target, headers.all("set-cookie"))
        try:
            response = Response(self.request, reader.status, headers, reader.body())
        except BadAnswer as error:
            response = Response(self.request, 0, headers, b"")
            response.failure = TransportFailure("protocol", str(error))
        response.received = reader.received
        self._time(response)
        self.exchanges.append(response)

    def broken(self, kind: FailureKind, text: str, stale: bool) -> None:
        """The connection broke; once more over another, when the request was never read and may be sent twice."""
        if stale and not self._tried_again and self.request.method in _IDEMPOTENT:
            self._tried_again = True
            self._connection, self._sent_at = None, 0.0
            self._lanes.again(self)
            return
        self._fail(kind, text)

    # ----------------------------------------------------------------------------------------------------------------

    def _time(self, response: Response) -> None:
        # A wall clock that is set meanwhile could move an answer to before its request.
        response.last_byte = end = max(self.last_byte or perf_counter(), self._sent_at)
        response.elapsed_us = total = int((end - self._begun) * 1e6)
        response.sent = self._sent_bytes if self._sent_at else 0
        first = min(max(self.first_byte or end, self._sent_at), end)
        transfer = int((end - first) * 1e6)
        opening = self.opening
        if opening is None:
            response.phases = Phases(0, 0, 0, total - transfer, transfer)
            tls = 0
        else:
            lookup, connect, tls = opening.name_lookup, opening.connect, opening.tls
            waiting = max(0, total - transfer - lookup - connect - tls)
            response.phases = Phases(lookup, connect, tls, waiting, transfer)
            response.opened = tls > 0
            response.round_trip_us = opening.round_trip
        if self._sent_at:
            response.server_us = max(0, int((first - self._sent_at) * 1e6)) + tls

    def _fail(self, kind: FailureKind, text: str) -> None:
        response = Response(self.request, 0, _NONE, b"")
        response.failure = TransportFailure(kind, text)
        self._time(response)
        self.exchanges.append(response)
        if self._connection is not None:
            self._connection.close()
        else:
            self._lanes.withdraw(self)
        self._finish()

    def _finish(self) -> None:
        if self.ended:
            return
        self.ended = True
        lanes = self._lanes
        lanes.deadlines.discard(self)
        connection, self._connection = self._connection, None
        if connection is not None:
            lanes.leave(connection)
        # Whoever is told holds this flight: a circle would keep the answer until Python looks for circles, which in a
        # process with many objects is seldom.
        done, self._done = self._done, _nothing
        lanes.waking.later(done)

    released = _finish
    """The connection is free, or closed."""


def _nothing(_: None) -> Any:
    """Nobody waits."""
