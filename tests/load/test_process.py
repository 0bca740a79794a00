"""One load process: who is there is counted person by person."""

import time
from pathlib import Path

import pytest

from loadtests.load.clock import RunClock
from loadtests.load.leases import LocalLeases
from loadtests.load.process import LoadProcess
from loadtests.load.roster import Roster
from tests.load.plans import PASSWORD_VARIABLE, SELLER, small_plan


def test_people_who_share_an_account_are_each_counted_and_sent_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PASSWORD_VARIABLE, "a password")
    plan = small_plan(groups=(("web", SELLER, 2),))
    group = plan.population[0].model_copy(update={"people": 4, "people_per_account": 2})
    plan = plan.model_copy(update={"population": [group]})
    leases = LocalLeases(Roster(plan))
    clock = RunClock(time.monotonic() - 2)
    process = LoadProcess(plan, leases, name="w1", clock=clock, ledger=tmp_path / "ledger.jsonl")
    people = [process.person_for(lease, lambda *_: None) for _ in range(4) if (lease := leases.take("web"))]

    def present() -> int:
        (delta,) = process.take_deltas(final=True)
        return delta.outcomes["people/web/salesperson"]["present"]

    assert len(people) == 4 and present() == 4
    process.gone(people[0].lease)
    assert present() == 3
    for person in people:
        person.close()
    process.close()
