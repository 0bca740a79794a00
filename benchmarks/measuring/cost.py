"""What a command costs: seconds by the clock, seconds of processor, memory at its peak, its children's included."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

_WAITING = """
import json, os, subprocess, sys, time
began = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, used = os.wait4(process.pid, 0)
seconds = time.perf_counter() - began
print(json.dumps([os.waitstatus_to_exitcode(status), seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))
"""
"""A process inherits the peak of the one that starts it: a small one does, whatever ours has grown to."""


class Cost(NamedTuple):
    """Of one run of a command."""

    seconds: float
    cpu_s: float
    peak_mib: float
    """Of the largest process."""


def cost_of(
    command: Sequence[str], folder: Path, *, ends: int = 0, environment: Mapping[str, str] | None = None
) -> Cost:
    """Run it to its end; `RuntimeError` with what it said when it does not end with the exit code `ends`."""
    waiting = [sys.executable, "-S", "-E", "-c", _WAITING, *command]
    done = subprocess.run(waiting, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[:4]} could not be started: {done.stderr[-2000:]}")
    code, *cost = json.loads(done.stdout)
    if code != ends:
        raise RuntimeError(f"{command[:4]} ended with {code}: {done.stderr[-2000:]}")
    return Cost(*cost)
