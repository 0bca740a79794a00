"""Memory that the process has freed and that its allocator still keeps."""

import ctypes
import sys
from collections.abc import Callable
from functools import cache

import gevent

EVERY_S = 30


def give_back_unused() -> None:
    """Let the system have it: connections come and go, and what they leave between others would only ever grow.

    Only glibc keeps that much (malloc_trim(3)); elsewhere this does nothing. Takes some milliseconds, without the GIL.
    """
    trim = _trim()
    if trim is not None:
        trim(0)


def keep_giving_back() -> None:
    """Never ends. In a thread of the hub's: people go on meanwhile."""
    while True:
        gevent.sleep(EVERY_S)
        gevent.get_hub().threadpool.spawn(give_back_unused)


@cache
def _trim() -> Callable[[int], int] | None:
    """Looked up once: each library that `ctypes` opens is a circle of objects."""
    return getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
