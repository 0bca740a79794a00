"""Commands of the user's that deploy or restart a version before a run, by the shell."""

import subprocess

from loadtests.errors import CrmloadError


def run_hook(command: str, option: str) -> None:
    """Run it and wait for its end; its output goes where ours goes.

    `CrmloadError` when it does not end with 0. The command itself is not told: it may hold a password.
    """
    code = subprocess.run(command, shell=True, stdin=subprocess.DEVNULL, check=False).returncode
    if code:
        raise CrmloadError(
            f"the command ended with exit code {code}; no run was begun",
            place=option,
            next_step="what it said stands above; try it in a terminal until it ends with 0",
        )
