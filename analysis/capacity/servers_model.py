"""The capacity model with counters: every figure follows from the calibrated network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import brentq

from analysis.capacity.calibration import Calibration
from analysis.capacity.curve import Curve
from analysis.capacity.demands import Demand
from analysis.capacity.forecast import TODAY, Cause, Change, Crossing, HeldOut, Level, Share, Warning
from analysis.capacity.hidden import Hidden
from analysis.capacity.intervals import FARTHEST, HIGH, LOW, Errors, errors_of
from analysis.capacity.measured import Measured, Station, Step
from analysis.capacity.measured_bounds import fitted_people, seen
from analysis.capacity.rounding import outward

LOADED = 0.30
"""Of the busiest server, at least: below it nothing is said beyond what was measured."""
UNSEEN = 0.08
"""Chance of a server that nobody counted where none is suspected, as it counts in upgrades: if one system in eight has
one, half of those are told, and a fifth of the others. Today the run itself shows what it does, but more cores take the
limit away that hides it. With 0.10 or more nothing beyond it could be said to fit with 90 % confidence.
"""
UNCHANGED = 1.02
"""A change that buys less than this much leaves the error as it is today."""


@dataclass(frozen=True)
class Bound:
    """What ends the people that fit, before rounding. `people` is None beyond FARTHEST times what was measured."""

    transaction: str
    station: str | None
    people: float | None


class ServersModel:
    """Fitted by `analysis.capacity.fit`, which also finds cause and warnings. See `forecast.CapacityModel`."""

    def __init__(
        self,
        measured: Measured,
        steps: Sequence[Step],
        calibration: Calibration,
        asynchronous: Sequence[Demand],
        hidden: Hidden,
    ) -> None:
        self._measured = measured
        self._steps = tuple(steps)
        self._calibration = calibration
        self._asynchronous = tuple(asynchronous)
        self._hidden = hidden
        self._curves: dict[tuple[object, ...], Curve] = {}
        self.cause: Cause = "servers"
        self.cause_text = ""
        self.warnings: Sequence[Warning] = ()
        self.held_out: HeldOut | None = None

    @property
    def measured(self) -> Measured:
        """The run it was fitted to."""
        return self._measured

    @property
    def demands_s(self) -> Mapping[str, float]:
        """Core-seconds of the mean transaction by station."""
        return {one.station.name: one.core_s for one in (*self._calibration.demands, *self._asynchronous)}

    @cached_property
    def highest_busy(self) -> float:
        """The busiest that a station people wait for was seen."""
        waited = [one.station.name for one in self._calibration.demands]
        return max((step.busy.get(name, 0.0) for step in self._steps for name in waited), default=0.0)

    def farthest(self, change: Change) -> float:
        """People beyond which nothing is said: with idle servers beyond the last step, else a multiple of it.

        After an upgrade it is as much farther as the first full station then is: the last step is as far below it.
        """
        top = self._steps[-1].people
        if self.highest_busy < LOADED:
            return top
        now, then = self.limits(TODAY)[0][1], self.limits(change)[0][1]
        return FARTHEST * top * (max(1.0, then / now) if np.isfinite(then) else 1.0)

    def carries(self, change: Change = TODAY) -> Crossing:
        """What passes its limit first; its lower end is that of whichever a server that nobody counted stops first."""
        return self._crossing(self._first(change), change, self.hidden_people(change))

    def crossings(self, change: Change = TODAY) -> Sequence[Crossing]:
        """Every judged transaction that was measured."""
        return tuple(
            self._crossing(bound, change, self._hidden_crossing(bound.transaction, change))
            for bound in self._bounds(change)
        )

    def limits(self, change: Change = TODAY) -> Sequence[tuple[Station, float]]:
        """People at which each station would have no time left, by its demand alone; infinite for one not used."""
        curve = self.curve(change)
        cycle = self._calibration.think_s + self._calibration.mean.alone_s * curve.alone_factor
        demands = (*curve.demands, *(one.changed(change) for one in self._asynchronous))
        return tuple(sorted(((one.station, one.most * cycle) for one in demands), key=lambda pair: pair[1]))

    def levels(self, people: Sequence[int], change: Change = TODAY) -> Sequence[Level]:
        """Forecasts; the band is the curve with people shifted by the interval, and the scatter of the fit."""
        curve, errors = self.curve(change), self._errors(change)
        high, low = float(np.exp(errors.quantile(HIGH))), float(np.exp(errors.quantile(LOW)))
        demands = (*curve.demands, *(one.changed(change) for one in self._asynchronous))
        levels = []
        for one in people:
            throughput = curve.throughput_at(one)
            p95, slow, fast = {}, {}, {}
            for name, transaction in self._calibration.transactions.items():
                scatter = float(np.exp(1.64 * transaction.scatter))
                p95[name] = curve.p95_at(name, one)
                slow[name] = max(p95[name], curve.p95_at(name, one * max(1.0, high))) * scatter
                fast[name] = min(p95[name], curve.p95_at(name, one * min(1.0, low))) / scatter
            busy = {demand.station.name: demand.busy(throughput) for demand in demands}
            levels.append(Level(one, throughput, p95, fast, slow, busy))
        return tuple(levels)

    def shares(self, people: int, change: Change = TODAY) -> Sequence[Share]:
        """Work as the mean transaction's demands in proportion to the time alone, waits as calibrated."""
        curve = self.curve(change)
        waits = curve.waits_at(people)
        names = [demand.station.name for demand in curve.demands]
        mean_s = self._calibration.mean.alone_s * curve.alone_factor
        total = sum(demand.core_s for demand in curve.demands)
        # Requests side by side make work longer than the time it takes: then all of the time is work.
        shrink = min(1.0, mean_s / total) if total > 0 else 0.0
        shares = []
        for name, one in self._calibration.transactions.items():
            size = one.mean.alone_s / self._calibration.mean.alone_s if self._calibration.mean.alone_s > 0 else 1.0
            work = {key: demand.core_s * shrink * size for key, demand in zip(names, curve.demands, strict=True)}
            wait = {key: float(value) for key, value in zip(names, one.mean.kappa * waits, strict=True)}
            elsewhere = max(0.0, one.mean.alone_s * curve.alone_factor - sum(work.values()))
            shares.append(Share(name, work, wait, elsewhere))
        return tuple(shares)

    def confidence(self, people: float, change: Change = TODAY) -> float:
        """From the same errors as the interval; 1 up to what fits surely, where the limit lies beyond what is said."""
        return self._chance(self._first(change), people, change, self.hidden_people(change))

    def hidden_people(self, change: Change) -> float | None:
        """People that fit if there is a server that nobody counted; None when more than can be said."""
        names = self._hidden.calibration.transactions
        return min((p for p in (self._hidden_crossing(name, change) for name in names) if p is not None), default=None)

    def curve(self, change: Change) -> Curve:
        """People against times after a change; kept, for it is asked again and again."""
        return self._kept(self._calibration, change)

    def _hidden_crossing(self, name: str, change: Change) -> float | None:
        curve = self._kept(self._hidden.calibration, change)
        people = curve.crossing(name, self._measured.limits_s[name], self.farthest(change))
        return None if people is None else max(1.0, people)

    def _kept(self, calibration: Calibration, change: Change) -> Curve:
        factors = (tuple(sorted(change.more_cores.items())), tuple(sorted(change.faster.items())))
        key = (calibration is self._calibration, *factors)
        if key not in self._curves:
            self._curves[key] = Curve(calibration, change)
        return self._curves[key]

    def _first(self, change: Change) -> Bound:
        bounds = [*self._bounds(change), *self._backlogs(change)]
        return min(bounds, key=lambda bound: np.inf if bound.people is None else bound.people)

    def _bounds(self, change: Change) -> list[Bound]:
        curve = self.curve(change)
        limits = self._measured.limits_s
        return [
            Bound(name, None, curve.crossing(name, limits[name], self.farthest(change)))
            for name in self._calibration.transactions
        ]

    def _backlogs(self, change: Change) -> list[Bound]:
        """People at which work that nobody waits for arrives faster than it is done."""
        curve = self.curve(change)
        bounds = []
        for demand in self._asynchronous:
            most = demand.changed(change).most
            people = curve.people_for(most, self.farthest(change))
            bounds.append(Bound(f"asynchronous work on {demand.station.name}", demand.station.name, people))
        return bounds

    def _crossing(self, bound: Bound, change: Change, hidden: float | None) -> Crossing:
        low, high = self._errors(change).interval(self.farthest(change) if bound.people is None else bound.people)
        if hidden is not None and hidden < low and self._unseen(change):
            # Just outside of both, so that rounding does not put the two ends on one side.
            ends = 0.99 * hidden, 1.01 * low
            low = min(low, float(brentq(lambda people: self._chance(bound, people, change, hidden) - HIGH, *ends)))
        if bound.people is None:
            low = max(fitted_people(self._steps, self._measured.limits_s), outward(low, up=False))
            return Crossing(bound.transaction, None, low, None, bound.station)
        people = bound.people
        if change == TODAY and bound.station is None:
            measured = seen(self._steps, bound.transaction, self._measured.limits_s[bound.transaction])
            low, people, high = measured.clip(low), measured.clip(people), measured.clip(high)
        elif bound.station is None:
            # What today's servers carried, more of them carry as well.
            fitted = fitted_people(self._steps, self._measured.limits_s)
            low, people, high = max(low, fitted), max(people, fitted), max(high, fitted)
        return Crossing(bound.transaction, people, outward(low, up=False), outward(high, up=True), bound.station)

    def _chance(self, bound: Bound, people: float, change: Change, hidden: float | None) -> float:
        """Chance that at least `people` fit; with a server that nobody counted the interval begins at `hidden`."""
        errors = self._errors(change)
        reached = self.farthest(change) if bound.people is None else bound.people
        if hidden is None:
            return errors.chance_above(reached, people)
        stopped = min(reached, hidden * float(np.exp(errors.quantile(HIGH))))
        unseen = self._unseen(change)
        return (1 - unseen) * errors.chance_above(reached, people) + unseen * errors.chance_above(stopped, people)

    def _unseen(self, change: Change) -> float:
        """How much a server that nobody counted counts."""
        return 1.0 if self._hidden.suspected else 0.0 if change == TODAY else UNSEEN

    def _errors(self, change: Change) -> Errors:
        today = errors_of(TODAY, self.highest_busy)
        if change == TODAY:
            return today
        now, then = self._first(TODAY).people, self._first(change).people
        if now is not None and then is not None and then <= now * UNCHANGED:
            return today
        return errors_of(change, self.highest_busy)
