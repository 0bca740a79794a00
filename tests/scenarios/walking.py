"""Starts the walk (`tests.scenarios.walk`) in a process of its own and gathers what it left behind."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.localcrm.serving import REPOSITORY, RunningCrm


def walk(crm: RunningCrm, folder: Path, plan: str, *, timeout_s: float = 120) -> dict[str, Any]:
    """What the walk reported, with the CRM's tables `before` and `after` it, and its `log` of the walk.

    `folder` has the environment that the plan names; the plan's file is written there.
    """
    (folder / "plan.yaml").write_text(plan, encoding="utf-8")
    before, since = crm.control("GET", "tables"), len(_access_log(crm))
    child = subprocess.run(
        [sys.executable, "-m", "tests.scenarios.walk", str(folder / "plan.yaml"), str(folder / "out.json")],
        check=False,
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=timeout_s,
    )
    assert child.returncode == 0, child.stderr[-3000:]
    report: dict[str, Any] = json.loads((folder / "out.json").read_text(encoding="utf-8"))
    return {**report, "before": before, "after": crm.control("GET", "tables"), "log": _access_log(crm)[since:]}


def environment_of(crm: RunningCrm, folder: Path) -> None:
    """Write `crm.yaml` there: the environment that is this CRM."""
    ready = Path(crm.ready["users_file"]).parent / "ready-for-test.json"
    (folder / "crm.yaml").write_text(f"name: crm\nready_file: {ready}\n", encoding="utf-8")


def _access_log(crm: RunningCrm) -> list[dict[str, str]]:
    """Every request that the CRM has answered."""
    crm.control("POST", "flush-log")
    with Path(crm.ready["access_log"]).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
