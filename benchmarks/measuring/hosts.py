"""Hosts on one machine: network namespaces with names and addresses of their own on a bridge. Linux and root only."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from benchmarks.measuring.line import enter, leave_to, why_not

HUB_ADDRESS = "10.89.0.1"


def address_of(number: int) -> str:
    """The address of the host with that number, from 2 on."""
    return f"10.89.0.{number}"


def why_no_hosts() -> str:
    """Why no hosts can be made here; empty when they can."""
    if reason := why_not():
        return reason
    probe = f"crm-probe-{os.getpid()}"
    subprocess.run(["ip", "netns", "add", probe], check=True)
    try:
        pair = ["ip", "netns", "exec", probe, "ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1"]
        made = subprocess.run(pair, capture_output=True, check=False).returncode == 0
        return "" if made else "this kernel has no veth pairs"
    finally:
        subprocess.run(["ip", "netns", "del", probe], check=False)


@contextmanager
def hosts(names: Sequence[str]) -> Iterator[dict[str, int]]:
    """Name -> number of hosts joined by a bridge; this thread and its children are at the bridge meanwhile."""
    hub = f"crm-hub-{os.getpid()}"
    spaces = [hub, *(_space(name) for name in names)]
    numbers = {name: number for number, name in enumerate(names, start=11)}
    own = os.open("/proc/self/ns/net", os.O_RDONLY)
    try:
        for space in spaces:
            _run("ip", "netns", "add", space)
            _run("ip", "-n", space, "link", "set", "lo", "up")
        _run("ip", "-n", hub, "link", "add", "bridge0", "type", "bridge")
        _run("ip", "-n", hub, "address", "add", f"{HUB_ADDRESS}/24", "dev", "bridge0")
        _run("ip", "-n", hub, "link", "set", "bridge0", "up")
        for name, number in numbers.items():
            space = _space(name)
            pair = ["type", "veth", "peer", "name", "eth0", "netns", space]
            _run("ip", "-n", hub, "link", "add", f"port{number}", *pair)
            _run("ip", "-n", hub, "link", "set", f"port{number}", "master", "bridge0", "up")
            _run("ip", "-n", space, "address", "add", f"{address_of(number)}/24", "dev", "eth0")
            _run("ip", "-n", space, "link", "set", "eth0", "up")
        enter(hub)
        yield numbers
    finally:
        leave_to(own)
        for space in spaces:
            subprocess.run(["ip", "netns", "del", space], check=False, capture_output=True)


def on_host(name: str, *arguments: str) -> list[str]:
    """The command that runs this Python with these arguments on a host, under its name."""
    rename = f'hostname {name} && exec "$@"'
    return [
        "ip",
        "netns",
        "exec",
        _space(name),
        "unshare",
        "--uts",
        "sh",
        "-c",
        rename,
        "sh",
        sys.executable,
        *arguments,
    ]


def _space(name: str) -> str:
    return f"crm-{name}-{os.getpid()}"


def _run(*command: str) -> None:
    subprocess.run(command, check=True)
