"""An orderly end for a process that is told to end while it runs a plan without a browser."""

import signal

import gevent


def end_in_good_order() -> None:
    """Treat a request to end (SIGTERM, Ctrl-Break on Windows) as Ctrl-C: people finish, the last reports are written.

    Locust installs a handler of its own only once its load shape is over; until then the signal would just kill it.
    """
    for name in ("SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            gevent.signal_handler(getattr(signal, name), _interrupt)


def _interrupt() -> None:
    # Raised in a greenlet, gevent hands this one on to the main one, where Locust waits for it.
    raise KeyboardInterrupt
