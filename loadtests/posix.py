"""The one file that calls what only POSIX systems have; each function says what it does elsewhere."""

import os
import sys


def is_root() -> bool:
    """True for the superuser; always False on Windows."""
    return sys.platform != "win32" and os.geteuid() == 0
