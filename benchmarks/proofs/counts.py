"""One process, `--processes 2`, master and workers: four books agree on every request, and the CRM is as before."""

import tempfile
from pathlib import Path

from benchmarks.proofs.site import PROJECT, bench
from benchmarks.proofs.table import write_table

PLAN = PROJECT / "configs" / "plans" / "demo.yaml"


def prove() -> bool:
    """Run the demo's plan in each mode; True when all counts agree and no table changed."""
    rows = []
    held = True
    with tempfile.TemporaryDirectory() as folder, bench(Path(folder)) as crm:
        before = crm.control("GET", "tables")
        for name, options in (("one process", []), ("--processes 2", ["--processes", "2"])):
            since = crm.log_length()
            run = crm.run(PLAN, *options)
            counts = crm.counts(run, since)
            changed = [table for table, state in crm.control("GET", "tables").items() if before[table] != state]
            held = held and counts.agree and not changed
            rows.append(
                (
                    name,
                    counts.intervals,
                    counts.outcomes,
                    counts.locust,
                    counts.access_log,
                    ", ".join(changed) or "none",
                )
            )
    head = ("mode", "intervals.hlog", "outcomes.csv", "Locust", "CRM's access log", "tables changed")
    write_table("counts", "Requests as counted by four independent books, demo plan", head, rows)
    return held
