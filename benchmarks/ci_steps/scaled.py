"""Baselines for proofs of the CI's steps: real runs, with their percentiles scaled by a known factor and dated back.

They are evidence of nothing but the way an answer takes through a CI: nobody measured these nights.
"""

from collections.abc import Sequence
from datetime import timedelta
from math import exp

from analysis.gate.stored_run import StoredRun

NIGHTS = 6
NIGHTS_SCATTER = 0.01
"""Every other night is this much (a logarithm) slower, the rest that much faster: without scatter nothing is judged."""


def nights_before(runs: Sequence[StoredRun], factor: float) -> list[StoredRun]:
    """`NIGHTS` nights of these runs before they happened, each wait `factor` times as long."""
    return [
        _dated_back(run, night, factor * exp(NIGHTS_SCATTER if night % 2 else -NIGHTS_SCATTER))
        for night in range(1, NIGHTS + 1)
        for run in runs
    ]


def _dated_back(run: StoredRun, nights: int, factor: float) -> StoredRun:
    series = {
        name: one.model_copy(update={"p50_us": round(one.p50_us * factor), "p95_us": round(one.p95_us * factor)})
        for name, one in run.series.items()
    }
    return run.model_copy(
        update={
            "run": f"{run.run}-scaled-{nights}",
            "started_utc": (run.started - timedelta(days=nights)).isoformat(),
            "label": f"scaled x {factor:.2f}",
            "series": series,
        }
    )
