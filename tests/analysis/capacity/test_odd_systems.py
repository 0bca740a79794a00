"""What the simulator's odd servers do at most. How the model fares with them: `make prove advisor_odd`."""

from dataclasses import replace

import pytest

from benchmarks.measuring.simulated_stations import Servers
from benchmarks.measuring.simulated_systems import System, look, measured
from tests.analysis.capacity.systems import application_bound


@pytest.mark.parametrize(
    ("app", "most"),
    [
        (Servers(4, shared=True), 4.0),
        (Servers(4, shared=True, second_threads=0.25), 2.5),
        (Servers(4, strain=0.25), 4 / 1.25),
        (Servers(4, others=1.0), 3.0),
        (Servers(4, machines=2), 4.0),
    ],
    ids=["plain", "second threads", "strained", "other jobs", "two machines"],
)
def test_cores_that_are_always_asked_do_as_much_as_their_oddity_lets_them(app: Servers, most: float) -> None:
    system = application_bound()
    system = replace(system, servers={**system.servers, "app": app})
    assert system.most("app") == pytest.approx(most / system.demand_s("app"))
    seen = look(system, 90, 60, seed=3)
    assert sum(map(len, seen.times.values())) / seen.seconds == pytest.approx(system.most("app"), rel=0.12)
    assert seen.busy["app"] > 0.95


def test_an_upgrade_of_several_machines_is_more_of_them() -> None:
    system = replace(application_bound(), servers={"app": Servers(6, machines=3)})
    assert system.changed("app", more_cores=2).servers["app"] == Servers(12, machines=6)


def test_cold_caches_make_the_first_steps_longer_and_holes_leave_fewer_readings() -> None:
    system = application_bound()
    cold, plain, holes = steps_of(replace(system, cold=0.5)), steps_of(system), steps_of(replace(system, holes=0.5))
    assert cold[0] > 1.2 * plain[0]
    assert cold[3] < 1.15 * plain[3]
    assert holes == plain


def steps_of(system: System) -> list[float]:
    return [step.mean_s for step in measured(system, [3, 4, 5, 6], 60, seed=2).steps]
