"""Change points: the published arithmetic, and what it promises on figures whose truth is known."""

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.history.change_points import change_points, most_unlike, p_value

figures = st.lists(st.integers(-30, 30).map(float), min_size=2, max_size=14)


def q(before: list[float], after: list[float]) -> float:
    """Matteson & James 2014, (5), as it is printed: moment 1."""

    def within(piece: list[float]) -> float:
        pairs = [abs(a - b) for i, a in enumerate(piece) for b in piece[i + 1 :]]
        return sum(pairs) / len(pairs) if pairs else 0.0

    between = sum(abs(a - b) for a in before for b in after) / (len(before) * len(after))
    weight = len(before) * len(after) / (len(before) + len(after))
    return weight * (2 * between - within(before) - within(after))


@given(figures)
def test_the_place_is_where_the_published_measure_is_largest(series: list[float]) -> None:
    n = len(series)
    largest = {tau: max(q(series[:tau], series[tau:kappa]) for kappa in range(tau + 1, n + 1)) for tau in range(1, n)}
    assert largest[most_unlike(np.array(series))] == pytest.approx(max(largest.values()))


@given(figures, figures)
def test_the_p_value_is_students(before: list[float], after: list[float]) -> None:
    if np.var(before) and np.var(after):
        expected = stats.ttest_ind(before, after).pvalue
        assert p_value(np.array(before), np.array(after)) == pytest.approx(expected, rel=1e-6, abs=1e-12)


@given(st.lists(st.floats(-0.2, 0.2), max_size=80), st.sampled_from([0.0, 0.03]))
def test_what_is_found_is_sure_large_enough_and_in_order(series: list[float], least: float) -> None:
    found = change_points(series, least=least)
    ends = [0, *(point.at for point in found), len(series)]
    for i, point in enumerate(found):
        assert (point.start, point.at, point.end) == tuple(ends[i : i + 3])
        assert point.start < point.at < point.end
        assert point.p < 0.001 and abs(point.difference) >= least


@given(st.integers(0, 120), st.floats(-3, 3))
def test_nothing_changes_in_a_constant(length: int, value: float) -> None:
    assert change_points([value] * length) == []


@given(figures, st.integers(-1000, 1000))
def test_only_differences_count(series: list[float], shift: int) -> None:
    moved = [value + shift for value in series]
    assert [point.at for point in change_points(moved)] == [point.at for point in change_points(series)]


def test_a_step_and_a_step_back_are_two_changes_with_their_sizes() -> None:
    rng = np.random.default_rng(7)
    series = rng.normal(0, 0.01, 40)
    series[15:25] += 0.1
    up, down = change_points(series)
    assert (up.at, down.at) == (15, 25)
    assert up.difference == pytest.approx(0.1, abs=0.01) and down.difference == pytest.approx(-0.1, abs=0.01)


def test_one_odd_figure_in_the_middle_is_no_change_of_level() -> None:
    series = np.random.default_rng(3).normal(0, 0.01, 30)
    series[14] += 0.1
    assert change_points(series) == []


def test_a_change_in_a_long_history_is_found_in_its_window() -> None:
    series = np.random.default_rng(11).normal(0, 0.02, 400)
    series[330:] += 0.08
    assert 330 in [point.at for point in change_points(series)]


HISTORIES, LENGTH, STEP_AT, SD = 60, 60, 30, 0.03


def histories(step: float) -> Iterable[np.ndarray]:
    for seed in range(HISTORIES):
        series = np.random.default_rng([2026, seed]).normal(0, SD, LENGTH)
        series[STEP_AT:] += step
        yield series


def test_chance_makes_less_than_one_change_point_in_a_hundred_figures_though_looked_at_after_each() -> None:
    """Statistics reference 1.5: 1.0 per 100 runs at p = 0.001 (Otava divides by n, not by n - 1)."""
    shown = [
        {point.at for end in range(5, LENGTH + 1, 5) for point in change_points(series[:end])}
        for series in histories(0)
    ]
    assert sum(map(len, shown)) / (HISTORIES * LENGTH) <= 0.01
    assert sum(len(change_points(series)) for series in histories(0)) / (HISTORIES * LENGTH) <= 0.003


def test_a_looser_level_finds_more_by_chance() -> None:
    loose = sum(len(change_points(series, level=0.01)) for series in histories(0))
    assert loose > sum(len(change_points(series)) for series in histories(0))


@pytest.mark.parametrize(("after", "share"), [(2, 0.60), (3, 0.80), (5, 0.95)])
def test_a_step_of_ten_percent_is_found_within_two_to_five_runs(after: int, share: float) -> None:
    """Seen: 70, 88 and 98 % of 60 histories."""
    found = sum(
        any(abs(point.at - STEP_AT) <= 2 for point in change_points(series[: STEP_AT + after]))
        for series in histories(np.log(1.10))
    )
    assert found / HISTORIES >= share
