"""A generator as a child process, seen from the benchmark."""

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from benchmarks.measuring.processes import GENERATOR_CORE, cpu_seconds, on_core, plain_environment, resident_mib
from benchmarks.measuring.stub_server import StubServer

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Window:
    """What happened while people worked for a while: counted by the server, processor time by psutil."""

    seconds: float
    requests: int
    connections: int
    cpu_s: float

    @property
    def cpu_us(self) -> float:
        """Processor microseconds of the generator for a request; NaN without any."""
        return 1e6 * self.cpu_s / self.requests if self.requests else float("nan")


class Generator:
    """One process of people of a kind (`benchmarks.measuring.people.PEOPLE`). A context manager."""

    def __init__(self, kind: str, server: StubServer, log: Path, pause_s: float = 0.0) -> None:
        self.kind = kind
        self._server = server
        self._log = log
        with log.open("wb") as errors, on_core(GENERATOR_CORE):
            self._process = subprocess.Popen(
                [
                    sys.executable, "-m", "benchmarks.measuring.child",
                    kind, server.url, str(server.ca_file), str(pause_s),
                ],
                cwd=PROJECT, env=plain_environment(), text=True, encoding="utf-8",
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
            )  # fmt: skip

    def tell(self, order: str) -> None:
        """Give an order and wait until it is done; RuntimeError when the process ended or an answer was wrong."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(order + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline().split()
        if answer != ["done", "0"]:
            said = self._log.read_text(encoding="utf-8", errors="replace")[-2000:]
            raise RuntimeError(f"{self.kind}, told '{order}', answered {answer}; its log ends with: {said}")

    def work(self, warm_up_s: float, seconds: float) -> Window:
        """Let people work; only what comes after the warm-up counts."""
        self.tell("work")
        time.sleep(warm_up_s)
        before, used, began = self._server.counts(), self.cpu_s, time.perf_counter()
        time.sleep(seconds)
        used, took, after = self.cpu_s - used, time.perf_counter() - began, self._server.counts()
        self.tell("rest")
        asking = self._server.cost_of_asking
        return Window(
            took, after.requests - before.requests - asking, after.connections - before.connections - asking, used
        )

    @property
    def cpu_s(self) -> float:
        """Processor seconds of its process tree so far."""
        return cpu_seconds(self._process.pid)

    @property
    def resident_mib(self) -> float:
        """Its resident memory in MiB."""
        return resident_mib(self._process.pid)

    def stop(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()

    def __enter__(self) -> "Generator":
        """The generator itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process."""
        self.stop()
