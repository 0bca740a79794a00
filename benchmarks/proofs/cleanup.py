"""Kill -9 in the middle of a writing run, ten times each: after `crmload cleanup` every table is as it was before."""

import tempfile
import time
from functools import partial
from pathlib import Path

from benchmarks.proofs.kills import VICTIMS, WritingRun
from benchmarks.proofs.site import Bench, bench
from benchmarks.proofs.steps import Result, Steps
from benchmarks.proofs.table import write_table

TIMES = 10
FIRST_WRITTEN, MORE_EACH_TIME = 10, 3
"""Records written before the kill: each time at another moment of the work."""
PLAN = """\
name: killed
environment: local
think_time_factor: 0.05
sessions: {first: 6-8, everyday: 8-12, pause: 2s}
population:
  - {channel: web, role: Salesperson, people: 4}
  - {channel: web, role: Customer Service Representative, people: 4}
  - {channel: ifd, role: Salesperson, people: 2}
  - {channel: ifd, role: Customer Service Representative, people: 2}
stages:
  - {name: work, ramp: 4s, hold: 10min}
limits: {generator_late: 10s}
judge:
  - {channel: web, transaction: open_record}
"""
CRM = ["--roles", "tight", "--people", "24", "--scale", "0.05", "--hardware", "free"]


def prove() -> bool:
    """Kill each kind of victim ten times; True when no table differs after the clean-up, not once."""
    steps = Steps("cleanup")
    with tempfile.TemporaryDirectory() as folder, bench(Path(folder), CRM) as crm:
        plan = crm.folder / "killed.yaml"
        plan.write_text(PLAN.replace("environment: local", "environment: environment.yaml"), encoding="utf-8")
        results = {
            victim: [steps.step(f"{victim} {n}", partial(_kill, crm, plan, victim, n)) for n in range(1, TIMES + 1)]
            for victim in VICTIMS
        }
    rows = []
    for victim, times in results.items():
        written = [int(one["written"]) for one in times]
        well = sum(bool(one["held"]) for one in times)
        left = sum(int(one["left"]) for one in times)
        slowest = max(float(one["seconds"]) for one in times)
        changed = ", ".join(sorted({str(one["changed"]) for one in times} - {""})) or "none"
        row = (
            victim,
            f"{well} of {len(times)}",
            f"{min(written)} to {max(written)}",
            left,
            f"{slowest:.1f} s",
            changed,
        )
        rows.append(row)
    write_table(
        "cleanup",
        "Killed with `kill -9` in the middle of a writing run, then `crmload cleanup`: digests of every table",
        (
            "killed",
            "as before",
            "records in the ledger",
            "still there for the clean-up",
            "slowest clean-up",
            "tables changed",
        ),
        rows,
        "Where `crmload` or the load's head survives, it has removed everything before `crmload cleanup` is called.",
    )
    steps.complete()
    return all(one["held"] for times in results.values() for one in times)


def _kill(crm: Bench, plan: Path, victim: str, number: int) -> Result:
    before = crm.control("GET", "tables")
    with WritingRun(plan, crm.folder / "results") as run:
        run.until_written(FIRST_WRITTEN + MORE_EACH_TIME * number)
        run.kill(VICTIMS[victim])
        if victim == "a worker":
            # The others go on working; then somebody ends the run.
            run.until_written(run.written() + MORE_EACH_TIME)
            run.process.terminate()
        run.end()
        ledger = run.folder.read_ledger()
    left = sum(entry.state != "removed" for entry in ledger)
    begun = time.monotonic()
    cleaned = crm.crmload("cleanup", run.folder.path)
    seconds = time.monotonic() - begun
    after = crm.control("GET", "tables")
    changed = ", ".join(table for table in before if before[table] != after[table])
    return {
        "written": len(ledger),
        "left": left,
        "seconds": f"{seconds:.2f}",
        "changed": changed,
        "held": cleaned.returncode == 0 and not changed,
    }
