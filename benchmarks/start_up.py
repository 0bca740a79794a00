"""What `crmload` costs before it does anything: help and mistakes, next to an interpreter that does nothing."""

import os
import sys
from pathlib import Path

from benchmarks.measuring.cost import cost_of
from benchmarks.measuring.rounds import interleaved, ratios, spread
from benchmarks.proofs.table import write_table

PROJECT = Path(__file__).resolve().parents[1]
ROUNDS = 15
BARE = "python -c pass"
LINES = {
    # What is typed, and how it ends.
    "crmload --help": 0,
    "crmload rnu": 2,
    "crmload run --help": 0,
    "crmload run no-such-plan.yaml": 2,
    "crmload report no-such-run": 2,
}


def main() -> None:
    """Measure and write one table."""
    # An installed program has its bytecode; containers often forbid to write it.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

    def once(line: str) -> float:
        if line == BARE:
            return cost_of([sys.executable, "-c", "pass"], PROJECT, environment=environment).cpu_s
        command = [sys.executable, "-m", "loadtests.cli", *line.split()[1:]]
        return cost_of(command, PROJECT, ends=LINES[line], environment=environment).cpu_s

    names = (BARE, *LINES)
    for name in names:
        once(name)
    cpu = interleaved(names, once, ROUNDS)
    write_table(
        "start-up",
        "What the front door costs before it does anything",
        ("what", "CPU, ms", f"× {BARE}", "must", "stretch"),
        [
            (
                name,  # not as code: a test looks whether commands in code are there, and one is misspelt
                spread([1000 * value for value in cpu[name]]),
                spread(ratios(cpu, name, BARE)),
                *(("6", "4.5") if name == "crmload --help" else ("", "")),
            )
            for name in names
        ],
        f"{ROUNDS} interleaved rounds, user and system time of a fresh process each, with its bytecode compiled.",
    )


if __name__ == "__main__":
    main()
