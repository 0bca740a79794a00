"""Real Locust in child processes, and the books of a run side by side."""

import json
import os
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from loadtests.config.resolved import ResolvedPlan
from loadtests.load.new_run import prepare_folder
from loadtests.results.check_record import CheckRecord
from loadtests.results.interval_log import REQUEST_PREFIX, SIDE_PREFIXES, STAGE_PREFIX
from loadtests.results.run_folder import RunFolder
from loadtests.results.stage_lines import series_of
from tests.load.plans import PASSWORD_VARIABLE, PROJECT

LOCUSTFILE = Path(__file__).with_name("tiny_locustfile.py")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def locust(log: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """One Locust process; ended with the block, whatever happened."""
    command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), *options]
    environment = {**os.environ, PASSWORD_VARIABLE: "no secret in tests"}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=PROJECT, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()


@dataclass(frozen=True)
class Load:
    """A prepared run folder and the options that run it without a browser."""

    folder: RunFolder

    @classmethod
    def prepared(cls, plan: ResolvedPlan, results: Path) -> "Load":
        return cls(prepare_folder(plan, results, CheckRecord()))

    @property
    def head_options(self) -> list[str]:
        path = self.folder.path
        return ["--headless", "--run-folder", str(path), "--json-file", str(path / "locust-statistics")]

    @property
    def log(self) -> Path:
        return self.folder.file("locust.log")

    def said(self) -> str:
        """What Locust printed, for a failing test."""
        return "\n".join(
            f"== {path.name}\n{path.read_text(encoding='utf-8', errors='replace')}"
            for path in sorted(self.folder.path.glob("*.log"))
        )


@dataclass(frozen=True)
class Books:
    """Requests by template and transactions by name, as each book counts them."""

    hlog_requests: Counter[str]
    outcome_requests: Counter[str]
    locust_requests: Counter[str]
    outcome_transactions: Counter[str]
    locust_transactions: Counter[str]
    stages: Counter[str]

    @classmethod
    def of(cls, folder: RunFolder) -> "Books":
        hlog: Counter[str] = Counter()
        stages: Counter[str] = Counter()
        for line in folder.read_intervals():
            if line.tag.startswith(REQUEST_PREFIX):
                hlog[line.tag.split("/", 2)[2].replace("_", " ")] += line.histogram.total
            elif line.tag.startswith(STAGE_PREFIX) and not series_of(line.tag).startswith(SIDE_PREFIXES):
                stages[line.tag] += line.histogram.total
        outcomes: Counter[str] = Counter()
        transactions: Counter[str] = Counter()
        for row in folder.read_outcomes():
            if row.series.startswith(REQUEST_PREFIX):
                outcomes[row.series.split("/", 2)[2]] += row.count
            elif row.series.startswith("web/"):
                transactions[row.series.split("/")[2]] += row.count
        locust_requests: Counter[str] = Counter()
        locust_transactions: Counter[str] = Counter()
        for entry in json.loads(folder.file("locust-statistics.json").read_text(encoding="utf-8")):
            book = locust_transactions if entry["method"] == "transaction" else locust_requests
            book[entry["name"]] += entry["num_requests"]
        assert not folder.damage, folder.damage
        return cls(hlog, outcomes, locust_requests, transactions, locust_transactions, stages)
