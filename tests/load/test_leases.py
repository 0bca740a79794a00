"""Leases over messages: what nobody takes goes back, and a silent worker keeps its accounts while it may live."""

from typing import Any

import gevent
import pytest

from loadtests.load.leases import ANSWER, ASK, GIVE_BACK, GIVEN_UP_AFTER_S, MasterDesk, WorkerLeases
from loadtests.load.roster import Roster
from tests.load.plans import SELLER, small_plan

PLAN = small_plan(groups=(("web", SELLER, 2),))


class Line:
    """Master and worker joined by a wire that a test can hold up."""

    def __init__(self) -> None:
        self.now = 0.0
        self.roster = Roster(PLAN)
        self.desk = MasterDesk(self.roster, self._to_worker, lambda: self.now)
        self.worker = WorkerLeases(PLAN, self._to_master)
        self.held_up: list[dict[str, Any]] | None = None

    def _to_master(self, name: str, data: dict[str, Any]) -> None:
        if name == ASK:
            self.desk.asked(data, "w1")
        elif name == GIVE_BACK:
            self.desk.given_back(data)

    def _to_worker(self, name: str, data: dict[str, Any], worker: str) -> None:
        assert (name, worker) == (ANSWER, "w1")
        if self.held_up is None:
            self.worker.answered(data)
        else:
            self.held_up.append(data)


@pytest.fixture
def line() -> Line:
    return Line()


def test_a_lease_is_taken_and_given_back(line: Line) -> None:
    lease = line.worker.take("web")
    assert lease is not None
    assert line.roster.out == 1
    line.worker.give_back(lease)
    assert line.roster.out == 0


def test_an_answer_that_comes_after_its_person_was_taken_away_goes_back_unused(line: Line) -> None:
    line.held_up = []
    asking = gevent.spawn(line.worker.take, "web")
    gevent.sleep(0)
    asking.kill()
    assert line.roster.out == 1
    line.worker.answered(line.held_up[0])
    assert line.roster.out == 0
    line.held_up = None
    firsts = [lease.first for lease in (line.worker.take("web"), line.worker.take("web")) if lease]
    assert firsts == [True, True]


def test_a_person_taken_away_at_the_moment_of_the_answer_leaves_no_account_behind(line: Line) -> None:
    line.held_up = []
    asking = gevent.spawn(line.worker.take, "web")
    gevent.sleep(0)
    asking.kill(block=False)
    line.worker.answered(line.held_up[0])
    asking.join()
    assert line.roster.out == 0


def test_a_master_that_does_not_answer_gives_nobody_an_account(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loadtests.load.leases.ANSWER_WITHIN_S", 0.05)
    line.held_up = []
    assert line.worker.take("web") is None


def test_a_worker_that_is_not_heard_keeps_its_accounts_until_it_cannot_be_at_work(line: Line) -> None:
    line.worker.take("web")
    assert line.desk.give_up_absent([]) == []
    line.now = GIVEN_UP_AFTER_S - 1
    assert line.desk.give_up_absent([]) == []
    assert line.roster.out == 1
    line.now = GIVEN_UP_AFTER_S + 1
    assert line.desk.give_up_absent([]) == ["w1"]
    assert line.roster.out == 0


def test_a_worker_that_comes_back_in_time_keeps_its_accounts(line: Line) -> None:
    line.worker.take("web")
    line.desk.give_up_absent([])
    line.now = GIVEN_UP_AFTER_S - 1
    line.desk.give_up_absent(["w1"])
    line.now = 2 * GIVEN_UP_AFTER_S
    assert line.desk.give_up_absent([]) == [], "its absence is counted anew"
    assert line.roster.out == 1
