"""The exact closed network of multi-server stations: Buzen's convolution, tilted so that nothing underflows.

All terms are positive, so nothing cancels: stable at thousands of people, unlike load-dependent mean value analysis
(Casale and Serazzi 2005). Sources: Buzen 1973; Reiser and Lavenberg 1980; statistics reference 2.2.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

Floats = NDArray[np.float64]
NEGLIGIBLE = 1e-17
LONG = 1_000_000
"""Products above which a convolution is done by Fourier transform; near the tilt its rounding does not matter."""


@dataclass(frozen=True)
class Queue:
    """A station of the network. `cores` may be broken: the rate is min(jobs, cores) / demand."""

    cores: float
    demand_s: float
    """Core-seconds a cycle."""


@dataclass(frozen=True)
class Load:
    """The network with so many people in it."""

    throughput: float
    """Cycles a second."""
    waits_s: Floats
    """Mean wait a cycle at each queue, work not included."""
    found: tuple[Floats, ...]
    """For each queue the distribution of the number of others whom an arriving one finds there."""


class ClosedNetwork:
    """People who think for `think_s` and then visit every queue once, again and again. Answers are kept."""

    def __init__(self, think_s: float, queues: Sequence[Queue]) -> None:
        self._think_s = think_s
        self._queues = tuple(queues)
        self._kept: dict[int, Load] = {}

    @property
    def queues(self) -> tuple[Queue, ...]:
        """The stations, in the order of a load's waits."""
        return self._queues

    @property
    def most(self) -> float:
        """Cycles a second that the slowest queue allows; infinite without work."""
        return min((queue.cores / queue.demand_s for queue in self._queues if queue.demand_s > 0), default=np.inf)

    def at(self, people: int) -> Load:
        """The network with `people` in it, 1 or more."""
        if people not in self._kept:
            self._kept[people] = self._solve(people)
        return self._kept[people]

    def _solve(self, people: int) -> Load:
        rate = self._tilt(people)
        thinking = _thinking(self._think_s * rate, people)
        weights = [_weights(queue, rate, people) for queue in self._queues]
        others = [_product(weights[:k] + weights[k + 1 :], people) for k in range(len(weights))]
        everything = _convolved(others[0], weights[0], people + 1) if weights else np.ones(1)
        throughput = rate * _term(thinking, everything, people - 1) / _term(thinking, everything, people)
        waits, found = [], []
        for queue, own, rest in zip(self._queues, weights, others, strict=True):
            without = _convolved(thinking[:people], rest, people)
            seen = own[:people] * without[people - 1 :: -1][: len(own)]
            seen /= seen.sum()
            found.append(seen)
            ahead = np.maximum(np.arange(len(seen)) - queue.cores + 1, 0.0)
            waits.append(queue.demand_s / queue.cores * float(ahead @ seen))
        return Load(throughput, np.array(waits), tuple(found))

    def _tilt(self, people: int) -> float:
        """About the throughput. Any positive value gives the same answer; near it no term is too small for a float."""
        low, high = 0.0, min(self.most, people / max(self._think_s + sum(q.demand_s for q in self._queues), 1e-12))
        for _ in range(40):
            rate = (low + high) / 2
            inside = self._think_s * rate
            for queue in self._queues:
                busy = rate * queue.demand_s / queue.cores
                inside += rate * queue.demand_s + busy / max(1e-12, 1 - busy)
            low, high = (rate, high) if inside < people else (low, rate)
        return low


def _thinking(mean: float, people: int) -> Floats:
    jobs = np.arange(people + 1)
    if mean <= 0:
        return np.where(jobs == 0, 1.0, 0.0)
    logs = jobs * np.log(mean) - gammaln(jobs + 1.0)
    return np.asarray(np.exp(logs - logs.max()))


def _weights(queue: Queue, rate: float, people: int) -> Floats:
    jobs = np.arange(1, people + 1)
    if queue.demand_s <= 0:
        return np.ones(1)
    logs = np.cumsum(np.log(queue.demand_s * rate) - np.log(np.minimum(jobs, queue.cores)))
    logs = np.concatenate(([0.0], logs))
    weights = np.exp(logs - logs.max())
    kept = np.flatnonzero(weights > NEGLIGIBLE)[-1] + 1
    return np.asarray(weights[:kept])


def _product(weights: Sequence[Floats], people: int) -> Floats:
    product = np.ones(1)
    for one in weights:
        product = _convolved(product, one, people + 1)
    return product


def _convolved(one: Floats, other: Floats, length: int) -> Floats:
    if len(one) * len(other) < LONG:
        return np.convolve(one, other)[:length]
    # Loading it takes longer than most answers.
    from scipy.signal import fftconvolve

    return np.maximum(fftconvolve(one, other)[:length], 0.0)


def _term(thinking: Floats, rest: Floats, people: int) -> float:
    used = min(len(rest), people + 1)
    return float(rest[:used] @ thinking[people - used + 1 : people + 1][::-1])
