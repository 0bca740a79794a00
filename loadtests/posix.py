"""The one file that calls what only POSIX systems have; each function says what it does elsewhere."""

import os
import socket
import struct
import sys
from time import perf_counter, time
from typing import Any

_SO_TIMESTAMPNS = 35
"""Linux's number (asm-generic/socket.h); Python's `socket` has no name for it."""
_ROOM = socket.CMSG_SPACE(struct.calcsize("@ll")) if sys.platform == "linux" else 0
_LOOKED_AT = [bytearray(16_384)]
"""Where looked-at bytes go, which nobody reads: as much as one TLS record."""
_timespec = struct.Struct("@ll").unpack


def is_root() -> bool:
    """True for the superuser; always False on Windows."""
    return sys.platform != "win32" and os.geteuid() == 0


def note_arrivals(plain: Any) -> bool:
    """Have the kernel note when bytes arrive at this TCP socket (Linux, socket(7)); False where it cannot.

    The machine's first such socket is noted only a moment later (net_enable_timestamp): until then a look says "now".
    """
    if sys.platform != "linux":
        return False
    try:
        plain.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    except OSError:
        return False
    return True


def arrived(plain: Any) -> float:
    """When the bytes arrived that lie unread at a socket of `note_arrivals`, in seconds of `time.perf_counter`.

    Of the last of them, up to one TLS record. Now, where the kernel does not say; nothing is taken from the socket.
    """
    now = perf_counter()
    if sys.platform == "linux":
        try:
            notes = plain.recvmsg_into(_LOOKED_AT, _ROOM, socket.MSG_PEEK)[1]
        except OSError:
            return now
        if notes:
            seconds, nanoseconds = _timespec(notes[0][2])
            since: float = time() - seconds - nanoseconds * 1e-9
            # The note is in wall time, which may be set in between: nothing arrives later than now.
            return now - max(0.0, since)
    return now
