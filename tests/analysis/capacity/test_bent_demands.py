"""Servers whose busy share grows faster than what they do: second threads of a core that count as cores."""

from dataclasses import replace

import pytest

from analysis.capacity.demands import fit_demands
from analysis.capacity.fit import fit
from analysis.capacity.forecast import Refusal
from analysis.capacity.measured import Measured
from tests.analysis.capacity.drawn import drawn

PEOPLE = (10, 25, 40, 55, 65, 75)


def bent(by: float) -> Measured:
    """Of every transaction a second `by` more core-seconds are counted at app; its line alone is 0.2 of 4 cores."""
    run = drawn(people=PEOPLE, seconds=900)
    steps = (replace(s, busy={**s.busy, "app": s.busy["app"] + by * s.throughput**2 / 4}) for s in run.steps)
    return replace(run, steps=tuple(steps))


def test_they_are_full_before_their_counters_say_so() -> None:
    run = bent(0.004)
    app, db = fit_demands(run.steps, run.stations)
    # 0.2 x + 0.004 x^2 = 4 cores at x = 15.3 a second; the line alone would say more.
    assert app.most == pytest.approx(15.3, rel=0.02)
    assert app.cores / app.core_s > 1.05 * 15.3
    assert db.worth == 1.0


def test_it_is_said_and_what_to_look_at() -> None:
    model = fit(bent(0.004))
    assert not isinstance(model, Refusal)
    told = [warning.text for warning in model.warnings if warning.kind == "bent"]
    assert len(told) == 1
    assert "NumberOfLogicalProcessors" in told[0]


def test_a_straight_line_and_what_chance_makes_of_it_say_nothing() -> None:
    for by in (0.0, 0.0002):
        run = bent(by)
        assert [one.worth for one in fit_demands(run.steps, run.stations)] == [1.0, 1.0]
