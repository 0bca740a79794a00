"""Memory of people of the web client who are signed in, with everything that a run keeps of them."""

import csv
import json
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from benchmarks.measuring.processes import GENERATOR_CORE, SERVER_CORE, on_core, plain_environment
from benchmarks.proofs.site import PROJECT, bench
from benchmarks.proofs.table import write_table

FIRST = 20
MANY = (FIRST, 1000, 1950)
AT_HOME = (FIRST, 200)
"""A first screen is some thirty requests, which the local CRM has to answer."""

_PLAN = """\
name: signed-in
environment: {environment}
population:
{groups}
stages: [{{name: work, hold: 1h}}]
judge: [{{channel: web, transaction: open_record}}]
"""
_CASES = {
    ("cloud-9.2", "sign_in"): "a token, one request",
    ("onprem-9.1", "sign_in"): "Windows sign-in, one request",
    ("cloud-9.2", "home"): "a token, the first screen",
    ("onprem-9.1", "home"): "Windows sign-in, the first screen",
}


def main() -> None:
    """Measure and write the table."""
    with tempfile.TemporaryDirectory() as name:
        memory(Path(name))


def memory(folder: Path, many: tuple[int, ...] = MANY, at_home: tuple[int, ...] = AT_HOME) -> None:
    """Each way in, against one local CRM without service times."""
    rows = []
    options = ["--people", str(max(many) + 50), "--scale", "0.05", "--hardware", "free"]
    with ExitStack() as stack:
        with on_core(SERVER_CORE):
            crm = stack.enter_context(bench(folder, options))
        groups = _all_on_the_web(Path(crm.ready["users_file"]))
        same = (folder / "environment.yaml").read_text(encoding="utf-8")
        for (flavour, what), way in _CASES.items():
            environment = folder / f"{flavour}.yaml"
            environment.write_text(f"{same}flavour: {flavour}\n", encoding="utf-8")
            counts = many if what == "sign_in" else at_home
            (first, base, kept), *rest = _readings(folder, environment, groups, what, counts)
            for people, mib, connections in rest:
                more = people - first
                rows.append(
                    (way, f"{people:,}", f"{(connections - kept) / more:.1f}", f"{1000 * (mib - base) / more:.0f}",
                     f"{mib:.0f}")
                )  # fmt: skip
    write_table(
        "signed-in",
        "Memory of the web client's people in one load process",
        ("signed in by, and then", "people", "connections each", "MiB for 1,000 people", "MiB of the process"),
        rows,
        f"Growth of what only the process's end would free, from {FIRST} people on, scaled to 1,000. People as in a "
        "run: lease, token, channel, session, recorder, Locust's user; they think when memory is read. A browser opens "
        "up to six connections to a host, so the first screen leaves several. Wanted: 150 MiB, better 50, with one "
        "connection each. Local CRM on the other core.",
    )


def _all_on_the_web(users_file: Path) -> str:
    """Every person of the local CRM comes by the web client, whatever their channel was; the groups of a plan."""
    with users_file.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    people = [row for row in rows if row["kind"] == "person"]
    for row in people:
        row["channel"] = "web"
    with users_file.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    roles = Counter(row["role"] for row in people)
    return "\n".join(f"  - {{channel: web, role: {role}, people: {count}}}" for role, count in sorted(roles.items()))


def _readings(
    folder: Path, environment: Path, groups: str, what: str, counts: tuple[int, ...]
) -> list[tuple[int, float, int]]:
    plan, out = folder / "plan.yaml", folder / "readings.json"
    plan.write_text(_PLAN.format(environment=environment.as_posix(), groups=groups), encoding="utf-8")
    command = [sys.executable, "-m", "benchmarks.measuring.signed_in_people", str(plan), str(out), what]
    with on_core(GENERATOR_CORE):
        subprocess.run([*command, ",".join(map(str, counts))], cwd=PROJECT, check=True, env=plain_environment())
    readings: list[tuple[int, float, int]] = json.loads(out.read_text(encoding="utf-8"))
    return readings


if __name__ == "__main__":
    main()
