"""Kills a writing run in its middle, as an impatient hand would: by no signal that a process could answer."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import psutil

from loadtests.load.presence import FILE, still_present
from loadtests.results.ledger import MADE
from loadtests.results.run_folder import RunFolder

T = TypeVar("T")

PROJECT = Path(__file__).resolve().parents[2]
WITHIN_S = 300.0

VICTIMS: dict[str, tuple[str, ...]] = {
    "a worker": ("worker",),
    "the master": ("master",),
    "master and a worker": ("master", "worker"),
    "crmload itself": ("crmload",),
    "crmload, master and all workers": ("crmload", "master", "workers"),
}


class WritingRun:
    """`crmload run` with two workers, watched from outside until its people have written so many records."""

    def __init__(self, plan: Path, results: Path, *options: str) -> None:
        before = set(results.glob("*"))
        command = [sys.executable, "-m", "loadtests.cli", "run", str(plan), "--results", str(results), *options]
        self.process = subprocess.Popen(
            [*command, "--processes", "2"], cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        found = self._until(lambda: list(set(results.glob("*/run.json")) - {path / "run.json" for path in before}))
        self.folder = RunFolder(found[0].parent)

    def until_written(self, records: int) -> None:
        """Return as soon as the workers' own ledgers list so many records."""
        self._until(lambda: self.written() >= records)

    def written(self) -> int:
        """Records that the workers' own ledgers list."""
        parts = self.folder.path.glob("ledger-worker-*.jsonl")
        return sum(path.read_text(encoding="utf-8").count(f'"state":"{MADE}"') for path in parts)

    def __enter__(self) -> "WritingRun":
        """The run itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Whatever is left of it ends with whoever watched it."""
        self.process.terminate()
        self.end()

    def kill(self, victims: Sequence[str]) -> None:
        """`kill -9` (on Windows TerminateProcess), all at once."""
        lines = [json.loads(line) for line in self.folder.file(FILE).read_text(encoding="utf-8").splitlines()]
        workers = [int(line["pid"]) for line in lines if line["name"].startswith("worker")]
        head = [int(line["pid"]) for line in lines if not line["name"].startswith("worker")]
        by_name = {"crmload": [self.process.pid], "master": head, "worker": workers[:1], "workers": workers}
        for pid in (pid for victim in victims for pid in by_name[victim]):
            psutil.Process(pid).kill()

    def end(self) -> str:
        """Wait for what is left of it; what it printed."""
        said, _ = self.process.communicate(timeout=WITHIN_S)
        deadline = time.monotonic() + WITHIN_S
        while present := still_present(self.folder.path):
            if time.monotonic() > deadline:
                raise TimeoutError(f"still there {WITHIN_S:.0f} s after the kill: {present}\n{said}")
            time.sleep(0.2)
        return said

    def _until(self, look: Callable[[], T]) -> T:
        deadline = time.monotonic() + WITHIN_S
        while not (found := look()):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.terminate()
                raise AssertionError(f"the run did not come so far:\n{self.process.communicate()[0]}")
            time.sleep(0.1)
        return found
