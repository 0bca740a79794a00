"""Locks that no counter shows, in drawn systems and on the real local CRM. All: `make prove advisor_locks`."""

import pytest

from analysis.capacity.fit import fit
from analysis.capacity.forecast import Refusal
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
    assert told(run)["refused"] is True


def test_most_systems_without_a_lock_are_not_warned_of_one() -> None:
    assert sum(bool(told(stepped(CLEAN, seed).run)["warned"]) for seed in range(1, 7)) <= 2


@pytest.mark.parametrize("system", [one for one in SYSTEMS if one.name in ("weak-lock", "records", "database")])
def test_the_real_weak_lock_is_warned_of_and_real_systems_without_one_are_not(system: System) -> None:
    today = kept(system, system.today)
    assert today is not None
    model = fit(_shown(system, today, limits_of(today, system.limit)))
    assert not isinstance(model, Refusal)
    warnings = [warning.text for warning in model.warnings if warning.kind == "hidden"]
    assert len(warnings) == system.warned
    assert all("LCK_M_*" in text and "Requests Queued" in text for text in warnings)
