"""200 people, all channels and roles, 10 minutes: no failure, no 5xx, equal books, flat memory, no table changed."""

import csv
import tempfile
from collections import Counter
from pathlib import Path

import psutil

from benchmarks.proofs.memory import watching
from benchmarks.proofs.site import PROJECT, Bench, bench
from benchmarks.proofs.steps import Result, Steps
from benchmarks.proofs.table import write_table
from loadtests.config.document import load_yaml
from loadtests.config.load import resolve_plan
from loadtests.config.roles import Role
from loadtests.config.source import read_model
from loadtests.config.vocabulary import PLAYS, lacking
from loadtests.results.rows import is_transaction
from loadtests.results.run_folder import RunFolder

PEOPLE, MINUTES, RAMP_MINUTES, SETTLED_MINUTES = 200, 10.0, 1.5, 2.0
ACCOUNTS = 260
"""So many sign in, since some have a role without any work on their channel."""
PROCESSES = {"load generator": "locust", "local CRM": "localcrm"}


def prove() -> bool:
    """Run the company's day; True when everything held."""
    steps = Steps("company")
    options = ["--people", str(ACCOUNTS), "--roles", "tight"]
    with tempfile.TemporaryDirectory() as folder, bench(Path(folder), options) as crm:
        result = steps.step("company", lambda: measure(crm, PEOPLE, MINUTES))
    write_table(
        "company",
        f"{PEOPLE} people, all channels and roles, {MINUTES:g} minutes against the local CRM on this machine",
        ("what", "seen"),
        [(name, seen) for name, seen in result.items() if name != "held"],
        "Memory: a process's own (private and written to), from minute 2 on, slope with its 95 % interval over means "
        "of 30 s. Generator, CRM and bench share the machine with whatever else runs there.",
    )
    steps.complete()
    return bool(result["held"])


def measure(crm: Bench, people: int, minutes: float) -> Result:
    """One run of everybody who has work, and what must hold of it."""
    path = crm.folder / "company.yaml"
    path.write_text(company_plan(crm, people, minutes), encoding="utf-8")
    plan = resolve_plan(path, environment_file=crm.folder / "environment.yaml")
    before, since = crm.control("GET", "tables"), crm.log_length()
    with watching(PROCESSES) as watch:
        run = crm.run(path)
    load = psutil.getloadavg()[1]
    counts = crm.counts(run, since)
    after = crm.control("GET", "tables")
    changed = [table for table in before if before[table] != after[table]]
    server_errors = sum(row["status"].startswith("5") for row in crm.people_log(since))
    outcomes = _outcomes(run)
    begun = next(moment for moment, _ in watch.readings["load generator"])
    # Not until everything is cleaned up: what falls when people go home would hide what grew while they worked.
    trends = {kind: watch.trend(kind, begun + SETTLED_MINUTES * 60, begun + minutes * 60) for kind in PROCESSES}
    held_minutes = max(minutes - SETTLED_MINUTES, 0)
    not_ok = {outcome: count for outcome, count in outcomes.items() if outcome not in ("ok", "abandoned")}
    errors = [f"{row.count} x {row.series}: {row.message}" for row in run.read_errors()]
    channels = ", ".join(sorted({group.channel for group in plan.population}))
    return {
        "people": f"{plan.people} in {len(plan.roles)} roles on {channels}",
        "transactions": outcomes.total(),
        "not ok": ", ".join(f"{count} {outcome}" for outcome, count in sorted(not_ok.items())) or "none",
        "errors told": "; ".join(errors[:5]) or "none",
        "requests in intervals.hlog": counts.intervals,
        "requests in outcomes.csv": counts.outcomes,
        "requests in Locust's statistics": counts.locust,
        "requests in the CRM's access log": counts.access_log,
        "answers 5xx": server_errors,
        "tables changed": ", ".join(changed) or "none",
        **{f"memory of {kind}": str(trend) for kind, trend in trends.items()},
        "load average of the machine (5 min)": f"{load:.1f} on {psutil.cpu_count()} processors",
        "held": counts.agree
        and not not_ok
        and not server_errors
        and not changed
        and all(trend.flat(held_minutes) for trend in trends.values()),
    }


def company_plan(crm: Bench, people: int, minutes: float) -> str:
    """Everybody of the users file who has work on their channel, in its order, as many as wanted."""
    groups: Counter[tuple[str, str]] = Counter()
    with Path(crm.ready["users_file"]).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["kind"] == "person" and groups.total() < people and _has_work(row["role"], row["channel"]):
                groups[row["channel"], row["role"]] += 1
    population = "\n".join(f"  - {{channel: {c}, role: {r}, people: {n}}}" for (c, r), n in sorted(groups.items()))
    ramp = min(RAMP_MINUTES, minutes / 4)
    # They come back soon: all first sessions end at about the same time, and memory would follow who is connected.
    return (
        "name: company\nenvironment: environment.yaml\nsessions: {first: 6-8, everyday: 20-40, pause: 10s}\n"
        f"population:\n{population}\n"
        f"stages:\n  - {{name: coming-in, ramp: {ramp * 60:g}s, hold: 0s}}\n"
        f"  - {{name: work, hold: {(minutes - ramp) * 60:g}s}}\n"
        "judge: [{channel: web, transaction: open_record}]\nlimits: {generator_late: 500ms}\n"
    )


def _has_work(role_name: str, channel: str) -> bool:
    """Whether the channel plays any journey of the role."""
    roles = [read_model(Role, path) for path in sorted((PROJECT / "configs" / "roles").glob("*.yaml"))]
    role = next((role for role in roles if role.name == role_name), None)
    if role is None or channel not in PLAYS:
        return False
    journeys = [load_yaml(PROJECT / "scenarios" / "journeys" / f"{name}.yaml").data for name in role.journeys]
    return any(not lacking(channel, journey) for journey in journeys)


def _outcomes(run: RunFolder) -> Counter[str]:
    outcomes: Counter[str] = Counter()
    for row in run.read_outcomes():
        if is_transaction(row.series):
            outcomes[row.outcome] += row.count
    return outcomes
