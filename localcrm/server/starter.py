"""Ends with whoever started it: a server that is somebody's child must not stay when that somebody is gone."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable

#: Somebody may still be tidying up: it stays until nobody has asked for anything for so long.
QUIET_SECONDS = 5.0


def end_with_stdin(quiet_seconds: Callable[[], float]) -> None:
    """Stop this process as SIGTERM does once standard input has closed and nobody asks for anything any more.

    The other end of the pipe closes with the process that holds it, however that one ends, on Windows too.
    """

    def wait() -> None:
        while os.read(0, 1024):
            pass
        while quiet_seconds() < QUIET_SECONDS:
            time.sleep(0.2)
        if sys.platform == "win32":
            signal.raise_signal(signal.SIGTERM)
        else:
            # To the process, not to this thread: only so it wakes the loop that waits for the network.
            os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="starter", daemon=True).start()
