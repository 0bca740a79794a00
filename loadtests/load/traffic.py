"""What a person's transactions cost the network: requests, round trips, connections and bytes on the wire.

Round trips are those of the critical path, by arithmetic and not by the clock: the requests that a client sends at once
go over at most six connections a host; a new connection costs its TCP and its TLS handshake first, and each leg of a
Windows sign-in one more. So the number says what a distant person waits for, on whatever network it was counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import sub
from typing import NamedTuple

from loadtests.config.environment import Origin
from loadtests.results.waves import Exchange, HostWave, Wave

PER_HOST = 6
"""Connections a browser opens to one host over HTTP/1.1."""
TCP_ROUND_TRIPS = 1
TLS_ROUND_TRIPS = 1
"""TLS 1.3 (RFC 8446); TLS 1.2 needs one more."""

SEGMENT = 1448
"""Payload of a TCP segment: 1,500 bytes of Ethernet less IP (20), TCP (20) and time stamps (12)."""
_SEGMENT_HEAD = 52
_RECORD = 16_384
_RECORD_HEAD = 22
"""A TLS 1.3 record's header, content type and tag."""
_HANDSHAKE_SENT = 2_100
_HANDSHAKE_RECEIVED = 4_200
"""TCP and TLS 1.3 with a hybrid key exchange (X25519MLKEM768: 1.2 and 1.1 KB of keys) and a chain of two certificates.
An estimate of what a browser's cost; the generator's own handshakes are smaller."""


Sums = tuple[int, ...]
"""Requests, round trips, connections, bytes sent, bytes received."""


@dataclass(slots=True)
class Traffic:
    """Sums; they can be added and subtracted. Bytes are those on the wire, TCP, IP and TLS included."""

    requests: int = 0
    round_trips: int = 0
    connections: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0

    def __sub__(self, earlier: "Traffic") -> "Traffic":
        return Traffic(*self.since(earlier.sums))

    def copy(self) -> "Traffic":
        """The sums as they are now."""
        return Traffic(*self.sums)

    def since(self, earlier: Sums) -> Sums:
        """What came to these sums since they were those."""
        return tuple(map(sub, self.sums, earlier))

    @property
    def sums(self) -> Sums:
        """In the order of the fields. `dataclasses.astuple` copies every number and takes thirty times as long."""
        return self.requests, self.round_trips, self.connections, self.bytes_sent, self.bytes_received


class Exchanged(NamedTuple):
    """One exchange as the network saw it; bytes are HTTP's own, head and (compressed) body."""

    origin: Origin
    opened: bool
    """Over a connection that was opened for it."""
    sent: int
    received: int
    legs: int = 0
    """Exchanges on the same connection before this one, without which it could not be sent (401 legs)."""
    server_us: int = 0
    connect_us: int = 0
    """As in `loadtests.results.waves`."""


class TrafficMeter:
    """Counts the exchanges of one person. `total` only grows."""

    def __init__(self) -> None:
        self.total = Traffic()
        self.waves: list[Wave] | None = None
        """Whoever wants an example sets a list here, and takes it when the transaction is over."""
        self.connect_us = 0
        """The quickest opening of a connection so far; 0 before the first."""
        self._kept: dict[Origin, int] = {}

    def wave(self, exchanges: Sequence[Exchanged]) -> None:
        """Exchanges that were sent at once; the next ones began when all of them had ended."""
        if len(exchanges) == 1 and self.waves is None:
            # Most waves are one request, and nobody wants an example: its own cost is the wave's.
            (one,) = exchanges
            if one.opened or one.origin not in self._kept:
                self._keep(one.origin, 1, int(one.opened))
            self.total.round_trips += _cost(one) if one.opened else 1 + one.legs
        else:
            by_origin: dict[Origin, list[Exchanged]] = {}
            for exchange in exchanges:
                by_origin.setdefault(exchange.origin, []).append(exchange)
            hosts = [self._host_wave(*item) for item in by_origin.items()]
            self.total.round_trips += max((_round_trips(host) for host in hosts), default=0)
            if self.waves is not None and hosts:
                self.waves.append(tuple(hosts))
        for exchange in exchanges:
            self._add(exchange)

    def _add(self, exchange: Exchanged) -> None:
        total = self.total
        total.requests += 1 + exchange.legs
        total.bytes_sent += on_wire(exchange.sent)
        total.bytes_received += on_wire(exchange.received)
        if exchange.opened:
            total.connections += 1
            total.bytes_sent += _HANDSHAKE_SENT
            total.bytes_received += _HANDSHAKE_RECEIVED
        if exchange.connect_us:
            self.connect_us = min(self.connect_us or exchange.connect_us, exchange.connect_us)

    def disconnected(self) -> None:
        """All connections were closed."""
        self._kept.clear()

    def _host_wave(self, origin: Origin, exchanges: list[Exchanged]) -> HostWave:
        kept = self._keep(origin, min(len(exchanges), PER_HOST), sum(exchange.opened for exchange in exchanges))
        return HostWave(kept, tuple(Exchange(e.opened, e.legs, e.sent, e.received, e.server_us) for e in exchanges))

    def _keep(self, origin: Origin, at_once: int, opened: int) -> int:
        """Connections to the origin that were open before requests for which so many were opened."""
        # A client opens a connection only when none is free: those kept were all in use, or they were enough.
        kept = max(0, at_once - opened) if opened else self._kept.get(origin, at_once)
        self._kept[origin] = min(kept + opened, PER_HOST)
        return kept


def _cost(exchange: Exchange | Exchanged) -> int:
    """Round trips of one exchange, with the handshake of a connection that was opened for it."""
    return 1 + exchange.legs + exchange.opened * (TCP_ROUND_TRIPS + TLS_ROUND_TRIPS)


def _round_trips(host: HostWave) -> int:
    opened = sum(exchange.opened for exchange in host.exchanges)
    costs = [_cost(exchange) for exchange in host.exchanges]
    return critical_path(costs, max(1, min(PER_HOST, host.kept + opened)))


def critical_path(costs: Sequence[int], connections: int) -> int:
    """Round trips until the last request is answered; each costs so many, and takes the connection that is free first.

    What a connection costs to open is in the cost of the request that it was opened for.
    """
    free_at = [0] * connections
    for cost in costs:
        lane = min(range(connections), key=free_at.__getitem__)
        free_at[lane] += cost
    return max(free_at)


def on_wire(payload: int) -> int:
    """Bytes that HTTP's bytes become under TLS, TCP and IP; acknowledgements without data are left out."""
    secured = payload - _RECORD_HEAD * (-payload // _RECORD)
    return secured - _SEGMENT_HEAD * (-secured // SEGMENT)
