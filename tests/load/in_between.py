"""What may stand between a tester and a CRM: a server whose certificate is wrong, a proxy that answers in its place."""

import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import trustme

NAME = "crm.contoso.test"


@contextmanager
def something_in_between(
    folder: Path,
    *,
    issuer: str = "Contoso",
    name: str = NAME,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    body: str = "",
) -> Iterator[tuple[int, Path, list[str]]]:
    """Serves one answer to everything; its port, the root certificate that signed its own, and the paths asked for."""
    authority = trustme.CA(organization_name=issuer)
    root = folder / "root.pem"
    authority.cert_pem.write_to_path(str(root))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, not_before=not_before, not_after=not_after).configure_cert(tls)
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            for header, value in {"Content-Type": "text/html", **(headers or {})}.items():
                self.send_header(header, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        do_POST = do_GET  # noqa: N815  (the name http.server looks for)

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def get_request(self) -> Any:
            connection, address = self.socket.accept()
            return tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

        def handle_error(self, *_: Any) -> None:
            """Whoever does not trust the certificate hangs up."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1], root, asked
    finally:
        server.shutdown()
        server.server_close()
