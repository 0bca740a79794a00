"""Memory that the process has freed and that its allocator still keeps."""

from __future__ import annotations

import ctypes
import gc
import sys


def give_back_unused() -> None:
    """Let the system have it. After generating a company it is several hundred MiB, and a server may run for days.

    Only glibc keeps that much (malloc_trim(3)); elsewhere this only collects garbage.
    """
    gc.collect()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
