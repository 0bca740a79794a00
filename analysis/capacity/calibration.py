"""What a stepped run teaches the network: demands, kappa of every transaction, and the shape of its times."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.capacity.bisection import boundary
from analysis.capacity.demands import Demand
from analysis.capacity.kappa import MODEL_ERROR, Mean, fit_mean, strain
from analysis.capacity.measured import Step, Times
from analysis.capacity.network import ClosedNetwork, Floats, Queue
from analysis.capacity.variability import FEWEST_TIMES, LIKELY_VISITS, expected_kappa, scatter, values_and_counts
from analysis.capacity.waits import VISITS, sample_waits, stratified
from loadtests.results.histogram import Histogram

ROUNDS = 3
"""People and kappa depend on each other; after three rounds neither moves any more."""
LEAST_KAPPA = 0.05
QUIET = 0.08
"""Share of a mean time that may be waiting in a step whose histogram still shows the time alone."""
P95_ERROR = 0.05
"""What a 95th percentile of the model is wrong by even with endless samples."""
SHAPE_SPREAD = 0.10
"""How far the model's 95th percentiles may well be off as a whole, as a share."""
VISITS_SPREAD = 0.4
"""Steps say little of the number of visits: it is drawn to the likely one (natural logarithm).

One visit waits longest in a row: taken by chance, it made crossings 10 % too low on the local CRM's stations.
"""


@dataclass(frozen=True)
class Transaction:
    """One calibrated transaction."""

    name: str
    mean: Mean
    alone: Floats
    """A sample of its times without waits, in seconds."""
    visits: int
    p95_factor: float
    """Measured over modelled 95th percentile, over all steps."""
    p95_errors: tuple[float, ...]
    """ln(measured / modelled) of each step that had the samples, in the steps' order."""

    @property
    def scatter(self) -> float:
        """Standard deviation of those errors; at least what the model is wrong by anyway."""
        return max(P95_ERROR / 2, float(np.std(self.p95_errors))) if self.p95_errors else P95_ERROR

    def p95(self, waits: Floats, alone_factor: float) -> float:
        """The 95th percentile in seconds for drawn waits (rows: queues), with its work made `alone_factor` as long."""
        times = self.alone * alone_factor + self.mean.kappa @ waits
        return self.p95_factor * float(np.partition(times, rank := int(0.95 * len(times)))[rank])


@dataclass(frozen=True)
class Calibration:
    """The network and everything that was fitted to the run."""

    think_s: float
    demands: tuple[Demand, ...]
    """Of the stations that people wait for."""
    mean: Mean
    """Of the mean transaction."""
    transactions: Mapping[str, Transaction]
    misfit: float
    """Weighted sum of squares that the mean times leave, over steps and transactions; about 1 a figure is chance."""
    strain: float
    """The same with the mean transaction's and with how far each kappa was drawn from what is expected of it."""

    @property
    def work_s(self) -> float:
        """Core-seconds of the mean transaction at all stations that people wait for."""
        return sum(demand.core_s for demand in self.demands)

    @property
    def work_share(self) -> float:
        """Share of the time alone that is work; requests side by side can make work longer than the time."""
        return min(1.0, self.work_s / self.mean.alone_s) if self.mean.alone_s > 0 else 1.0


def queues_of(demands: Sequence[Demand]) -> tuple[Queue, ...]:
    """Stations as queues. What is busy without load is taken off the cores."""
    return tuple(Queue(one.free_cores, one.core_s) for one in demands)


def calibrate(
    steps: Sequence[Step], demands: Sequence[Demand], judged: Sequence[str], *, shapes: bool = True
) -> Calibration:
    """Fit kappa of the mean transaction and of each judged one that every step measured, and its shape.

    Transactions that no two steps measured are left out. Without `shapes` their 95th percentiles are not fitted.
    """
    think_s = float(np.average([step.think_s for step in steps], weights=[step.throughput for step in steps]))
    queues = queues_of(demands)
    alone_s = steps[0].mean_s
    counts = [sum(times.count for times in step.times.values()) for step in steps]
    errors = [1.0 / max(count, 1) ** 0.5 for count in counts]
    usual = np.full(len(queues), expected_kappa(steps[0], demands))
    mean = Mean(alone_s, usual)
    for _ in range(ROUNDS):
        network = ClosedNetwork(max(0.0, think_s + mean.alone_s - sum(q.demand_s for q in queues)), queues)
        inside = [people_inside(network, mean, think_s, step.people) for step in steps]
        waits = np.array([_waits(network, people) for people in inside]).reshape(len(steps), len(queues))
        mean = fit_mean(waits, [step.mean_s for step in steps], errors, usual)
        # Nobody passes a full server without waiting, however little was seen of it.
        mean = Mean(mean.alone_s, np.maximum(mean.kappa, LEAST_KAPPA))
    transactions = {}
    misfit = 0.0
    strained = strain(mean, waits, [step.mean_s for step in steps], errors, usual)
    for name in judged:
        known = [i for i, step in enumerate(steps) if name in step.times and step.times[name].count > 1]
        if len(known) > 1:
            times = [steps[i].times[name] for i in known]
            fitted = _mean(times, waits[known], mean)
            misfit += _misfit(times, waits[known], fitted)
            strained += strain(
                fitted, waits[known], [one.mean_s for one in times], _errors(times), _expected(times, mean)
            )
            near = [max(1, round(inside[i])) for i in known]
            transactions[name] = _shape(name, fitted, times, waits[known], near if shapes else (), network)
    return Calibration(think_s, tuple(demands), mean, transactions, misfit, strained)


def people_inside(network: ClosedNetwork, mean: Mean, think_s: float, people: float) -> float:
    """How many the network must hold so that `throughput x (mean time + think time)` is `people`."""

    def outside(inside: int) -> float:
        load = network.at(inside)
        return load.throughput * (think_s + float(mean.at(load.waits_s)))

    low, high = 0, max(1, round(people))
    while outside(high) < people:
        low, high = high, high * 2
    low, high = boundary(low, high, lambda inside: outside(inside) < people)
    under = outside(low) if low else 0.0
    return low + (people - under) / max(outside(high) - under, 1e-12)


def _waits(network: ClosedNetwork, people: float) -> Floats:
    low = int(people)
    above = network.at(low + 1).waits_s
    return np.asarray(above * (people - low) + (network.at(low).waits_s if low else 0 * above) * (1 - people + low))


def _mean(times: Sequence[Times], waits: Floats, overall: Mean) -> Mean:
    return fit_mean(waits, [one.mean_s for one in times], _errors(times), _expected(times, overall))


def _expected(times: Sequence[Times], overall: Mean) -> Floats:
    """A transaction is expected to meet waits in proportion to the time that it takes alone."""
    size = max(times[0].mean_s / overall.alone_s, 0.1) if overall.alone_s > 0 else 1.0
    return np.asarray(np.maximum(overall.kappa, 0.1) * size)


def _misfit(times: Sequence[Times], waits: Floats, mean: Mean) -> float:
    measured = np.array([one.mean_s for one in times])
    errors = np.hypot(np.array(_errors(times)), MODEL_ERROR) * measured
    return float((((measured - mean.at(waits)) / errors) ** 2).sum())


def _errors(times: Sequence[Times]) -> list[float]:
    return [scatter(one.histogram) / one.count**0.5 for one in times]


def _shape(
    name: str, mean: Mean, times: Sequence[Times], waits: Floats, near: Sequence[int], network: ClosedNetwork
) -> Transaction:
    quiet = Histogram()
    for index, one in enumerate(times):
        if index == 0 or float(mean.kappa @ waits[index]) < QUIET * mean.alone_s:
            quiet.add(one.histogram)
    shape = stratified(*values_and_counts(quiet))
    alone = shape * (mean.alone_s / shape.mean())
    counted = [i for i in range(len(near)) if times[i].count >= FEWEST_TIMES]
    if not counted:
        return Transaction(name, mean, alone, LIKELY_VISITS, 1.0, ())
    shapes = []
    for visits in VISITS:
        plain = Transaction(name, mean, alone, visits, 1.0, ())
        drawn = [sample_waits(network.at(near[i]), network.queues, visits) for i in counted]
        logs = np.array([np.log(times[i].p95_s / plain.p95(w, 1.0)) for i, w in zip(counted, drawn, strict=True)])
        weights = np.array([1 / (P95_ERROR**2 + p95_error(times[i].histogram) ** 2) for i in counted])
        shift = float(weights @ logs) / (float(weights.sum()) + 1 / SHAPE_SPREAD**2)
        left = logs - shift
        unlikely = (float(np.log(visits / LIKELY_VISITS)) / VISITS_SPREAD) ** 2
        misfit = float(weights @ left**2) + unlikely
        shapes.append((misfit, visits, float(np.exp(shift)), tuple(float(e) for e in left)))
    _, visits, factor, left_over = min(shapes)
    return Transaction(name, mean, alone, visits, factor, left_over)


def p95_error(histogram: Histogram) -> float:
    """Relative standard error of the measured 95th percentile, from the order statistics around it."""
    total = histogram.total
    reach = (0.95 * 0.05 * total) ** 0.5
    low = histogram.value_at_rank(max(1, round(0.95 * total - reach)))
    high = histogram.value_at_rank(min(total, round(0.95 * total + reach)))
    return max(0.01, float(np.log(max(high, 1) / max(low, 1))) / 2)
