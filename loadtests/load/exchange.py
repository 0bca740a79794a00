"""One HTTP exchange as data: what is asked, what came back, where the time went."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from loadtests.load.json_body import from_body

FailureKind = Literal["timeout", "refused", "reset", "tls", "dns", "proxy", "protocol", "cancelled"]


_NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_WELL = frozenset({200, 201, 204, 304})


class Request(NamedTuple):
    """One HTTP exchange to make. `template` is its short name in statistics; ids never stand in it."""

    method: str
    url: str
    template: str
    headers: Mapping[str, str] = _NO_HEADERS
    body: bytes | None = None
    expected: frozenset[int] = _WELL
    """Statuses that are well; others make the request series' outcome `failed`."""
    timeout_s: float | None = None


@dataclass(frozen=True, slots=True)
class TransportFailure:
    """Why there is no answer."""

    kind: FailureKind
    text: str


class Phases(NamedTuple):
    """Where the time of an exchange went, in microseconds. The first three are 0 on a connection already open."""

    name_lookup: int
    connect: int
    tls: int
    waiting: int
    transfer: int


_NONE = Phases(0, 0, 0, 0, 0)


class Headers:
    """Response headers; names compare without case, repeated ones are kept in order.

    Most are never asked for, and of most answers two or three: they are looked up in the head as it came.
    """

    __slots__ = ("_lines", "_lower", "_raw")

    def __init__(self, raw: bytes) -> None:
        """`raw`: the head of the answer, status line included."""
        self._raw = raw
        self._lower = b""
        self._lines: list[tuple[str, str]] | None = None

    def get(self, name: str, default: str = "") -> str:
        """The first value of a header."""
        if not self._lower:
            self._lower = self._raw.lower()
        needle = _needle(name)
        start = self._lower.find(needle)
        if start < 0:
            return default
        start += len(needle)
        end = self._raw.find(b"\r\n", start)
        return self._raw[start : end if end >= 0 else None].decode("latin-1").strip()

    def says(self, line: bytes) -> bool:
        """True when a header's line begins like that (`name:` or `name: value`, lower case)."""
        if not self._lower:
            self._lower = self._raw.lower()
        return self._lower.find(b"\n" + line) >= 0  # `in` tries a number first, and throws that away

    def holds(self, text: bytes) -> bool:
        """True when that stands anywhere in the head, letter for letter."""
        return self._raw.find(text) >= 0

    def all(self, name: str) -> list[str]:
        """Every value of a header, in order."""
        return [value for known, value in self._taken_apart() if known == name.lower()]

    def _taken_apart(self) -> list[tuple[str, str]]:
        if self._lines is None:
            self._lines = [
                (name.strip().lower(), value.strip())
                for name, _, value in (
                    line.partition(":") for line in self._raw.decode("latin-1").rstrip("\r\n").split("\r\n")[1:]
                )
            ]
        return self._lines


@lru_cache(maxsize=256)
def _needle(name: str) -> bytes:
    """What a header begins with in a head in lower case; the same few are looked for again and again."""
    return b"\r\n" + name.lower().encode("latin-1") + b":"


class Response:
    """What came back. `status` is 0 and `failure` set when nothing did."""

    __slots__ = (
        "_json",
        "body",
        "elapsed_us",
        "failure",
        "headers",
        "last_byte",
        "opened",
        "phases",
        "received",
        "request",
        "round_trip_us",
        "sent",
        "server_us",
        "status",
    )

    def __init__(self, request: Request, status: int, headers: Headers, body: bytes) -> None:
        self.request = request
        self.status = status
        self.headers = headers
        self.body = body
        """Decoded from gzip or brotli."""
        self.failure: TransportFailure | None = None
        self.elapsed_us = 0
        self.last_byte = 0.0
        """When it had ended, in seconds of `time.perf_counter`."""
        self.phases = _NONE
        self.opened = False
        """Over a connection that was opened for it."""
        self.round_trip_us = 0
        """One, as the opening of its connection told it; 0 over one that was open."""
        self.sent = 0
        self.received = 0
        """Bytes of HTTP, heads and (compressed) bodies."""
        self.server_us = 0
        """From the request's departure to the answer's first byte, and what a handshake took."""
        self._json: Any = None

    @property
    def ok(self) -> bool:
        """True when the status is one of those expected."""
        return self.failure is None and self.status in self.request.expected

    @property
    def text(self) -> str:
        """The body as UTF-8."""
        return self.body.decode("utf-8", errors="replace")

    def json(self) -> Any:
        """The body as JSON, parsed once; ValueError when it is none."""
        if self._json is None:
            self._json = from_body(self.body)
        return self._json
