"""The local CRM's dials: slow application servers, a missing privilege and one too many each fail for their reason."""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.proofs.site import PROJECT, Bench, bench
from benchmarks.proofs.steps import Result, Steps
from benchmarks.proofs.table import write_table
from loadtests.config.names import slug
from loadtests.results.run_folder import RunFolder

PLAN = PROJECT / "configs" / "plans" / "demo.yaml"
SERVICE, SALES = "Customer Service Representative", "Salesperson"


def prove() -> bool:
    """Run the demo's plan under each setting; True when every verdict has the expected cause and no row changed."""
    steps = Steps("dials")
    with tempfile.TemporaryDirectory() as folder, bench(Path(folder), ["--roles", "tight", "--people", "130"]) as crm:

        def as_is() -> Result:
            return _run(crm, "pass", lambda outcomes, kinds: set(outcomes) == {"ok"})

        def slow() -> Result:
            crm.control("POST", "hardware", {"stations": {"app": {"speed": 0.33}}})
            result = _run(crm, "fail", lambda outcomes, kinds: kinds[:1] == ["slow"])
            crm.control("POST", "hardware", {"stations": {"app": {"speed": 1.0}}})
            return result

        def stripped() -> Result:
            _role(crm, SERVICE, "prvReadincident", "None")
            result = _run(
                crm, "fail", lambda outcomes, kinds: outcomes.get("denied") == {"customer-service-representative"}
            )
            _role(crm, SERVICE, "prvReadincident", "Local")
            return result

        def granted() -> Result:
            _role(crm, SALES, "prvDeleteaccount", "Global")
            result = _run(crm, "fail", lambda outcomes, kinds: outcomes.get("leaked") == {slug(SALES)})
            _role(crm, SALES, "prvDeleteaccount", "None")
            return result

        results = {
            "as it is": steps.step("as it is", as_is),
            "`app` at a third of its speed": steps.step("slow", slow),
            f"{SERVICE} without prvReadincident": steps.step("stripped", stripped),
            f"{SALES} with prvDeleteaccount (Global)": steps.step("granted", granted),
        }
    write_table(
        "dials",
        "What the local CRM's dials do to the demo's verdict",
        ("setting", "verdict", "strongest reason", "outcomes", "tables changed", "as expected"),
        [
            (name, r["verdict"], r["reason"], r["outcomes"], r["changed"], "yes" if r["held"] else "NO")
            for name, r in results.items()
        ],
    )
    steps.complete()
    return all(result["held"] for result in results.values())


def _role(crm: Bench, role: str, privilege: str, depth: str) -> None:
    crm.control("POST", "roles", {"role": role, "privilege": privilege, "depth": depth})


Expected = Callable[[dict[str, set[str]], list[str]], bool]
"""Outcome -> roles that had it, and the kinds of the reasons, strongest first."""


def _run(crm: Bench, verdict: str, expected: Expected) -> Result:
    before = crm.control("GET", "tables")
    run = crm.run(PLAN)
    after = crm.control("GET", "tables")
    judged = json.loads(run.file("verdict.json").read_text(encoding="utf-8"))
    outcomes = _roles_by_outcome(run)
    changed = [table for table in before if before[table] != after[table]]
    kinds = [reason["kind"] for reason in judged["reasons"]]
    return {
        "verdict": judged["verdict"],
        "reason": judged["reasons"][0]["text"],
        "outcomes": "; ".join(f"{outcome}: {', '.join(sorted(roles))}" for outcome, roles in sorted(outcomes.items())),
        "changed": ", ".join(changed) or "none",
        "held": judged["verdict"] == verdict and expected(outcomes, kinds) and not changed,
    }


def _roles_by_outcome(run: RunFolder) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in run.read_outcomes():
        parts = row.series.split("/")
        if parts[0] in ("web", "ifd"):
            found.setdefault(row.outcome, set()).add(parts[1])
    return found
