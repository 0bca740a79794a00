"""The server of `slow_answers` as a child process, and what it knows."""

import json
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

from benchmarks.measuring.processes import SERVER_CORE, on_core, plain_environment

PROJECT = Path(__file__).resolve().parents[2]


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
    return "" if sys.platform == "linux" else "only Linux notes when bytes arrive"


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
            [sys.executable, "-m", "benchmarks.measuring.slow_answers", str(chain), str(key)],
            cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=plain_environment(),
        )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line:
            raise RuntimeError("the slow server did not start; it said above why")
        ready = json.loads(line)
        yield SlowServer(f"https://127.0.0.1:{ready['port']}/", ca_file)
    finally:
        process.stdin.close()
        process.wait(timeout=20)
        process.stdout.close()
