"""`requests` on connections of ours: by the environment's way to a server, trusting as people do, never for ever."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from socket import gaierror
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from loadtests.load.client.content_encoding import MOST_BODY
from loadtests.load.client.cookies import Cookies
from loadtests.load.client.route import Route
from loadtests.load.dialling import dial
from loadtests.load.tls_within import TlsSocket, TlsWithin
from loadtests.load.trust import shared_context

TIMEOUT_S = 60
"""How long a server may say nothing."""
ANSWER_S = 180
"""How long an answer may take to come, however steadily it does."""
_PIECE = 2**16
_HUNG_UP = "unexpected end of the TLS handshake"


class TooLarge(requests.RequestException):
    """A body of more than `MOST_BODY`, unpacked."""


class ByRoute(HTTPAdapter):
    """By the environment's way to a server, with the URL's own name in TLS and in the Host header; cookies are kept as
    people's are."""

    def __init__(self, route: Route) -> None:
        self._route = route
        self._cookies = Cookies()
        super().__init__(pool_maxsize=4)

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        """With the cookies that belong to the URL; those of the answer are kept."""
        parts = urlsplit(request.url or "")
        where = parts.hostname or "", parts.path or "/"
        request.headers.pop("Cookie", None)
        if cookies := self._cookies.header(*where):
            request.headers["Cookie"] = cookies
        answer = super().send(request, *args, **options)
        self._cookies.take(*where, answer.raw.headers.getlist("Set-Cookie"))
        return answer

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, verify: Any, proxies: Any = None, cert: Any = None
    ) -> Any:
        """The pool of the URL's host, whose connections are opened by the route."""
        pool: Any = super().get_connection_with_tls_context(request, verify, proxies, cert)
        pool.ConnectionCls = partial(_Connection, self._route)
        return pool

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """The connections verify, always: nothing is to be prepared."""


class _Connection(HTTPSConnection):
    """urllib3's, over a TLS socket of ours."""

    sock: TlsSocket

    def __init__(self, route: Route, *args: Any, **options: Any) -> None:
        self._by_route = route
        super().__init__(*args, **options)

    def connect(self) -> None:
        """Dial and shake hands; what goes wrong is told in urllib3's errors."""
        with self._told():
            plain = dial(self._by_route, self.host, self.port or 443, TIMEOUT_S).plain
        try:
            context = shared_context(TlsWithin, self._by_route.ca_file)
            self.sock = context.wrap_socket(plain, server_hostname=self.host)  # type: ignore[assignment]
        except ssl.SSLError:
            plain.close()
            raise
        except OSError as error:
            plain.close()
            raise ssl.SSLError(f"{_HUNG_UP}: {error}") from error
        self.is_verified = True

    def getresponse(self) -> Any:
        """The answer's time begins."""
        self.sock.until = monotonic() + ANSWER_S
        answer: Any = super().getresponse()
        # Python's own cookie jar reads these: one odd date, and it loses them all and warns with a traceback.
        del answer._original_response.msg["Set-Cookie"]
        return answer

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(self, str(error)) from error
        except OSError as error:
            raise NewConnectionError(self, str(error)) from error


def read_whole(answer: requests.Response) -> requests.Response:
    """Its body, unpacked, of an answer that was asked for with `stream`; `TooLarge` when it does not end."""
    body = bytearray()
    for piece in answer.iter_content(_PIECE):
        body += piece
        if len(body) > MOST_BODY:
            answer.close()
            raise TooLarge(f"more than {MOST_BODY >> 20} MiB")
    answer._content = bytes(body)
    return answer
