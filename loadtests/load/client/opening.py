"""Opening a connection: name look-up, TCP, a tunnel where a proxy is in between, TLS; in a greenlet of its own."""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from time import perf_counter
from typing import Any

import gevent
from gevent import socket
from gevent.ssl import SSLContext

from loadtests.config.environment import Origin
from loadtests.load.client.route import Route
from loadtests.load.dialling import HEAD_START_S
from loadtests.load.exchange import FailureKind
from loadtests.load.gateway import NoWay
from loadtests.load.trust import shared_context
from loadtests.load.tunnel import broken_off, not_reached, open_tunnel

CONNECT_TIMEOUT_S = 20
"""For all of it."""
NAME_KEPT_S = 60.0

Found = list[tuple[int, tuple[Any, ...]]]
"""Family and socket address, best first."""


class NotOpened(Exception):
    """There is no connection."""

    def __init__(self, kind: FailureKind, text: str) -> None:
        super().__init__(text)
        self.kind: FailureKind = kind
        self.text = text


@dataclass(slots=True)
class Opening:
    """How far it has come; times in microseconds."""

    name_lookup: int = 0
    connect: int = 0
    """TCP; through a proxy also the tunnel."""
    tls: int = 0
    round_trip: int = 0
    """What of it is one round trip to the server: TCP, or the proxy's answer, which it gives once it has connected."""


class Names:
    """The addresses that one person's client has looked up."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], tuple[float, Found]] = {}

    def addresses(self, host: str, port: int) -> Found:
        """Looked up at most once a minute. `NotOpened` when nobody knows the name."""
        known = self._known.get((host, port))
        if known is not None and known[0] > perf_counter():
            return known[1]
        found = _by_number(host, port) or _by_name(host, port)
        self._known[host, port] = perf_counter() + NAME_KEPT_S, found
        return found


def open_connection(origin: Origin, route: Route, names: Names, times: Opening) -> Any:
    """A TLS socket to the origin, not blocking. `NotOpened` when there is none within `CONNECT_TIMEOUT_S`."""
    _, name, port = origin
    plain: Any = None
    gateway, target = route.gateway_to(name), route.dialled(name, port)
    try:
        with gevent.Timeout(CONNECT_TIMEOUT_S, _TooSlow):
            began = perf_counter()
            found = names.addresses(*(gateway.proxy.address if gateway else target))
            looked_up = perf_counter()
            times.name_lookup = int((looked_up - began) * 1e6)
            plain = _connected(found)
            connected = asked = perf_counter()
            if gateway is not None:
                open_tunnel(plain, *target, gateway, CONNECT_TIMEOUT_S)
                connected = perf_counter()
            times.connect = int((connected - looked_up) * 1e6)
            times.round_trip = int((connected - (asked if gateway else looked_up)) * 1e6)
            # Nothing may end unnoticed: a body that lasts until the connection closes could be broken off.
            plain = shared_context(SSLContext, route.ca_file).wrap_socket(
                plain, server_hostname=name, do_handshake_on_connect=False, suppress_ragged_eofs=False
            )
            plain.do_handshake()
            times.tls = int((perf_counter() - connected) * 1e6)
            plain.setblocking(False)
            opened, plain = plain, None
            return opened
    except NoWay as why:
        raise NotOpened("proxy", str(why)) from None
    except NotOpened as why:
        raise NotOpened("proxy", str(not_reached(gateway.proxy, why))) if gateway else why from None
    except _TooSlow:
        if gateway is not None and not times.connect:
            late = (
                broken_off(gateway.proxy, f"{target[0]}:{target[1]}", None)
                if plain
                else not_reached(gateway.proxy, None)
            )
            raise NotOpened("proxy", str(late)) from None
        raise NotOpened("timeout", f"no connection within {CONNECT_TIMEOUT_S} s") from None
    except ssl.SSLError as error:
        raise NotOpened("tls", _words(error)) from None
    except ConnectionResetError as error:
        raise NotOpened("reset", f"during the TLS handshake: {error}") from None
    except OSError as error:
        if gateway is not None and not times.connect:
            raise NotOpened("proxy", str(not_reached(gateway.proxy, error))) from None
        raise NotOpened("tls" if times.connect else "refused", str(error)) from None
    except ValueError as error:
        raise NotOpened("tls", f"no name for a certificate: {error}") from None
    finally:
        if plain is not None:
            plain.close()


class _TooSlow(Exception):
    """The time is over."""


def _words(error: ssl.SSLError) -> str:
    """OpenSSL's words without the place in its source."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"certificate verify failed: {error.verify_message}"
    return (error.reason or str(error)).replace("_", " ").lower()


def _by_number(host: str, port: int) -> Found:
    try:
        address = ip_address(host)
    except ValueError:
        return []
    if address.version == 4:
        return [(socket.AF_INET, (host, port))]
    return [(socket.AF_INET6, (host, port, 0, 0))]


def _by_name(host: str, port: int) -> Found:
    try:
        found = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise NotOpened("dns", f"{host}: {getattr(error, 'strerror', None) or error}") from None
    return [(family, address) for family, _, _, _, address in found]


def _connected(addresses: Sequence[tuple[int, tuple[Any, ...]]]) -> Any:
    """The first of them that answers; each gets a head start before the next (RFC 8305)."""
    if len(addresses) == 1:
        return _dialled(*addresses[0])
    attempts: list[Any] = []
    won: Any = None
    try:
        for address in addresses:
            attempts.append(gevent.spawn(_attempt, *address))
            won = _first_success(attempts, HEAD_START_S)
            if won is not None:
                return won.value
        won = _first_success(attempts, None)
        if won is None:
            raise attempts[-1].value
        return won.value
    finally:
        for attempt in attempts:
            if attempt is won:
                continue
            if attempt.ready():
                if not isinstance(attempt.value, (OSError, type(None), gevent.GreenletExit)):
                    attempt.value.close()
            else:
                attempt.kill(block=False)


def _first_success(attempts: Sequence[Any], within_s: float | None) -> Any:
    """The first attempt with a socket; None when all have failed, or the time is over."""
    for attempt in gevent.iwait(attempts, timeout=within_s):
        if not isinstance(attempt.value, OSError):
            return attempt
    return None


def _attempt(family: int, address: tuple[Any, ...]) -> Any:
    try:
        return _dialled(family, address)
    except OSError as error:
        return error


def _dialled(family: int, address: tuple[Any, ...]) -> Any:
    dialled = socket.socket(family, socket.SOCK_STREAM)
    try:
        dialled.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        dialled.connect(address)
    except BaseException:
        dialled.close()
        raise
    return dialled
