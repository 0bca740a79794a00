"""The server that generators are measured against: nginx where installed, else Granian. It counts requests itself."""

import getpass
import json
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

from benchmarks.measuring.answer import HEADERS, PATH, body
from benchmarks.measuring.processes import SERVER_CORE, on_core, plain_environment
from benchmarks.measuring.stub_app import COUNTS_PATH

PROJECT = Path(__file__).resolve().parents[2]
_START_S = 20


@dataclass(frozen=True)
class Counts:
    """Requests answered and connections accepted since the start."""

    requests: int
    connections: int


@dataclass(frozen=True)
class StubServer:
    """A running server at 127.0.0.1."""

    kind: str
    """What it is, in words for the note under a table."""
    url: str
    ca_file: Path
    counts_url: str

    def counts(self) -> Counts:
        """What it has counted, without the asking itself (nginx: but for one request and connection an asking)."""
        context = ssl.create_default_context(cafile=str(self.ca_file))
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )
        with opener.open(self.counts_url, timeout=10) as answer:
            text = answer.read().decode()
        if self.kind.startswith("Granian"):
            return Counts(**json.loads(text))
        accepted, _, requests = map(int, re.findall(r"^ (\d+) (\d+) (\d+)", text, re.MULTILINE)[0])
        return Counts(requests, accepted)

    @property
    def cost_of_asking(self) -> int:
        """Requests and connections by which the second of two readings is too high."""
        return 0 if self.kind.startswith("Granian") else 1


@contextmanager
def stub_server(folder: Path) -> Iterator[StubServer]:
    """Start the server on a core of its own, with a certificate for 127.0.0.1; RuntimeError when it does not start."""
    authority = trustme.CA()
    ca_file, chain, key = (folder / name for name in ("ca.pem", "chain.pem", "key.pem"))
    authority.cert_pem.write_to_path(str(ca_file))
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_pem.write_to_path(str(key))
    chain.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    port, counts_port = _free_port(), _free_port()
    url = f"https://127.0.0.1:{port}"
    nginx = shutil.which("nginx")
    if nginx:
        version = subprocess.run([nginx, "-v"], capture_output=True, text=True, check=True).stderr.split("/")[-1]
        server = StubServer(f"nginx {version.strip()}", url, ca_file, f"http://127.0.0.1:{counts_port}/")
        command = [nginx, "-p", str(folder), "-c", str(_nginx_files(folder, port, counts_port)), "-e", "error.log"]
    else:
        server = StubServer("Granian (no nginx on the PATH)", url, ca_file, url + COUNTS_PATH)
        command = _granian(port, chain, key)
    log = folder / "server.log"
    with log.open("wb") as output, on_core(SERVER_CORE):
        process = subprocess.Popen(
            command, cwd=PROJECT, stdout=output, stderr=subprocess.STDOUT, env=plain_environment()
        )
    try:
        _wait_until_it_answers(server, process, log)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=20)


def _nginx_files(folder: Path, port: int, counts_port: int) -> Path:
    page = folder / "www" / PATH.lstrip("/")
    page.parent.mkdir(parents=True)
    page.write_bytes(body())
    headers = "\n".join(f"add_header {name} '{value}';" for name, value in HEADERS.items() if name != "Content-Type")
    # nginx started by root gives its workers to a user who cannot read this folder.
    lines = f"""
user {getpass.getuser()};
daemon off;
worker_processes 1;
pid nginx.pid;
events {{ worker_connections 8192; }}
http {{
access_log off;
types {{ }}
default_type '{HEADERS["Content-Type"]}';
keepalive_requests 100000000;
keepalive_timeout 600s;
etag off;
max_ranges 0;
client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi;
scgi_temp_path scgi;
server {{
listen 127.0.0.1:{port} ssl backlog=4096;
ssl_certificate chain.pem; ssl_certificate_key key.pem; ssl_protocols TLSv1.2 TLSv1.3;
root {(folder / "www").as_posix()};
{headers}
add_header Last-Modified '';
}}
server {{ listen 127.0.0.1:{counts_port}; location / {{ stub_status; }} }}
}}
"""
    file = folder / "nginx.conf"
    file.write_text(lines, encoding="utf-8", newline="\n")
    return file


def _granian(port: int, chain: Path, key: Path) -> list[str]:
    return [
        sys.executable, "-m", "granian", "--interface", "asginl", "--host", "127.0.0.1", "--port", str(port),
        "--workers", "1", "--no-ws", "--no-log", "--backlog", "4096", "--backpressure", "8192",
        "--ssl-certificate", str(chain), "--ssl-keyfile", str(key), "benchmarks.measuring.stub_app:app",
    ]  # fmt: skip


def _wait_until_it_answers(server: StubServer, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_S
    while True:
        try:
            server.counts()
            return
        except OSError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                said = log.read_text(encoding="utf-8", errors="replace")[-2000:]
                raise RuntimeError(f"{server.kind} does not answer ({error}); it said: {said}") from None
        time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
