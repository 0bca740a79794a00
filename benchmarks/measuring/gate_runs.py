"""Short runs of one and the same release, to draw gates from: what a gate calls worse among them is a false alarm.

`python -m benchmarks.measuring.gate_runs COUNT` goes on where an earlier call stopped. 45 s against the local CRM with
the demo's stations, reading alone, so that one run leaves nothing for the next.
"""

import os
import sys
import tempfile
from pathlib import Path

from analysis.gate.observed import observe
from analysis.gate.stored_run import StoredRun
from benchmarks.proofs.site import PROJECT, bench
from loadtests.config.load import resolve_plan
from loadtests.launch.conduct import conduct
from loadtests.load.new_run import prepare_folder
from loadtests.results.check_record import CheckRecord

KEPT = PROJECT / "benchmarks" / "data" / "gate_runs"
"""In the repository: gates can be drawn again without recording for an hour and a half."""
PLAN = """
name: stations
environment: environment.yaml
think_time_factor: 0.1
sessions: {first: 400-400, everyday: 400-400, pause: 20s}
population:
  - {channel: web, role: Salesperson, people: 9}
  - {channel: web, role: Customer Service Representative, people: 9}
stages:
  - {name: warm-up, ramp: 5s, hold: 10s, warm_up: true}
  - {name: measured, hold: 45s}
limits: {generator_late: 300ms}
judge: [{channel: web, transaction: open_view}, {channel: web, transaction: open_record},
        {channel: web, transaction: quick_find}]
"""
JOURNEY = """
journey: look_around
title: Look around
steps:
  - open_view: account
    view: Active Accounts
  - open_record: account
    as: first
  - quick_find: contact
    text: "{known contact}"
  - open_record: contact
    as: found
"""
ROLE = "role: {role}\njourneys: {{look_around: 1}}\n"


def kept() -> list[StoredRun]:
    """The runs recorded so far, in the order of their numbers."""
    return [StoredRun.model_validate_json(path.read_text(encoding="utf-8")) for path in sorted(KEPT.glob("*.json"))]


def record(count: int) -> list[StoredRun]:
    """Record runs until there are `count` of them."""
    KEPT.mkdir(parents=True, exist_ok=True)
    if len(kept()) >= count:
        return kept()[:count]
    with tempfile.TemporaryDirectory() as name, bench(Path(name), ["--people", "130", "--scale", "0.2"]) as crm:
        folder = Path(name)
        (folder / "plan.yaml").write_text(PLAN, encoding="utf-8")
        for kind, files in _files().items():
            (folder / kind).mkdir()
            for file, text in files.items():
                (folder / kind / file).write_text(text, encoding="utf-8")
        plan = resolve_plan(folder / "plan.yaml", environment_file=crm.folder / "environment.yaml")
        for number in range(len(kept()) + 1, count + 1):
            run = prepare_folder(plan, folder / "results", CheckRecord())
            conduct(plan, run, PROJECT, processes=1, show=lambda _: None)
            stored = observe(run)
            (KEPT / f"{number:03}.json").write_text(stored.to_json(), encoding="utf-8")
            times = {name: (one.n, one.p50_us // 1000, one.p95_us // 1000) for name, one in stored.series.items()}
            print(number, times, [flaw.text for flaw in stored.flaws], flush=True)
    return kept()[:count]


def _files() -> dict[str, dict[str, str]]:
    roles = {"seller.yaml": "Salesperson", "service.yaml": "Customer Service Representative"}
    return {
        "journeys": {"look_around.yaml": JOURNEY},
        "roles": {file: ROLE.format(role=role) for file, role in roles.items()},
    }


if __name__ == "__main__":
    if hasattr(os, "nice"):
        os.nice(int(os.environ.get("NICE", "0")))
    record(int(sys.argv[1]))
