"""People against throughput and times, for the servers as they are or after a change."""

from collections.abc import Callable

import numpy as np

from analysis.capacity.bisection import boundary
from analysis.capacity.calibration import Calibration, queues_of
from analysis.capacity.forecast import Change
from analysis.capacity.network import ClosedNetwork, Floats, Load
from analysis.capacity.waits import sample_waits

STEP = 1.04
"""From one point of the curve to the next; between two it is interpolated."""


class Curve:
    """One calibrated system after one change. Points are numbered; each is worked out when first asked for.

    A point holds a whole number of people inside the network. The people that it stands for follow from the response
    time law, `people = throughput x (think time + mean time)`, with the calibrated mean time: so the law holds exactly.
    """

    def __init__(self, calibration: Calibration, change: Change) -> None:
        self.calibration = calibration
        self.demands = tuple(demand.changed(change) for demand in calibration.demands)
        work = sum(one.core_s for one in self.demands)
        saved = 1 - work / calibration.work_s if calibration.work_s > 0 else 0.0
        self.alone_factor = 1 - calibration.work_share * saved
        alone = calibration.mean.alone_s * self.alone_factor
        self.network = ClosedNetwork(max(0.0, calibration.think_s + alone - work), queues_of(self.demands))
        self._points = [1]
        self._drawn: dict[tuple[int, int], Floats] = {}
        self._p95: dict[tuple[str, int], float] = {}

    def load(self, point: int) -> Load:
        """The network at a point."""
        return self.network.at(self._inside(point))

    def mean_s(self, point: int) -> float:
        """Mean time of the mean transaction."""
        mean = self.calibration.mean
        return mean.alone_s * self.alone_factor + float(mean.kappa @ self.load(point).waits_s)

    def people(self, point: int) -> float:
        """People at work at a point."""
        return self.load(point).throughput * (self.calibration.think_s + self.mean_s(point))

    def p95(self, name: str, point: int) -> float:
        """95th percentile of a transaction in seconds."""
        key = name, point
        if key not in self._p95:
            one = self.calibration.transactions[name]
            drawn = one.visits, point
            if drawn not in self._drawn:
                self._drawn[drawn] = sample_waits(self.load(point), self.network.queues, one.visits)
            self._p95[key] = one.p95(self._drawn[drawn], self.alone_factor)
        return self._p95[key]

    def place(self, people: float) -> float:
        """The point, between two as a fraction, at which so many people are at work; 0 for fewer than the first."""
        low, high = 0, 1
        while self.people(high) < people:
            low, high = high, high * 2
        low, high = boundary(low, high, lambda point: self.people(point) < people)
        first, second = self.people(low), self.people(high)
        return max(0.0, low + (people - first) / max(second - first, 1e-9))

    def crossing(self, name: str, limit_s: float, most: float) -> float | None:
        """People at which the 95th percentile passes the limit: 0 when it does alone, None when not up to `most`."""
        if self.p95(name, 0) > limit_s:
            return 0.0
        beyond = int(self.place(most)) + 1
        if self.p95(name, beyond) <= limit_s:
            return None
        low, high = boundary(0, beyond, lambda point: self.p95(name, point) <= limit_s)
        below, above = np.log([self.p95(name, low), self.p95(name, high)])
        share = (np.log(limit_s) - below) / max(above - below, 1e-12)
        crossed = self.people(low) + float(share) * (self.people(high) - self.people(low))
        return crossed if crossed <= most else None

    def people_for(self, throughput: float, most: float) -> float | None:
        """People who make so many transactions a second; None when it takes more than `most` of them."""
        beyond = int(self.place(most)) + 1
        if self.load(beyond).throughput < throughput:
            return None
        low, high = boundary(0, beyond, lambda point: self.load(point).throughput < throughput)
        below, above = self.load(low).throughput, self.load(high).throughput
        share = max(0.0, (throughput - below) / max(above - below, 1e-12))
        people = self.people(low) + share * (self.people(high) - self.people(low))
        return people if people <= most else None

    def p95_at(self, name: str, people: float) -> float:
        """95th percentile in seconds for any number of people."""
        return self._between(people, lambda point: self.p95(name, point))

    def throughput_at(self, people: float) -> float:
        """Transactions a second for any number of people."""
        return self._between(people, lambda point: self.load(point).throughput)

    def waits_at(self, people: float) -> Floats:
        """Mean wait at each queue, of the network's cycle, for any number of people."""
        place = self.place(people)
        low = int(place)
        share = place - low
        return np.asarray(self.load(low).waits_s * (1 - share) + self.load(low + 1).waits_s * share)

    def _between(self, people: float, value: Callable[[int], float]) -> float:
        place = self.place(people)
        low = int(place)
        first = value(low)
        return first if place == low else first + (place - low) * (value(low + 1) - first)

    def _inside(self, point: int) -> int:
        points = self._points
        while point >= len(points):
            points.append(max(points[-1] + 1, round(points[-1] * STEP)))
        return points[point]
