"""A small HTTPS server of the tests' own: it counts what it is asked and does what the path says."""

import base64
import gzip
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import trustme

NAMES = ("127.0.0.1", "crm.contoso.test", "adfs.contoso.test")


@dataclass
class HttpsServer:
    """What a test may ask of the running server."""

    port: int
    ca_file: Path
    requests: list[tuple[str, str, str]] = field(default_factory=list)
    """Method, Host header and path, in the order of arrival."""
    cookies: list[str] = field(default_factory=list)
    """The Cookie header of each request."""
    authorizations: list[str] = field(default_factory=list)
    """The scheme of the Authorization header of each request."""
    ntlm: bool = False
    """Nobody is served whose connection has not signed in by NTLM (as CONTOSO\\anna, password `secret`)."""
    connections: int = 0
    most_at_once: int = 0
    present: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def url(self, path: str, host: str = "crm.contoso.test") -> str:
        return f"https://{host}:{self.port}{path}"

    @property
    def connect_to(self) -> str:
        return f"127.0.0.1:{self.port}"


class NtlmDoor:
    """One connection's NTLM, by pyspnego's server side; it takes no shortcut that a real server would not."""

    def __init__(self) -> None:
        self.open = False
        self._context: Any = None

    def knock(self, authorization: str) -> list[str]:
        """The `WWW-Authenticate` headers that answer an Authorization header; none when the door is open."""
        import spnego
        from spnego.exceptions import SpnegoError

        scheme, _, token = authorization.partition(" ")
        if scheme != "NTLM":
            return ["Negotiate", "NTLM"]
        self._context = self._context or spnego.server(protocol="ntlm", options=spnego.NegotiateOptions.use_ntlm)
        try:
            challenge = self._context.step(base64.b64decode(token))
        except SpnegoError:
            self._context = None
            return ["Negotiate", "NTLM"]
        self.open = bool(self._context.complete)
        return [] if self.open else [f"NTLM {base64.b64encode(challenge).decode()}"]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    book: HttpsServer

    def setup(self) -> None:
        super().setup()
        self.door = NtlmDoor()
        with self.book.lock:
            self.book.connections += 1

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except OSError:
            self.close_connection = True

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.book.lock:
            self.book.requests.append((self.command, self.headers["Host"], parts.path))
            self.book.cookies.append(self.headers.get("Cookie", ""))
            self.book.authorizations.append(self.headers.get("Authorization", "").partition(" ")[0])
            self.book.present += 1
            self.book.most_at_once = max(self.book.most_at_once, self.book.present)
        try:
            if self.book.ntlm and not self.door.open:
                offers = self.door.knock(self.headers.get("Authorization", ""))
                if not self.door.open:
                    self._refuse(offers)
                    return
            self._answer(parts.path, {name: values[0] for name, values in parse_qs(parts.query).items()}, body)
        finally:
            with self.book.lock:
                self.book.present -= 1

    do_POST = do_PATCH = do_DELETE = do_GET  # noqa: N815  (the names http.server looks for)

    def _refuse(self, offers: list[str]) -> None:
        self.send_response(401)
        for offer in offers:
            self.send_header("WWW-Authenticate", offer)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _answer(self, path: str, query: dict[str, str], body: bytes) -> None:
        time.sleep(float(query.get("sleep", 0)))
        headers: dict[str, str] = {}
        if path == "/reset":
            self.close_connection = True
            self.connection.close()
            return
        if path == "/gzip":
            headers["Content-Encoding"] = "gzip"
            body = gzip.compress(b'{"value": "small on the wire"}')
        elif path == "/redirect":
            headers["Location"] = query["to"]
        elif "cookie" in query:
            headers["Set-Cookie"] = query["cookie"]
        elif path == "/echo":
            body = f"{self.command} {self.headers.get('Content-Type')} ".encode() + body
        elif not body:
            body = b'{"value": []}'
        self.send_response(302 if path == "/redirect" else int(query.get("status", 200)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def get_request(self) -> Any:
        """Accept only: the handshake belongs into the connection's own thread."""
        connection, address = self.socket.accept()
        return self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

    def finish_request(self, request: Any, client_address: Any) -> None:
        try:
            request.do_handshake()
        except OSError:
            return  # the client does not trust us: its good right
        super().finish_request(request, client_address)

    tls: ssl.SSLContext


@contextmanager
def https_server(folder: Path) -> Iterator[HttpsServer]:
    """A running server with a certificate for `NAMES`, signed by an authority of its own (`ca_file`)."""
    authority = trustme.CA()
    ca_file = folder / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*NAMES).configure_cert(tls)
    handler = type("Handler", (_Handler,), {})
    server = _Server(("127.0.0.1", 0), handler)
    server.tls = tls
    book = handler.book = HttpsServer(server.server_address[1], ca_file)  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield book
    finally:
        server.shutdown()
        server.server_close()
