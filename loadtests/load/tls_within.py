"""TLS sockets outside the load whose answers must be complete by a time, however slowly a server drips."""

import ssl
from math import inf
from time import monotonic
from typing import Any


class TlsSocket(ssl.SSLSocket):
    """Python's time-outs begin anew with every byte; `until` (of `time.monotonic`) ends all reading."""

    until = inf

    def recv_into(self, *args: Any, **options: Any) -> int:
        """TimeoutError once the time is over."""
        left = self.until - monotonic()
        if left <= 0:
            raise TimeoutError("the answer was not complete in time")
        before = self.gettimeout()
        self.settimeout(left if before is None else min(left, before))
        try:
            return super().recv_into(*args, **options)
        finally:
            self.settimeout(before)


class TlsWithin(ssl.SSLContext):
    """Makes such sockets."""

    sslsocket_class = TlsSocket
