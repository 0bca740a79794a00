"""A server that nobody counted: a lock, a pool, one thread. Only ever the pessimistic end, and a warning.

Fitted as one more single-server station. It is found in most systems that have one, but in some that have none as well
(statistics reference 2.3), so what it says never makes a forecast better.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.capacity.calibration import Calibration, calibrate
from analysis.capacity.demands import Demand
from analysis.capacity.measured import Station, Step

NAME = "not counted"
BUSY_AT_TOP = (0.3, 0.45, 0.6, 0.7, 0.8, 0.87, 0.93, 0.97, 0.99)
"""How busy it may have been in the last step: these are tried."""
EXPLAINS = 0.6
"""It is believed when it leaves at most this share of what the counted stations leave unexplained, ..."""
GAIN = 30.0
"""... and takes away at least so much of the weighted sum of squares; ..."""
MOST_KAPPA = 1.8
"""... or when the mean transaction waits more than so many times what a counted station makes it wait.

Chosen on 52 simulated systems (2026-11-25, steps up to 70 %): it finds 7 of 10 with a lock of 0.4 to 1.5 times the
limit's demand and none of 42 without one, so on others it will do a little worse.
"""
ALIKE = 4.0
"""Sizes whose sums of squares differ by less explain the run alike; the busiest of them is the pessimistic end."""


@dataclass(frozen=True)
class Hidden:
    """What one uncounted server makes of the run."""

    calibration: Calibration
    """With the busiest one that explains the run as well as any."""
    busy_at_top: float
    """Of the one that explains it best."""
    believed: bool


def fit_hidden(steps: Sequence[Step], demands: Sequence[Demand], plain: Calibration) -> Hidden:
    """Try uncounted servers of several sizes; the best one is calibrated in full."""
    judged = tuple(plain.transactions)
    top = max(step.throughput for step in steps)
    tried = [
        (calibrate(steps, [*demands, _server(busy / top)], judged, shapes=False).misfit, busy) for busy in BUSY_AT_TOP
    ]
    misfit, busy = min(tried)
    strained = bool((plain.mean.kappa > MOST_KAPPA).any())
    believed = strained or (misfit < EXPLAINS * plain.misfit and plain.misfit - misfit > GAIN)
    busiest = max(size for sum_of_squares, size in tried if sum_of_squares <= misfit + ALIKE)
    full = calibrate(steps, [*demands, _server(busiest / top)], judged)
    return Hidden(full, busy, believed)


def _server(demand_s: float) -> Demand:
    return Demand(Station(NAME, "other", 1), 1.0, demand_s, 0.0)
