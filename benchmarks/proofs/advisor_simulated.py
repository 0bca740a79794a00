"""The capacity model against simulated systems whose truth is known: people carried, today and upgraded."""

from collections.abc import Sequence
from dataclasses import replace
from math import inf, log

import numpy as np

from analysis.capacity.fit import fit
from analysis.capacity.forecast import Refusal
from benchmarks.measuring.known_systems import KINDS, Known, kept
from benchmarks.proofs.steps import FOLDER, Result, Steps
from benchmarks.proofs.table import write_table

SEEDS = range(401, 413)
"""Fresh: nothing was chosen or derived on them."""
SEEN = (0.4, 0.55, 0.7, 0.8)
PROMISED = 0.7
MOST_MEDIAN = 0.07
LEAST_COVERED = 0.80
CHANGES = {"today": "today", "more_cores": "twice the cores of the limit", "faster": "limit 1.5 times as fast"}


def prove() -> bool:
    """Simulate (kept), forecast, compare; True when the promise for steps up to 70 % held on the clean kinds."""
    steps = Steps("advisor-simulated")
    results = [
        (kind, seen, steps.step(f"{kind} {seed}, steps up to {seen:.0%}", lambda k=kind, s=seed, t=seen: _one(k, s, t)))  # type: ignore[misc]
        for seed in SEEDS
        for kind in KINDS
        for seen in SEEN
    ]
    rows, held = [], []
    for change, words in CHANGES.items():
        for seen in SEEN:
            clean = [result for kind, at, result in results if at == seen and kind != "lock"]
            errors = _errors(clean, change)
            covered = [bool(one[f"{change} covered"]) for one in clean if f"{change} covered" in one]
            if not errors:
                continue
            sizes = np.abs(errors)
            rows.append(
                (
                    f"{words}, steps up to {seen:.0%}",
                    f"{len(errors)} of {len(clean)}",
                    f"{np.median(sizes):.1%} / {np.quantile(sizes, 0.9):.1%}",
                    f"{np.median(errors):+.1%}",
                    f"{np.mean(covered):.0%}",
                )
            )
            if seen == PROMISED:
                held += [float(np.median(sizes)) <= MOST_MEDIAN, float(np.mean(covered)) >= LEAST_COVERED]
    for kind in KINDS:
        here = [result for name, at, result in results if at == PROMISED and name == kind]
        refused, warned = sum(bool(one["refused"]) for one in here), sum(bool(one["warned"]) for one in here)
        rows.append(
            (f"{kind}, steps up to {PROMISED:.0%}", f"{len(here)}", f"refused {refused}", f"warned {warned}", "")
        )
    write_table(
        "advisor-simulated",
        "The capacity model against simulated systems",
        ("question", "with a number", "median / 90th percentile of the error", "bias", "inside the 90 % interval"),
        rows,
        f"{len(KINDS) * len(SEEDS)} systems drawn by chance ({', '.join(KINDS)}): requests up to six side by side, "
        "shared or "
        "first-come servers, scatter 0.5 to 2, counters with 2 % of gain error, windows of 20 to 80 cycles. The "
        "error is "
        "ln(forecast / truth). The truth itself is simulated and scatters by 2-4 %. Systems with a lock count in the "
        "last "
        "rows only. A system without a number is one for which “more than” was said, or that was refused.",
    )
    steps.complete()
    return all(held)


def _errors(results: Sequence[Result], change: str) -> list[float]:
    return [float(one[f"{change} error"]) for one in results if f"{change} error" in one]


def _one(kind: str, seed: int, seen: float) -> Result:
    return forecast(kept(FOLDER / "known-systems", kind, seed), seen)


def forecast(system: Known, seen: float) -> Result:
    """What the model says of a system of which it saw the steps up to a share of what fills its limit."""
    people = seen * system.people_full
    run = replace(system.run, steps=tuple(step for step in system.run.steps if step.people <= round(people) + 1))
    model = fit(run)
    result: Result = {"refused": isinstance(model, Refusal), "warned": False}
    if isinstance(model, Refusal):
        return {**result, "kind": model.kind}
    result["warned"] = any(warning.kind == "hidden" for warning in model.warnings)
    result["busy"] = f"{max(max(step.busy.values()) for step in run.steps):.3f}"
    for name, (change, truth) in system.carries.items():
        crossing = model.carries(change)
        result[f"{name} covered"] = crossing.low <= truth <= (inf if crossing.high is None else crossing.high)
        if crossing.people and truth > 0:
            result[f"{name} error"] = f"{log(crossing.people / truth):.4f}"
    return result
