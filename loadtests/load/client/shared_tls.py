"""One TLS context for all people of a process who trust the same authorities.

The authorities are read once and not for each person (0.8 MiB and 20 ms for the public ones, measured). Sessions are
not resumed, so nobody profits from another's handshake.
"""

from functools import cache
from pathlib import Path
from typing import Any

from gevent.ssl import SSLContext

from loadtests.load.trust import trusting


def shared_context(ca_file: Path | None) -> Any:
    """The context for this file as it is now, or for the system's authorities. OSError when it cannot be read."""
    return _context(ca_file, ca_file.stat().st_mtime_ns if ca_file else 0)


@cache
def _context(ca_file: Path | None, changed_ns: int) -> Any:
    context = trusting(SSLContext, ca_file)
    context.set_alpn_protocols(["http/1.1"])
    return context
