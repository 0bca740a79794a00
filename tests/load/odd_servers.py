"""Servers as a stranger meets them: each connection is handled by a function, before TLS or inside it."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import trustme

from benchmarks.measuring.hostile_server import request_head
from tests.load.https_server import HttpsServer

Talk = Callable[[socket.socket], None]


@contextmanager
def odd_server(
    folder: Path,
    *,
    bare: Talk | None = None,
    talk: Talk | None = None,
    tls: ssl.SSLContext | None = None,
    asked: list[bytes] | None = None,
    address: str = "127.0.0.1",
) -> Iterator[HttpsServer]:
    """`bare` gets the connection as it comes; `talk` once TLS stands and a request's head was read, kept in `asked`."""
    authority = trustme.CA()
    ca_file = folder / "odd-ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    context = tls or ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("crm.contoso.test").configure_cert(context)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.create_server((address, 0), family=family)

    def serve(plain: socket.socket) -> None:
        plain.settimeout(20)
        with suppress(OSError), plain:
            if bare is not None:
                bare(plain)
                return
            with context.wrap_socket(plain, server_side=True) as secured:
                while talk is not None:
                    head = request_head(secured)
                    if not head:
                        return
                    if asked is not None:
                        asked.append(head)
                    talk(secured)

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield HttpsServer(listener.getsockname()[1], ca_file)
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)
