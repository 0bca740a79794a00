"""Memory that the process has freed and that its allocator still keeps."""

from __future__ import annotations

import ctypes
import sys


def give_back_unused() -> None:
    """Let the system have it: after generating a company it is several hundred MiB, and connections come and go.

    Only glibc keeps that much (malloc_trim(3)); elsewhere this does nothing. Takes some milliseconds, without the GIL.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
