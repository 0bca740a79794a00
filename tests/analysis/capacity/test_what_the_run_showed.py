"""Forecasts for today keep to what the run itself measured, and work that piles up is a limit."""

import pytest

from analysis.capacity.backlog import fit_asynchronous, grows
from analysis.capacity.measured import Station, Step, Times
from analysis.capacity.measured_bounds import seen
from loadtests.results.histogram import Histogram

JOBS = Station("jobs", "async", 4)


def _step(people: float, p95_s: float = 1.0, *, busy: float = 0.0, backlog: tuple[float, float] = (0, 0)) -> Step:
    """Every time of a step is the same, so its 95th percentile errs by a hundredth only."""
    histogram = Histogram()
    histogram.record(round(p95_s * 1e6), 400)
    times = {"web/save": Times(400, p95_s, p95_s, histogram)}
    return Step(f"{people:.0f}", people, 100.0, people / 4, p95_s, 4 - p95_s, times, {"jobs": busy}, backlog=backlog)


def test_people_with_whom_it_was_surely_within_or_beyond_its_limit_bound_the_forecast() -> None:
    found = seen([_step(10, 1.0), _step(20, 1.5), _step(30, 1.99), _step(40, 2.5)], "web/save", 2.0)
    assert (found.within, found.beyond) == (20, 40)
    assert [found.clip(people) for people in (15, 35, 60)] == [20, 35, 40]


def test_a_run_that_was_too_slow_from_its_first_step_promises_no_more_than_that_step() -> None:
    found = seen([_step(10, 3.0), _step(20, 1.0)], "web/save", 2.0)
    assert (found.within, found.beyond) == (0, 10)


def test_jobs_that_pile_up_behind_idle_cores_limit_by_the_cores_they_kept_busy() -> None:
    """0.1 core-seconds a transaction: 10 a second are one of four cores, and at 15 only 1.2 cores ever work."""
    steps = [
        _step(20, busy=0.125),
        _step(40, busy=0.25),
        _step(60, busy=0.3, backlog=(0, 300)),
        _step(80, busy=0.3, backlog=(300, 1100)),
    ]
    assert [grows(step) for step in steps] == [False, False, True, True]
    (demand,) = fit_asynchronous(steps, [JOBS])
    assert demand.core_s == pytest.approx(0.1)
    assert demand.most == pytest.approx(12.0)


def test_jobs_that_pile_up_behind_full_cores_are_limited_by_these() -> None:
    steps = [_step(20, busy=0.3), _step(40, busy=0.6), _step(80, busy=1.0, backlog=(0, 500))]
    (demand,) = fit_asynchronous(steps, [JOBS])
    assert demand.most == pytest.approx(4 / 0.24)
