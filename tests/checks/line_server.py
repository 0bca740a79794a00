"""A small HTTPS server that misbehaves as asked: it says what stands in between, closes, waits, has another clock."""

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import trustme

from loadtests.config.environment import Entrance


@dataclass
class Line:
    """The dials."""

    headers: list[tuple[str, str]] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)
    """Given in turn, one to each connection."""
    clock_ahead_s: float = 0.0
    answers_in_s: float = 0.0
    keeps: bool = True
    seen: list[tuple[str, str]] = field(default_factory=list)
    """Path and User-Agent of each request."""
    connections: int = 0
    entrance: Entrance | None = None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    line: Line

    def setup(self) -> None:
        super().setup()
        self.line.connections += 1

    def do_GET(self) -> None:
        line = self.line
        line.seen.append((self.path, self.headers["User-Agent"]))
        time.sleep(line.answers_in_s)
        self.send_response_only(404)
        self.send_header("Date", formatdate(time.time() + line.clock_ahead_s, usegmt=True))
        self.send_header("Content-Length", "0")
        if line.cookies:
            self.send_header("Set-Cookie", line.cookies[line.connections % len(line.cookies)])
        for name, value in line.headers:
            self.send_header(name, value)
        if not line.keeps:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def line_server(folder: Path, *, issuer: str = "Contoso", http2: bool = False) -> Iterator[Line]:
    """The running server, its certificate signed by `issuer`."""
    authority = trustme.CA(organization_name=issuer)
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("crm.contoso.test").configure_cert(context)
    context.set_alpn_protocols(["h2", "http/1.1"] if http2 else ["http/1.1"])
    line = Line()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"line": line}))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    port = server.server_address[1]
    line.entrance = Entrance(
        url=f"https://crm.contoso.test:{port}/",
        flavour="onprem-9.1",
        sign_in="windows",
        ca_file=folder / "ca.pem",
        connect_to=f"127.0.0.1:{port}",
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield line
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
