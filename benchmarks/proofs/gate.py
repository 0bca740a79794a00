"""The gate's promises: 5 % false alarms, its power, and gates drawn from real runs of one release."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from math import log

import numpy as np
from scipy.stats import beta

from analysis.gate.comparison import compare_sessions
from analysis.gate.nights import logarithms
from analysis.gate.stored_run import StoredRun
from benchmarks.measuring import gate_runs, simulated_gates
from benchmarks.measuring.simulated_gates import Counts, World
from benchmarks.proofs.steps import Result, Steps
from benchmarks.proofs.table import write_table

GATES, POWER_GATES = 10_000, 2_000
MOST_ALARMS = 0.06
MOST_LET_THROUGH = 0.05
LEAST_POWER = {"+10 %": 0.39, "+20 %": 0.81}
"""Tier B of the statistics reference, 1.6."""
REAL_RUNS, SESSION, STORED, DRAWS = 84, 4, 10, 42
PROMISED = {
    "as the reference": World(),
    "quiet machine": World(night=0.02, run=0.015, within_p50=0.02, within_p95=0.04),
}
TOLD = {"transactions of unlike scatter": World(unlike=0.4)}
"""Transactions lend each other their scatter, which is wrong where they are very unlike: the price is shown."""
Simulation = Callable[[World, int, int], Counts]
Line = tuple[str, str, str, str, str]


def prove() -> bool:
    """Simulate, then draw gates from recorded runs; True when every promise held."""
    steps = Steps("gate")
    lines: list[Line] = []
    held = [
        *_false_alarms(steps, lines),
        *_powers(steps, lines),
        _real(gate_runs.record(REAL_RUNS), lines),
    ]
    write_table(
        "gate",
        "The release gate: false alarms and power",
        ("gates", "design", "what is true", "seen", "wanted"),
        lines,
        f"Simulated over 20 transactions, median and 95th percentile. Real gates: {REAL_RUNS} runs of 45 s of one "
        f"release against the local CRM's stations (3 waits), in sessions of {SESSION} runs in a row; each gate "
        f"compares one session with {STORED} others drawn by chance, so sessions serve in several gates.",
    )
    steps.complete()
    return all(held)


def _false_alarms(steps: Steps, lines: list[Line]) -> list[bool]:
    held = []
    designs: dict[str, Simulation] = {
        "10 sessions of 3 runs, 3 new": simulated_gates.sessions,
        "5 pairs": simulated_gates.pairs,
        "3, 6, 9 pairs": simulated_gates.looks,
    }
    for design, simulate in designs.items():
        for name, world in (PROMISED | TOLD).items():
            counts = _kept(steps, f"false alarms, {design}, {name}", partial(simulate, world, GATES, 1))
            low, high = interval(counts.worse, counts.gates)
            seen = f"false alarms {counts.worse / counts.gates:.1%} ({low:.1%} to {high:.1%})"
            seen += f"; passed {counts.passed / counts.gates:.0%}"
            wanted = f"upper bound at most {MOST_ALARMS:.0%}" if name in PROMISED else "told"
            lines.append((f"{GATES:,} simulated", design, f"nothing changed; {name}", seen, wanted))
            held.append(high <= MOST_ALARMS or name in TOLD)
    return held


def _powers(steps: Steps, lines: list[Line]) -> list[bool]:
    held = []
    for truth, effect in {"+10 %": 1.10, "+20 %": 1.20}.items():
        world = World(one=log(effect))
        designs: dict[str, Simulation] = {
            "10 sessions of 3 runs, 3 new": simulated_gates.sessions,
            "3, 6, 9 pairs": simulated_gates.looks,
        }
        for design, simulate in designs.items():
            counts = _kept(steps, f"power, {design}, {truth}", partial(simulate, world, POWER_GATES, 2))
            found, through = counts.named / counts.gates, counts.passed / counts.gates
            seen = f"found {found:.0%}; gate passed {through:.1%}; that transaction by itself within the tolerance "
            seen += f"{counts.first_within / counts.gates:.1%}"
            wanted = f"found {LEAST_POWER[truth]:.0%} at least; passed {MOST_LET_THROUGH:.0%} at most"
            lines.append((f"{POWER_GATES:,} simulated", design, f"one transaction {truth}", seen, wanted))
            held += [found >= LEAST_POWER[truth], through <= MOST_LET_THROUGH]
    return held


def _real(runs: Sequence[StoredRun], lines: list[Line]) -> bool:
    sound = [run for run in runs if not run.flaws]
    names = sorted(sound[0].series)
    nights = np.stack(
        [logarithms(sound[i : i + SESSION], names).mean(axis=0) for i in range(0, len(sound) - SESSION + 1, SESSION)]
    )
    rng = np.random.default_rng(3)
    alarms = rule = 0
    for draw in range(DRAWS):
        new = draw % len(nights)
        others = rng.choice([i for i in range(len(nights)) if i != new], STORED, replace=False)
        comparison = compare_sessions(nights[others], nights[new])
        alarms += bool(comparison.moved.any())
        rule += bool((nights[new] - nights[others].mean(axis=0))[:, 1].max() > log(1.10))
    low, high = interval(alarms, DRAWS)
    design = f"{STORED} sessions of {SESSION} runs, {SESSION} new"
    seen = f"false alarms {alarms} of {DRAWS} ({low:.0%} to {high:.0%}), of {len(sound)} sound runs"
    lines.append((f"{DRAWS} real", design, "nothing changed", seen, "interval contains 5 %"))
    low_rule, high_rule = interval(rule, DRAWS)
    seen = f"false alarms {rule} of {DRAWS} ({low_rule:.0%} to {high_rule:.0%})"
    lines.append((f"{DRAWS} real", "the rule “+10 % on p95”, on the same", "nothing changed", seen, "for comparison"))
    single = _rule_on_single_runs(sound, names)
    lines.append(
        ("real", "the rule “+10 % on p95”, one run against one run", "nothing changed", single, "for comparison")
    )
    return low <= 0.05 <= high


def _rule_on_single_runs(runs: Sequence[StoredRun], names: Sequence[str]) -> str:
    figures = logarithms(runs, names)[:, :, 1]
    alarms = [bool((new - old).max() > log(1.10)) for old, new in zip(figures[:-1:2], figures[1::2], strict=True)]
    return f"false alarms {sum(alarms)} of {len(alarms)} pairs of neighbours"


def interval(count: int, of: int) -> tuple[float, float]:
    """The exact (Clopper-Pearson) 95 % interval of a share."""
    low = float(beta.ppf(0.025, count, of - count + 1)) if count else 0.0
    high = float(beta.ppf(0.975, count + 1, of - count)) if count < of else 1.0
    return low, high


def _kept(steps: Steps, name: str, work: Callable[[], Counts]) -> Counts:
    def result() -> Result:
        return dict(asdict(work()))

    return Counts(**{key: int(value) for key, value in steps.step(name, result).items()})
