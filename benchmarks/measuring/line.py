"""A long or narrow line on one machine: two network namespaces joined by a TUN pair whose forwarder delays and paces.

Linux and root only; the system's own tools for that (netem) are in few kernels. As a program it is the forwarder:
`python -m benchmarks.measuring.line NEAR FAR RTT_S BITS_PER_S PORT` (0 bits: as wide as it goes).
"""

import ctypes
import fcntl
import os
import select
import struct
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NEAR_ADDRESS, FAR_ADDRESS = "10.88.0.1", "10.88.0.2"
_TUNSETIFF = 0x400454CA
_IFF_TUN, _IFF_NO_PI = 0x0001, 0x1000
_CLONE_NEWNET = 0x40000000
_READY = "line is up"


def why_not() -> str:
    """Why no line can be made here; empty when it can."""
    if sys.platform != "linux":
        return "network namespaces are Linux's"
    if os.geteuid() != 0:
        return "making network namespaces needs root"
    if not Path("/dev/net/tun").exists():
        return "this kernel offers no /dev/net/tun"
    if subprocess.run(["which", "ip"], capture_output=True, check=False).returncode:
        return "the command `ip` (iproute2) is missing"
    return ""


@contextmanager
def two_places() -> Iterator[tuple[str, str]]:
    """Names of two namespaces, near and far; the calling thread (and its children) is in the near one meanwhile."""
    near, far = f"crm-near-{os.getpid()}", f"crm-far-{os.getpid()}"
    own = os.open("/proc/self/ns/net", os.O_RDONLY)
    try:
        for name in (near, far):
            _run("ip", "netns", "add", name)
            _run("ip", "netns", "exec", name, "ip", "link", "set", "lo", "up")
        enter(near)
        yield near, far
    finally:
        leave_to(own)
        for name in (near, far):
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


@contextmanager
def line_between(near: str, far: str, rtt_s: float, bits_per_s: float, port: int) -> Iterator[str]:
    """A line from far to what listens on loopback in near; the `host:port` that leads there."""
    here = [sys.executable, "-m"]
    forwarder = subprocess.Popen(
        [*here, "benchmarks.measuring.line", near, far, str(rtt_s), str(bits_per_s)], stdout=subprocess.PIPE, text=True
    )
    relay = None
    try:
        assert forwarder.stdout is not None
        assert forwarder.stdout.readline().strip() == _READY
        relay = subprocess.Popen(
            [*here, "benchmarks.measuring.relay", NEAR_ADDRESS, str(port)], stdout=subprocess.PIPE, text=True
        )
        assert relay.stdout is not None
        relay.stdout.readline()
        yield f"{NEAR_ADDRESS}:{port}"
    finally:
        for process in (relay, forwarder):
            if process is not None:
                process.terminate()
                process.wait()


def enter(name: str) -> None:
    """Move the calling thread into a namespace."""
    descriptor = os.open(f"/run/netns/{name}", os.O_RDONLY)
    _setns(descriptor)
    os.close(descriptor)


def leave_to(descriptor: int) -> None:
    """Move the calling thread back to where an open `/proc/self/ns/net` was; the descriptor is closed."""
    _setns(descriptor)
    os.close(descriptor)


def _setns(descriptor: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def _tun(name: str, address: str) -> int:
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, _TUNSETIFF, struct.pack("16sH", name.encode(), _IFF_TUN | _IFF_NO_PI))
    _run("ip", "address", "add", f"{address}/24", "dev", name)
    _run("ip", "link", "set", name, "up", "mtu", "1500", "txqueuelen", "10000")
    return tun


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


class _Direction:
    """Packets from one end to the other: each leaves when the line is free, and arrives half a round trip later."""

    def __init__(self, source: int, sink: int, delay_s: float, bits_per_s: float) -> None:
        self.source, self._sink = source, sink
        self._delay_s, self._bits_per_s = delay_s, bits_per_s
        self._free_at = 0.0
        self._on_the_way: deque[tuple[float, bytes]] = deque()

    def take(self, now: float) -> None:
        """What the source has sent."""
        while True:
            try:
                packet = os.read(self.source, 2048)
            except BlockingIOError:
                return
            begin = max(now, self._free_at)
            self._free_at = begin + (len(packet) * 8 / self._bits_per_s if self._bits_per_s else 0.0)
            self._on_the_way.append((self._free_at + self._delay_s, packet))

    def deliver(self, now: float) -> float:
        """Hand over what has arrived; when the next does (far in the future for none)."""
        while self._on_the_way and self._on_the_way[0][0] <= now:
            os.write(self._sink, self._on_the_way.popleft()[1])
        return self._on_the_way[0][0] if self._on_the_way else now + 3600


def forward(near: str, far: str, rtt_s: float, bits_per_s: float) -> None:
    """Carry packets until ended."""
    enter(far)
    far_end = _tun("far0", FAR_ADDRESS)
    enter(near)
    near_end = _tun("near0", NEAR_ADDRESS)
    ways = [
        _Direction(far_end, near_end, rtt_s / 2, bits_per_s),
        _Direction(near_end, far_end, rtt_s / 2, bits_per_s),
    ]
    print(_READY, flush=True)
    poll = select.epoll()
    for way in ways:
        poll.register(way.source, select.EPOLLIN)
    by_source = {way.source: way for way in ways}
    while True:
        now = time.monotonic()
        due = min(way.deliver(now) for way in ways)
        for source, _ in poll.poll(max(0.0, due - time.monotonic())):
            by_source[source].take(time.monotonic())


if __name__ == "__main__":
    forward(sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4]))
