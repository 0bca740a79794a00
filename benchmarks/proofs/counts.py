"""One process, and master with two workers: four books agree on every request, and the CRM is as before."""

import tempfile
from functools import partial
from pathlib import Path

from benchmarks.proofs.site import PROJECT, Bench, bench
from benchmarks.proofs.steps import Result, Steps
from benchmarks.proofs.table import write_table

PLAN = PROJECT / "configs" / "plans" / "demo.yaml"
BOOKS = ("intervals", "outcomes", "locust", "access_log")
MODES: dict[str, list[str]] = {"one process": [], "master and 2 workers (`--processes 2`)": ["--processes", "2"]}


def prove() -> bool:
    """Run the demo's plan in each mode; True when all counts agree and no table changed."""
    steps = Steps("counts")
    with tempfile.TemporaryDirectory() as folder, bench(Path(folder), ["--roles", "tight", "--people", "130"]) as crm:
        results = {name: steps.step(name, partial(_run, crm, options)) for name, options in MODES.items()}
    write_table(
        "counts",
        "Requests of people as counted by four independent books, demo plan",
        ("mode", "intervals.hlog", "outcomes.csv", "Locust", "CRM's access log", "tables changed"),
        [(name, *(r[book] for book in BOOKS), r["changed"]) for name, r in results.items()],
    )
    steps.complete()
    return all(result["held"] for result in results.values())


def _run(crm: Bench, options: list[str]) -> Result:
    before = crm.control("GET", "tables")
    since = crm.log_length()
    counts = crm.counts(crm.run(PLAN, *options), since)
    after = crm.control("GET", "tables")
    changed = [table for table in before if before[table] != after[table]]
    return {
        "intervals": counts.intervals,
        "outcomes": counts.outcomes,
        "locust": counts.locust,
        "access_log": counts.access_log,
        "changed": ", ".join(changed) or "none",
        "held": counts.agree and not changed,
    }
