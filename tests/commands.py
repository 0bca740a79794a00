"""`crmload` as a user calls it, in this very process: hundreds of processes would each load the same modules first.

The load of a run is in processes of its own all the same. What only a `crmload` of its own shows (what it loads, how it
is ended, what a shell sees of it) is tested by such: tests/cli/test_front_door.py, and in tests/e2e `Site.child`, the
run that is overheard and those that are killed.
"""

import io
import signal
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest import mock

from loadtests.cli.main import entry

PROJECT = Path(__file__).resolve().parents[1]


def crmload(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The installed command with these arguments, from the project's folder; its exit code and what it said."""
    command = ["crmload", *map(str, arguments)]
    said, complained = io.StringIO(), io.StringIO()
    before = signal.getsignal(signal.SIGTERM)
    try:
        with (
            mock.patch.object(sys, "argv", command),
            chdir(PROJECT),
            redirect_stdout(said),
            redirect_stderr(complained),
        ):
            entry()
    except SystemExit as ended:
        assert isinstance(ended.code, int)
        return subprocess.CompletedProcess(command, ended.code, said.getvalue(), complained.getvalue())
    finally:
        signal.signal(signal.SIGTERM, before)
    raise AssertionError("the command returned: it sets the exit code of its process")
