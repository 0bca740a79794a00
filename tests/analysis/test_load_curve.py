"""The bend: found where more people get hardly more done and wait longer, and nowhere else."""

from collections import Counter

import numpy as np
import pytest

from analysis.evidence import AT_THE_LINE, Evidence
from analysis.load_curve import load_curve
from loadtests.config.day import Stage
from loadtests.results.bulk import Counts, buckets_of
from loadtests.results.run_record import RunRecord
from tests.analysis.recipe import STARTED, Recipe, a_plan

HELD = 12
"""Intervals held at each level."""


def a_run(levels: list[tuple[int, float, float]]) -> Evidence:
    """Levels of (people, transactions an interval, p95 as a share of the fail line), each held for a minute."""
    plan = a_plan(Recipe()).model_copy(
        update={
            "stages": [Stage(name=f"s{n}", people=people, hold=HELD * 5) for n, (people, _, _) in enumerate(levels)]
        }
    )
    record = RunRecord(schema=1, plan=plan, started_utc=STARTED.isoformat(), workload_model="closed")
    evidence = Evidence(record=record, thresholds=plan.thresholds, own_thresholds=True)
    interval = 0
    for people, done, share in levels:
        for _ in range(HELD):
            evidence.people["web", "salesperson"][interval] = people
            evidence.outcomes_over_time[interval] = Counter(ok=round(done))
            at = buckets_of(np.array([share * AT_THE_LINE]).round().astype(int))
            evidence.line_shares["web", interval].append(Counts(at, np.array([round(done)])))
            interval += 1
    evidence.last_interval = interval
    return evidence


def test_levels_are_the_plans_held_stages() -> None:
    curve = load_curve(a_run([(10, 10, 0.2), (20, 20, 0.2), (30, 30, 0.25)]))
    assert [round(level.people) for level in curve.levels] == [10, 20, 30]
    assert [level.transactions_per_s for level in curve.levels] == [2.0, 4.0, 6.0]
    assert curve.levels[2].p95_of_line["web"] == pytest.approx(0.25, rel=0.01)


def test_no_bend_while_work_follows_people() -> None:
    curve = load_curve(a_run([(10, 10, 0.2), (20, 20, 0.2), (30, 29, 0.3), (40, 38, 0.4)]))
    assert curve.bend is None
    assert curve.still_growing


def test_the_bend_is_where_work_stops_following_and_waits_grow() -> None:
    curve = load_curve(a_run([(10, 10, 0.2), (20, 20, 0.25), (30, 21, 0.9), (40, 21, 1.6)]))
    assert curve.bend is not None
    assert round(curve.bend) == 20


def test_the_bend_is_not_before_a_level_that_still_got_more_done() -> None:
    curve = load_curve(
        a_run([(11, 29, 0.3), (18, 35, 0.4), (24, 49, 0.6), (31, 50, 0.7), (38, 49, 1.6), (44, 48, 3.5)])
    )
    assert curve.bend is not None
    assert round(curve.bend) == 24


def test_people_with_less_to_do_are_no_bend() -> None:
    assert load_curve(a_run([(10, 10, 0.2), (20, 20, 0.2), (30, 20, 0.2), (40, 20, 0.2)])).bend is None


def test_one_level_of_load_is_no_curve() -> None:
    assert load_curve(a_run([(30, 30, 0.2)])).levels == []


def test_levels_with_too_few_transactions_are_left_out() -> None:
    curve = load_curve(a_run([(10, 1, 0.2), (20, 20, 0.2), (30, 30, 0.2), (40, 40, 0.2)]))
    assert [round(level.people) for level in curve.levels] == [20, 30, 40]


def test_a_ramp_alone_tells_of_no_bend() -> None:
    """People who come do quick steps first: what looks like a bend is their arriving."""
    evidence = a_run([(10, 10, 0.2), (20, 20, 0.25), (30, 21, 0.9), (40, 21, 1.6)])
    ramp = [Stage(name="up", people=40, ramp=4 * HELD * 5, hold=0)]
    plan = evidence.record.plan.model_copy(update={"stages": ramp})
    evidence.record = evidence.record.model_copy(update={"plan": plan})
    curve = load_curve(evidence)
    assert len(curve.levels) >= 3
    assert (curve.bend, curve.is_held) == (None, False)
