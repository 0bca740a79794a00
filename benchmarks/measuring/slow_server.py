"""A server that answers after a known time and knows how long it really took: Node, so that its clock is its own."""

import json
import shutil
import ssl
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

from benchmarks.measuring.processes import SERVER_CORE, on_core, plain_environment

SCRIPT = Path(__file__).resolve().parents[1] / "data" / "slow_server.cjs"
_ROOM = ("--initial-heap-size=2048", "--min-semi-space-size=32")
"""MB, for a whole run. Else Node looks through everything every second, up to 30 ms in which it answers nobody and its
book does not know what has arrived."""


@dataclass(frozen=True)
class Truth:
    """What the server took for the answers of one path, from the request's arrival to the answer's departure."""

    n: int
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True)
class SlowServer:
    """A running server at 127.0.0.1."""

    url: str
    ca_file: Path
    version: str

    def truth(self) -> dict[str, Truth]:
        """By path, since its start."""
        context = ssl.create_default_context(cafile=str(self.ca_file))
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )
        with opener.open(self.url + "truth", timeout=30) as answer:
            return {path: Truth(**figures) for path, figures in json.load(answer).items()}


def why_not() -> str:
    """Why there is no such server here; empty when there can be one."""
    return "" if shutil.which("node") else "no node on the PATH (Debian: apt-get install nodejs)"


@contextmanager
def slow_server(folder: Path) -> Iterator[SlowServer]:
    """Start it on a core of its own, with a certificate for 127.0.0.1; RuntimeError when it does not start."""
    authority = trustme.CA()
    ca_file, chain, key = (folder / name for name in ("slow-ca.pem", "slow-chain.pem", "slow-key.pem"))
    authority.cert_pem.write_to_path(str(ca_file))
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_pem.write_to_path(str(key))
    chain.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    with on_core(SERVER_CORE):
        process = subprocess.Popen(
            [str(shutil.which("node")), *_ROOM, str(SCRIPT), str(chain), str(key)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=plain_environment(),
        )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line:
            raise RuntimeError("the Node server did not start; it said above why")
        ready = json.loads(line)
        yield SlowServer(f"https://127.0.0.1:{ready['port']}/", ca_file, f"Node {ready['version']}")
    finally:
        process.stdin.close()
        process.wait(timeout=20)
        process.stdout.close()
