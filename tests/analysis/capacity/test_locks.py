"""Locks that no counter shows, in drawn systems and on the real local CRM. All: `make prove advisor_locks`."""

import pytest

from analysis.capacity.fit import fit
from analysis.capacity.forecast import Change, Refusal
from benchmarks.measuring.advisor_runs import kept
from benchmarks.measuring.advisor_systems import SYSTEMS, System
from benchmarks.measuring.advisor_truth import limits_of
from benchmarks.measuring.locked_systems import CLEAN, STRONG, draw, lets_through, stepped
from benchmarks.proofs.advisor import _shown
from benchmarks.proofs.advisor_locks import told

DEVELOPED = range(1, 4)
"""Seeds that the warning was chosen on: the fresh ones are the proof's."""


@pytest.mark.parametrize("seed", DEVELOPED)
def test_a_lock_that_stops_throughput_is_refused(seed: int) -> None:
    system = draw(STRONG, seed)
    share = lets_through(system) / min(system.most("app"), system.most("db"))
    assert 0.3 <= share <= 0.45
    run = stepped(STRONG, seed).run
    assert max(max(step.busy.values()) for step in run.steps) < 0.5
    assert told(run, fit(run))["refused"] is True


def test_most_systems_without_a_lock_are_not_warned_of_one() -> None:
    runs = [stepped(CLEAN, seed).run for seed in range(1, 7)]
    assert sum(bool(told(run, fit(run))["warned"]) for run in runs) <= 2


@pytest.mark.parametrize("system", [one for one in SYSTEMS if one.name in ("weak-lock", "records", "database")])
def test_the_real_weak_lock_is_warned_of_and_real_systems_without_one_are_not(system: System) -> None:
    today = kept(system, system.today)
    assert today is not None
    model = fit(_shown(system, today, limits_of(today, system.limit)))
    assert not isinstance(model, Refusal)
    warnings = [warning.text for warning in model.warnings if warning.kind == "hidden"]
    assert len(warnings) == system.weaker_lock
    assert all("LCK_M_*" in text and "Requests Queued" in text for text in warnings)


def test_the_lower_end_after_an_upgrade_is_that_of_the_first_whom_the_lock_stops_also_without_a_number() -> None:
    model = fit(stepped("0.8 to 1 times", 1).run)
    assert not isinstance(model, Refusal)
    assert "hidden" in [warning.kind for warning in model.warnings]
    faster = Change(faster={"app": 2.0, "db": 2.0})
    assert {one.transaction: one.low for one in model.crossings(faster)} == {
        "web/open_record": 18, "web/quick_find": 21, "web/save": 9, "web/open_view": 14
    }  # fmt: skip
    assert [one.people is None for one in model.crossings(faster)] == [True, False, False, False]
    carries = model.carries(faster)
    assert (carries.transaction, carries.low) == ("web/save", 9)
    assert model.confidence(9, faster) >= 0.95 > model.confidence(10, faster)
