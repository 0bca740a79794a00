"""Stepped runs written down from formulas, for when a simulation would be too slow: any number, any trouble."""

import numpy as np

from analysis.capacity.measured import Measured, Station, Step, Times
from analysis.capacity.network import ClosedNetwork, Queue
from loadtests.results.histogram import Histogram

LIMIT_S = 1.0


def drawn(
    *,
    think_s: float = 5.0,
    elsewhere_s: float = 0.1,
    app: tuple[int, float] = (4, 0.2),
    db: tuple[int, float] = (4, 0.05),
    lock_s: float = 0.0,
    people: tuple[int, ...] = (10, 25, 40, 50, 60, 70),
    limit_s: float = LIMIT_S,
    counted: bool = True,
    seconds: float = 180.0,
    seed: int = 1,
) -> Measured:
    """A run of exponential stations: cores and core-seconds of each. Times scatter as samples of such sizes do."""
    dice = np.random.default_rng(seed)
    queues = [Queue(*app), Queue(*db), *([Queue(1, lock_s)] if lock_s else [])]
    network = ClosedNetwork(think_s + elsewhere_s, queues)
    stations = (Station("app", "web", app[0]), Station("db", "database", db[0])) if counted else ()
    steps = []
    for number, count in enumerate(people, 1):
        load = network.at(count)
        mean_s = count / load.throughput - think_s
        spread = dice.gamma(4.0, mean_s / 4.0, max(30, round(load.throughput * seconds)))
        values = spread * mean_s / spread.mean()
        histogram = Histogram()
        for value in values:
            histogram.record(round(float(value) * 1e6))
        busy = {"app": load.throughput * app[1] / app[0], "db": load.throughput * db[1] / db[0]} if counted else {}
        times = {"web/save": Times(len(values), mean_s, histogram.percentile(95) / 1e6, histogram)}
        steps.append(Step(f"step {number}", count, seconds, load.throughput, mean_s, think_s, times, busy))
    return Measured(tuple(steps), stations, {"web/save": limit_s})
