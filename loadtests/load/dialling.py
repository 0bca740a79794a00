"""A TCP connection to where a URL leads, outside the load: by another address, or through the proxy, as people go."""

import errno
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from selectors import EVENT_WRITE, DefaultSelector
from time import monotonic, perf_counter
from typing import Any

from loadtests.load.client.route import Route
from loadtests.load.tunnel import not_reached, open_tunnel

HEAD_START_S = 0.25
"""How long an address is tried alone before the next one is tried beside it (RFC 8305, 5)."""
_ON_ITS_WAY = (errno.EINPROGRESS, errno.EWOULDBLOCK, getattr(errno, "WSAEWOULDBLOCK", errno.EWOULDBLOCK))

Address = tuple[int, Any]
"""Family and socket address."""


@dataclass(frozen=True, slots=True)
class Dialled:
    """A connected socket (or a tunnel) with time-outs, and where the time went, in seconds."""

    plain: socket.socket
    lookup_s: float
    connect_s: float
    """TCP; through a proxy also the tunnel."""
    round_trip_s: float
    """What of `connect_s` is one round trip to the server: all of it, or through a proxy the time of its answer."""


def dial(route: Route, host: str, port: int, within_s: float) -> Dialled:
    """OSError when nobody answers; `NoWay` when it is the proxy's fault. The look-up takes what the system takes."""
    gateway, target = route.gateway_to(host), route.dialled(host, port)
    began = perf_counter()
    try:
        found = socket.getaddrinfo(*(gateway.proxy.address if gateway else target), 0, socket.SOCK_STREAM)
        looked_up = perf_counter()
        plain = _connected([(family, address) for family, _, _, _, address in found], within_s)
    except TimeoutError as error:
        raise not_reached(gateway.proxy, None) if gateway else error from None
    except OSError as error:
        raise not_reached(gateway.proxy, error) if gateway else error from None
    connected = asked = perf_counter()
    try:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain.settimeout(within_s)
        if gateway is not None:
            open_tunnel(plain, *target, gateway, within_s)
            connected = perf_counter()
    except BaseException:
        plain.close()
        raise
    away = connected - (asked if gateway else looked_up)
    return Dialled(plain, looked_up - began, connected - looked_up, away)


def _connected(addresses: Sequence[Address], within_s: float) -> socket.socket:
    """The first that answers; each gets a head start before the next, as people's connections give it: an address that
    leads nowhere costs a quarter of a second and not the whole time."""
    until, waiting, attempts = monotonic() + within_s, list(addresses), list[socket.socket]()
    trouble: OSError = OSError("the name has no address")
    won: socket.socket | None = None
    try:
        with DefaultSelector() as selector:
            while waiting or selector.get_map():
                if waiting:
                    family, address = waiting.pop(0)
                    attempts.append(socket.socket(family, socket.SOCK_STREAM))
                    attempts[-1].setblocking(False)
                    number = attempts[-1].connect_ex(address)
                    if number not in (0, *_ON_ITS_WAY):
                        trouble = OSError(number, os.strerror(number))
                        continue
                    selector.register(attempts[-1], EVENT_WRITE, attempts[-1])
                left = until - monotonic()
                if left <= 0:
                    raise TimeoutError("nobody answered in time")
                for key, _ in selector.select(min(left, HEAD_START_S) if waiting else left):
                    selector.unregister(key.fileobj)
                    number = key.data.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                    if not number:
                        won = key.data
                        assert won is not None
                        return won
                    trouble = OSError(number, os.strerror(number))
        raise trouble
    finally:
        for attempt in attempts:
            if attempt is not won:
                attempt.close()
