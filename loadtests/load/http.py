"""The HTTP client of one person: libcurl under gevent, with the habits of a browser.

Six connections a host, kept alive; cookies of its own; certificates always verified. It follows no redirect by itself,
because each exchange is counted, and sends nothing to an origin that the environment file does not name.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from json import loads
from pathlib import Path
from time import perf_counter
from typing import Any, Literal
from urllib.parse import urlsplit

import pycurl
from gevent.event import Event

from loadtests.config.environment import Origin, origin_of
from loadtests.errors import SafetyStop
from loadtests.load.curl_loop import CurlLoop
from loadtests.load.traffic import PER_HOST, Exchanged, TrafficMeter
from loadtests.load.trust import trust

CONNECT_TIMEOUT_S = 20
TIMEOUT_S = 60.0
"""When a person has given up; recorded at this value."""

USER_AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)

FailureKind = Literal["timeout", "refused", "reset", "tls", "dns", "protocol", "cancelled"]
_KINDS: dict[int, FailureKind] = {
    pycurl.E_OPERATION_TIMEDOUT: "timeout",
    pycurl.E_COULDNT_CONNECT: "refused",
    pycurl.E_COULDNT_RESOLVE_HOST: "dns",
    pycurl.E_PEER_FAILED_VERIFICATION: "tls",
    pycurl.E_SSL_CONNECT_ERROR: "tls",
    pycurl.E_SSL_CACERT_BADFILE: "tls",
    pycurl.E_RECV_ERROR: "reset",
    pycurl.E_SEND_ERROR: "reset",
    pycurl.E_GOT_NOTHING: "reset",
    pycurl.E_PARTIAL_FILE: "reset",
}


class OriginRefused(SafetyStop):
    """Something (a redirect, a link) led outside the environment file; no packet was sent."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP exchange to make. `template` is its short name in statistics; ids never stand in it."""

    method: str
    url: str
    template: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    expected: frozenset[int] = frozenset({200, 201, 204, 304})
    """Statuses that are well; others make the request series' outcome `failed`."""
    timeout_s: float | None = None


@dataclass(frozen=True, slots=True)
class TransportFailure:
    """Why there is no answer."""

    kind: FailureKind
    text: str


@dataclass(frozen=True, slots=True)
class Phases:
    """Where the time of an exchange went, in microseconds. The first three are 0 on a connection already open."""

    name_lookup: int
    connect: int
    tls: int
    waiting: int
    transfer: int


class Headers:
    """Response headers; names compare without case, repeated ones are kept in order."""

    __slots__ = ("_lines",)

    def __init__(self, raw: bytes) -> None:
        # A 1xx block may stand before the real one; only the last block counts.
        block = raw.rstrip(b"\r\n").rpartition(b"\r\n\r\n")[2]
        self._lines = [
            (name.strip().lower(), value.strip())
            for name, _, value in (line.partition(":") for line in block.decode("latin-1").split("\r\n")[1:])
        ]

    def get(self, name: str, default: str = "") -> str:
        """The first value of a header."""
        return next((value for known, value in self._lines if known == name.lower()), default)


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
        "sent",
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
        self.phases = Phases(0, 0, 0, 0, 0)
        self.opened = False
        """Over a connection that was opened for it."""
        self.sent = 0
        self.received = 0
        """Bytes of HTTP, heads and (compressed) bodies."""
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
            self._json = loads(self.body)
        return self._json


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
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._allowed = allowed
        self._ca_file = ca_file
        self._connect_to = [f"::{connect_to}"] if connect_to else []
        self._observer = observer
        self._timeout_s = timeout_s
        self._loop = CurlLoop(PER_HOST)
        self.traffic = TrafficMeter()
        self._cookies = pycurl.CurlShare()
        self._cookies.setopt(pycurl.SH_SHARE, pycurl.LOCK_DATA_COOKIE)
        self._idle: list[pycurl.Curl] = []

    def send(self, request: Request) -> Response:
        """One exchange. Never raises for what the network or the server does: see `Response.failure`."""
        return self.send_all([request])[0]

    def send_all(self, requests: Sequence[Request]) -> list[Response]:
        """Exchanges in parallel, six to a host at a time; answers in the order of the requests.

        Raises `OriginRefused`, before anything is sent, when one of them leads outside the environment.
        """
        for request in requests:
            if origin_of(request.url) not in self._allowed:
                raise OriginRefused(
                    f"{request.template} leads to {_without_query(request.url)}, no entrance of the environment",
                    next_step="if people really need that host, add its entrance to the environment file",
                )
        transfers = [_Transfer(request) for request in requests]
        left = len(transfers)
        all_done = Event()

        def one_done() -> None:
            nonlocal left
            left -= 1
            if left == 0:
                all_done.set()

        try:
            for transfer in transfers:
                transfer.begin(self._loop, self._prepared(transfer.request), one_done)
            all_done.wait()
        except BaseException:
            # The person is taken away in the middle: what was sent still counts, as it does in the server's own log.
            for transfer in transfers:
                if transfer.ended or transfer.cut_off(self._loop):
                    self._observer(transfer.response)
            raise
        for transfer in transfers:
            self._idle.append(transfer.handle)
            self._observer(transfer.response)
        self.traffic.wave([_exchanged(transfer.response) for transfer in transfers])
        return [transfer.response for transfer in transfers]

    def forget_cookies(self) -> None:
        """As a browser whose windows were all closed."""
        handle = self._handle()
        handle.setopt(pycurl.COOKIELIST, "ALL")
        self._idle.append(handle)

    def close_connections(self) -> None:
        """Close every open connection; cookies stay."""
        self._loop.close()
        for handle in self._idle:
            handle.close()
        self._idle.clear()
        self._loop = CurlLoop(PER_HOST)
        self.traffic.disconnected()

    def close(self) -> None:
        """End everything."""
        self._loop.close()
        for handle in self._idle:
            handle.close()
        self._idle.clear()

    def _handle(self) -> pycurl.Curl:
        if self._idle:
            return self._idle.pop()
        handle = pycurl.Curl()
        handle.setopt(pycurl.SHARE, self._cookies)
        handle.setopt(pycurl.COOKIEFILE, "")
        handle.setopt(pycurl.NOSIGNAL, 1)
        handle.setopt(pycurl.PROXY, "")
        handle.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTPS)
        handle.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
        handle.setopt(pycurl.ACCEPT_ENCODING, "")
        handle.setopt(pycurl.TCP_NODELAY, 1)
        handle.setopt(pycurl.CONNECTTIMEOUT, CONNECT_TIMEOUT_S)
        handle.setopt(pycurl.USERAGENT, USER_AGENT)
        trust(handle, self._ca_file)
        if self._connect_to:
            handle.setopt(pycurl.CONNECT_TO, self._connect_to)
        return handle

    def _prepared(self, request: Request) -> pycurl.Curl:
        handle = self._handle()
        handle.setopt(pycurl.URL, request.url)
        handle.setopt(pycurl.TIMEOUT_MS, int(1000 * (request.timeout_s or self._timeout_s)))
        handle.setopt(pycurl.NOBODY, request.method == "HEAD")
        headers = dict(request.headers)
        if request.body is not None:
            handle.setopt(pycurl.POST, 1)
            handle.setopt(pycurl.POSTFIELDS, request.body)
            # libcurl would ask the server's leave for a body of more than 1 MB, and wait.
            headers["Expect"] = ""
        else:
            handle.setopt(pycurl.HTTPGET, 1)
        if request.method not in ("GET", "HEAD") or request.body is not None:
            handle.setopt(pycurl.CUSTOMREQUEST, request.method)
        else:
            handle.unsetopt(pycurl.CUSTOMREQUEST)
        if request.method == "POST" and request.body is None:
            headers["Content-Length"] = "0"
        handle.setopt(
            pycurl.HTTPHEADER, [f"{name}: {value}" if value else f"{name}:" for name, value in headers.items()]
        )
        return handle


class _Transfer:
    """One exchange on its way."""

    __slots__ = ("_done", "body", "ended", "handle", "head", "request", "response")

    def __init__(self, request: Request) -> None:
        self.request = request
        self.head = BytesIO()
        self.body = BytesIO()
        self.handle: pycurl.Curl = None
        self.response = Response(request, 0, Headers(b""), b"")
        self._done: Callable[[], None] = lambda: None
        self.ended = False

    def begin(self, loop: CurlLoop, handle: pycurl.Curl, done: Callable[[], None]) -> None:
        self.handle = handle
        self._done = done
        handle.setopt(pycurl.WRITEFUNCTION, self.body.write)
        handle.setopt(pycurl.HEADERFUNCTION, self.head.write)
        loop.start(handle, self._ended)

    def cut_off(self, loop: CurlLoop) -> bool:
        """End it in the middle; True when its request had left, so that the server has counted it."""
        if self.handle is None:
            return False
        sent: bool = self.handle.getinfo(pycurl.PRETRANSFER_TIME) > 0
        loop.cancel(self.handle)
        self.response.failure = TransportFailure("cancelled", "the run ended")
        self.response.last_byte = perf_counter()
        self.response.elapsed_us = self.handle.getinfo(pycurl.TOTAL_TIME_T)
        self.handle.close()
        return sent

    def _ended(self, code: int, text: str) -> None:
        self.ended = True
        handle = self.handle
        status = handle.getinfo(pycurl.RESPONSE_CODE)
        response = Response(self.request, status, Headers(self.head.getvalue()), self.body.getvalue())
        response.last_byte = perf_counter()
        response.elapsed_us = handle.getinfo(pycurl.TOTAL_TIME_T)
        response.phases = _phases(handle, response.elapsed_us)
        response.opened = handle.getinfo(pycurl.NUM_CONNECTS) > 0
        response.sent = handle.getinfo(pycurl.REQUEST_SIZE)
        response.received = handle.getinfo(pycurl.SIZE_DOWNLOAD_T) + handle.getinfo(pycurl.HEADER_SIZE)
        if code:
            response.status = 0
            response.failure = TransportFailure(_KINDS.get(code, "protocol"), text or handle.errstr())
        self.response = response
        self._done()


def _phases(handle: pycurl.Curl, total_us: int) -> Phases:
    info = handle.getinfo
    lookup, connected = info(pycurl.NAMELOOKUP_TIME_T), info(pycurl.CONNECT_TIME_T)
    secured, first_byte = info(pycurl.APPCONNECT_TIME_T), info(pycurl.STARTTRANSFER_TIME_T)
    opened = max(secured, connected, lookup)
    return Phases(
        name_lookup=lookup if connected else 0,
        connect=max(0, connected - lookup),
        tls=max(0, secured - connected),
        waiting=max(0, first_byte - opened),
        transfer=max(0, total_us - first_byte),
    )


def _exchanged(response: Response) -> Exchanged:
    return Exchanged(origin_of(response.request.url), response.opened, response.sent, response.received)


def _without_query(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"
