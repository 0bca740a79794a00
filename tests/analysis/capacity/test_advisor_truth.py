"""What the advisor's proof takes for the truth."""

import pytest

from analysis.capacity.forecast import Crossing
from analysis.capacity.measured import Measured, Station, Step, Times
from benchmarks.measuring.advisor_runs import told
from benchmarks.measuring.advisor_systems import SYSTEMS
from benchmarks.measuring.advisor_truth import Truth, limits_of, true_backlog, true_crossing
from benchmarks.proofs.advisor import Compared
from loadtests.results.histogram import Histogram

ASYNC = Station("async", "async", 4)


def step(number: int, people: float, p95_s: float, busy: float = 0.5, grown: float = 0.0) -> Step:
    """Ten transactions a second for 65 s, half of them searches."""
    times = {name: Times(325, p95_s / 2, p95_s, Histogram({1: 1})) for name in ("web/quick_find", "web/open_view")}
    return Step(f"step-{number}", people, 65.0, 10.0, p95_s / 2, 2.0, times, {"async": busy}, backlog=(3, 3 + grown))


def run(*steps: Step) -> Measured:
    ordered = sorted(steps, key=lambda one: one.people)
    return Measured(tuple(ordered), (ASYNC,), {"web/quick_find": 1.0})


def test_a_crossing_lies_between_two_steps_on_the_logarithm() -> None:
    measured = run(step(1, 4, 0.2), step(2, 10, 0.2), step(3, 20, 0.8))
    assert limits_of(measured, 2.0) == {"web/quick_find": 0.4}
    assert true_crossing(measured, "web/quick_find", 0.4).people == pytest.approx(15)


def test_a_repeated_level_tells_the_scatter_of_the_truth() -> None:
    measured = run(step(1, 4, 0.2), step(2, 10, 0.2), step(3, 20, 0.8), step(4, 20, 3.2))
    truth = true_crossing(measured, "web/quick_find", 0.4)
    # Crossed at 15 and, by the second measurement, at 12.5.
    assert truth.people == pytest.approx(13.75)
    assert truth.scatter == pytest.approx(1.25 / 13.75)


def test_what_did_not_cross_between_its_steps_is_not_known() -> None:
    truth = true_crossing(run(step(1, 4, 0.2), step(2, 10, 0.3)), "web/quick_find", 0.4)
    assert (truth.people, truth.low, truth.high) == (None, 4, 10)
    assert truth.beyond is True
    slow = true_crossing(run(step(1, 4, 0.5), step(2, 10, 0.9)), "web/quick_find", 0.4)
    assert (slow.people, slow.beyond) == (None, False)
    # Crossed by the first measurement of ten people, not by the second.
    repeated = run(step(1, 4, 0.2), step(2, 10, 0.5), step(3, 10, 0.3))
    assert true_crossing(repeated, "web/quick_find", 0.4).beyond is None


@pytest.mark.parametrize(
    ("truth", "holds", "inside"),
    [
        (Truth(30.0, 20, 50), True, True),
        (Truth(19.0, 10, 50), False, False),
        (Truth(41.0, 20, 50), True, False),
        (Truth(None, 20, 50, beyond=True), True, False),
        (Truth(None, 20, 30, beyond=True), True, None),
        (Truth(None, 20, 30, beyond=False), False, False),
        (Truth(None, 30, 50, beyond=False), None, None),
        (Truth(None, 30, 50), None, None),
    ],
)
def test_a_forecast_of_20_to_40_people_is_judged_by_what_is_known(
    truth: Truth, holds: bool | None, inside: bool | None
) -> None:
    foretold = Crossing("web/save", 30.0, 20.0, 40.0)
    compared = Compared(SYSTEMS[0], SYSTEMS[0].today, "web/save", foretold, truth)
    assert (compared.holds, compared.inside) == (holds, inside)


def test_a_backlog_grows_from_where_as_much_comes_as_is_done() -> None:
    # Five jobs come in a second, one of them stays: with a fifth fewer people none would.
    measured = run(step(1, 4, 0.2), step(2, 40, 0.2, busy=0.99, grown=60))
    assert true_backlog(measured, "async").people == pytest.approx(32)
    assert true_backlog(run(step(1, 4, 0.2), step(2, 40, 0.2, busy=0.9)), "async").people is None


def test_every_system_has_steps_on_both_sides_and_dials_that_change_as_its_upgrades_say() -> None:
    for system in SYSTEMS:
        assert len(set(system.today.people)) >= 6
        for setting in system.upgrades:
            now, then = system.dials(system.today.change)["stations"], system.dials(setting.change)["stations"]
            changed = [name for name in now if now[name] != then[name]]
            assert len(changed) == 1 and len(setting.people) >= 3
    assert sum(setting.useless for system in SYSTEMS for setting in system.upgrades) == 2


def test_steps_are_told_in_a_line_each() -> None:
    assert told(run(step(1, 4, 0.2)))[0].startswith("  4.0 people  10.00/s R 0.100 Z 2.000 law +425.0% window 65 s")
