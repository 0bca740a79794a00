"""The HTTP client of one person: libcurl under gevent, with the habits of a browser.

Six connections a host, kept alive; cookies of its own; certificates always verified. It follows no redirect by itself,
because each exchange is counted, and sends nothing to an origin that the environment file does not name.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from gevent.event import Event

from loadtests.config.environment import Origin, origin_of
from loadtests.errors import SafetyStop
from loadtests.load.curl_loop import CurlLoop
from loadtests.load.exchange import Headers, Request, Response, TransportFailure
from loadtests.load.handshake import WindowsAccount
from loadtests.load.signed_in import SignedIn
from loadtests.load.traffic import PER_HOST, Exchanged, TrafficMeter
from loadtests.load.transfer import TIMEOUT_S, Handles, Transfer
from loadtests.load.windows import WindowsDelivery, WindowsLanes

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
        observer: Observer,
        windows: WindowsAccount | None = None,
        proof: Callable[[], SignedIn | None] = lambda: None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        """`windows`: who signs in to which origin by Windows sign-in; other origins are not offered it. `proof`: what
        proves the person now; a request that is refused because it has ended is sent again once it is made good."""
        self._allowed = allowed
        self._observer = observer
        self._handles = Handles(ca_file=ca_file, connect_to=connect_to, timeout_s=timeout_s)
        self._loop = CurlLoop(PER_HOST)
        self._proof = proof
        self._windows = WindowsLanes(windows) if windows else None
        self.traffic = TrafficMeter()

    def send(self, request: Request) -> Response:
        """One exchange. Never raises for what the network or the server does: see `Response.failure`."""
        return self.send_all([request])[0]

    def send_all(self, requests: Sequence[Request]) -> list[Response]:
        """Exchanges in parallel, six to a host at a time; answers in the order of the requests.

        Raises `OriginRefused`, before anything is sent, when one of them leads outside the environment; `NotOk` when
        the person's proof has ended in the middle of work and they cannot come in again.
        """
        proof = self._proof()
        generation = proof.generation if proof else 0
        answers = self._wave(requests)
        refused = [i for i, answer in enumerate(answers) if proof is not None and proof.refused(answer)]
        if proof is not None and refused:
            proof.make_good(generation)
            again = self._wave([proof.proved(requests[i]) for i in refused])
            for position, answer in zip(refused, again, strict=True):
                answers[position] = answer
        return answers

    def _wave(self, requests: Sequence[Request]) -> list[Response]:
        for request in requests:
            if origin_of(request.url) not in self._allowed:
                raise OriginRefused(
                    f"{request.template} leads to {_without_query(request.url)}, no entrance of the environment",
                    next_step="if people really need that host, add its entrance to the environment file",
                )
        deliveries = [self._delivery(request) for request in requests]
        left = len(deliveries)
        all_done = Event()

        def one_done() -> None:
            nonlocal left
            left -= 1
            if left == 0:
                all_done.set()

        try:
            for delivery in deliveries:
                delivery.begin(one_done)
            if deliveries:
                all_done.wait()
        except BaseException:
            # The person is taken away in the middle: what was sent still counts, as it does in the server's own log.
            for delivery in deliveries:
                sent = delivery.cut_off()
                self._observe(delivery.exchanges if sent else delivery.exchanges[:-1])
            raise
        for delivery in deliveries:
            self._observe(delivery.exchanges)
        self.traffic.wave([_exchanged(delivery.exchanges) for delivery in deliveries])
        return [delivery.exchanges[-1] for delivery in deliveries]

    def forget_cookies(self) -> None:
        """As a browser whose windows were all closed."""
        self._handles.forget_cookies()

    def close_connections(self) -> None:
        """Close every open connection; cookies stay."""
        self.close()
        self._loop = CurlLoop(PER_HOST)
        self.traffic.disconnected()

    def close(self) -> None:
        """End everything."""
        self._loop.close()
        if self._windows is not None:
            self._windows.close()
        self._handles.close()

    def _delivery(self, request: Request) -> "_Delivery":
        if self._windows is not None and origin_of(request.url) == self._windows.origin:
            return WindowsDelivery(request, self._windows, self._handles)
        return Transfer(request, self._loop, self._handles)

    def _observe(self, exchanges: Sequence[Response]) -> None:
        for exchange in exchanges:
            self._observer(exchange)


class _Delivery(Protocol):
    """A request on its way to its answer, with the exchanges that this takes."""

    @property
    def exchanges(self) -> list[Response]: ...

    def begin(self, done: Callable[[], None]) -> None: ...

    def cut_off(self) -> bool: ...


def _exchanged(exchanges: Sequence[Response]) -> Exchanged:
    return Exchanged(
        origin_of(exchanges[-1].request.url),
        any(exchange.opened for exchange in exchanges),
        sum(exchange.sent for exchange in exchanges),
        sum(exchange.received for exchange in exchanges),
        len(exchanges) - 1,
        sum(exchange.server_us for exchange in exchanges),
        max(exchange.phases.connect for exchange in exchanges),
    )


def _without_query(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"
