"""Locust as child processes: one, a master with workers, or a worker of a master on another machine.

`crmload` itself never imports Locust.
"""

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from loadtests.errors import CrmloadError
from loadtests.launch.processes import END_WITH_STDIN, Child

STOP_GRACE_S = 90.0
"""People finish their transactions, the last reports arrive, the housekeeper cleans up."""


@dataclass(frozen=True, slots=True)
class Gate:
    """Where a master listens for workers of other machines, and how many it waits for."""

    expect: int
    host: str
    port: int


class LocustChildren:
    """The processes of one run. The master (or only process) owns the run folder; workers only report."""

    def __init__(
        self,
        project: Path,
        folder: Path,
        *,
        processes: int = 1,
        beside: Path | None = None,
        gate: Gate | None = None,
    ) -> None:
        """`beside`: the run folder of the other half of a duet; the load begins when both are prepared.

        `gate`: workers come from other machines, beside `processes` (0: none) of this one.
        """
        self.folder = folder
        # The children live in the project's folder, whoever called from wherever.
        absolute = folder.resolve()
        base = ["-m", "locust", "-f", str(project / "locustfile.py"), END_WITH_STDIN]
        statistics = ["--json-file", str(absolute / "locust-statistics")]
        head = [*base, "--headless", "--only-summary", "--run-folder", str(absolute), *statistics]
        head += ["--beside", str(beside.resolve())] if beside else []
        self._workers: list[Child] = []
        self._others = gate is not None
        if processes == 1 and gate is None:
            self._head = Child(head, folder / "locust.log", cwd=project)
            return
        bind = gate or Gate(0, "127.0.0.1", _free_port())
        expected = ["--expect-workers", str(processes + bind.expect)]
        # Whoever starts the others may take their time.
        expected += ["--expect-workers-max-wait", "0" if self._others else "60"]
        address = ["--master-bind-host", bind.host, "--master-bind-port", str(bind.port)]
        self._head = Child([*head, "--master", *expected, *address], folder / "locust.log", cwd=project)
        own = "127.0.0.1" if bind.host == "*" else bind.host
        for number in range(1, processes + 1):
            worker = [*base, "--worker", "--master-host", own, "--master-port", str(bind.port)]
            self._workers.append(Child(worker, folder / f"worker-{number}.log", cwd=project))

    def wait(self, each_second: Callable[[], None]) -> int:
        """Wait for the run to end, calling `each_second`; Locust's exit code."""
        try:
            while not self._head.ended:
                each_second()
                time.sleep(1.0)
                self.see_workers()
        finally:
            self.stop()
        return self.exit_code

    @property
    def ended(self) -> bool:
        """True once the head is gone."""
        return self._head.ended

    @property
    def exit_code(self) -> int:
        """Locust's exit code; 0 while it runs."""
        return self._head.exit_code or 0

    def see_workers(self) -> None:
        """`CrmloadError` when all workers are gone and the master goes on without them."""
        gone = self._workers and not self._others and all(worker.ended for worker in self._workers)
        if gone and not self._head.wait(STOP_GRACE_S):
            raise CrmloadError(
                f"all worker processes ended, the master went on:\n{self._workers[0].last_lines()}",
                next_step=f"read {self._workers[0].log}",
            )

    def log_text(self) -> str:
        """The head's log."""
        return self._head.log.read_text(encoding="utf-8", errors="replace")

    def stop(self) -> None:
        """Ask the head to end in good order, then make sure that nobody is left."""
        self._head.stop(STOP_GRACE_S)
        for worker in self._workers:
            # A master that was killed could not send them home.
            worker.hang_up()
        for worker in self._workers:
            worker.wait(10.0)
            worker.stop()


def work_for(master: str, port: int, results: Path, project: Path) -> int:
    """Be a worker of a master on another machine until its run ends; Locust's exit code. What it says goes to ours.

    `results`: where the ledger of its people lies.
    """
    options = ["--worker", "--master-host", master, "--master-port", str(port), "--results", str(results.resolve())]
    with Child(
        ["-m", "locust", "-f", str(project / "locustfile.py"), END_WITH_STDIN, *options], None, cwd=project
    ) as worker:
        try:
            while not worker.ended:
                time.sleep(0.5)
        except KeyboardInterrupt:
            worker.stop(STOP_GRACE_S)
            raise
        return worker.exit_code or 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
