"""A site for end-to-end tests: a local CRM with little data, an environment file, a small plan, `crmload`."""

import csv
import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from loadtests.results.run_folder import RunFolder
from tests import commands
from tests.localcrm.serving import RunningCrm

PROJECT = commands.PROJECT
NO_BROWSER = {"PATH": ""}
"""The environment of a run whose report nobody prints: tests/launch/test_browser_pdf.py does."""

PLAN = """\
name: small
environment: site.yaml
think_time_factor: {think}
sessions: {{first: 6-8, everyday: 8-12, pause: 2s}}
population:
  - {{channel: web, role: Salesperson, people: {people}}}
  - {{channel: web, role: Customer Service Representative, people: {people}}}
  - {{channel: ifd, role: Salesperson, people: {people}}}
  - {{channel: ifd, role: Customer Service Representative, people: {people}}}
stages:
  - {{name: arrival, people: {total}, ramp: 2s, hold: 0s}}
  - {{name: work, people: {total}, hold: {hold}s}}
limits: {{generator_late: 2s}}
judge:
  - {{channel: web, transaction: open_record}}
  - {{channel: ifd, transaction: open_record}}
"""
FOUR_DOORS = """\
name: four-doors
environment: site.yaml
think_time_factor: 0.05
sessions: {{first: 3-4, everyday: 4-6, pause: 1s}}
population:
  - {{channel: web, role: Salesperson, people: 2}}
  - {{channel: ifd, role: Customer Service Representative, people: 2}}
  - {{channel: outlook, role: Salesperson, people: 1}}
  - {{channel: mobile, role: Salesperson, people: 1}}
stages: [{{name: work, people: 6, ramp: 1s, hold: {hold_s}s}}]
limits: {{generator_late: 2s}}
judge: [{{channel: web, transaction: open_record}}]
"""
"""People on every way in."""


@dataclass(frozen=True)
class Site:
    """A folder with an environment and a plan for a running local CRM."""

    folder: Path
    crm: RunningCrm

    @property
    def results(self) -> Path:
        return self.folder / "results"

    def plan(self, *, people_per_group: int = 1, hold_s: int = 12, think: float = 0.05) -> Path:
        path = self.folder / "plan.yaml"
        path.write_text(
            PLAN.format(people=people_per_group, total=4 * people_per_group, hold=hold_s, think=think), encoding="utf-8"
        )
        return path

    def crmload(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Call it as a user does, in this process."""
        return commands.crmload(*arguments)

    def child(self, *arguments: str | Path, timeout_s: float = 170) -> subprocess.CompletedProcess[str]:
        """Call it as a user does, in a process of its own."""
        return subprocess.run(
            [sys.executable, "-m", "loadtests.cli", *map(str, arguments)],
            cwd=PROJECT,
            env=os.environ | NO_BROWSER,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )

    def run(self, plan: Path, *options: str) -> tuple[RunFolder, subprocess.CompletedProcess[str]]:
        """`crmload run`; the folder it made and what it printed."""
        before = set(self.results.glob("*")) if self.results.is_dir() else set()
        with mock.patch.dict(os.environ, NO_BROWSER):
            done = self.crmload("run", plan, "--results", self.results, *options)
        made = sorted(set(self.results.glob("*")) - before) if self.results.is_dir() else []
        assert len(made) == 1, f"one new run folder expected, got {made}:\n{done.stdout}\n{done.stderr}"
        return RunFolder(made[0]), done


def make_site(folder: Path, crm: RunningCrm) -> Site:
    """Write the environment file that stands for the running local CRM."""
    ready = folder / "ready.json"
    ready.write_text(json.dumps(crm.ready), encoding="utf-8")
    (folder / "site.yaml").write_text("name: site\nready_file: ready.json\n", encoding="utf-8")
    return Site(folder, crm)


@dataclass(frozen=True)
class Books:
    """HTTP exchanges of people as four independent books counted them."""

    intervals: int
    outcomes: int
    locust: int
    access_log: int


Rows = list[dict[str, str]]


def log_rows(crm: RunningCrm) -> Rows:
    """The CRM's access log, complete."""
    crm.control("POST", "flush-log")
    with Path(crm.ready["access_log"]).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def books(folder: RunFolder, crm: RunningCrm, since: int, statistics: Path | None = None) -> Books:
    """Count a run in each book; `since` is the log's length before it."""
    return books_beside(folder, log_rows(crm)[since:], statistics)


def books_beside(folder: RunFolder, log: Rows, statistics: Path | None = None) -> Books:
    """Count a run in each book; `log` has the CRM's rows of its time."""
    locust = json.loads((statistics or folder.file("locust-statistics.json")).read_text(encoding="utf-8"))
    return Books(
        intervals=sum(i.histogram.total for i in folder.read_intervals() if i.tag.startswith("request/")),
        outcomes=sum(r.count for r in folder.read_outcomes() if r.series.startswith("request/")),
        locust=sum(entry["num_requests"] for entry in locust if entry["method"] != "transaction"),
        access_log=sum(not row["agent"].startswith("crmload") for row in log),
    )


def assert_agree(counted: Books) -> None:
    """Each book counts what the CRM answered."""
    assert counted.intervals > 0
    assert counted == Books(*[counted.access_log] * 4), f"the books differ: {counted}"


def outcomes_by_role(folder: RunFolder) -> Counter[tuple[str, str, str]]:
    """(role, transaction, outcome) -> count."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for row in folder.read_outcomes():
        parts = row.series.split("/")
        if parts[0] in ("web", "ifd"):
            counts[parts[1], parts[2], row.outcome] += row.count
    return counts
