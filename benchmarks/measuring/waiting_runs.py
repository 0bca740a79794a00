"""Runs of `waiting_people` against the slow server: what the run folder says beside what the server knows."""

import json
import os
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from analysis.judge import judge
from benchmarks.measuring.processes import GENERATOR_CORE, on_core
from benchmarks.measuring.slow_server import PROJECT, SlowServer
from loadtests.config.load import resolve_plan
from loadtests.config.resolved import ResolvedPlan
from loadtests.load.new_run import prepare_folder
from loadtests.results.check_record import CheckRecord
from loadtests.results.histogram import Histogram
from loadtests.results.interval_log import INTERVAL_S
from loadtests.results.run_folder import RunFolder

LOCUSTFILE = Path(__file__).with_name("waiting_people.py")
MEASURED = "measured"
TAKES_MS = {"open_view": 1, "open_record": 10, "quick_find": 100, "save": 1000}
"""As in `waiting_people`, which only Locust's process may import."""
PASSWORD = "CRMLOAD_NOBODYS_PASSWORD"

_ENVIRONMENT = """\
name: slow
entrances:
  only: {{url: "{url}", flavour: onprem-9.1, sign_in: forms, authority: "{url}adfs", ca_file: "{ca_file}"}}
channels: {{web: only}}
users_file: users.csv
"""
_CALM_PAUSE_S = 2.0
"""How long people pause while others arrive; the last of these pauses end while the load rises."""
_PLAN = """\
name: latency
environment: environment.yaml
think_time_factor: {pause:g}
population: [{{channel: web, role: Salesperson, people: {people}}}]
stages:
  - {{name: arrive, ramp: {arrive:g}s, hold: {settle:g}s, pace: {calm:g}, warm_up: true}}
  - {{name: rise, hold: {rise:g}s, warm_up: true}}
  - {{name: measured, hold: {seconds:g}s}}
judge: [{judged}]
limits: {{stop_above_failed_share: 1}}
"""


@dataclass(frozen=True)
class Load:
    """So many people, who pause so long on average between two acts, for so long."""

    people: int
    pause_s: float
    seconds: float
    arrive_s: float = 20.0
    settle_s: float = 5.0
    rise_s: float = 10.0
    """All three together are whole intervals."""
    stall: str = ""
    """`EVERY,SECONDS`: the generator's process stands still."""


@dataclass(frozen=True)
class Wait:
    """One transaction as recorded, in milliseconds, and as the server knows it."""

    n: int
    p50_ms: float
    p99_ms: float
    true_n: int
    true_p50_ms: float
    true_p99_ms: float

    @property
    def off_ms(self) -> tuple[float, float]:
        """Recorded minus true."""
        return self.p50_ms - self.true_p50_ms, self.p99_ms - self.true_p99_ms


@dataclass(frozen=True)
class Outcome:
    """A run: how fast it went, what the generator used, what was recorded, what the analysis says."""

    per_s: float
    cores: float
    """Mean of the generator's readings while it was measured."""
    waits: dict[str, Wait]
    verdict: str
    why: list[str]
    """The generator's own problems, as sentences."""


def run(server: SlowServer, load: Load, folder: Path) -> Outcome:
    """Run it in one process and read its folder. RuntimeError when Locust ended badly."""
    if server.truth():
        raise RuntimeError("the server's book is of one run: start another server")
    run_folder = prepare_folder(_plan(server, load, folder), folder / "results", CheckRecord())
    path = run_folder.path
    command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--headless", "--only-summary"]
    command += ["--run-folder", str(path), "--json-file", str(path / "locust-statistics")]
    environment = {**os.environ, PASSWORD: "nobody's", **({"CRMLOAD_STALL": load.stall} if load.stall else {})}
    with (path / "locust.log").open("wb") as log, on_core(GENERATOR_CORE):
        done = subprocess.run(
            command, cwd=PROJECT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False
        )
    if done.returncode:
        said = (path / "locust.log").read_text(encoding="utf-8", errors="replace")[-2000:]
        raise RuntimeError(f"Locust ended with {done.returncode}: {said}")
    return _outcome(run_folder, server, load)


def _outcome(folder: RunFolder, server: SlowServer, load: Load) -> Outcome:
    first = round((load.arrive_s + load.settle_s + load.rise_s) / INTERVAL_S)
    last = first + int(load.seconds // INTERVAL_S)
    recorded: dict[str, Histogram] = defaultdict(Histogram)
    for line in folder.read_intervals():
        if line.tag.startswith("web/") and first <= line.interval < last:
            recorded[line.tag.split("/")[2]].add(line.histogram)
    truth = server.truth()
    waits = {}
    for name, ms in TAKES_MS.items():
        true, own = truth[f"/{MEASURED}/{ms}"], recorded[name]
        waits[name] = Wait(
            own.total, own.percentile(50) / 1000, own.percentile(99) / 1000, true.n, true.p50_ms, true.p99_ms
        )
    shares = [
        row.value for row in folder.read_counters() if row.counter == "cpu_share" and first <= row.interval < last
    ]
    verdict = judge(folder)
    problems = [reason.text for reason in verdict.reasons if reason.kind == "generator"]
    done = sum(wait.n for wait in waits.values())
    return Outcome(done / (INTERVAL_S * (last - first)), sum(shares) / len(shares), waits, verdict.verdict, problems)


def _plan(server: SlowServer, load: Load, folder: Path) -> ResolvedPlan:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "environment.yaml").write_text(
        _ENVIRONMENT.format(url=server.url, ca_file=server.ca_file.as_posix()), encoding="utf-8"
    )
    users = [f"p{number}@contoso.test,Salesperson,web,person,{PASSWORD}" for number in range(load.people)]
    (folder / "users.csv").write_text("\n".join(["username,role,channel,kind,secret", *users, ""]), encoding="utf-8")
    judged = ", ".join(json.dumps({"channel": "web", "transaction": name}) for name in TAKES_MS)
    calm = min(1.0, load.pause_s / _CALM_PAUSE_S)
    text = _PLAN.format(
        pause=load.pause_s, people=load.people, arrive=load.arrive_s, settle=load.settle_s, rise=load.rise_s,
        seconds=load.seconds, calm=calm, judged=judged,
    )  # fmt: skip
    (folder / "plan.yaml").write_text(text, encoding="utf-8")
    plan = resolve_plan(folder / "plan.yaml")
    # No journey that writes and no probe: nothing is to be prepared by a housekeeper.
    alone = {"must_not": [], "journeys": {"wait": 1.0}}
    roles = {slug: role.model_copy(update=alone) for slug, role in plan.roles.items()}
    return plan.model_copy(update={"roles": roles, "journeys": {"wait": {"journey": "wait", "steps": []}}})
