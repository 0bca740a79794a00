"""What the mean transaction takes of each station: the utilisation law, fitted by least squares over the steps."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf

import numpy as np

from analysis.capacity.forecast import Change
from analysis.capacity.measured import Station, Step
from analysis.capacity.network import Floats

SATURATED = 0.97
"""Above it a station does less than what arrives, so its share busy says nothing about demand."""
LEAST_BACKGROUND = -0.02
"""Of a station's cores. A fitted background below it is no background but noise: the line goes through the origin."""


BENT = 2.5
"""Standard errors by which a station's busy share grows faster than throughput before that is believed: of 115 stations
of 60 simulated systems whose cores are all worth the same none had more than 2."""
FEWEST_FOR_A_BEND = 5
LEAST_FOR_A_BEND = 0.5
"""Of its cores busy in the last step: before, second threads have hardly begun to work."""
WORK_SCATTER = 0.7
"""Of a transaction's work, as a share: what chance makes of a step's busy share."""
READING_ERROR = 0.003
"""Of a busy share."""
LEAST_WORTH = 0.5


@dataclass(frozen=True)
class Demand:
    """What a station does for the mean transaction, and what it does besides."""

    station: Station
    cores: float
    """Its cores; after a change others than the station's own."""
    core_s: float
    """Core-seconds a transaction."""
    background: float
    """Cores busy when nobody does anything."""
    at_most: float = inf
    """Cores that it keeps busy at most, by what stands before it (a cap on its workers); more cores do not lift it."""
    worth: float = 1.0
    """What its cores do when all are busy, in times of what they do at the loads that were seen: below 1 where second
    threads of a core count as cores, or where work takes the longer the more of it there is."""

    @property
    def free_cores(self) -> float:
        """Cores that are left for transactions."""
        return max(0.05, min(self.cores * self.worth, self.at_most) - self.background)

    @property
    def most(self) -> float:
        """Transactions a second at which the station is full; infinite when it is not used."""
        return self.free_cores / self.core_s if self.core_s > 0 else float("inf")

    def busy(self, throughput: float) -> float:
        """Share of its cores that is busy, 0..1."""
        return min(1.0, (throughput * self.core_s + self.background) / self.cores)

    def changed(self, change: Change) -> "Demand":
        """After the change: more cores share the work, faster ones take less time for it."""
        faster = change.faster.get(self.station.name, 1.0)
        cores = self.cores * change.more_cores.get(self.station.name, 1.0)
        return replace(self, cores=cores, core_s=self.core_s / faster, background=self.background / faster)


def fit_demands(steps: Sequence[Step], stations: Sequence[Station]) -> tuple[Demand, ...]:
    """`busy x cores = core_s x throughput + background` for each station (statistics reference, 2.2).

    Steps in which a station was saturated are left out while two others remain: there the line has bent.
    """
    return tuple(_fit(steps, station) for station in stations)


def _fit(steps: Sequence[Step], station: Station) -> Demand:
    useful = [step for step in steps if station.name in step.busy]
    below = [step for step in useful if step.busy[station.name] < SATURATED]
    useful = below if len(below) > 1 else useful
    rate = np.array([step.throughput for step in useful])
    cores = np.array([step.busy[station.name] for step in useful]) * station.cores
    weight = np.array([step.seconds for step in useful])
    weight = weight / weight.sum()
    mean_rate, mean_cores = float(weight @ rate), float(weight @ cores)
    spread = float(weight @ (rate - mean_rate) ** 2)
    slope = float(weight @ ((rate - mean_rate) * (cores - mean_cores))) / spread if spread > 0 else 0.0
    background = mean_cores - slope * mean_rate
    if spread == 0 or background < LEAST_BACKGROUND * station.cores:
        slope, background = float(weight @ (rate * cores)) / float(weight @ rate**2), 0.0
    line = Demand(station, station.cores, max(0.0, slope), max(0.0, background))
    return replace(line, worth=_worth(line, rate, cores, np.array([step.seconds for step in useful])))


def _worth(line: Demand, rate: Floats, cores: Floats, seconds: Floats) -> float:
    """From a parabola instead of the line, where that is more than chance: where it reaches all cores they are full."""
    if len(rate) < FEWEST_FOR_A_BEND or cores.max() < LEAST_FOR_A_BEND * line.cores:
        return 1.0
    error = np.hypot(WORK_SCATTER * cores / np.sqrt(np.maximum(rate * seconds, 1)), READING_ERROR * line.cores)
    design = np.column_stack([np.ones_like(rate), rate, rate**2]) / error[:, None]
    fitted, _, rank, _ = np.linalg.lstsq(design, cores / error, rcond=None)
    if rank < 3 or fitted[2] <= 0:
        return 1.0
    left = cores / error - design @ fitted
    chance = max(1.0, float(left @ left) / (len(rate) - 3)) ** 0.5
    if fitted[2] <= BENT * chance * float(np.linalg.inv(design.T @ design)[2, 2]) ** 0.5:
        return 1.0
    full = max(np.roots([fitted[2], fitted[1], fitted[0] - line.cores]).real)
    return float(np.clip((full * line.core_s + line.background) / line.cores, LEAST_WORTH, 1.0))
