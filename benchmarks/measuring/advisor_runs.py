"""Stepped runs of the local CRM's stations, to try the advisor on: what it forecasts was then really measured.

`python -m benchmarks.measuring.advisor_runs SYSTEM SETTING` records one; `make prove advisor` all that are missing.
"""

import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from analysis.capacity.forecast import TODAY
from analysis.capacity.measured import Measured
from analysis.capacity.measured_record import measured_from_json, measured_to_json
from analysis.capacity.response_law import law_deviation
from analysis.capacity.steps import measure
from benchmarks.measuring.advisor_systems import ROLES, SYSTEMS, Setting, System
from benchmarks.proofs.site import PROJECT, bench
from loadtests.config.load import resolve_plan
from loadtests.launch.conduct import conduct
from loadtests.load.new_run import prepare_folder
from loadtests.results.check_record import CheckRecord

KEPT = PROJECT / "benchmarks" / "data" / "advisor_runs"
"""In the repository: the comparison can be made again without recording for an hour."""
HOLD_S = 65
"""A minute's window and what it takes to settle."""
RAMP_S = 5
COMING_S = 20
"""More for the first step of an upgrade, in which everybody comes."""
FACTOR = 0.125
"""Makes the engine's own 12 to 20 s before the first screen two seconds, as the thinking in the journey."""
PLAN = """
name: {name}
environment: environment.yaml
think_time_factor: {factor}
sessions: {{first: 4000-4000, everyday: 4000-4000}}
population: [{{channel: web, role: Salesperson, people: {people}, people_per_account: 40}}]
stages:
{stages}
limits: {{generator_late: 300ms}}
judge: [{judge}]
"""
JOURNEYS = {
    "browse": """
journey: browse
title: Lists and searches
steps:
  - open_view: account
    view: Active Accounts
    think: 8-24
  - quick_find: contact
    text: "{known contact}"
    think: 8-24
  - open_view: contact
    view: Active Contacts
    think: 8-24
  - quick_find: account
    text: "{known account}"
    think: 8-24
""",
    "look_around": """
journey: look_around
title: Look around
steps:
  - open_view: account
    view: Active Accounts
    think: 8-24
  - open_record: account
    as: first
    think: 8-24
  - quick_find: contact
    text: "{known contact}"
    think: 8-24
  - open_record: contact
    as: found
    think: 8-24
""",
}


def kept(system: System, setting: Setting) -> Measured | None:
    """What was recorded of it; None when nothing was yet."""
    path = _path(KEPT, system, setting)
    return measured_from_json(path.read_text(encoding="utf-8")) if path.is_file() else None


def record(system: System, setting: Setting, *, hold_s: int = HOLD_S, into: Path = KEPT) -> Measured:
    """Start a local CRM with these stations, let people work at every number of the setting, and keep what it says."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with bench(folder, ["--people", "60", "--scale", "0.05", "--hardware", "free"]) as crm:
            crm.control("POST", "hardware", system.dials(setting.change))
            if system.slow_s:
                rule = {"kind": "slow", "seconds": system.slow_s, "path": "*/api/data/*"}
                crm.control("POST", "faults", {"faults": [rule]})
            _write_site(folder, system, setting, hold_s)
            plan = resolve_plan(folder / "plan.yaml", environment_file=folder / "environment.yaml")
            run = prepare_folder(plan, folder / "results", CheckRecord())
            conduct(plan, run, PROJECT, processes=1, show=lambda _: None)
            measured = measure(run)
    into.mkdir(parents=True, exist_ok=True)
    _path(into, system, setting).write_text(measured_to_json(measured), encoding="utf-8", newline="\n")
    return measured


def told(measured: Measured) -> list[str]:
    """The steps as lines for a terminal."""
    lines = []
    for step in measured.steps:
        p95 = " ".join(
            f"{name.partition('/')[2]} {1000 * one.p95_s:.0f} ms/{one.count}" for name, one in step.times.items()
        )
        busy = " ".join(f"{station} {share:.2f}" for station, share in step.busy.items())
        lines.append(
            f"{step.people:5.1f} people {step.throughput:6.2f}/s R {step.mean_s:.3f} Z {step.think_s:.3f} "
            f"law {law_deviation(step.people, step.throughput, step.mean_s, step.think_s):+.1%} "
            f"window {step.seconds:.0f} s | {busy} backlog {step.backlog} | {p95} {step.flaws or ''}"
        )
    return [*lines, *measured.flaws]


def _path(folder: Path, system: System, setting: Setting) -> Path:
    return folder / f"{system.name}--{setting.name}.json"


def _write_site(folder: Path, system: System, setting: Setting, hold_s: int) -> None:
    """Plan, journey, role and environment: the stations are the servers of a small deployment."""
    stages = "\n".join(
        f"  - {{name: step-{number}, people: {people}, ramp: {ramp}s, hold: {hold}s}}"
        for number, (people, ramp, hold) in enumerate(_holds(setting, hold_s), start=1)
    )
    transactions = dict.fromkeys(re.findall(r"^  - (\w+):", JOURNEYS[system.journey], re.MULTILINE))
    plan = PLAN.format(
        name=f"{system.name}-{setting.name}".replace(".", "-"),
        factor=FACTOR,
        people=max(setting.people),
        stages=stages,
        judge=", ".join(f"{{channel: web, transaction: {transaction}}}" for transaction in transactions),
    )
    environment = {
        "name": system.name,
        "ready_file": (folder / "crm" / "ready.json").as_posix(),
        "servers": {
            name: {"role": ROLES[name], "cores": dial["servers"], "memory_gb": 16}
            for name, dial in system.dials(setting.change)["stations"].items()
        },
    }
    files = {
        "plan.yaml": plan,
        "environment.yaml": json.dumps(environment),
        f"journeys/{system.journey}.yaml": JOURNEYS[system.journey],
        "roles/seller.yaml": f"role: Salesperson\njourneys: {{{system.journey}: 1}}\n",
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _holds(setting: Setting, hold_s: int) -> Iterator[tuple[int, int, int]]:
    """People, ramp and hold of each step."""
    first, *others = setting.people
    # The reference at low load is held twice as long: few people make few samples. Where many come at once, their first
    # screens keep the real machine busy for a while.
    longer = hold_s if setting.change == TODAY else COMING_S
    yield first, max(RAMP_S, first // 3), hold_s + longer
    for people in others:
        yield people, RAMP_S, hold_s


if __name__ == "__main__":
    if hasattr(os, "nice"):
        os.nice(int(os.environ.get("NICE", "0")))
    this = next(system for system in SYSTEMS if system.name == sys.argv[1])
    hold = int(os.environ.get("HOLD_S", HOLD_S))
    print("\n".join(told(record(this, this.setting(sys.argv[2]), hold_s=hold))), flush=True)
