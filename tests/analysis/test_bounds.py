"""Bounds of a percentile and of a share: against exact arithmetic and published figures."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import bdtr

from analysis.apdex import apdex
from analysis.bounds import at_most_expected, bounding_ranks, people_needed, percentile_bounds, wilson
from loadtests.results.histogram import Histogram, bucket_index, bucket_range


@pytest.mark.parametrize(
    ("n", "low", "high"),
    [
        (1, 1, None),  # P(the only time is at or below p95) is 95 % itself
        (20, 17, None),
        (58, 52, None),  # 0.95^58 = 5.1 %: not sure enough
        (59, 53, 59),  # 0.95^59 = 4.8 %: the largest of 59 bounds p95 from above
        (100, 91, 99),
    ],
)
def test_ranks_that_bound_the_95th_percentile(n: int, low: int, high: int | None) -> None:
    assert bounding_ranks(n) == (low, high)


@given(st.integers(1, 400))
def test_ranks_equal_the_exact_binomial_sum(n: int) -> None:
    at_most = [0.0]
    for k in range(n + 1):
        at_most.append(at_most[-1] + comb(n, k) * 0.95**k * 0.05 ** (n - k))
    # at_most[k] = P(X <= k - 1)
    sure_below = [k for k in range(1, n + 1) if 1 - at_most[k] >= 0.95 - 1e-12]
    sure_above = [k for k in range(1, n + 1) if at_most[k] >= 0.95]
    assert bounding_ranks(n) == (max(sure_below, default=None), min(sure_above, default=None))


@given(st.integers(400, 200_000_000), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_ranks_of_many_times_are_scipys(n: int, quantile: float) -> None:
    low, high = bounding_ranks(n, quantile)
    assert low is not None
    assert high is not None
    assert bdtr(low - 1, n, quantile) <= 0.05 < bdtr(low, n, quantile)
    assert bdtr(high - 2, n, quantile) < 0.95 <= bdtr(high - 1, n, quantile)


def test_a_bucket_counts_with_the_end_that_weakens_the_bound() -> None:
    times = Histogram()
    times.record(3_000_000, 59)
    lowest, highest = bucket_range(bucket_index(3_000_000))
    bounds = percentile_bounds(times)
    assert lowest < 3_000_000 < highest
    assert (bounds.low_us, bounds.high_us) == (lowest, highest)


def test_nothing_is_sure_without_samples() -> None:
    bounds = percentile_bounds(Histogram())
    assert (bounds.low_us, bounds.high_us) == (None, None)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),  # Newcombe 1998, table I
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (29, 29, 0.8830, 1.0),
    ],
)
def test_wilson_equals_newcombes_published_intervals(successes: int, n: int, low: float, high: float) -> None:
    assert wilson(successes, n) == pytest.approx((low, high), abs=0.0001)


@pytest.mark.parametrize(("count", "upper"), [(0, 2.996), (1, 4.744), (10, 16.962), (20, 29.062)])
def test_what_a_count_can_have_been_expected_to_be(count: int, upper: float) -> None:
    """Exact one-sided 95 % limits of a Poisson count (Garwood 1936)."""
    assert at_most_expected(count) == pytest.approx(upper, abs=0.001)


def test_no_people_mean_no_knowledge() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


def test_twelve_content_people_can_show_three_quarters() -> None:
    assert people_needed(0.75) == 12
    assert wilson(11, 11)[0] < 0.75 <= wilson(12, 12)[0]


def test_apdex_of_the_textbook_example() -> None:
    times = Histogram()
    times.record(900_000, 60)  # content: up to 1 s
    times.record(3_000_000, 30)  # tolerating: up to 4 s
    times.record(9_000_000, 10)  # frustrated
    assert apdex(times, target_ms=1000) == pytest.approx((60 + 30 / 2) / 100)


def test_what_failed_frustrates_and_a_time_out_does_so_once() -> None:
    times = Histogram()
    times.record(900_000, 90)
    times.record(30_000_000, 5)  # five time-outs, which are among the ten that were not ok
    assert apdex(times, target_ms=1000, not_ok=10) == pytest.approx(90 / 100)
    assert apdex(Histogram(), target_ms=1000) is None
