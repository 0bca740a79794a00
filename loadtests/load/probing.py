"""Measuring an entrance from outside: a few dozen tiny requests, one after another, with libcurl's own clocks."""

import socket
import ssl
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from statistics import median, quantiles

import pycurl

from loadtests import __version__
from loadtests.config.environment import Entrance, origin_of
from loadtests.load.peer_certificate import issuer_of
from loadtests.load.trust import trust

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


def probe(entrance: Entrance, *, new: int = NEW, kept: int = KEPT) -> list[Probe]:
    """The entrance's probes in order, first those on new connections. `ConnectionError` when it does not answer."""
    handle = pycurl.Curl()
    try:
        _prepare(handle, entrance)
        found = []
        for number in range(new + kept):
            # The last connection opened is the one that is kept.
            handle.setopt(pycurl.FRESH_CONNECT, int(number < new))
            handle.setopt(pycurl.FORBID_REUSE, int(number < new - 1))
            found.append(_ask(handle))
    except pycurl.error as error:
        raise ConnectionError(str(error.args[-1])) from None
    finally:
        handle.close()
    return found


def shake_hands(entrance: Entrance) -> Handshake:
    """One verified handshake without a request. `OSError` when there is no connection, or no trust."""
    context = ssl.create_default_context(cafile=str(entrance.ca_file) if entrance.ca_file else None)
    context.set_alpn_protocols(["h2", "http/1.1"])
    _, host, port = origin_of(entrance.url)
    address, _, other = (entrance.connect_to or "").rpartition(":")
    with (
        socket.create_connection((address or host, int(other or port)), _WAIT_S) as plain,
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


def _prepare(handle: pycurl.Curl, entrance: Entrance) -> None:
    scheme, host, port = origin_of(entrance.url)
    handle.setopt(pycurl.URL, f"{scheme}://{host}:{port}/{TINY}")
    handle.setopt(pycurl.NOSIGNAL, 1)
    handle.setopt(pycurl.PROXY, "")
    handle.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTPS)
    handle.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
    handle.setopt(pycurl.TIMEOUT, _WAIT_S)
    handle.setopt(pycurl.USERAGENT, f"crmload/{__version__} (check)")
    handle.setopt(pycurl.WRITEFUNCTION, len)
    # Every new connection looks the name up again, as a browser does that was just opened; sessions are not resumed.
    handle.setopt(pycurl.DNS_CACHE_TIMEOUT, 0)
    handle.setopt(pycurl.SSL_SESSIONID_CACHE, 0)
    trust(handle, entrance.ca_file)
    if entrance.connect_to:
        handle.setopt(pycurl.CONNECT_TO, [f"::{entrance.connect_to}"])


def _ask(handle: pycurl.Curl) -> Probe:
    headers: list[tuple[str, str]] = []

    def head(line: bytes) -> None:
        name, colon, value = line.decode("latin-1").partition(":")
        if colon:
            headers.append((name.strip().lower(), value.strip()))

    handle.setopt(pycurl.HEADERFUNCTION, head)
    sent_at = time.time()
    handle.perform()
    looked_up, connected, secured, ready, first = (
        handle.getinfo(which)
        for which in (
            pycurl.NAMELOOKUP_TIME,
            pycurl.CONNECT_TIME,
            pycurl.APPCONNECT_TIME,
            pycurl.PRETRANSFER_TIME,
            pycurl.STARTTRANSFER_TIME,
        )
    )
    opened = handle.getinfo(pycurl.NUM_CONNECTS) > 0
    return Probe(
        lookup_s=looked_up if opened else 0.0,
        connect_s=max(connected - looked_up, 0.0) if opened else 0.0,
        tls_s=max(secured - connected, 0.0) if opened else 0.0,
        first_byte_s=max(first - ready, 0.0),
        opened=opened,
        sent_at=sent_at,
        received_at=time.time(),
        headers=tuple(headers),
    )
