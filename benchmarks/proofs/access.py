"""30 privileges removed or added at random, round after round: check and run name those that people meet, no other."""

import csv
import json
import random
import re
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from benchmarks.proofs import privileges as roles_of
from benchmarks.proofs.privileges import Change, Pair, Touched
from benchmarks.proofs.site import PROJECT, Bench, bench
from benchmarks.proofs.steps import Result, Steps
from benchmarks.proofs.table import write_table
from loadtests.cli.plans import read_plan
from loadtests.config.resolved import ResolvedPlan
from loadtests.results.check_record import CheckRecord
from loadtests.results.refusals import missing_right
from loadtests.results.run_folder import RunFolder

PLAN = PROJECT / "configs" / "plans" / "demo.yaml"
ROUNDS, WITH_RUN, CHANGES = 6, 1, 30
"""In the first of the rounds people come after the check; a run takes ten times as long as a check."""
_PRIVILEGE = re.compile(r"\bprv\w+", re.IGNORECASE)
_LEAK = re.compile(r"^may (\w+) (\w+), which")


def prove() -> bool:
    """A run as it should be, rounds with other roles, and a run in which every role may do everything."""
    steps = Steps("access")
    options = ["--roles", "tight", "--people", "130", "--scale", "0.5"]
    with tempfile.TemporaryDirectory() as folder, bench(Path(folder), options) as crm:
        base = steps.step("as it should be", partial(_baseline, crm))
        touched = Touched(frozenset(_pairs(str(base["held"]))), frozenset(_pairs(str(base["forbidden"]))))
        rounds = [
            (number, steps.step(f"round {number}", partial(_round, crm, touched, number)))
            for number in range(1, ROUNDS + 1)
        ]
        open_to_all = steps.step("everything Global", partial(_everything, crm))
    write_table(
        "access",
        f"{CHANGES} privileges changed at random in each round: which of them check and a run of two minutes name",
        (
            "round",
            "met by people or probes",
            "named by check",
            "named by the run",
            "missed by both",
            "named, but not met",
        ),
        [(number, *(r[key] for key in ("met", "check", "run", "missed", "wrong"))) for number, r in rounds],
        "What people and probes meet is the local CRM's own word: it writes down which privileges the requests of a "
        "run without a check come down to while all roles are as they should be "
        f"({len(touched.held)} held, {len(touched.forbidden)} refused by must-nots). Half of the changes take one "
        "away, half give one for the whole organisation. The run stops at the first thing that a person is refused, so "
        "it names fewer than the check, which tries each alone.\n\n"
        f"With every privilege Global for every role: {open_to_all['leaked']} probes leaked as they must, and tables "
        f"with a changed row afterwards: {open_to_all['changed']}.",
    )
    steps.complete()
    return all(r["missed"] == "none" and r["wrong"] == "none" for _, r in rounds) and open_to_all["changed"] == "none"


def _plan(crm: Bench) -> ResolvedPlan:
    return read_plan(PLAN, crm.folder / "environment.yaml")


def _people(crm: Bench) -> dict[str, str]:
    with Path(crm.ready["users_file"]).open(encoding="utf-8", newline="") as file:
        return {row["username"]: row["role"] for row in csv.DictReader(file) if row["kind"] == "person"}


def _baseline(crm: Bench) -> Result:
    plan = _plan(crm)
    # More people of the small roles, who think less: every journey of every role is to be played, whatever is drawn.
    text = PLAN.read_text(encoding="utf-8").replace("environment: local", "environment: environment.yaml")
    busy = crm.folder / "busy.yaml"
    text = text.replace("people: 1}", "people: 3}").replace("think_time_factor: 0.15", "think_time_factor: 0.05")
    busy.write_text(text.replace("failed_share: 0.5", "failed_share: 1"), encoding="utf-8")
    roles_of.begin(crm)
    crm.run(busy)
    touched = roles_of.touched(crm, _people(crm), plan.roles.values())
    return {"held": json.dumps(sorted(touched.held)), "forbidden": json.dumps(sorted(touched.forbidden))}


def _pairs(text: str) -> list[Pair]:
    return [(role, privilege) for role, privilege in json.loads(text)]


def _round(crm: Bench, touched: Touched, number: int) -> Result:
    plan = _plan(crm)
    changes = roles_of.draw(random.Random(number), crm, [role.name for role in plan.roles.values()], CHANGES)
    met = {change.pair for change in changes if change.felt(touched)}
    with roles_of.changed(crm, changes):
        record = _checked(crm)
        run = crm.run(PLAN, "--allow-denied") if number <= WITH_RUN else None
    by_check = _told_by_check(record, changes)
    by_run = _told_by_run(run, plan, changes) if run else set()
    return {
        "met": len(met),
        "check": len(met & by_check),
        "run": len(met & by_run) if run else "-",
        "missed": _listed(met - by_check - by_run),
        "wrong": _listed((by_check | by_run) - met),
    }


def _checked(crm: Bench) -> CheckRecord:
    command = [sys.executable, "-m", "loadtests.cli", "check", str(PLAN), "--json"]
    environment = ["--environment", str(crm.folder / "environment.yaml")]
    done = subprocess.run([*command, *environment], cwd=PROJECT, capture_output=True, text=True, check=False)
    return CheckRecord.model_validate_json(done.stdout)


def _told_by_check(record: CheckRecord, changes: list[Change]) -> set[Pair]:
    """What the check named: privileges, and leaks by operation and table."""
    named: set[Pair] = set()
    for finding in record.findings:
        if finding.kind == "refused":
            named |= {(finding.place, found.lower()) for found in _PRIVILEGE.findall(finding.text)}
        elif finding.kind == "leaked" and (leak := _LEAK.match(finding.text)):
            named |= {change.pair for change in changes if _is_about(change, finding.place, leak[1], leak[2])}
    return named


def _told_by_run(run: RunFolder, plan: ResolvedPlan, changes: list[Change]) -> set[Pair]:
    """What errors of the run named."""
    named: set[Pair] = set()
    names = {role.slug: role.name for role in plan.roles.values()}
    for error in run.read_errors():
        role = names.get(error.series.split("/")[1], "")
        if error.outcome == "denied" and (privilege := missing_right(error.message).privilege):
            named.add((role, privilege.lower()))
        elif error.outcome == "leaked":
            words = re.findall(r"\w+", error.message)
            tables = {str(table["entity_set"]): name for name, table in plan.tables.items()}
            verb, table = words[1], next((tables[word] for word in words if word in tables), "")
            named |= {change.pair for change in changes if _is_about(change, role, verb, table)}
    return named


def _is_about(change: Change, role: str, verb: str, table: str) -> bool:
    return change.pair == (role, f"prv{verb}{table}".lower())


def _everything(crm: Bench) -> Result:
    plan = _plan(crm)
    before = crm.control("GET", "tables")
    with roles_of.changed(crm, roles_of.everything(crm, [role.name for role in plan.roles.values()])):
        run = crm.run(PLAN, "--allow-denied")
    after = crm.control("GET", "tables")
    leaked = sum(row.count for row in run.read_outcomes() if row.outcome == "leaked")
    return {"leaked": leaked, "changed": _listed({(t, "") for t in before if before[t] != after[t]})}


def _listed(pairs: set[Pair]) -> str:
    return ", ".join(" ".join(pair).strip() for pair in sorted(pairs)) or "none"
