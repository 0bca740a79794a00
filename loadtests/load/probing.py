"""Measuring an entrance from outside: a few dozen tiny requests, one after another, with the time of every step."""

import ssl
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPSConnection
from statistics import median, quantiles

from loadtests import __version__
from loadtests.config.environment import Entrance
from loadtests.load.client.route import Route
from loadtests.load.dialling import Dialled, dial
from loadtests.load.gateway import Gateway
from loadtests.load.peer_certificate import issuer_of
from loadtests.load.tls_within import TlsSocket, TlsWithin
from loadtests.load.trust import shared_context, trusting

TINY = "favicon.ico"
"""What is asked for: whatever the answer (200, 302, 401, 404), it is short and costs the server next to nothing."""
NEW, KEPT = 10, 20
"""Requests on a connection of their own, and on one that was opened before: 20, as Microsoft's own page takes."""
_WAIT_S = 20
_MOST_BODY = 2**20
"""Bytes that are read of an answer; what has more is no tiny one, and its connection is given up."""


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
    """The entrance's probes in order, first those on new connections.

    `ConnectionError` when it does not answer, `NoWay` when the proxy is to blame.
    """
    found: list[Probe] = []
    connection = _TimedConnection(entrance, gateway)
    try:
        for number in range(new + kept):
            # The last connection opened is the one that is kept.
            if number < new:
                connection.close()
            found.append(_ask(connection))
    except (OSError, HTTPException) as error:
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
        dial(_route(entrance, gateway), host, port, _WAIT_S).plain as plain,
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

    sock: TlsSocket | None

    def __init__(self, entrance: Entrance, gateway: Gateway | None) -> None:
        _, host, port = entrance.origin
        super().__init__(host, port, timeout=_WAIT_S)
        self._route = _route(entrance, gateway)
        self.opened: Dialled | None = None
        """The connection just opened; None once told."""
        self.tls_s = 0.0

    def connect(self) -> None:
        """As HTTPSConnection's, by the clock."""
        self.opened = dial(self._route, self.host, self.port, _WAIT_S)
        began = time.perf_counter()
        try:
            context = shared_context(TlsWithin, self._route.ca_file)
            self.sock = context.wrap_socket(self.opened.plain, server_hostname=self.host)  # type: ignore[assignment]
        except BaseException:
            self.opened.plain.close()
            raise
        self.tls_s = time.perf_counter() - began


def _ask(connection: _TimedConnection) -> Probe:
    sent_at = time.time()
    connection.opened = None
    if connection.sock is None:
        connection.connect()
    opened = connection.opened
    began = time.perf_counter()
    assert connection.sock is not None
    connection.sock.until = time.monotonic() + _WAIT_S
    connection.request("GET", f"/{TINY}", headers={"User-Agent": f"crmload/{__version__} (check)", "Accept": "*/*"})
    answer = connection.getresponse()
    first_byte = time.perf_counter() - began
    answer.read(_MOST_BODY)
    if not answer.isclosed():
        connection.close()
    return Probe(
        lookup_s=opened.lookup_s if opened else 0.0,
        connect_s=opened.connect_s if opened else 0.0,
        tls_s=connection.tls_s if opened else 0.0,
        first_byte_s=first_byte,
        opened=opened is not None,
        sent_at=sent_at,
        received_at=time.time(),
        headers=tuple((name.lower(), value) for name, value in answer.getheaders()),
        round_trip_s=opened.round_trip_s if opened else 0.0,
    )
