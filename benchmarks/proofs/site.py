"""A local CRM and `crmload` for the proofs: like a user's terminal, with the demo's volume of data."""

import csv
import json
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loadtests.launch.local_server import LocalServer
from loadtests.results.interval_log import REQUEST_PREFIX
from loadtests.results.run_folder import RunFolder

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Counts:
    """HTTP exchanges of people, as four independent books kept them."""

    intervals: int
    outcomes: int
    locust: int
    access_log: int

    @property
    def agree(self) -> bool:
        """True when all four are the same and not zero."""
        return self.intervals == self.outcomes == self.locust == self.access_log > 0


@dataclass(frozen=True)
class Bench:
    """A running local CRM with an environment file, in a folder of its own."""

    folder: Path
    ready: dict[str, Any]

    def crmload(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run `crmload`; its output is shown as it comes."""
        return subprocess.run(
            [sys.executable, "-m", "loadtests.cli", *map(str, arguments)], cwd=PROJECT, text=True, check=False
        )

    def run(self, plan: Path, *options: str) -> RunFolder:
        """Run a plan against this CRM; the folder it made."""
        results = self.folder / "results"
        before = set(results.glob("*"))
        environment = self.folder / "environment.yaml"
        self.crmload("run", plan, "--environment", environment, "--results", results, *options)
        (made,) = set(results.glob("*")) - before
        return RunFolder(made)

    def control(self, method: str, name: str, body: object = None) -> Any:
        """Call the CRM's control address."""
        token = Path(self.ready["control"]["token_file"]).read_text(encoding="utf-8").strip()
        request = urllib.request.Request(
            self.ready["control"]["url"] + name,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"X-Control-Token": token, "Content-Type": "application/json"},
        )
        context = ssl.create_default_context(cafile=self.ready["ca_file"])
        with urllib.request.urlopen(request, context=context) as answer:
            return json.loads(answer.read() or b"null")

    def log_length(self) -> int:
        """Rows of the access log so far."""
        self.control("POST", "flush-log")
        return len(self._log())

    def counts(self, run: RunFolder, since: int) -> Counts:
        """What each book says of a run; `since` is the log's length before it."""
        people = self.people_log(since)
        statistics = json.loads(run.file("locust-statistics.json").read_text(encoding="utf-8"))
        lines = [line for line in run.read_intervals() if line.tag.startswith(REQUEST_PREFIX)]
        return Counts(
            intervals=sum(line.histogram.total for line in lines),
            outcomes=sum(row.count for row in run.read_outcomes() if row.series.startswith(REQUEST_PREFIX)),
            locust=sum(entry["num_requests"] for entry in statistics if entry["method"] != "transaction"),
            access_log=len(people),
        )

    def people_log(self, since: int) -> list[dict[str, str]]:
        """The log's rows of people after the first `since` rows: nothing of check and housekeeper."""
        self.control("POST", "flush-log")
        return [row for row in self._log()[since:] if not row["agent"].startswith("crmload")]

    def _log(self) -> list[dict[str, str]]:
        with Path(self.ready["access_log"]).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


@contextmanager
def bench(folder: Path, options: Sequence[str] = ()) -> Iterator[Bench]:
    """Start a local CRM with its state in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with LocalServer(folder / "crm", PROJECT, options) as server:
        ready = server.wait_until_ready(lambda line: print(f"  {line}"))
        environment = folder / "environment.yaml"
        environment.write_text(f"name: local\nready_file: {server.ready_file.as_posix()}\n", encoding="utf-8")
        yield Bench(folder, ready)
