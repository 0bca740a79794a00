"""Open work is planned in advance: the same for a seed, in its stages, as often as the plan says."""

from itertools import pairwise
from statistics import fmean

import pytest

from loadtests.config.day import Arrivals, Stage, Training
from loadtests.load.calls import FIRST_DUE_S, Call, arrival_times, schedule
from tests.load.plans import SELLER, small_plan

STAGES = (
    Stage(name="night", people=6, hold=600),
    Stage(name="rush", people=6, hold=3000, pace=2),
    Stage(name="day", people=6, hold=600),
)
RUSH = Arrivals(name="rush", channel="web", role=SELLER, accounts=30, per_hour=1800, during=["rush"])


def test_poisson_arrivals_come_in_their_stage_as_often_as_its_pace_says_and_at_moments_of_their_own() -> None:
    times = arrival_times(small_plan(stages=STAGES), RUSH)
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert times[0] >= 600 and times[-1] < 3600
    assert len(times) == pytest.approx(1800 * 2 * 3000 / 3600, rel=0.06)
    assert fmean(gap > 1.0 for gap in gaps) == pytest.approx(0.368, abs=0.03), "one mean gap, exceeded by 1 in e"


def test_a_seed_gives_the_same_arrivals_and_another_gives_others() -> None:
    plan = small_plan(stages=STAGES)
    other = plan.model_copy(update={"seed": 2})
    assert arrival_times(plan, RUSH) == arrival_times(plan, RUSH) != arrival_times(other, RUSH)


def test_even_arrivals_come_as_a_clock_ticks() -> None:
    evenly = RUSH.model_copy(update={"spread": "evenly", "per_hour": 360, "during": ["night"]})
    assert arrival_times(small_plan(stages=STAGES), evenly)[:3] == [15.0, 25.0, 35.0]


def test_given_moments_count_from_the_beginning_of_their_stage() -> None:
    given = RUSH.model_copy(update={"per_hour": None, "times": [30.0, 0.0, 0.5]})
    assert arrival_times(small_plan(stages=STAGES), given) == [600.0, 600.5, 630.0]


def test_people_of_an_intake_stand_ready_before_anything_is_due_and_a_class_comes_at_once() -> None:
    intake = RUSH.model_copy(update={"name": "intake", "journey": "work", "accounts": 3, "during": ["night"]})
    training = Training(name="class", channel="web", role=SELLER, people=4, journey="work", during="rush")
    plan = small_plan(stages=STAGES).model_copy(update={"arrivals": [intake], "training": [training]})
    calls = schedule(plan)
    assert [call.ready for call in calls[:4]] == [True, True, True, False]
    assert calls[2].due_s < FIRST_DUE_S <= calls[3].due_s
    assert [call.due_s for call in calls if call.name == "class"] == [600.0] * 4
    assert [call.due_s for call in calls] == sorted(call.due_s for call in calls)


def test_a_call_survives_the_wire() -> None:
    call = Call("rush", 7, 12.25, ready=True)
    assert Call.from_wire(call.to_wire()) == call
