"""What a command costs: seconds by the clock, seconds of processor, memory at its peak, its children's included."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple


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
    began = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != ends:
        raise RuntimeError(f"{command[:4]} ended with {process.returncode}: {said[-2000:]}")
    return Cost(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
