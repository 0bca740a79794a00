"""Small run folders of systems that wait for different things, with counters and examples as a run writes them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from analysis.capacity.network import ClosedNetwork, Queue
from loadtests.config.environment import Server
from loadtests.results.delta import Delta
from loadtests.results.histogram import Histogram
from loadtests.results.run_folder import RunFolder
from loadtests.results.waves import Example, Exchange, HostWave
from tests.analysis.test_capacity_steps import HOLD, stepped

PEOPLE = (10, 25, 40, 50, 60, 70)
THINK_S = 5.0
SERVERS = {
    "app": Server(role="web", cores=4, memory_gb=16),
    "db": Server(role="database", cores=4, memory_gb=64),
}


def recorded(
    results: Path,
    *,
    app_s: float = 0.2,
    db_s: float = 0.05,
    lock_s: float = 0.0,
    elsewhere_s: float = 0.1,
    people: Sequence[int] = PEOPLE,
    slower: Mapping[str, float] | None = None,
    throttled: Mapping[int, float] | None = None,
    generator: Mapping[int, float] | None = None,
    examples: Sequence[Example] = (),
) -> RunFolder:
    """A stepped run of a closed network of two servers with 4 cores each, and of what no counter shows.

    `slower`: transaction -> times the mean; all are done alike often. `throttled`, `generator`: by step from 0, the
    share of transactions answered 429, and of a core that the generator used.
    """
    mix = slower or {"open_view": 1.0}
    queues = [Queue(4, app_s), Queue(4, db_s), *([Queue(1, lock_s)] if lock_s else [])]
    network = ClosedNetwork(THINK_S + elsewhere_s, queues)
    spread = np.random.default_rng(3).gamma(6.0, 1 / 6, 2000)
    scale = len(mix) / sum(mix.values()) / spread.mean()

    def step(interval: int, delta: Delta) -> None:
        number = interval // HOLD
        load = network.at(people[number])
        mean_s = people[number] / load.throughput - THINK_S
        rounds = 5 * load.throughput / len(mix)
        done = (int((interval + 1) * rounds) - int(interval * rounds)) * len(mix)
        delta.histograms, delta.outcomes = {}, {"people/web/salesperson": {"present": people[number]}}
        dice = np.random.default_rng(interval)
        for name, factor in mix.items():
            series, count, times = f"web/salesperson/{name}/everyday", done // len(mix), Histogram()
            refused = round(count * (throttled or {}).get(number, 0.0))
            for value in dice.choice(spread, count - refused):
                times.record(round(float(value) * mean_s * factor * scale * 1e6))
            delta.histograms[series] = times.counts
            delta.outcomes[series] = {"ok": count - refused, "throttled": refused}
        delta.counters = {
            "generator/w1|paused_s": 5 * people[number] - mean_s * done,
            "generator/w1|cpu_share": (generator or {}).get(number, 0.2),
            "server/app|busy_share": load.throughput * app_s / 4,
            "server/db|busy_share": load.throughput * db_s / 4,
        }
        if interval == 0:
            delta.examples = [example.to_fields() for example in examples]

    return stepped(results, people, step, servers=SERVERS)


def example(*, elapsed_s: float, answer_s: float, connect_s: float = 0.001, rounds: int = 3) -> Example:
    """An `open_view` in so many rounds of two requests, each of which waits `answer_s` for its first byte."""
    exchange = Exchange(opened=False, legs=0, sent=700, received=9_000, server_us=round(answer_s * 1e6))
    wave = (HostWave(kept=2, exchanges=(exchange, exchange)),)
    return Example("web/open_view/everyday", round(elapsed_s * 1e6), round(connect_s * 1e6), (wave,) * rounds)
