"""Processor time, memory and cores of processes, by psutil."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

SERVER_CORE, GENERATOR_CORE = 1, 0
"""The core each side has for itself, where there are two and the system lets us choose."""

_ENVIRONMENT_TRAPS = ("BUNDLE", "CERT", "PROXY")


def cpu_seconds(process: int) -> float:
    """User and system seconds that a process and its living descendants have used."""
    root = psutil.Process(process)
    total = 0.0
    for member in (root, *root.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            times = member.cpu_times()
            total += times.user + times.system
    return total


def resident_mib(process: int) -> float:
    """Resident memory of one process in MiB."""
    return float(psutil.Process(process).memory_info().rss) / 2**20


def pinning() -> str:
    """How the two sides share the cores, in words for the note under a table."""
    return "server and generator on a core each" if _can_pin() else "server and generator not pinned to cores"


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """What is started inside the block runs on this core alone; without a choice of cores it runs anywhere."""
    if not _can_pin():
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {sorted(before)[core]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def plain_environment() -> dict[str, str]:
    """The environment without proxies and certificate files, which some clients obey and others do not."""
    return {name: value for name, value in os.environ.items() if not any(trap in name for trap in _ENVIRONMENT_TRAPS)}


def _can_pin() -> bool:
    return hasattr(os, "sched_setaffinity") and len(os.sched_getaffinity(0)) > SERVER_CORE
