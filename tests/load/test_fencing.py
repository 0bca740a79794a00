"""Whatever order words, losses, pauses and returns come in: no account is ever used by two workers at a time."""

from collections import deque
from typing import Any

import gevent
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from loadtests.load.hold import GIVEN_UP_AFTER_S, HOLD_S, Hold
from loadtests.load.lease import Lease
from loadtests.load.leases import ANSWER, ASK, GIVE_BACK, KEPT, MAY_KEEP, MasterDesk, WorkerLeases
from loadtests.load.roster import Roster
from tests.load.plans import SELLER, small_plan

PLAN = small_plan(groups=(("web", SELLER, 1),))
WORKERS = ("w1", "w2")
who = st.sampled_from(WORKERS)


class Machine:
    """A worker with people who use their accounts whenever it thinks that it may. A frozen one does nothing at all."""

    def __init__(self, name: str, fleet: "Fleet") -> None:
        self.name = name
        self.frozen = False
        self.lag = 0.0
        """How much of the time its monotonic clock slept through."""
        self.leases = WorkerLeases(PLAN, self._say, Hold((lambda: fleet.now - self.lag, lambda: fleet.now)))
        self.people: list[Lease] = []
        self._fleet = fleet

    @property
    def acting(self) -> list[str]:
        """Accounts that send requests now."""
        return [lease.account.username for lease in self.people] if self.leases.good and not self.frozen else []

    def hear(self, name: str, data: dict[str, Any]) -> None:
        if name == ANSWER:
            self.leases.answered(data)
        elif name == KEPT and self.leases.kept(data):
            self.withdraw()

    def withdraw(self) -> None:
        while self.people:
            self.leases.give_back(self.people.pop())

    def ask(self) -> None:
        lease = self.leases.take("web")
        if lease is not None:
            self.people.append(lease)

    def _say(self, name: str, data: dict[str, Any]) -> None:
        self._fleet.to_master[self.name].append((name, data))


class Fleet(RuleBasedStateMachine):
    """Two workers who want the same account, and a master; words wait on each line until somebody lets them through."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.to_master: dict[str, deque[tuple[str, dict[str, Any]]]] = {name: deque() for name in WORKERS}
        self.to_worker: dict[str, deque[tuple[str, dict[str, Any]]]] = {name: deque() for name in WORKERS}
        self.roster = Roster(PLAN)
        self.desk = MasterDesk(self.roster, lambda n, d, w: self.to_worker[w].append((n, d)), lambda: self.now)
        self.machines = {name: Machine(name, self) for name in WORKERS}
        for name in WORKERS:
            self.desk.welcome(name)

    @rule(name=who)
    def a_person_asks(self, name: str) -> None:
        machine = self.machines[name]
        if not machine.frozen:
            gevent.spawn(machine.ask)
            gevent.sleep(0)

    @rule(name=who)
    def a_person_goes_home(self, name: str) -> None:
        machine = self.machines[name]
        if machine.people and not machine.frozen:
            machine.leases.give_back(machine.people.pop(0))

    @rule(name=who, words=st.integers(1, 4))
    def the_master_hears(self, name: str, words: int) -> None:
        for _ in range(min(words, len(self.to_master[name]))):
            word, data = self.to_master[name].popleft()
            if word == ASK:
                self.desk.asked(data, name)
            elif word == GIVE_BACK:
                self.desk.given_back(data)
            elif word == MAY_KEEP:
                self.desk.may_keep(data, name)

    @rule(name=who, words=st.integers(1, 4))
    def a_worker_hears(self, name: str, words: int) -> None:
        machine = self.machines[name]
        for _ in range(0 if machine.frozen else min(words, len(self.to_worker[name]))):
            machine.hear(*self.to_worker[name].popleft())
            gevent.sleep(0)

    def all_words_get_through(self, name: str) -> None:
        self.the_master_hears(name, 99)
        self.a_worker_hears(name, 99)

    @rule(name=who)
    def a_person_asks_and_is_answered(self, name: str) -> None:
        self.a_worker_asks_to_keep(name)
        self.all_words_get_through(name)
        self.a_person_asks(name)
        self.all_words_get_through(name)

    @rule(name=who, towards_master=st.booleans())
    def a_word_is_lost(self, name: str, towards_master: bool) -> None:
        line = (self.to_master if towards_master else self.to_worker)[name]
        if line:
            line.popleft()

    @rule(name=who)
    def a_worker_asks_to_keep(self, name: str) -> None:
        if not self.machines[name].frozen:
            self.machines[name].leases.ask_to_keep()

    @rule(name=who, asleep=st.booleans())
    def a_worker_freezes_or_goes_on(self, name: str, asleep: bool) -> None:
        machine = self.machines[name]
        machine.frozen = not machine.frozen
        machine.lag += 30.0 * (asleep and machine.frozen)

    @rule(name=who)
    def a_worker_leaves_in_good_order_and_another_comes(self, name: str) -> None:
        self.to_master[name].clear()
        self.to_worker[name].clear()
        self.desk.farewell(name)
        self.machines[name] = Machine(name, self)
        self.desk.welcome(name)

    @rule(seconds=st.sampled_from((1.0, 5.1, 9.9, 15.1)))
    def time_goes_by(self, seconds: float) -> None:
        self.now += seconds
        self.desk.give_up_silent()

    @invariant()
    def no_account_is_used_twice(self) -> None:
        acting = [name for machine in self.machines.values() for name in machine.acting]
        assert len(acting) == len(set(acting)), f"used by two workers at a time: {acting}"


def test_tenth_by_tenth_of_a_second_a_silent_workers_account_has_one_user_and_then_another() -> None:
    fleet = Fleet()
    silent, waiting = fleet.machines["w2"], fleet.machines["w1"]
    fleet.a_person_asks_and_is_answered("w2")
    stopped = dealt_anew = 0.0
    for tenth in range(200):
        fleet.now = tenth / 10
        fleet.desk.give_up_silent()
        if not waiting.people:
            fleet.a_person_asks_and_is_answered("w1")
        fleet.no_account_is_used_twice()
        stopped = stopped or fleet.now * (not silent.acting)
        dealt_anew = dealt_anew or fleet.now * bool(waiting.people)
    assert (stopped, dealt_anew) == (HOLD_S, GIVEN_UP_AFTER_S + 0.1)


TestFencing = Fleet.TestCase
TestFencing.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
