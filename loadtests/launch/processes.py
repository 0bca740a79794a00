"""Child processes of the front door: started by us, ended by us, never anybody else's.

A child's standard input is a pipe that nobody writes to. The system closes it when its parent ends, however it ends (a
`kill -9` too, and on Windows), so a child that is told `END_WITH_STDIN` notices and does not go on alone.
"""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

END_WITH_STDIN = "--end-with-stdin"
"""The option of our load processes and of the local CRM that makes them end with whoever started them."""
GRACE_S = 20.0
"""How long a child may take to end after it was asked to."""


class Child:
    """One child process whose output goes to a log file. As a context manager it never outlives its block."""

    def __init__(self, arguments: Sequence[str], log: Path | None, *, cwd: Path) -> None:
        """`log`: None for whom it talks to this process's own standard output."""
        if log is not None:
            log.parent.mkdir(parents=True, exist_ok=True)
        self._log = log
        self._output = log.open("ab") if log is not None else None
        # A group of its own on Windows, so that Ctrl-Break reaches the child alone.
        flags = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=subprocess.PIPE,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            creationflags=flags,
            start_new_session=sys.platform != "win32",
        )

    @property
    def log(self) -> Path:
        """Its log file."""
        assert self._log is not None, "it has no log of its own"
        return self._log

    @property
    def ended(self) -> bool:
        """True once the process is gone."""
        return self.process.poll() is not None

    @property
    def exit_code(self) -> int | None:
        """Its exit code, None while it runs."""
        return self.process.poll()

    def last_lines(self, count: int = 12) -> str:
        """The end of its log: what it said before it failed."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:])

    def stop(self, grace_s: float = GRACE_S) -> None:
        """Ask it to end (SIGTERM, Ctrl-Break on Windows), wait, and kill it only if it does not."""
        if not self.ended:
            if sys.platform == "win32":
                import signal

                self.process.send_signal(signal.CTRL_BREAK_EVENT)
            else:
                self.process.terminate()
            try:
                self.process.wait(grace_s)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.hang_up()
        if self._output is not None:
            self._output.close()

    def hang_up(self) -> None:
        """Let a child that is told `END_WITH_STDIN` end by itself; it may take its time."""
        if self.process.stdin is not None:
            self.process.stdin.close()

    def wait(self, timeout_s: float) -> bool:
        """True when it ended within the time."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if self.ended:
                return True
            time.sleep(0.1)
        return self.ended

    def __enter__(self) -> "Child":
        """The child itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it, whatever happened."""
        self.stop()
