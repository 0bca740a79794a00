"""An orderly end for a process that is told to end while it runs a plan, or whose parent is gone."""

import os
import signal
from collections.abc import Callable

import gevent
from gevent.monkey import get_original


def end_in_good_order() -> None:
    """Treat a request to end (SIGTERM, Ctrl-Break on Windows) as Ctrl-C: people finish, the last reports are written.

    Locust installs a handler of its own only once its load shape is over; until then the signal would just kill it.
    """
    for name in ("SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            gevent.signal_handler(getattr(signal, name), _interrupt)


def when_stdin_closes(act: Callable[[], None]) -> None:
    """Call `act` in a greenlet when standard input reads its end: whoever held the other side of the pipe is gone.

    A real thread waits for it: a greenlet that reads from a pipe would hold up everybody else on Windows.
    """
    closed = gevent.get_hub().loop.async_()
    closed.start(lambda: gevent.spawn(act))

    def wait() -> None:
        while os.read(0, 1024):
            pass
        closed.send()

    get_original("_thread", "start_new_thread")(wait, ())


def _interrupt() -> None:
    # Raised in a greenlet, gevent hands this one on to the main one, where Locust waits for it.
    raise KeyboardInterrupt
