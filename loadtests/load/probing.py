"""Measuring an entrance from outside: a few dozen tiny requests, one after another, with the time of every step."""

import socket
import ssl
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPSConnection
from statistics import median, quantiles
from typing import Any

from loadtests import __version__
from loadtests.config.environment import Entrance
from loadtests.load.client.route import Route
from loadtests.load.dialling import dial
from loadtests.load.gateway import Gateway, NoWay
from loadtests.load.peer_certificate import issuer_of
from loadtests.load.trust import trusting
from loadtests.load.tunnel import not_reached, open_tunnel

TINY = "favicon.ico"
"""What is asked for: whatever the answer (200, 302, 401, 404), it is short and costs the server next to nothing."""
NEW, KEPT = 10, 20
"""Requests on a connection of their own, and on one that was opened before: 20, as Microsoft's own page takes."""
_WAIT_S = 20


@dataclass(frozen=True, slots=True)
class Probe:
    """One request. Times in seconds; those of a kept connection have no look-up, connect and TLS."""

    lookup_s: float
    connect_s: float
    tls_s: float
    first_byte_s: float
    """From the request sent to the first byte of its answer."""
    opened: bool
    """It opened a connection of its own."""
    sent_at: float
    """Wall clock of this machine, as `received_at`."""
    received_at: float
    headers: tuple[tuple[str, str], ...]
    """Names in lower case."""
    round_trip_s: float = 0.0
    """What of `connect_s` is one round trip to the server: all of it, or through a proxy the time of its answer."""

    def header(self, name: str) -> str:
        """The first header of a name; empty when there is none."""
        return next((value for key, value in self.headers if key == name), "")


@dataclass(frozen=True, slots=True)
class Line:
    """The middle and the slow end of one kind of time, in seconds."""

    middle: float
    slow: float

    @classmethod
    def of(cls, seconds: Iterable[float]) -> "Line":
        """Median and 95th percentile (ValueError without any)."""
        values = sorted(seconds)
        return cls(median(values), quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0])


@dataclass(frozen=True, slots=True)
class Handshake:
    """What a TLS handshake that offers everything agrees on."""

    tls: str
    """`TLSv1.3`."""
    http2: bool
    issuer: str
    """Who signed the certificate."""


def probe(entrance: Entrance, gateway: Gateway | None = None, *, new: int = NEW, kept: int = KEPT) -> list[Probe]:
    """The entrance's probes in order, first those on new connections. `ConnectionError` when it does not answer."""
    found: list[Probe] = []
    connection = _TimedConnection(entrance, gateway)
    try:
        for number in range(new + kept):
            # The last connection opened is the one that is kept.
            if number < new:
                connection.close()
            found.append(_ask(connection))
    except (OSError, HTTPException, NoWay) as error:
        raise ConnectionError(str(error) or type(error).__name__) from None
    finally:
        connection.close()
    return found


def shake_hands(entrance: Entrance, gateway: Gateway | None = None) -> Handshake:
    """One verified handshake without a request. `OSError` when there is no connection, or no trust."""
    context = trusting(ssl.SSLContext, entrance.ca_file)
    context.set_alpn_protocols(["h2", "http/1.1"])
    _, host, port = entrance.origin
    with (
        dial(_route(entrance, gateway), host, port, _WAIT_S) as plain,
        context.wrap_socket(plain, server_hostname=host) as secured,
    ):
        certificate = secured.getpeercert(binary_form=True) or b""
        return Handshake(secured.version() or "", secured.selected_alpn_protocol() == "h2", issuer_of(certificate))


def clock_ahead(probes: Sequence[Probe]) -> tuple[float, float] | None:
    """Between which bounds the server's clock is ahead of this machine's, in seconds; None without a `Date`.

    A `Date` has whole seconds and was written between sending and receiving: each answer bounds the difference, several
    together bound it closer than any alone. Bounds that do not overlap (a clock set meanwhile, several servers) give
    the widest.
    """
    bounds = []
    for one in probes:
        try:
            date = parsedate_to_datetime(one.header("date")).timestamp()
        except ValueError:
            continue
        bounds.append((date - one.received_at, date + 1.0 - one.sent_at))
    if not bounds:
        return None
    low, high = max(low for low, _ in bounds), min(high for _, high in bounds)
    return (low, high) if low <= high else (min(low for low, _ in bounds), max(high for _, high in bounds))


def _route(entrance: Entrance, gateway: Gateway | None) -> Route:
    return Route(entrance.ca_file, entrance.connect_to or "", gateway)


class _TimedConnection(HTTPSConnection):
    """Every new one looks the name up again, as a browser does that was just opened; sessions are not resumed."""

    def __init__(self, entrance: Entrance, gateway: Gateway | None) -> None:
        _, host, port = entrance.origin
        super().__init__(host, port, timeout=_WAIT_S)
        route = _route(entrance, gateway)
        self._target, self._gateway = route.dialled(host, port), route.gateway_to(host)
        self._trust = trusting(ssl.SSLContext, entrance.ca_file)
        self.steps: tuple[float, float, float, float] | None = None
        """Look-up, connect, TLS, and a round trip, of the connection just opened, in seconds; None once told."""

    def connect(self) -> None:
        """As HTTPSConnection's, by the clock."""
        began = time.perf_counter()
        gateway = self._gateway
        try:
            dialled = gateway.proxy.address if gateway else self._target
            found = socket.getaddrinfo(*dialled, 0, socket.SOCK_STREAM)
            looked_up = time.perf_counter()
            plain = _connected([(family, address) for family, _, _, _, address in found])
        except OSError as error:
            raise not_reached(gateway.proxy, error) if gateway else error from None
        connected = asked = time.perf_counter()
        try:
            if gateway is not None:
                open_tunnel(plain, *self._target, gateway, _WAIT_S)
                connected = time.perf_counter()
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.sock = self._trust.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise
        away = connected - (asked if gateway else looked_up)
        self.steps = looked_up - began, connected - looked_up, time.perf_counter() - connected, away


def _connected(addresses: Sequence[tuple[int, Any]]) -> socket.socket:
    """The first of a name's addresses that answers."""
    for position, (family, address) in enumerate(addresses):
        plain = socket.socket(family, socket.SOCK_STREAM)
        plain.settimeout(_WAIT_S)
        try:
            plain.connect(address)
        except OSError:
            plain.close()
            if position + 1 == len(addresses):
                raise
        else:
            return plain
    raise OSError("the name has no address")


def _ask(connection: _TimedConnection) -> Probe:
    sent_at = time.time()
    connection.steps = None
    if connection.sock is None:
        connection.connect()
    opened = connection.steps
    began = time.perf_counter()
    connection.request("GET", f"/{TINY}", headers={"User-Agent": f"crmload/{__version__} (check)", "Accept": "*/*"})
    answer = connection.getresponse()
    first_byte = time.perf_counter() - began
    answer.read()
    lookup, connect, tls, away = opened or (0.0, 0.0, 0.0, 0.0)
    return Probe(
        lookup_s=lookup,
        connect_s=connect,
        tls_s=tls,
        first_byte_s=first_byte,
        opened=opened is not None,
        sent_at=sent_at,
        received_at=time.time(),
        headers=tuple((name.lower(), value) for name, value in answer.getheaders()),
        round_trip_s=away,
    )
