"""The local CRM as a child process."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from loadtests.config.local_crm import read_ready_file
from loadtests.errors import CrmloadError, Unreachable
from loadtests.launch.processes import END_WITH_STDIN, Child

START_TIMEOUT_S = 180.0


class LocalServer:
    """Starts `python -m localcrm` and waits until it answers; stops it at the end of a `with` block."""

    def __init__(self, state: Path, project: Path, options: Sequence[str] = ()) -> None:
        self.state = state
        self.ready_file = state / "ready.json"
        self.log = state / "server.log"
        self.ready_file.unlink(missing_ok=True)
        self.log.unlink(missing_ok=True)
        places = ["--state", str(state), "--ready-file", str(self.ready_file)]
        arguments = ["-m", "localcrm", END_WITH_STDIN, *places, *options]
        self._child = Child(arguments, self.log, cwd=project)

    def wait_until_ready(self, tell: Callable[[str], None]) -> dict[str, Any]:
        """The ready file's content. `tell` gets each new line of the server's start-up output."""
        told = 0
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines() if self.log.is_file() else []
            for line in lines[told:]:
                tell(line)
            told = len(lines)
            if self._child.ended:
                raise Unreachable(
                    f"the local CRM ended while it was starting:\n{self._child.last_lines()}",
                    next_step="mend what its last line says and start again",
                )
            if self.ready_file.is_file():
                return read_ready_file(self.ready_file)
            time.sleep(0.1)
        raise CrmloadError(
            f"the local CRM did not get ready within {START_TIMEOUT_S:.0f} s", next_step=f"its log is {self.log}"
        )

    def stop(self) -> None:
        """Stop it and take its ready file away, so that nobody takes it for running."""
        self._child.stop()
        self.ready_file.unlink(missing_ok=True)

    def __enter__(self) -> "LocalServer":
        """The server itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it, whatever happened."""
        self.stop()
