"""From a stepped run of a system whose truth is known to people, limits and upgrades."""

from dataclasses import replace
from itertools import pairwise

import pytest

from analysis.capacity.fit import fit
from analysis.capacity.forecast import TODAY, CapacityModel, Change, Refusal
from analysis.capacity.measured import Measured
from tests.analysis.capacity.systems import application_bound, stepped


@pytest.fixture(scope="module")
def model() -> CapacityModel:
    fitted = fit(stepped())
    assert not isinstance(fitted, Refusal)
    return fitted


def refused(run: Measured) -> Refusal:
    refusal = fit(run)
    assert isinstance(refusal, Refusal)
    assert refusal.text
    assert refusal.next_step
    return refusal


def test_demands_are_what_the_system_was_made_of(model: CapacityModel) -> None:
    for name in ("app", "db", "async"):
        assert model.demands_s[name] == pytest.approx(application_bound().demand_s(name), rel=0.12)


def test_people_that_fit_today_and_after_each_upgrade(model: CapacityModel) -> None:
    # Truth by simulation: today about 25.
    assert model.carries().people == pytest.approx(25, rel=0.10)
    assert model.carries().low <= 25 <= (model.carries().high or 0)
    assert 1.2 < (model.carries(Change(faster={"app": 1.5})).people or 0) / 25 < 2.0
    assert (model.carries(Change(more_cores={"app": 2.0})).people or 1e9) > 45


def test_an_upgrade_of_idle_servers_buys_nothing(model: CapacityModel) -> None:
    today, after = model.carries().people, model.carries(Change(more_cores={"db": 2.0})).people
    assert today is not None
    assert after == pytest.approx(today, rel=0.02)


def test_the_limit_comes_first(model: CapacityModel) -> None:
    assert [station.name for station, _ in model.limits()] == ["app", "db", "async"]
    assert model.limits()[0][1] == pytest.approx(40, rel=0.1)


def test_more_and_faster_cores_never_carry_fewer(model: CapacityModel) -> None:
    for station in ("app", "db", "async"):
        people = [
            model.carries(change).people or model.measured.steps[-1].people * 3
            for change in (
                TODAY,
                Change({station: 1.5}),
                Change({station: 2.0}),
                Change({station: 2.0}, {station: 1.2}),
            )
        ]
        # Within what is interpolated between two points of the curve.
        assert all(after >= before * 0.999 for before, after in pairwise(people))


def test_equal_runs_give_equal_answers(model: CapacityModel) -> None:
    again = fit(stepped())
    assert not isinstance(again, Refusal)
    assert again.levels([10, 30, 50]) == model.levels([10, 30, 50])
    assert again.carries() == model.carries()


def test_the_model_is_judged_by_the_step_it_did_not_see(model: CapacityModel) -> None:
    assert model.held_out is not None
    assert model.held_out.step == "step 6"
    assert abs(model.held_out.throughput_error) < 0.03
    assert all(abs(error) < 0.25 for error in model.held_out.p95_error.values())


def test_confidence_falls_with_people_and_is_never_certain(model: CapacityModel) -> None:
    chances = [model.confidence(people) for people in (5, 20, 25, 30, 60)]
    assert chances == sorted(chances, reverse=True)
    assert chances[0] == 0.99
    assert chances[-1] == pytest.approx(0.01)
    assert model.confidence(model.carries().low) >= 0.9


def test_fewer_than_four_usable_steps_are_refused() -> None:
    run = stepped()
    failed = [replace(step, failed_share=0.05) for step in run.steps[3:]]
    refusal = refused(replace(run, steps=(*run.steps[:3], *failed)))
    assert refusal.kind == "too_few_steps"
    assert "3 of 6 steps can be used" in refusal.text
    assert "step 4: 5.0 % of its transactions failed" in refusal.text


def test_a_run_that_the_crm_throttled_is_no_case_for_servers() -> None:
    run = stepped()
    throttled = [replace(step, throttled_share=0.08) for step in run.steps[2:]]
    refusal = refused(replace(run, steps=(*run.steps[:2], *throttled)))
    assert refusal.kind == "throttling"
    assert "an account of their own" in refusal.next_step


def test_steps_that_break_the_response_time_law_are_left_out() -> None:
    run = stepped()
    wrong = tuple(replace(step, think_s=step.think_s * 1.2) for step in run.steps)
    assert "more than there were" in refused(replace(run, steps=wrong)).text


def test_a_run_with_a_flaw_of_its_own_is_refused() -> None:
    assert "front ends" in refused(replace(stepped(), flaws=("the front ends were not loaded alike",))).text


def test_without_judged_transactions_nobody_knows_what_is_too_slow() -> None:
    assert refused(replace(stepped(), limits_s={})).kind == "no_limits"
