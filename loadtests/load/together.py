"""Two loads that begin at the same instant: each waits until the other has prepared everything."""

import time
from pathlib import Path

import gevent

from loadtests.errors import CrmloadError

MARK = "prepared"
"""The file in a run folder that says so."""
LONGEST_S = 180.0
LOOK_EVERY_S = 0.02


def begin_together(mine: Path, other: Path, *, longest_s: float = LONGEST_S) -> None:
    """Say that the run in the folder `mine` could begin, and return once the one in `other` could too.

    `CrmloadError` when it does not get ready.
    """
    (mine / MARK).touch()
    deadline = time.monotonic() + longest_s
    while not (other / MARK).is_file():
        if time.monotonic() > deadline:
            raise CrmloadError(
                f"the other half of the duet did not get ready within {longest_s:.0f} s",
                next_step=f"read {other / 'locust.log'}",
            )
        gevent.sleep(LOOK_EVERY_S)
