"""What is recorded is what the server took: 1 to 1,000 ms at 50 % and 90 % of a generator's capacity, and beyond it.

A generator's capacity is its processor core. Requests a second are no measure of it: as fast as it goes it reads many
answers at a time, so that a request costs a third less than with people who pause, and 90 % of that rate is more than
such people ever get.
"""

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
LEVELS = {"50 % of its core": 0.5, "90 % of its core": 0.9}
NEAR, TRIES = 0.04, 4
"""How far from its level a run may be, in cores, and how many runs look for it."""
FASTEST, BEYOND, BEYOND_SHARE = "as fast as it goes", "130 % of its core", 1.3
MEAN_ANSWER_S = sum(TAKES_MS.values()) / len(TAKES_MS) / 1000
SECONDS, ARRIVE_S, SETTLE_S = 30.0, 25.0, 10.0


def prove(seconds: str = str(SECONDS)) -> bool:
    """Find each level, then go beyond; True when the levels told the truth and beyond them nobody was blamed."""
    if reason := why_not():
        print(f"skipped: {reason}")
        return True
    steps, length = Steps("latency"), float(seconds)
    results = {FASTEST: steps.step(FASTEST, partial(_run, 0.001, length / 2))}
    tried: list[Result] = []
    for name, share in LEVELS.items():
        results[name] = _level(steps, name, share, results[FASTEST], tried, length)
    results[BEYOND] = steps.step(BEYOND, partial(_run, _pause_s(BEYOND_SHARE, results[name]), length))
    write_table(
        "latency",
        "Recorded waits beside the server's own, one generator process",
        ("load", "requests/s", "cores", "server takes", "n", "p50 ms", "true", "p99 ms", "true", "off by (p50, p99)",
         "verdict"),
        [row for name, result in results.items() for row in _rows(name, result)],
        f"{PEOPLE:,} people, a TLS connection each, pauses of random length between acts; each act is a transaction of "
        "one request that the server answers after 1, 10, 100 or 1,000 ms. Truth: from the request's arrival at the "
        "server, by its kernel's note, to the answer's departure, by its own clock. Recorded: the run "
        "folder's transactions, with every part of a run at work. Wanted: within "
        f"{WITHIN_MS:g} ms or {WITHIN_SHARE:.0%} at the two levels; beyond the core (and as fast as it goes) an "
        f"inconclusive verdict. Levels are shares of the generator's core, within {NEAR:g}; tried on the way: "
        f"{', '.join(str(one['cores']) for one in tried)}. {pinning()}.",
    )  # fmt: skip
    steps.complete()
    told = all(bool(results[name]["true"]) and _at(share, results[name]) for name, share in LEVELS.items())
    return told and all(bool(results[name]["unhealthy"]) for name in (FASTEST, BEYOND))


def within(recorded_ms: float, true_ms: float) -> bool:
    """Near enough."""
    return abs(recorded_ms - true_ms) <= max(WITHIN_MS, WITHIN_SHARE * true_ms)


def _level(steps: Steps, name: str, share: float, fastest: Result, tried: list[Result], seconds: float) -> Result:
    """The first run that took this share of the core, or else the nearest of all. Each goes by what a request cost in
    the nearest before it; without pauses it costs something else. Adds to `tried`."""
    for number in range(1, TRIES + 1):
        pause_s = _pause_s(share, _nearest(share, tried or [fastest]))
        tried.append(steps.step(f"{name}, try {number}", partial(_run, pause_s, seconds)))
        if _at(share, tried[-1]):
            break
    return _nearest(share, tried)


def _nearest(share: float, tried: list[Result]) -> Result:
    return min(tried, key=lambda result: abs(float(result["cores"]) - share))


def _at(share: float, result: Result) -> bool:
    return abs(float(result["cores"]) - share) <= NEAR


def _pause_s(share: float, before: Result) -> float:
    """Between two acts, so that this share of the core is needed if a request costs what it cost before."""
    per_s = share * float(before["per_s"]) / float(before["cores"])
    return max(0.001, PEOPLE / per_s - MEAN_ANSWER_S)


def _run(pause_s: float, seconds: float) -> Result:
    load = Load(PEOPLE, pause_s, seconds, ARRIVE_S, SETTLE_S)
    with tempfile.TemporaryDirectory() as name, slow_server(Path(name)) as server:
        outcome = run(server, load, Path(name) / "run")
        print(f"  {outcome.per_s:.0f} requests/s on {outcome.cores:.2f} cores; {outcome.verdict} {outcome.why}")
        return _figures(outcome)


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
