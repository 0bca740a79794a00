"""Front ends that are not equally busy refuse advice; chance alone does not."""

import random

import pytest

from analysis.capacity.imbalance import imbalance_flaws
from loadtests.config.environment import Server

FRONT = Server(role="web", cores=8, memory_gb=32)
SQL = Server(role="database", cores=16, memory_gb=128)
SERVERS = {"front1": FRONT, "front2": FRONT, "front3": FRONT, "sql": SQL, "standby": SQL}


def readings(seed: int = 1, count: int = 120, **levels: float) -> dict[str, list[float]]:
    chance = random.Random(seed)
    return {
        name: [min(1.0, level * chance.lognormvariate(0, 0.25)) for _ in range(count)] for name, level in levels.items()
    }


def test_one_front_end_twice_as_busy_is_named_with_the_cause_and_the_next_step() -> None:
    (flaw,) = imbalance_flaws(SERVERS, readings(front1=0.3, front2=0.6, front3=0.3, sql=0.5, standby=0.01))
    assert flaw.startswith("`front2` was 2.1 times as busy as the others of its role: ")
    assert "`front1` 3" in flaw and "by cookie" in flaw and "run the steps again" in flaw


@pytest.mark.parametrize("seed", range(40))
def test_equal_front_ends_are_never_called_uneven_by_chance(seed: int) -> None:
    assert imbalance_flaws(SERVERS, readings(seed, 36, front1=0.3, front2=0.3, front3=0.3)) == ()


def test_a_fifth_more_is_no_fault_and_a_database_may_stand_by() -> None:
    assert imbalance_flaws(SERVERS, readings(front1=0.36, front2=0.3, sql=0.6, standby=0.01)) == ()


def test_a_few_wild_readings_are_chance() -> None:
    calm = readings(front1=0.2, front2=0.2)
    calm["front1"][3:6] = [1.0, 1.0, 1.0]
    calm["front1"], calm["front2"] = calm["front1"][:30], calm["front2"][:30]
    assert imbalance_flaws(SERVERS, calm) == ()


def test_idle_servers_and_single_ones_say_nothing() -> None:
    assert imbalance_flaws(SERVERS, readings(front1=0.02, front2=0.005)) == ()
    assert imbalance_flaws(SERVERS, readings(front1=0.5)) == ()


def test_unlike_servers_are_told_as_such() -> None:
    servers = SERVERS | {"front1": Server(role="web", cores=2, memory_gb=8)}
    (flaw,) = imbalance_flaws(servers, readings(front1=0.8, front2=0.2))
    assert "unlike numbers of cores (`front1` 2, `front2` 8): let the load balancer share work" in flaw
