"""What a wait is expected to be before it was seen: from how much the times scatter with nobody else there."""

from dataclasses import replace

import pytest

from analysis.capacity.demands import fit_demands
from analysis.capacity.measured import Measured, Step, Times
from analysis.capacity.variability import expected_kappa
from loadtests.results.histogram import Histogram
from tests.analysis.capacity.drawn import drawn


def test_times_that_never_differ_halve_the_waits_of_servers_in_turn_and_leave_those_of_shared_ones() -> None:
    assert expected(times=[250_000] * 100) == pytest.approx(0.75)


def test_times_that_scatter_a_little_lie_between() -> None:
    """Two stations, 0.20 and 0.05 s: 2.9 equal pieces. The times scatter by a third, work is 0.25 of 0.25 s."""
    low, high = 250_000 * 2 // 3, 250_000 * 4 // 3
    assert expected(times=[low, high] * 50) == pytest.approx((1 + (1 + 2.94 / 9) / 2) / 2, abs=0.01)


def test_times_that_scatter_widely_are_mixed_pages_and_make_nobody_wait_longer() -> None:
    assert expected(times=[50_000] * 90 + [3_000_000] * 10) == 1.0


def test_too_few_times_say_nothing() -> None:
    assert expected(times=[250_000] * 19) == 1.0


def expected(times: list[int]) -> float:
    run = drawn()
    return expected_kappa(first_of(run, times), fit_demands(run.steps, run.stations))


def first_of(run: Measured, times: list[int]) -> Step:
    histogram = Histogram()
    for one in times:
        histogram.record(one)
    return replace(run.steps[0], mean_s=0.25, times={"web/save": Times(len(times), 0.25, 0.25, histogram)})
