"""Stands between the harness and the local CRM and tempts it to talk to somebody else, who only listens.

Every origin of the CRM is reached at a port of its own on `localhost`, without `connect_to`: a client that followed a
lure would really arrive at the listener.
"""

import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import trustme

from tests.localcrm.serving import RunningCrm


@dataclass(slots=True)
class Answer:
    """What the CRM answered, to be spoilt."""

    method: str
    path: str
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def set(self, name: str, value: str) -> None:
        """Replace a header."""
        self.headers = [(known, old) for known, old in self.headers if known.lower() != name.lower()] + [(name, value)]

    def header(self, name: str) -> str:
        """A header's first value."""
        return next((value for known, value in self.headers if known.lower() == name.lower()), "")


Lure = Callable[[Answer, str], bool]
"""Spoils an answer by the listener's address; True when it has done so."""


class Listener:
    """A port that writes down who knocks."""

    def __init__(self) -> None:
        self.knocks: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"https://localhost:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                knock, _ = self._socket.accept()
            except OSError:
                return
            knock.settimeout(1)
            with knock:
                self.knocks.append(b"a connection")

    def close(self) -> None:
        self._socket.close()


@dataclass(slots=True)
class Tempter:
    """The origins as the harness sees them, and what was tried on it."""

    crm: RunningCrm
    listener: Listener
    ca_file: Path
    ports: dict[str, int] = field(default_factory=dict)
    """The CRM's own origin (`https://crm.contoso.test:8443`) -> the port on localhost that stands for it."""
    lure: Lure = lambda answer, away: False
    tried: list[str] = field(default_factory=list)

    def seen(self, text: str) -> str:
        """A text of the CRM's with the addresses that the harness knows."""
        for origin, port in self.ports.items():
            for write in _SPELLINGS:
                text = text.replace(write(origin), write(f"https://localhost:{port}"))
        return text

    def meant(self, text: str) -> str:
        """The other way round."""
        for origin, port in self.ports.items():
            for write in _SPELLINGS:
                text = text.replace(write(f"https://localhost:{port}"), write(origin))
        return text

    def environment(self, flavour: str, *, metrics: str = "") -> str:
        """The environment file of an organisation behind the tempter."""
        ready = self.crm.ready
        common = f"client_id: {ready['oauth_client_id']}, ca_file: {self.ca_file}"
        entrances = {
            "onprem-9.1": {
                "intranet": ("onprem-9.1", "windows", "adfs_authority"),
                "outside": ("ifd-9.1", "forms", "adfs_authority"),
                "apps": ("ifd-9.1", "oauth", "adfs_authority"),
            },
            "cloud-9.2": {"cloud": ("cloud-9.2", "oauth", "entra_authority")},
        }[flavour]
        channels = {
            "onprem-9.1": "{web: intranet, ifd: outside, outlook: apps, mobile: apps}",
            "cloud-9.2": "{web: cloud, outlook: cloud, mobile: cloud}",
        }[flavour]
        lines = [
            f"  {name}: {{url: {ready['base_urls'][kind]}, flavour: {kind}, sign_in: {how}, authority: "
            f"{ready[authority]}, resource: {ready['oauth_resource'][kind]}, {common}}}"
            for name, (kind, how, authority) in entrances.items()
        ]
        text = "\n".join(
            (
                *("name: tempted", "simulated: true", "side_effects: isolated", "entrances:", *lines),
                *(f"channels: {channels}", f"users_file: {ready['users_file']}"),
                f"secrets_file: {ready['secrets_file']}",
            )
        )
        return self.seen(text) + (f"\nmetrics: {{server: '{metrics}'}}\n" if metrics else "\n")


def _in_urls(text: str) -> str:
    return quote(text, safe="")


def _in_urls_small(text: str) -> str:
    return re.sub("%..", lambda found: found[0].lower(), _in_urls(text))


def _plain(text: str) -> str:
    return text


_SPELLINGS = (_plain, _in_urls, _in_urls_small)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    tempter: Tempter
    origin: str

    def setup(self) -> None:
        super().setup()
        # One connection to the CRM for one from the client: Windows sign-in proves a connection.
        self.beyond = self.tempter.crm.client()

    def do_GET(self) -> None:
        tempter = self.tempter
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = tempter.meant(sent.decode("latin-1")).encode("latin-1")
        hop = ("host", "content-length", "connection", "accept-encoding")
        headers = {k: tempter.meant(v) for k, v in self.headers.items() if k.lower() not in hop}
        path = tempter.meant(self.path)
        reply = self.beyond.request(
            self.command,
            self.origin + path,
            data=body or None,
            headers={"Accept-Encoding": "identity", "User-Agent": "none", **headers},
            allow_redirects=False,
        )
        kept = [(k, v) for k, v in reply.raw.headers.items() if k.lower() not in ("content-length", "connection")]
        kept = [(k, tempter.seen(v)) for k, v in kept if k.lower() not in ("transfer-encoding", "content-encoding")]
        answer = Answer(self.command, self.path, reply.status_code, kept, reply.content)
        if "image" not in answer.header("Content-Type"):
            answer.body = tempter.seen(answer.body.decode("latin-1")).encode("latin-1")
        if tempter.lure(answer, tempter.listener.address):
            tempter.tried.append(f"{self.command} {self.path}")
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    do_POST = do_PATCH = do_DELETE = do_PUT = do_HEAD = do_GET  # noqa: N815  (the names http.server looks for)

    def finish(self) -> None:
        self.beyond.close()
        super().finish()

    def log_message(self, *_: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    tls: ssl.SSLContext

    def get_request(self) -> Any:
        """Accept only: the handshake belongs into the connection's own thread."""
        connection, address = self.socket.accept()
        return self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

    def finish_request(self, request: Any, client_address: Any) -> None:
        with suppress(OSError):  # the client went away
            super().finish_request(request, client_address)


@contextmanager
def tempting(crm: RunningCrm, folder: Path) -> Iterator[Tempter]:
    """The tempter before a running local CRM, and its listener."""
    authority = trustme.CA()
    ca_file = folder / "tempter-ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(tls)
    tempter = Tempter(crm, Listener(), ca_file)
    urls = [*crm.ready["base_urls"].values(), crm.ready["adfs_authority"], crm.ready["entra_authority"]]
    servers: list[_Server] = []
    for origin in dict.fromkeys("/".join(url.split("/")[:3]) for url in urls):
        server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"tempter": tempter, "origin": origin}))
        server.tls = tls
        tempter.ports[origin] = server.server_address[1]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        servers.append(server)
    try:
        yield tempter
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()
        tempter.listener.close()
