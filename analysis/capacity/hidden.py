"""A server that nobody counted: a lock, a pool, one thread. Only ever the pessimistic end, and a warning.

Fitted as one more single-server station. It is found in most systems that have one, but in some that have none as well
(statistics reference 2.3), so what it says never makes a forecast better.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.capacity.calibration import Calibration, calibrate
from analysis.capacity.curve import Curve
from analysis.capacity.demands import Demand
from analysis.capacity.forecast import TODAY
from analysis.capacity.measured import Station, Step

NAME = "not counted"
BUSY_AT_TOP = (0.3, 0.45, 0.6, 0.7, 0.8, 0.87, 0.93, 0.97, 0.99)
"""How busy it may have been in the last step: these are tried."""
SUSPECT = 5.8
"""It is suspected when it takes away so much of the strain of the fit, in times of what one figure keeps with it, ...

Chosen on 400 simulated systems of every shape, seeds below 201 (`benchmarks.measuring.locked_systems`, steps up to
70 %): about one clean system in six is suspected then. How often on others: docs/measurements, advisor-locks.
"""
MOST_KAPPA = 1.8
"""... or when the mean transaction waits more than so many times what a counted station makes it wait."""
EXPLAINS = 0.6
"""It is believed, and may be the cause, when it leaves at most this share of what else stays unexplained, ..."""
GAIN = 30.0
"""... and takes away at least so much of the weighted sum of squares; or with such a kappa.

Chosen on 52 simulated systems (2026-11-25, steps up to 70 %): none of 42 without a lock is told to have one.
"""
ALIKE = 4.0
"""Sizes whose sums of squares differ by less explain the run alike; the busiest of them is the pessimistic end."""

FELT = 0.1
"""It holds requests back from where the mean transaction waits so much of its time alone for it."""


@dataclass(frozen=True)
class Hidden:
    """What one uncounted server makes of the run."""

    calibration: Calibration
    """With the busiest one that explains the run as well as any."""
    busy_at_top: float
    """Of the one that explains it best."""
    suspected: bool
    """Whether to warn of it and to give the pessimistic end: in many systems that have one, in some that have none."""
    believed: bool
    """Whether it may be named as what people wait for."""


def fit_hidden(steps: Sequence[Step], demands: Sequence[Demand], plain: Calibration) -> Hidden:
    """Try uncounted servers of several sizes; the best one is calibrated in full."""
    judged = tuple(plain.transactions)
    top = max(step.throughput for step in steps)
    fits = [(calibrate(steps, [*demands, _server(busy / top)], judged, shapes=False), busy) for busy in BUSY_AT_TOP]
    tried = [(one.misfit, busy) for one, busy in fits]
    misfit, busy = min(tried)
    strained = bool((plain.mean.kappa > MOST_KAPPA).any())
    believed = strained or (misfit < EXPLAINS * plain.misfit and plain.misfit - misfit > GAIN)
    least = min(one.strain for one, _ in fits)
    figures = sum(name in step.times for step in steps for name in judged)
    # Where the model misses by more than chance with such a server too, its gain counts for less.
    suspected = believed or plain.strain - least > SUSPECT * max(1.0, least / max(1, figures))
    busiest = max(size for sum_of_squares, size in tried if sum_of_squares <= misfit + ALIKE)
    full = calibrate(steps, [*demands, _server(busiest / top)], judged)
    return Hidden(full, busy, suspected, believed)


def holds_from(hidden: Hidden, steps: Sequence[Step]) -> float:
    """People of the first step in which it holds the mean transaction up; of the last one where it hardly does."""
    mean, curve = hidden.calibration.mean, Curve(hidden.calibration, TODAY)
    felt = FELT * mean.alone_s
    return next(
        (step.people for step in steps if mean.kappa[-1] * curve.waits_at(step.people)[-1] > felt), steps[-1].people
    )


def _server(demand_s: float) -> Demand:
    return Demand(Station(NAME, "other", 1), 1.0, demand_s, 0.0)
