"""Leases over messages: what nobody takes goes back, and a silent worker keeps its accounts while it may live."""

from typing import Any

import gevent
import pytest

from loadtests.load.hold import GIVEN_UP_AFTER_S, HOLD_S, Hold
from loadtests.load.leases import ANSWER, ASK, GIVE_BACK, KEPT, MAY_KEEP, MasterDesk, WorkerLeases
from loadtests.load.roster import Roster
from tests.load.plans import SELLER, small_plan

PLAN = small_plan(groups=(("web", SELLER, 2),))


class Line:
    """Master and worker joined by a wire that a test can hold up."""

    def __init__(self) -> None:
        self.now = 0.0
        self.roster = Roster(PLAN)
        self.desk = MasterDesk(self.roster, self._to_worker, lambda: self.now)
        self.worker = WorkerLeases(PLAN, self._to_master, Hold((lambda: self.now, lambda: self.now)))
        self.held_up: list[dict[str, Any]] | None = None
        self.cut = False
        self.over = 0
        """How often the worker was told that what it held is over."""
        self.desk.welcome("w1")
        self.worker.ask_to_keep()

    def stranger(self) -> WorkerLeases:
        """Another process at the worker's end of the wire."""
        self.worker = WorkerLeases(PLAN, self._to_master, Hold((lambda: self.now, lambda: self.now)))
        return self.worker

    def _to_master(self, name: str, data: dict[str, Any]) -> None:
        if self.cut:
            return
        if name == ASK:
            self.desk.asked(data, "w1")
        elif name == GIVE_BACK:
            self.desk.given_back(data)
        elif name == MAY_KEEP:
            self.desk.may_keep(data, "w1")

    def _to_worker(self, name: str, data: dict[str, Any], worker: str) -> None:
        assert worker == "w1"
        if name == KEPT:
            self.over += self.worker.kept(data)
            return
        assert name == ANSWER
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
    assert line.roster.out == 0, "it is handed back at once, whether or not the answer comes"
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


def test_a_worker_that_is_not_heard_stops_its_people_before_their_accounts_are_dealt_anew(line: Line) -> None:
    line.worker.take("web")
    line.cut = True
    line.now = HOLD_S - 0.1
    assert line.worker.good is True
    line.now = HOLD_S
    good: bool = line.worker.good
    assert not good
    assert line.worker.take("web") is None, "nobody new begins either"
    line.now = GIVEN_UP_AFTER_S
    assert line.desk.give_up_silent() == []
    assert line.roster.out == 1
    line.now = GIVEN_UP_AFTER_S + 0.5
    assert [(lost.worker, lost.people) for lost in line.desk.give_up_silent()] == [("w1", 1)]
    assert line.roster.out == 0


def test_a_worker_that_is_heard_again_in_time_keeps_its_accounts(line: Line) -> None:
    line.worker.take("web")
    line.cut = True
    line.now = GIVEN_UP_AFTER_S - 1
    line.cut = False
    told = line.over
    line.worker.ask_to_keep()
    line.now = GIVEN_UP_AFTER_S + 5
    assert line.desk.give_up_silent() == [], "its silence is counted anew"
    assert (line.roster.out, line.over) == (1, told)


def test_a_worker_that_was_given_up_is_told_so_and_gets_accounts_again(line: Line) -> None:
    lease = line.worker.take("web")
    assert lease is not None
    line.cut = True
    line.now = GIVEN_UP_AFTER_S + 1
    line.desk.give_up_silent()
    line.cut = False
    told = line.over
    line.worker.ask_to_keep()
    assert line.over == told + 1
    line.worker.give_back(lease)
    assert line.worker.take("web") is not None
    assert line.roster.out == 1


def test_an_answer_from_before_a_worker_was_given_up_gives_nobody_an_account(line: Line) -> None:
    line.held_up = []
    asking = gevent.spawn(line.worker.take, "web")
    gevent.sleep(0)
    line.now = GIVEN_UP_AFTER_S + 1
    line.desk.give_up_silent()
    line.worker.ask_to_keep()
    line.worker.answered(line.held_up[0])
    assert asking.get(timeout=1) is None
    assert line.roster.out == 0


def test_what_was_given_back_while_the_line_was_cut_is_said_again(line: Line) -> None:
    lease = line.worker.take("web")
    assert lease is not None
    line.cut = True
    line.worker.give_back(lease)
    line.cut = False
    assert line.roster.out == 1
    line.worker.ask_to_keep()
    assert line.roster.out == 0


def test_who_takes_no_part_gets_no_account(line: Line) -> None:
    line.desk.farewell("w1")
    stranger = line.stranger()
    stranger.ask_to_keep()
    assert (stranger.take("web"), line.roster.out) == (None, 0)
    assert not stranger.joined, "it is to say again that it takes part"
