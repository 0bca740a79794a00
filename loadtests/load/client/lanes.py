"""One person's connections to one origin: six at most, as browsers have; further requests wait their turn."""

from collections import deque
from typing import Any, Protocol

import gevent
from gevent import get_hub

from loadtests.config.environment import Origin
from loadtests.load.client.connection import Connection
from loadtests.load.client.cookies import Cookies
from loadtests.load.client.deadlines import Deadlines
from loadtests.load.client.opening import Names, NotOpened, Opening, open_connection
from loadtests.load.client.place import Place
from loadtests.load.client.request_bytes import request_bytes
from loadtests.load.client.route import Route
from loadtests.load.client.waking import Waking
from loadtests.load.exchange import FailureKind, Request
from loadtests.load.traffic import PER_HOST


class Waiting(Protocol):
    """Who wants a connection."""

    opening: Opening | None

    def run(self, connection: Connection) -> None:
        """Here it is."""

    def not_opened(self, kind: FailureKind, text: str) -> None:
        """It could not be opened."""


class Lanes:
    """Connections are made when none is free, and kept until the server or the person closes them."""

    __slots__ = ("_count", "_idle", "_opening", "_place", "_route", "_waiting", "cookies", "deadlines", "host", "names",
                 "origin", "timeout_s", "waking")  # fmt: skip

    def __init__(
        self,
        place: Place,
        route: Route,
        cookies: Cookies,
        names: Names,
        deadlines: Deadlines,
        waking: Waking,
        timeout_s: float,
    ) -> None:
        self._place = place
        self.origin: Origin = place.origin
        """Where they lead."""
        self.host = place.origin[1]
        """The name that cookies belong to."""
        self._route = route
        self.cookies = cookies
        self.names = names
        self.deadlines = deadlines
        self.waking = waking
        self.timeout_s = timeout_s
        self._idle: list[Connection] = []
        self._count = 0
        """Connections that are open or being opened."""
        self._opening: dict[Waiting, Any] = {}
        """Who waits for a new one -> the greenlet that opens it."""
        self._waiting: deque[Waiting] | None = None

    def wire_form(self, request: Request, target: str) -> bytes:
        """A request as it goes over a connection to here; ValueError as `request_bytes`."""
        cookies = self.cookies.header(self.host, target) if self.cookies.kept else ""
        return request_bytes(request, self._place.authority, target, cookies)

    def admit(self, one: Waiting) -> None:
        """Let it run as soon as a connection is free, an open one rather than a new one."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.closed:
                one.run(connection)
                return
            self._count -= 1
        if self._count < PER_HOST:
            self._open_for(one)
        else:
            if self._waiting is None:
                self._waiting = deque()
            self._waiting.append(one)

    def again(self, one: Waiting) -> None:
        """Its connection was stale, as others here may be: it gets a new one."""
        self._count -= 1
        self._open_for(one)

    def leave(self, connection: Connection) -> None:
        """The connection is free again, or closed."""
        if self._waiting:
            one = self._waiting.popleft()
            if connection.closed:
                self._count -= 1
                self._open_for(one)
            else:
                one.run(connection)
        elif connection.closed:
            self._count -= 1
        else:
            self._idle.append(connection)

    def withdraw(self, one: Waiting) -> None:
        """It waits no longer."""
        greenlet = self._opening.pop(one, None)
        if greenlet is not None:
            greenlet.kill(block=False)
            self._one_less()
        elif self._waiting and one in self._waiting:
            self._waiting.remove(one)

    def close(self) -> None:
        """Close all connections; nobody may be on one."""
        for connection in self._idle:
            connection.close()
        self._count -= len(self._idle)
        self._idle.clear()

    def _one_less(self) -> None:
        """A connection that was to come will not."""
        self._count -= 1
        if self._waiting:
            self._open_for(self._waiting.popleft())

    def _open_for(self, one: Waiting) -> None:
        self._count += 1
        one.opening = Opening()
        self._opening[one] = gevent.spawn(self._open, one, one.opening)

    def _open(self, one: Waiting, times: Opening) -> None:
        try:
            opened = open_connection(self._place.origin, self._route, self.names, times)
        except NotOpened as why:
            get_hub().loop.run_callback(self._not_opened, one, why)
        else:
            get_hub().loop.run_callback(self._opened, one, opened)

    def _opened(self, one: Waiting, opened: Any) -> None:
        if self._opening.pop(one, None) is None:
            opened.close()  # it did not wait so long
        else:
            one.run(Connection(opened))

    def _not_opened(self, one: Waiting, why: NotOpened) -> None:
        if self._opening.pop(one, None) is not None:
            one.not_opened(why.kind, why.text)
            self._one_less()
