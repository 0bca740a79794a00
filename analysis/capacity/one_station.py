"""How many people fit, without counters: one station of unknown size, and all sizes that explain the run.

The same curve fits a full database and a full web server, so nothing is ever said about an upgrade.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from math import log

import numpy as np
from scipy.special import ndtr, ndtri

from analysis.capacity.calibration import calibrate
from analysis.capacity.curve import Curve
from analysis.capacity.demands import Demand
from analysis.capacity.forecast import TODAY, Cause, Change, Crossing, HeldOut, Level, NoForecast, Share, Warning
from analysis.capacity.intervals import FARTHEST, HIGH, SUREST
from analysis.capacity.measured import Measured, Station, Step
from analysis.capacity.network import ClosedNetwork, Queue
from analysis.capacity.rounding import outward

CORES = (1, 2, 4, 8, 16)
CAPACITIES = np.geomspace(1.01, 12.0, 40)
"""Times the highest throughput measured."""
ERROR = 0.015
ACCEPTED = 40.0
"""Above the best sum of squares: 4 covers 67-78 % of the truth, 40 covers 79-94 % (statistics reference 2.5)."""
WIDENED = 1.08
NAME = "servers, not counted"


class OneStationModel:
    """See `forecast.CapacityModel`. Made by `analysis.capacity.fit` when nobody counted."""

    cause: Cause = "unknown"
    held_out: HeldOut | None = None

    def __init__(self, measured: Measured, steps: Sequence[Step]) -> None:
        self._measured = measured
        self._steps = tuple(steps)

    @property
    def measured(self) -> Measured:
        """The run it was fitted to."""
        return self._measured

    @property
    def cause_text(self) -> str:
        """Why nothing more is known."""
        return (
            "Times grow with people as they do before something that is full, but nobody counted what the servers did: "
            "a database, a web server and a lock look the same from outside."
        )

    @property
    def warnings(self) -> Sequence[Warning]:
        """Always the same one."""
        return (
            Warning(
                "no_counters",
                "No server counters: which server is the limit and what an upgrade would buy cannot be told from "
                "this run.",
            ),
        )

    @property
    def demands_s(self) -> Mapping[str, float]:
        """Nothing: nobody counted."""
        return {}

    def carries(self, change: Change = TODAY) -> Crossing:
        """The judged transaction that passes its limit first."""
        return min(self.crossings(change), key=lambda one: (np.inf if one.people is None else one.people, one.low))

    def crossings(self, change: Change = TODAY) -> Sequence[Crossing]:
        """Over every size of station that explains the run."""
        _only_today(change)
        return tuple(self._crossing(name) for name in self._names)

    def limits(self, change: Change = TODAY) -> Sequence[tuple[Station, float]]:
        """Nothing: nobody counted."""
        _only_today(change)
        return ()

    def levels(self, people: Sequence[int], change: Change = TODAY) -> Sequence[Level]:
        """Forecasts; the band is that of all sizes of station that explain the run."""
        _only_today(change)
        levels = []
        for one in people:
            p95 = {name: self._best.p95_at(name, one) for name in self._names}
            every = {name: [curve.p95_at(name, one) for curve in self._curves] for name in p95}
            low = {name: min(values) / WIDENED for name, values in every.items()}
            high = {name: max(values) * WIDENED for name, values in every.items()}
            levels.append(Level(one, self._best.throughput_at(one), p95, low, high, {}))
        return tuple(levels)

    def shares(self, people: int, change: Change = TODAY) -> Sequence[Share]:
        """Nothing: without counters work and waits cannot be told apart."""
        _only_today(change)
        return ()

    def confidence(self, people: float, change: Change = TODAY) -> float:
        """From the interval, as if its logarithm were normal on either side."""
        _only_today(change)
        first = self.carries()
        if people <= 0:
            return SUREST
        middle = first.people if first.people is not None else max(FARTHEST * self._steps[-1].people, first.low)
        if middle <= 0 or first.low <= 0:
            return 1 - SUREST
        end = first.low if people < middle else first.high
        reach = abs(log(middle / end)) if end is not None else abs(log(middle / first.low))
        chance = float(ndtr(float(ndtri(HIGH)) * log(middle / people) / max(reach, log(WIDENED))))
        return min(SUREST, max(1 - SUREST, chance))

    def _crossing(self, name: str) -> Crossing:
        limit, most = self._measured.limits_s[name], FARTHEST * self._steps[-1].people
        people = [curve.crossing(name, limit, most) for curve in self._curves]
        best = self._best.crossing(name, limit, most)
        known = [one for one in people if one is not None]
        low = outward(min(known, default=most) / WIDENED, up=False)
        if best is None:
            return Crossing(name, None, low, None)
        return Crossing(name, best, low, outward(max(known) * WIDENED, up=True) if len(known) == len(people) else None)

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(self._best.calibration.transactions)

    @cached_property
    def _best(self) -> Curve:
        return self._curves[0]

    @cached_property
    def _curves(self) -> tuple[Curve, ...]:
        """The best first, then for each number of cores the ends of what is accepted."""
        tried = [(self._misfit(cores, capacity), cores, capacity) for cores in CORES for capacity in self._capacities]
        least, *best = min(tried)
        chosen = [tuple(best)]
        for cores in CORES:
            accepted = [one for misfit, size, one in tried if size == cores and misfit < least + ACCEPTED]
            chosen += [(cores, end(accepted)) for end in (min, max) if accepted]
        return tuple(self._curve(int(cores), capacity) for cores, capacity in dict.fromkeys(chosen))

    @cached_property
    def _capacities(self) -> list[float]:
        top = max(step.throughput for step in self._steps)
        return [float(times) * top for times in CAPACITIES]

    def _curve(self, cores: int, capacity: float) -> Curve:
        demand = Demand(Station(NAME, "all", cores), float(cores), cores / capacity, 0.0)
        return Curve(calibrate(self._steps, [demand], tuple(self._measured.limits_s)), TODAY)

    def _misfit(self, cores: int, capacity: float) -> float:
        think = float(np.mean([step.think_s for step in self._steps]))
        alone = self._steps[0].mean_s
        network = ClosedNetwork(max(0.0, think + alone - cores / capacity), [Queue(cores, cores / capacity)])
        waits = np.array([network.at(max(1, round(step.people))).waits_s[0] for step in self._steps])
        means = np.array([step.mean_s for step in self._steps])
        weights = 1 / (means * ERROR) ** 2
        base = max(0.0, float(weights @ (means - waits) / weights.sum()))
        return float(weights @ (means - base - waits) ** 2)


def _only_today(change: Change) -> None:
    if any(factor != 1 for factor in (*change.more_cores.values(), *change.faster.values())):
        raise NoForecast(
            "No upgrade can be judged without server counters: give the run the counters of its servers "
            "(crmload counters) and ask again."
        )
