"""50 times away and back, with conflicts and broken lines: nothing lost, nothing doubled, copies equal to the CRM."""

import csv
import json
import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.proofs.site import PROJECT, bench
from benchmarks.proofs.steps import Result, Steps
from benchmarks.proofs.table import write_table

TIMES = 50
ROLES = {"mobile": "Salesperson", "outlook": "Customer Service Representative"}
PEOPLE = 2
"""Of each role: one whose tasks are kept by `modifiedon`, one by change tracking."""
FIGURES = (
    *("reconnects", "broken", "unfinished", "made", "pushed", "merged", "conflicts", "given_up"),
    *("rows_compared", "tracked", "copy_differs", "lost_or_doubled"),
)


def prove() -> bool:
    """Let people of each client travel; True when every copy was the CRM and every record what it must be."""
    steps = Steps("offline")
    with tempfile.TemporaryDirectory() as folder, bench(Path(folder), ["--people", "24", "--scale", "0.05"]) as crm:
        results = {name: steps.step(name, partial(travel, crm.ready, Path(folder), name, TIMES)) for name in ROLES}
    write_table(
        "offline",
        f"{PEOPLE} people of each client, {TIMES} times away and back, lines that break",
        ("client", *(figure.replace("_", " ") for figure in FIGURES)),
        [(name, *(result[figure] for figure in FIGURES)) for name, result in results.items()],
        "Broken: ways back on which the line was cut in the middle; unfinished: those after which work still waited. "
        "Given up: columns in which the CRM's value stands. Tracked: tables kept by change tracking.",
    )
    steps.complete()
    return all(result["held"] for result in results.values())


def travel(ready: dict[str, Any], folder: Path, channel: str, times: int, *, people: int = PEOPLE) -> Result:
    """Let people of a client travel against a running local CRM; the book's figures."""
    here = folder / channel
    here.mkdir()
    _dealt(ready, here, channel, people)
    command = [sys.executable, "-m", "benchmarks.measuring.travellers", str(here / "plan.yaml"), str(here / "out.json")]
    child = subprocess.run(
        [*command, str(times), "7"],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )
    if child.returncode:
        raise RuntimeError(child.stderr[-4000:])
    book: dict[str, int] = json.loads((here / "out.json").read_text(encoding="utf-8"))
    print(child.stderr[-4000:], file=sys.stderr)
    return {
        **book,
        "held": book["copy_differs"] == book["lost_or_doubled"] == 0
        and min(book["conflicts"], book["unfinished"], book["tracked"]) > 0,
    }


def _dealt(ready: dict[str, Any], folder: Path, channel: str, people: int) -> None:
    """A plan of people on this client, with an environment whose accounts are theirs."""
    with Path(ready["users_file"]).open(encoding="utf-8", newline="") as file:
        users = list(csv.DictReader(file))
    for user in [user for user in users if user["role"] == ROLES[channel]][:people]:
        user["channel"] = channel
    with (folder / "users.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, users[0])
        writer.writeheader()
        writer.writerows(users)
    dealt = {**ready, "users_file": str(folder / "users.csv")}
    (folder / "ready.json").write_text(json.dumps(dealt), encoding="utf-8")
    (folder / "crm.yaml").write_text("name: crm\nready_file: ready.json\n", encoding="utf-8")
    (folder / "plan.yaml").write_text(
        f"name: travel\nenvironment: crm.yaml\nthink_time_factor: 0.001\n"
        f"population: [{{channel: {channel}, role: {ROLES[channel]}, people: {people}}}]\n"
        f"stages: [{{name: travel, people: {people}, hold: 1s}}]\n"
        f"judge: [{{channel: {channel}, transaction: sync}}]\n",
        encoding="utf-8",
    )
