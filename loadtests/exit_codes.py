"""Every exit code of `crmload`, on one page. CI jobs rely on them: never change the meaning of a number.

"No data" is never a pass: a run that recorded nothing ends inconclusive.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process that ran `crmload` reports to its caller."""

    PASS = 0
    """The verdict is pass (`demo`, `report`, `check`: the work was done)."""

    FAIL = 1
    """The verdict is fail."""

    USAGE = 2
    """A command, option or configuration file is wrong, or `check` refuses to start the load."""

    INCONCLUSIVE = 3
    """The run cannot answer the question; its reasons say why and what to do next."""

    SAFETY = 4
    """Stopped to protect the CRM or the data in it; the evidence so far is kept."""

    UNREACHABLE = 5
    """The CRM could not be reached or signed in to."""

    INTERRUPTED = 130
    """Somebody pressed Ctrl-C (128 + SIGINT, the shells' convention)."""


BY_VERDICT = {"pass": ExitCode.PASS, "fail": ExitCode.FAIL, "inconclusive": ExitCode.INCONCLUSIVE}
"""The exit code of each verdict."""
