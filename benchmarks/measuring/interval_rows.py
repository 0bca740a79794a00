"""Derives the rows of `analysis/capacity/interval_table.py`: `python -m benchmarks.measuring.interval_rows`.

Split conformal: quantiles of n + 1 of ln(forecast / truth) on simulated systems that judge nothing else. Neither the
stored recordings of the local CRM nor the seeds of `make prove advisor_simulated` are among them.
"""

from collections.abc import Sequence

import numpy as np

from analysis.capacity.interval_table import SHARES
from benchmarks.measuring.known_systems import KINDS, kept
from benchmarks.proofs.advisor_simulated import CHANGES, forecast
from benchmarks.proofs.steps import FOLDER

SEEDS = range(201, 216)
SEEN = 0.7


def conformal(errors: Sequence[float], share: float) -> float:
    """The share's quantile of n errors and one more that nobody has seen; between two errors on a straight line."""
    ranks = np.arange(1, len(errors) + 1)
    return float(np.interp(share * (len(errors) + 1), ranks, np.sort(errors)))


def derive() -> dict[str, tuple[float, ...]]:
    """The row for steps up to SEEN of each kind of change; systems are simulated where they are not kept."""
    errors: dict[str, list[float]] = {change: [] for change in CHANGES}
    for seed in SEEDS:
        for kind in (kind for kind in KINDS if kind != "lock"):
            result = forecast(kept(FOLDER / "known-systems", kind, seed), SEEN)
            for change, found in errors.items():
                if f"{change} error" in result:
                    found.append(float(result[f"{change} error"]))
    return {change: tuple(round(conformal(found, share), 3) for share in SHARES) for change, found in errors.items()}


if __name__ == "__main__":
    for change, row in derive().items():
        print(f"{change}: {SEEN:.2f}: {row}")
