"""The access log: one CSV line for every request that was answered, whether or not the client stayed to hear it."""

from __future__ import annotations

import csv
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

COLUMNS = ("time_utc", "host", "user", "method", "path", "status", "duration_ms", "bytes", "agent", "client")
_FLUSH_SECONDS = 0.25


class AccessLog:
    """Begins anew at every start. Lines reach the file within half a second, and all of them when it is closed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("w", encoding="utf-8", newline="\n")
        self._writer = csv.writer(self._file, lineterminator="\n")
        self._writer.writerow(COLUMNS)
        self._lock = threading.Lock()
        self._last = time.monotonic()
        self._closing = threading.Event()
        self._flusher = threading.Thread(target=self._keep_flushing, name="access-log", daemon=True)
        self._flusher.start()

    def write(
        self,
        *,
        host: str,
        user: str,
        method: str,
        path: str,
        status: int,
        seconds: float,
        size: int,
        agent: str,
        client: str,
    ) -> None:
        """Add one line. ``path`` comes without its query string; ``size`` is the body's bytes as sent, ``client``
        the address of the other end."""
        now = datetime.now(UTC)
        stamp = f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z"
        with self._lock:
            self._last = time.monotonic()
            self._writer.writerow(
                (stamp, host, user, method, path, status, f"{seconds * 1000:.3f}", size, agent, client)
            )

    @property
    def quiet_seconds(self) -> float:
        """How long ago the last request was answered (or the log was opened)."""
        return time.monotonic() - self._last

    def flush(self) -> None:
        """Bring every line to the file now."""
        with self._lock:
            self._file.flush()

    def close(self) -> None:
        """Write what is left and close the file. Harmless when called twice."""
        self._closing.set()
        self._flusher.join()
        with self._lock:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _keep_flushing(self) -> None:
        while not self._closing.wait(_FLUSH_SECONDS):
            self.flush()
