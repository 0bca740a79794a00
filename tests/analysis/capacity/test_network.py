"""The closed network against cases that can be worked out by hand or by another method."""

from math import comb, factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.capacity.network import ClosedNetwork, Queue


def repairman(people: int, think_s: float, demand_s: float, servers: int) -> float:
    """Throughput of M/M/c//N (machine repairman): birth and death, from any textbook."""
    ratio = demand_s / think_s
    weights = [
        comb(people, j)
        * ratio**j
        * (1.0 if j <= servers else factorial(j) / factorial(servers) / servers ** (j - servers))
        for j in range(people + 1)
    ]
    shares = [weight / sum(weights) for weight in weights]
    return sum(share * min(j, servers) for j, share in enumerate(shares)) / demand_s


@pytest.mark.parametrize(("people", "servers"), [(1, 1), (5, 1), (20, 1), (20, 3), (60, 4)])
def test_one_station_is_the_machine_repairman(people: int, servers: int) -> None:
    network = ClosedNetwork(10.0, [Queue(servers, 0.8)])
    assert network.at(people).throughput == pytest.approx(repairman(people, 10.0, 0.8, servers), rel=1e-10)


def test_single_servers_agree_with_exact_mean_value_analysis() -> None:
    think, demands = 4.0, (0.3, 0.5, 0.1)
    queues = [0.0, 0.0, 0.0]
    for people in range(1, 31):
        times = [demand * (1 + queue) for demand, queue in zip(demands, queues, strict=True)]
        throughput = people / (think + sum(times))
        queues = [throughput * time for time in times]
    load = ClosedNetwork(think, [Queue(1, demand) for demand in demands]).at(30)
    assert load.throughput == pytest.approx(throughput, rel=1e-10)
    waits = [time - demand for time, demand in zip(times, demands, strict=True)]
    assert list(load.waits_s) == pytest.approx(waits, rel=1e-9)


@pytest.mark.parametrize("people", [1, 40, 500, 1_000, 5_000])
def test_response_time_law_holds_for_any_number_of_people(people: int) -> None:
    network = ClosedNetwork(10.0, [Queue(8, 0.05), Queue(4, 0.03), Queue(32, 0.2)])
    load = network.at(people)
    assert load.throughput * (10.0 + 0.28 + load.waits_s.sum()) == pytest.approx(people, rel=1e-9)
    assert load.throughput <= min(4 / 0.03, people / 10.28) * (1 + 1e-9)
    assert all(found.sum() == pytest.approx(1.0) for found in load.found)


@given(
    people=st.integers(1, 300),
    think=st.floats(0.1, 60),
    first=st.tuples(st.integers(1, 16), st.floats(0.001, 2)),
    second=st.tuples(st.integers(1, 16), st.floats(0.001, 2)),
)
def test_more_or_faster_cores_never_do_less(
    people: int, think: float, first: tuple[int, float], second: tuple[int, float]
) -> None:
    def throughput(cores: float, demand: float) -> float:
        return ClosedNetwork(think, [Queue(cores, demand), Queue(*second)]).at(people).throughput

    cores, demand = first
    assert throughput(cores * 1.5, demand) >= throughput(cores, demand) * (1 - 1e-9)
    assert throughput(cores, demand / 1.5) >= throughput(cores, demand) * (1 - 1e-9)


def test_a_station_nobody_uses_makes_nobody_wait() -> None:
    load = ClosedNetwork(1.0, [Queue(1, 0.5), Queue(4, 0.0)]).at(10)
    alone = ClosedNetwork(1.0, [Queue(1, 0.5)]).at(10)
    assert load.throughput == pytest.approx(alone.throughput)
    assert np.asarray(load.waits_s)[1] == 0
