"""The HTTP client of one person: gevent's sockets and llhttp, with the habits of a browser.

Six connections a host, kept alive; cookies of its own; certificates always verified. It follows no redirect by itself,
because each exchange is counted, and sends nothing to an origin that the environment file does not name.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

from gevent import get_hub
from gevent.hub import Waiter

from loadtests.config.environment import Origin
from loadtests.errors import SafetyStop
from loadtests.load.client.cookies import Cookies
from loadtests.load.client.deadlines import deadlines_of
from loadtests.load.client.flight import Flight
from loadtests.load.client.lanes import Lanes
from loadtests.load.client.lateness import Lateness
from loadtests.load.client.opening import Names
from loadtests.load.client.place import Place, split
from loadtests.load.client.route import Route
from loadtests.load.client.waking import waking_of
from loadtests.load.exchange import Headers, Request, Response, TransportFailure
from loadtests.load.gateway import Gateway
from loadtests.load.handshake import WindowsAccount
from loadtests.load.signed_in import SignedIn
from loadtests.load.traffic import Exchanged, TrafficMeter
from loadtests.load.windows import WindowsFlight

TIMEOUT_S = 60.0
"""When a person has given up; recorded at this value."""

__all__ = ["Headers", "HttpClient", "OriginRefused", "Request", "Response", "TransportFailure"]


class OriginRefused(SafetyStop):
    """Something (a redirect, a link) led outside the environment file; no packet was sent."""


Observer = Callable[[Response], None]
"""Told of every exchange that was sent, as soon as it has ended."""


class HttpClient:
    """Sends requests for one person and waits for them; other people go on meanwhile."""

    def __init__(
        self,
        *,
        allowed: frozenset[Origin],
        ca_file: Path | None,
        connect_to: str | None,
        gateway: Gateway | None = None,
        observer: Observer,
        windows: WindowsAccount | None = None,
        proof: Callable[[], SignedIn | None] = lambda: None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        """`windows`: who signs in to which origin by Windows sign-in; other origins are not offered it. `proof`: what
        proves the person now; a request that is refused because it has ended is sent again once it is made good."""
        self._allowed = allowed
        self._observer = observer
        self._route = Route(ca_file, connect_to or "", gateway)
        self._timeout_s = timeout_s
        self._cookies = Cookies()
        self._names = Names()
        self._lanes: dict[Origin, Lanes] = {}
        self._proof = proof
        self._windows = windows
        self.traffic = TrafficMeter()
        self.lateness = Lateness()

    def send(self, request: Request) -> Response:
        """One exchange. Never raises for what the network or the server does: see `Response.failure`."""
        proof = self._proof()
        if proof is None:
            return self._alone(request)
        generation = proof.generation
        answer = self._alone(request)
        if proof.refused(answer):
            proof.make_good(generation)
            return self._alone(proof.proved(request))
        return answer

    def send_all(self, requests: Sequence[Request]) -> list[Response]:
        """Exchanges in parallel, six to a host at a time; answers in the order of the requests.

        Raises `OriginRefused`, before anything is sent, when one of them leads outside the environment; `NotOk` when
        the person's proof has ended in the middle of work and they cannot come in again.
        """
        if len(requests) == 1:
            return [self.send(requests[0])]
        proof = self._proof()
        if proof is None:
            return self._wave(requests)
        generation = proof.generation
        answers = self._wave(requests)
        refused = [i for i, answer in enumerate(answers) if proof.refused(answer)]
        if refused:
            proof.make_good(generation)
            again = self._wave([proof.proved(requests[i]) for i in refused])
            for position, answer in zip(refused, again, strict=True):
                answers[position] = answer
        return answers

    def _wave(self, requests: Sequence[Request]) -> list[Response]:
        deliveries = [self._flight(request) for request in requests]
        wave = _Wave(len(deliveries))
        try:
            for delivery in deliveries:
                delivery.begin(wave.one_done)
            wave.wait()
        except BaseException:
            for delivery in deliveries:
                self._cut_off(delivery)
            raise
        self.lateness.noticed(
            max((delivery.exchanges[-1].last_byte for delivery in deliveries), default=perf_counter())
        )
        for delivery in deliveries:
            self._observe(delivery.exchanges)
        self.traffic.wave([_exchanged(delivery) for delivery in deliveries])
        return [delivery.exchanges[-1] for delivery in deliveries]

    def _alone(self, request: Request) -> Response:
        """A wave of one, as most are, without what only several need."""
        delivery = self._flight(request)
        waiter = Waiter()
        try:
            delivery.begin(waiter.switch)
            if not delivery.ended:
                waiter.get()
        except BaseException:
            self._cut_off(delivery)
            raise
        self.lateness.noticed(delivery.exchanges[-1].last_byte)
        for exchange in delivery.exchanges:
            self._observer(exchange)
        self.traffic.wave((_exchanged(delivery),))
        return delivery.exchanges[-1]

    def _cut_off(self, delivery: Flight) -> None:
        """The person is taken away in the middle: what was sent still counts, as it does in the server's own log."""
        sent = delivery.cut_off()
        self._observe(delivery.exchanges if sent else delivery.exchanges[:-1])

    def forget_cookies(self) -> None:
        """As a browser whose windows were all closed."""
        self._cookies.forget()

    def close_connections(self) -> None:
        """Close every open connection; cookies stay."""
        self.close()
        self.traffic.disconnected()

    def close(self) -> None:
        """End everything."""
        for lanes in self._lanes.values():
            lanes.close()
        self._lanes.clear()

    def _flight(self, request: Request) -> Flight:
        place, target = split(request.url)
        if place.origin not in self._allowed:
            raise OriginRefused(
                f"{request.template} leads to {_without_query(request.url)}, no entrance of the environment",
                next_step="if people really need that host, add its entrance to the environment file",
            )
        lanes = self._lanes.get(place.origin) or self._new_lanes(place)
        if self._windows is not None and place.origin == self._windows.origin:
            return WindowsFlight(request, target, lanes, self._windows)
        return Flight(request, target, lanes)

    def _new_lanes(self, place: Place) -> Lanes:
        hub = get_hub()
        lanes = Lanes(
            place, self._route, self._cookies, self._names, deadlines_of(hub), waking_of(hub), self._timeout_s
        )
        self._lanes[place.origin] = lanes
        return lanes

    def _observe(self, exchanges: Sequence[Response]) -> None:
        for exchange in exchanges:
            self._observer(exchange)


class _Wave:
    """The person waits until all that was sent at once is answered."""

    __slots__ = ("_left", "_waiter")

    def __init__(self, count: int) -> None:
        self._left = count
        self._waiter: Any = None

    def one_done(self, _: None) -> None:
        """In the hub."""
        self._left -= 1
        if not self._left and self._waiter is not None:
            self._waiter.switch(None)

    def wait(self) -> None:
        """Until none is left."""
        if self._left:
            self._waiter = Waiter()
            self._waiter.get()


def _exchanged(flight: Flight) -> Exchanged:
    exchanges = flight.exchanges
    if len(exchanges) == 1:
        one = exchanges[0]
        return Exchanged(flight.origin, one.opened, one.sent, one.received, 0, one.server_us, one.round_trip_us)
    return Exchanged(
        flight.origin,
        any(exchange.opened for exchange in exchanges),
        sum(exchange.sent for exchange in exchanges),
        sum(exchange.received for exchange in exchanges),
        len(exchanges) - 1,
        sum(exchange.server_us for exchange in exchanges),
        max(exchange.round_trip_us for exchange in exchanges),
    )


def _without_query(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"
