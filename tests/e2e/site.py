"""A site for end-to-end tests: a local CRM with little data, an environment file, a small plan, `crmload`."""

import csv
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from loadtests.results.run_folder import RunFolder
from tests.localcrm.serving import RunningCrm

PROJECT = Path(__file__).resolve().parents[2]

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
  - {{name: arrival, people: {total}, ramp: 4s, hold: 0s}}
  - {{name: work, people: {total}, hold: {hold}s}}
judge:
  - {{channel: web, transaction: open_record}}
  - {{channel: ifd, transaction: open_record}}
"""


@dataclass(frozen=True)
class Site:
    """A folder with an environment and a plan for a running local CRM."""

    folder: Path
    crm: RunningCrm

    @property
    def results(self) -> Path:
        return self.folder / "results"

    def plan(self, *, people_per_group: int = 3, hold_s: int = 20, think: float = 0.05) -> Path:
        path = self.folder / "plan.yaml"
        path.write_text(
            PLAN.format(people=people_per_group, total=4 * people_per_group, hold=hold_s, think=think), encoding="utf-8"
        )
        return path

    def crmload(self, *arguments: str | Path, timeout_s: float = 170) -> subprocess.CompletedProcess[str]:
        """Run `crmload` as a user does, from the project's folder."""
        return subprocess.run(
            [sys.executable, "-m", "loadtests.cli", *map(str, arguments)],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )

    def run(self, plan: Path, *options: str) -> tuple[RunFolder, subprocess.CompletedProcess[str]]:
        """`crmload run`; the folder it made and what it printed."""
        before = set(self.results.glob("*")) if self.results.is_dir() else set()
        done = self.crmload("run", plan, "--results", self.results, *options)
        made = sorted(set(self.results.glob("*")) - before) if self.results.is_dir() else []
        assert len(made) == 1, f"one new run folder expected, got {made}:\n{done.stdout}\n{done.stderr}"
        return RunFolder(made[0]), done


def make_site(folder: Path, crm: RunningCrm) -> Site:
    """Write the environment file that stands for the running local CRM."""
    (folder / "site.yaml").write_text(f"name: site\nready_file: {crm.ready_file.as_posix()}\n", encoding="utf-8")
    return Site(folder, crm)


def people_requests(access_log: Path, skip: int = 0) -> Counter[str]:
    """Requests per user agent family in the CRM's access log: those of people, those of the housekeeper and checks."""
    counts: Counter[str] = Counter()
    with access_log.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            if number >= skip:
                counts["crmload" if row["agent"].startswith("crmload") else "people"] += 1
    return counts


def log_length(access_log: Path) -> int:
    """Rows of the access log so far."""
    with access_log.open(encoding="utf-8", newline="") as file:
        return sum(1 for _ in csv.DictReader(file))
