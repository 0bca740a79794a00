"""What is recorded is what the server took: 1 to 1,000 ms at 50 % and 90 % of a generator's capacity, and beyond it."""

import tempfile
from functools import partial
from pathlib import Path

from benchmarks.measuring.processes import pinning
from benchmarks.measuring.slow_server import slow_server, why_not
from benchmarks.measuring.waiting_runs import TAKES_MS, Load, Outcome, run
from benchmarks.proofs.steps import Result, Steps
from benchmarks.proofs.table import write_table

PEOPLE = 2500
WITHIN_MS, WITHIN_SHARE = 2.0, 0.05
"""How far a recorded percentile may be from the server's own: the larger of the two."""
LEVELS = {"50 % of capacity": 0.5, "90 % of capacity": 0.9}
CAPACITY, BEYOND, BEYOND_SHARE = "as fast as it goes", "130 % of capacity", 1.3
MEAN_ANSWER_S = sum(TAKES_MS.values()) / len(TAKES_MS) / 1000
SECONDS, ARRIVE_S, SETTLE_S = 30.0, 25.0, 10.0


def prove(seconds: str = str(SECONDS)) -> bool:
    """Find the capacity, then one run a level; True when the levels told the truth and beyond it nobody was blamed."""
    if reason := why_not():
        print(f"skipped: {reason}")
        return True
    steps, length = Steps("latency"), float(seconds)
    results = {CAPACITY: steps.step(CAPACITY, partial(_run, 0.001, length / 2))}
    capacity = float(results[CAPACITY]["per_s"])
    for name, share in {**LEVELS, BEYOND: BEYOND_SHARE}.items():
        pause_s = max(0.001, PEOPLE / (share * capacity) - MEAN_ANSWER_S)
        results[name] = steps.step(name, partial(_run, pause_s, length))
    write_table(
        "latency",
        "Recorded waits beside the server's own, one generator process",
        ("load", "requests/s", "cores", "server takes", "n", "p50 ms", "true", "p99 ms", "true", "off by (p50, p99)",
         "verdict"),
        [row for name, result in results.items() for row in _rows(name, result)],
        f"{PEOPLE:,} people, a TLS connection each, pauses of random length between acts; each act is a transaction of "
        f"one request that the server ({results[CAPACITY]['server']}) answers after 1, 10, 100 or 1,000 ms. Truth: "
        "from the request's arrival at the server to the answer's departure, by its own clock. Recorded: the run "
        "folder's transactions, with every part of a run at work. Wanted: within "
        f"{WITHIN_MS:g} ms or {WITHIN_SHARE:.0%} at the two levels; beyond capacity (and as fast as it goes) an "
        f"inconclusive verdict. {pinning()}.",
    )  # fmt: skip
    steps.complete()
    told = all(bool(results[name]["true"]) for name in LEVELS)
    return told and all(bool(results[name]["unhealthy"]) for name in (CAPACITY, BEYOND))


def within(recorded_ms: float, true_ms: float) -> bool:
    """Near enough."""
    return abs(recorded_ms - true_ms) <= max(WITHIN_MS, WITHIN_SHARE * true_ms)


def _run(pause_s: float, seconds: float) -> Result:
    load = Load(PEOPLE, pause_s, seconds, ARRIVE_S, SETTLE_S)
    with tempfile.TemporaryDirectory() as name, slow_server(Path(name)) as server:
        outcome = run(server, load, Path(name) / "run")
        print(f"  {outcome.per_s:.0f} requests/s on {outcome.cores:.2f} cores; {outcome.verdict} {outcome.why}")
        return {"server": server.version, **_figures(outcome)}


def _figures(outcome: Outcome) -> Result:
    figures: Result = {
        "per_s": round(outcome.per_s),
        "cores": f"{outcome.cores:.2f}",
        "verdict": outcome.verdict,
        "unhealthy": outcome.verdict == "inconclusive" and bool(outcome.why),
        "true": all(
            within(wait.p50_ms, wait.true_p50_ms) and within(wait.p99_ms, wait.true_p99_ms)
            for wait in outcome.waits.values()
        ),
    }
    for name, wait in outcome.waits.items():
        off = ", ".join(f"{one:+.1f} ms" for one in wait.off_ms)
        figures[name] = "|".join(
            (
                f"{TAKES_MS[name]:,} ms", str(wait.n), f"{wait.p50_ms:.1f}", f"{wait.true_p50_ms:.1f}",
                f"{wait.p99_ms:.1f}", f"{wait.true_p99_ms:.1f}", off,
            )
        )  # fmt: skip
    return figures


def _rows(name: str, result: Result) -> list[tuple[object, ...]]:
    verdict = f"{result['verdict']}{', for the generator' if result['unhealthy'] else ''}"
    return [
        (name, result["per_s"], result["cores"], *str(result[transaction]).split("|"), verdict)
        for transaction in TAKES_MS
    ]
