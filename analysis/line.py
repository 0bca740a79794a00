"""What a network line adds to a transaction: an example's waves, played over TCP on that line, in arithmetic.

The model is a browser's: six connections a host; a new one first pays a round trip for TCP, one for TLS 1.3 and one for
each 401 leg. A server sends what fits into the connection's congestion window and waits for word from the client: the
window begins at ten segments (RFC 6928) and doubles each round trip (slow start, RFC 5681); one that has rested
begins anew. All connections share one line, which carries one byte after another. No loss, no other traffic.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count

from loadtests.results.waves import Example, Exchange, Wave

PER_HOST = 6
HANDSHAKE_ROUND_TRIPS = 2
"""TCP and TLS 1.3."""
_SEGMENT = 1448
_FIRST_WINDOW = 10 * _SEGMENT
_ON_THE_WIRE = 1500 / 1448 * 1.0015
"""Heads of TCP and IP for each segment, and of TLS for each record."""
_HANDSHAKE_DOWN = 4_200
_HANDSHAKE_UP = 2_100


@dataclass(frozen=True, slots=True)
class Line:
    """A line between a person and the CRM."""

    rtt_s: float
    bits_per_s: float = float("inf")


def seconds_on(line: Line, example: Example) -> float:
    """How long the example takes on the line, the server's own time included as it was measured."""
    windows: dict[tuple[int, int], float] = {}
    return sum(_Play(line, windows).wave(wave) for wave in example.waves)


def added_seconds(example: Example, line: Line, measured_on: Line) -> float:
    """What the line adds to a time that was measured on another."""
    return seconds_on(line, example) - seconds_on(measured_on, example)


@dataclass(slots=True)
class _Pipe:
    """One direction of the line: bytes that arrive while it is busy wait."""

    bytes_per_s: float
    free_at: float = 0.0

    def carry(self, at: float, size: float) -> tuple[float, float]:
        """When the first and the last byte of what comes at a moment have passed."""
        begin = max(at, self.free_at)
        self.free_at = begin + size * _ON_THE_WIRE / self.bytes_per_s
        return begin, self.free_at


@dataclass(slots=True)
class _Play:
    """One wave; `windows` are those of the transaction's connections, by host and number."""

    line: Line
    windows: dict[tuple[int, int], float]
    _events: list[tuple[float, int, Callable[[float], None]]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)
    _end: float = 0.0

    def wave(self, wave: Wave) -> float:
        """Seconds until its last answer is complete."""
        up, down = _Pipe(self.line.bits_per_s / 8), _Pipe(self.line.bits_per_s / 8)
        for host, requests in enumerate(wave):
            waiting = deque(requests.exchanges)
            opened = sum(exchange.opened for exchange in waiting)
            for number in range(max(1, min(PER_HOST, requests.kept + opened))):
                self._next((host, number), waiting, up, down, 0.0)
        while self._events:
            at, _, happens = heappop(self._events)
            self._end = max(self._end, at)
            happens(at)
        return self._end

    def _at(self, moment: float, happens: Callable[[float], None]) -> None:
        heappush(self._events, (moment, next(self._numbers), happens))

    def _next(self, lane: tuple[int, int], waiting: deque[Exchange], up: _Pipe, down: _Pipe, now: float) -> None:
        if not waiting:
            return
        exchange = waiting.popleft()

        def ask(at: float) -> None:
            _, sent = up.carry(at, exchange.sent)
            self._at(sent + self.line.rtt_s + exchange.server_us / 1e6, lambda at: burst(at, exchange.received))

        def burst(at: float, left: float) -> None:
            """The first byte of a window's worth comes to the line's end at `at`."""
            window = self.windows.get(lane, _FIRST_WINDOW)
            size = min(left, window)
            first, last = down.carry(at, size)
            # Only a window that was used grows: a server that has little to say learns nothing about the line.
            if size > window / 2:
                self.windows[lane] = max(window, min(window + size, 2 * size))
            if left > size:
                # Word of the first segment brings the next window's worth, a round trip after it came.
                self._at(first + self.line.rtt_s, lambda at: burst(at, left - size))
            else:
                self._at(last, lambda at: self._next(lane, waiting, up, down, at))

        def opened(at: float) -> None:
            up.carry(at, _HANDSHAKE_UP)
            _, last = down.carry(at, _HANDSHAKE_DOWN)
            self._at(last, ask)

        # A connection that was opened for files that anybody may have signs in later, when it is first asked for more.
        legs_s = exchange.legs * self.line.rtt_s
        if exchange.opened:
            self.windows[lane] = _FIRST_WINDOW
            self._at(now + HANDSHAKE_ROUND_TRIPS * self.line.rtt_s + legs_s, opened)
        else:
            self._at(now + legs_s, ask)
