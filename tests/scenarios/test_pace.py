"""Paced people keep slots of their own: none is dropped, none shifts, what was never begun is owed."""

import random
from typing import Any

import pytest

from loadtests.config.day import Stage
from loadtests.load.outcomes import RunEnding
from scenarios.pace import Slots
from tests.load.plans import small_plan

PERIOD_S = 30.0
RATES = {"sell": 90.0, "call": 30.0}


class Person:
    """Somebody whose clock moves by waiting and by what a test says they do."""

    def __init__(self, stages: tuple[Stage, ...], ends_s: float = 1e9) -> None:
        self.elapsed = 0.0
        self.random = random.Random(3)
        self.plan = small_plan(stages=stages)
        self.slots: list[tuple[str, float | None]] = []
        self._ends_s = ends_s

    def wait(self, seconds: float) -> None:
        self.elapsed += max(seconds, 0.0)
        if self.elapsed >= self._ends_s:
            self.elapsed = self._ends_s
            raise RunEnding

    def slot(self, journey: str, late: float | None) -> None:
        self.slots.append((journey, late))


def paced(person: Person) -> Slots:
    anybody: Any = person
    return Slots(anybody, RATES)


def test_slots_are_one_period_apart_however_long_the_work_takes() -> None:
    person = Person((Stage(name="day", people=1, hold=36000),))
    slots, begun = paced(person), []
    for _ in range(5):
        slots.next()
        begun.append(person.elapsed)
        person.elapsed += 12.0
    assert [round(later - begun[0], 6) for later in begun] == [0, 30, 60, 90, 120]
    assert [late for _, late in person.slots] == pytest.approx([0.0] * 5, abs=1e-9)


def test_after_an_overrun_the_slots_stay_where_they_were_and_are_worked_off_late() -> None:
    person = Person((Stage(name="day", people=1, hold=36000),))
    slots, late = paced(person), []
    for work_s in (100.0, 10.0, 10.0, 10.0, 10.0, 10.0):
        slots.next()
        late.append(person.slots[-1][1])
        person.elapsed += work_s
    assert late == pytest.approx([0, 70, 50, 30, 10, 0], abs=1e-6)


def test_slots_that_came_and_were_never_begun_are_owed() -> None:
    person = Person((Stage(name="day", people=1, hold=36000),))
    slots = paced(person)
    slots.next()
    person.elapsed += 4 * PERIOD_S + 1
    slots.close()
    assert [late for _, late in person.slots] == [0.0, None, None, None, None]


def test_a_busier_stage_has_more_slots_and_journeys_come_by_their_rates() -> None:
    person = Person((Stage(name="day", people=1, hold=36000), Stage(name="peak", people=1, hold=36000, pace=2)), 72000)
    slots = paced(person)
    in_day = in_peak = 0
    with pytest.raises(RunEnding):
        while True:
            slots.next()
            in_day += person.elapsed < 36000
            in_peak += person.elapsed >= 36000
    assert in_day == pytest.approx(1200, abs=2)
    assert in_peak == pytest.approx(2400, abs=2)
    sold = sum(journey == "sell" for journey, _ in person.slots)
    assert sold / len(person.slots) == pytest.approx(0.75, abs=0.03)


def test_between_sessions_people_are_away_until_it_is_time_to_come_in_for_the_next_slot() -> None:
    person = Person((Stage(name="day", people=1, hold=36000),))
    slots = paced(person)
    slots.next()
    begun = person.elapsed
    slots.pause()
    assert begun + PERIOD_S - 6 < person.elapsed < begun + PERIOD_S
    assert person.slots[-1][1] == pytest.approx(0.0)
