"""Records every system that the advisor is tried on and of which nothing is kept yet, some side by side.

`python -m benchmarks.measuring.advisor_recording` goes on where an earlier call stopped; `make prove advisor` calls it.
"""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from analysis.capacity.forecast import TODAY
from benchmarks.measuring.advisor_runs import HOLD_S, KEPT, RAMP_S, kept
from benchmarks.measuring.advisor_systems import SYSTEMS, Setting, System
from benchmarks.proofs.site import PROJECT
from benchmarks.proofs.steps import FOLDER

LANES = int(os.environ.get("LANES", "4"))
"""Recordings at a time: local CRM and load of each need a tenth to a fifth of a real processor core."""
START_S = 45
"""What a recording takes beside its steps: a local CRM starts, people come, the run is read."""


def record_missing() -> None:
    """Record what is missing, the most telling systems first. A recording that fails is told, and tried again next."""
    missing = [(system, setting) for system in SYSTEMS for setting in system.settings if kept(system, setting) is None]
    if not missing:
        return
    seconds = sum(_seconds(setting) for _, setting in missing) / LANES
    print(f"{len(missing)} recordings are missing: about {seconds / 60:.0f} min, {LANES} at a time; kept in {KEPT}")
    with ThreadPoolExecutor(LANES) as lanes:
        list(lanes.map(_record, missing))


def _seconds(setting: Setting) -> float:
    holds = len(setting.people) + (setting.change == TODAY)
    return START_S + holds * HOLD_S + len(setting.people) * RAMP_S


def _record(task: tuple[System, Setting]) -> None:
    """In a process of its own, whose output is kept beside the proofs' steps."""
    system, setting = task
    folder = FOLDER / "advisor"
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / f"{system.name}--{setting.name}.log"
    arguments = [sys.executable, "-m", "benchmarks.measuring.advisor_runs", system.name, setting.name]
    with log.open("w", encoding="utf-8") as file:
        code = subprocess.run(arguments, cwd=PROJECT, stdout=file, stderr=file, check=False).returncode
    print(f"{system.name} {setting.name}: {'kept' if code == 0 else f'FAILED, see {log}'}", flush=True)


if __name__ == "__main__":
    record_missing()
