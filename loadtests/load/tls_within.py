"""TLS sockets outside the load whose answers must be complete by a time, however slowly a server drips."""

import ssl
from math import inf
from time import monotonic
from typing import Any


class NotInTime(OSError):
    """The answer is still coming, and its time is over. No TimeoutError: what was to be said would be lost on the way
    up, as the server is not silent."""

    def __init__(self) -> None:
        super().__init__("the answer was not complete in time")


class TlsSocket(ssl.SSLSocket):
    """Python's time-outs begin anew with every byte; `until` (of `time.monotonic`) ends all reading."""

    until = inf

    def recv_into(self, *args: Any, **options: Any) -> int:
        """TimeoutError when the server is silent, `NotInTime` when it is slow."""
        left, silence = self.until - monotonic(), self.gettimeout()
        if left <= 0:
            raise NotInTime
        if silence is not None and silence <= left:
            return super().recv_into(*args, **options)
        self.settimeout(left if left < inf else None)
        try:
            return super().recv_into(*args, **options)
        except TimeoutError:
            raise NotInTime from None
        finally:
            self.settimeout(silence)


class TlsWithin(ssl.SSLContext):
    """Makes such sockets."""

    sslsocket_class = TlsSocket
