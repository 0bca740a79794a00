"""What a given time could see, and what a project's history says of the scatter."""

from datetime import timedelta

import numpy as np
import pytest

from analysis.gate.budget import fitting, minutes, pairs_to_pass, sight_of_pairs, sight_of_sessions
from analysis.gate.comparison import compare_pairs
from analysis.gate.history_scatter import history_of
from analysis.gate.observed import workload_of
from analysis.gate.variance import Prior
from loadtests.cli.budget_told import budget_lines
from tests.analysis.recipe import Recipe, a_plan
from tests.analysis.test_gate import NOW, a_run, nights

NOTHING = (None, None)


def test_how_many_pairs_fit_into_a_time() -> None:
    # Six minutes and half a minute besides: a pair takes 13 minutes, a duet half of it.
    assert fitting(20 * 60, 360, at_once=False) == 1
    assert fitting(20 * 60, 360, at_once=True) == 3
    assert minutes(3, 360, at_once=False) == 39


def test_what_three_pairs_see_with_the_assumed_scatter() -> None:
    """By hand: a difference scatters by 0.06 x sqrt 2 = 0.0849, known with 3 + 2 degrees of freedom; one wait and two
    percentiles share 5 %: (t(0.975, 5) + t(0.8, 5)) x 0.0849 / sqrt 3 = (2.571 + 0.920) x 0.0490 = 0.171."""
    sight = sight_of_pairs(3, 1, NOTHING, share=1.0, tolerance=0.10)
    assert sight is not None
    assert sight.p50 == sight.p95 == pytest.approx(np.exp(0.171), abs=0.002)
    assert not sight.passes


def test_more_pairs_a_quieter_history_and_a_whole_level_each_see_less() -> None:
    quiet = Prior(2 * 0.02**2, 8)
    base = sight_of_pairs(3, 8, NOTHING, share=0.5, tolerance=0.10)
    others = [
        sight_of_pairs(6, 8, NOTHING, share=0.5, tolerance=0.10),
        sight_of_pairs(3, 8, (quiet, quiet), share=0.5, tolerance=0.10),
        sight_of_pairs(3, 8, NOTHING, share=1.0, tolerance=0.10),
    ]
    assert base and all(other and other.p95 < base.p95 for other in others)
    assert sight_of_pairs(2, 8, NOTHING, share=1.0, tolerance=0.10) is None


def test_how_many_pairs_let_an_unchanged_release_pass() -> None:
    """Variance 2 x 0.02 squared with 8 degrees of freedom: three pairs see (1.81 + 0.88) x 0.0163 = 4.4 % < 10 %."""
    quiet, wild = Prior(2 * 0.02**2, 8), Prior(2 * 0.4**2, 8)
    assert pairs_to_pass(8, (quiet, quiet), share=0.5, tolerance=0.10) == 3
    assert pairs_to_pass(8, (quiet, wild), share=0.5, tolerance=0.10) is None


def test_a_change_as_large_as_it_sees_is_found_in_four_of_five_cases() -> None:
    """Six hundred series of 5 pairs whose true scatter is the history's, and one 95th percentile that really moved."""
    prior = Prior(2 * 0.03**2, 8)
    sight = sight_of_pairs(5, 3, (prior, prior), share=1.0, tolerance=0.10)
    assert sight
    rng = np.random.default_rng(11)
    found = 0
    for _ in range(600):
        differences = rng.normal(0, np.sqrt(prior.variance), (5, 3, 2))
        differences[:, 0, 1] += np.log(sight.p95)
        found += bool(compare_pairs(differences, (prior, prior)).moved[0, 1])
    assert 0.74 < found / 600 < 0.88


def test_neighbours_of_a_night_tell_how_two_runs_differ_by_chance() -> None:
    """The made runs scatter by 1 % at the median and 2 % at the 95th percentile; their nights do not matter."""
    history = history_of("nightly", nights(12), now=NOW)
    p50, p95 = history.priors
    assert p50 and p95
    assert np.sqrt(p50.variance / 2) == pytest.approx(0.01, rel=0.15)
    assert np.sqrt(p95.variance / 2) == pytest.approx(0.02, rel=0.15)
    assert p50.df == p95.df == 8, "history ages: it counts as no more"
    assert history.words == "Scatter known from 24 differences of neighbours in the baseline nightly."


def test_history_that_says_nothing_says_why() -> None:
    other = history_of("nightly", nights(5), now=NOW, workload={"plan": "another"})
    single = history_of("nightly", nights(5, runs=1), now=NOW)
    stale = history_of("nightly", nights(5, until=NOW - timedelta(weeks=20)), now=NOW)
    assert [history.priors for history in (other, single, stale)] == [NOTHING] * 3
    assert "is of another workload" in other.words
    assert "has no two comparable runs of one session" in single.words == stale.words


def test_one_night_of_two_runs_is_worth_no_more_than_it_saw() -> None:
    history = history_of("nightly", nights(1, runs=2), now=NOW)
    assert history.priors[0] and history.priors[0].df <= 1.0


def test_a_baseline_sees_what_its_gate_would_say() -> None:
    sight = sight_of_sessions(nights(10), 3, now=NOW, tolerance=0.10)
    assert sight and 1.01 < sight.p50 < sight.p95 < 1.10 and sight.passes
    assert sight_of_sessions(nights(4), 3, now=NOW, tolerance=0.10) is None
    assert sight_of_sessions(nights(10), 0, now=NOW, tolerance=0.10) is None


def test_the_answer_names_its_source_and_says_when_the_time_is_too_short() -> None:
    plan = a_plan(Recipe())
    short = "\n".join(budget_lines(plan, 120, None, [], 0.5, 0.10, now=NOW))
    assert "pairs: 0 fit; too few: 3 are the least" in short
    assert "Assumed are 6 % between two runs" in short
    like = [run.model_copy(update={"workload": workload_of(plan)}) for run in nights(10)]
    told = "\n".join(budget_lines(plan, 3600, "nightly", like, 0.5, 0.10, now=NOW))
    assert "Scatter known from 20 differences" in told and "Assumed are" not in told
    assert "one session against the baseline nightly:" in told and "not comparable" not in told
    assert "sees +" in told and "Nothing was run." in told
    other = "\n".join(budget_lines(plan, 3600, "nightly", nights(10), 0.5, 0.10, now=NOW))
    assert "The baseline nightly is of another workload" in other and "not comparable" in other


def test_runs_of_one_session_alone_have_no_neighbours_in_another() -> None:
    rng = np.random.default_rng(3)
    far = [a_run(f"r{i}", NOW - timedelta(hours=5 * i), rng) for i in range(4)]
    assert history_of("nightly", far, now=NOW).priors == NOTHING
