"""An exchange on its way through libcurl, and the handles that carry them."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from time import perf_counter

import pycurl

from loadtests.load.curl_loop import CurlLoop
from loadtests.load.exchange import FailureKind, Headers, Phases, Request, Response, TransportFailure
from loadtests.load.trust import trust

CONNECT_TIMEOUT_S = 20
TIMEOUT_S = 60.0
"""When a person has given up; recorded at this value."""

USER_AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)

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


class Handles:
    """One person's libcurl handles: the same cookies, authorities and habits in all of them."""

    def __init__(self, *, ca_file: Path | None, connect_to: str | None, timeout_s: float) -> None:
        self._ca_file = ca_file
        self._connect_to = [f"::{connect_to}"] if connect_to else []
        self._timeout_s = timeout_s
        self._cookies = pycurl.CurlShare()
        self._cookies.setopt(pycurl.SH_SHARE, pycurl.LOCK_DATA_COOKIE)
        self._idle: list[pycurl.Curl] = []

    def give_back(self, handle: pycurl.Curl) -> None:
        """The transfer of this handle is over; an idle one must not keep the answer until it is used again."""
        handle.setopt(pycurl.WRITEFUNCTION, _nothing)
        handle.setopt(pycurl.HEADERFUNCTION, _nothing)
        self._idle.append(handle)

    def forget_cookies(self) -> None:
        """As a browser whose windows were all closed."""
        handle = self._handle()
        handle.setopt(pycurl.COOKIELIST, "ALL")
        self._idle.append(handle)

    def close(self) -> None:
        """Close all that are idle; cookies stay for new ones."""
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

    def prepared(self, request: Request) -> pycurl.Curl:
        """A handle made ready for a request; to be given back, or closed."""
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
        # An empty list would leave the last request's headers in place.
        handle.unsetopt(pycurl.HTTPHEADER)
        handle.setopt(
            pycurl.HTTPHEADER, [f"{name}: {value}" if value else f"{name}:" for name, value in headers.items()]
        )
        return handle


class Transfer:
    """One exchange on its way."""

    __slots__ = ("_done", "_handle", "_handles", "_loop", "body", "ended", "head", "request", "response")

    def __init__(self, request: Request, loop: CurlLoop, handles: Handles) -> None:
        self.request = request
        self.head = BytesIO()
        self.body = BytesIO()
        self.response = Response(request, 0, Headers(b""), b"")
        self.ended = False
        self._loop = loop
        self._handles = handles
        self._handle: pycurl.Curl = None
        self._done: Callable[[], None] = _nothing

    @property
    def exchanges(self) -> list[Response]:
        """What was exchanged; the last is the answer."""
        return [self.response]

    def begin(self, done: Callable[[], None]) -> None:
        """Send the request; `done` is called in the hub when the answer has come."""
        self._done = done
        self._handle = self._handles.prepared(self.request)
        self._handle.setopt(pycurl.WRITEFUNCTION, self.body.write)
        self._handle.setopt(pycurl.HEADERFUNCTION, self.head.write)
        self._loop.start(self._handle, self._ended)

    def cut_off(self) -> bool:
        """End it in the middle; True when its request had left, so that the server has counted it."""
        if self.ended or self._handle is None:
            return self.ended
        handle = self._handle
        sent: bool = handle.getinfo(pycurl.PRETRANSFER_TIME) > 0
        self._loop.cancel(handle)
        self.response.failure = TransportFailure("cancelled", "the run ended")
        self.response.last_byte = perf_counter()
        self.response.elapsed_us = handle.getinfo(pycurl.TOTAL_TIME_T)
        handle.close()
        return sent

    def _ended(self, code: int, text: str) -> None:
        self.ended = True
        handle = self._handle
        status = handle.getinfo(pycurl.RESPONSE_CODE)
        response = Response(self.request, status, Headers(self.head.getvalue()), self.body.getvalue())
        response.last_byte = perf_counter()
        response.elapsed_us = handle.getinfo(pycurl.TOTAL_TIME_T)
        response.phases = _phases(handle, response.elapsed_us)
        response.opened = handle.getinfo(pycurl.NUM_CONNECTS) > 0
        begun = handle.getinfo(pycurl.PRETRANSFER_TIME_T)
        response.server_us = max(0, handle.getinfo(pycurl.STARTTRANSFER_TIME_T) - begun) + response.phases.tls
        response.sent = handle.getinfo(pycurl.REQUEST_SIZE)
        response.received = handle.getinfo(pycurl.SIZE_DOWNLOAD_T) + handle.getinfo(pycurl.HEADER_SIZE)
        if code:
            response.status = 0
            response.failure = TransportFailure(_KINDS.get(code, "protocol"), text or handle.errstr())
        self.response = response
        self._handles.give_back(handle)
        # Whoever is told holds this transfer: a circle would keep the answer until Python looks for circles, which in a
        # process with many objects is seldom.
        done, self._done, self._handle = self._done, _nothing, None
        done()


def _nothing(*_: bytes) -> None:
    """Takes what nobody waits for."""


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
