"""Who is still writing into a run: each process that may, notes itself in the run folder, and is looked for later.

A clean-up must not race a run that is going on. A number of a process alone says little, numbers come again: the moment
at which the process began is noted with it.
"""

import json
import platform
from pathlib import Path

import psutil

FILE = "processes.jsonl"
_SAME_MOMENT_S = 1.0


def note_presence(folder: Path, name: str) -> None:
    """This very process takes part in the run of that folder from now on, until it ends."""
    me = psutil.Process()
    line = {"name": name, "pid": me.pid, "began": me.create_time(), "host": platform.node()}
    with (folder / FILE).open("a", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps(line) + "\n")


def still_present(folder: Path) -> list[str]:
    """The processes of this machine that take part and have not ended, as `master (process 4711)`; never this one."""
    path = folder / FILE
    if not path.is_file():
        return []
    found = {}
    for text in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            line = json.loads(text)
            name, pid, began, host = line["name"], int(line["pid"]), float(line["began"]), line["host"]
        except (ValueError, KeyError, TypeError):
            continue  # cut off as it was written: that process is gone
        if host == platform.node() and pid != psutil.Process().pid and _runs(pid, began):
            found[pid] = f"{name} (process {pid})"
    return list(found.values())


def _runs(pid: int, began: float) -> bool:
    try:
        process = psutil.Process(pid)
        same = bool(abs(process.create_time() - began) < _SAME_MOMENT_S)
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
