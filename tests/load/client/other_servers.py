"""Servers that we did not write: nginx and Node.js, each with a certificate of a private authority."""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

NAME = "crm.contoso.test"


@dataclass(frozen=True, slots=True)
class Running:
    """A server on 127.0.0.1 whose certificate is for `NAME`."""

    port: int
    ca_file: Path

    def url(self, path: str, name: str = NAME) -> str:
        return f"https://{name}:{self.port}/{path}"

    @property
    def connect_to(self) -> str:
        return f"127.0.0.1:{self.port}"


def _certificate(folder: Path) -> tuple[Path, Path, Path]:
    authority = trustme.CA()
    ca_file, key, chain = (folder / name for name in ("ca.pem", "key.pem", "chain.pem"))
    issued = authority.issue_cert(NAME)
    authority.cert_pem.write_to_path(str(ca_file))
    issued.private_key_pem.write_to_path(str(key))
    chain.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    return ca_file, key, chain


@contextmanager
def node(folder: Path) -> Iterator[Running]:
    """Node's HTTPS server (`node_server.js`)."""
    program = shutil.which("node")
    if program is None:
        pytest.skip("there is no node on the PATH")
    ca_file, key, chain = _certificate(folder)
    script = Path(__file__).with_name("node_server.js")
    with subprocess.Popen(
        [program, str(script), str(key), str(chain)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        try:
            where = json.loads(process.stdout.readline())
            yield Running(where["port"], ca_file)
        finally:
            process.kill()


@contextmanager
def nginx(folder: Path) -> Iterator[Running]:
    """nginx, which tells in its answers which connection a request came over."""
    program = shutil.which("nginx")
    if program is None:
        pytest.skip("there is no nginx on the PATH")
    ca_file, key, chain = _certificate(folder)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    temporary = "".join(f"{kind}_temp_path {kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(f"""
daemon off; pid nginx.pid; worker_processes 1; events {{ }}
http {{ access_log off; {temporary} default_type text/plain; keepalive_timeout 60s;
server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {chain}; ssl_certificate_key {key};
ssl_protocols TLSv1.2 TLSv1.3;
location = /which {{ return 200 "$connection $connection_requests $host $ssl_server_name $ssl_protocol"; }}
location = /last {{ keepalive_requests 1; return 200 "$connection"; }}
location = /gzip {{ gzip on; gzip_min_length 0; gzip_types text/plain; return 200 "{"packed " * 50}"; }}
location = /old {{ keepalive_timeout 0; return 404 "gone"; }}
}} }}
""")
    with subprocess.Popen([program, "-p", str(folder), "-c", "nginx.conf", "-e", "error.log"]) as process:
        try:
            deadline = time.monotonic() + 30
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    assert time.monotonic() < deadline, (folder / "error.log").read_text()
                    time.sleep(0.05)
            yield Running(port, ca_file)
        finally:
            process.terminate()
