"""Open work begins when it is due; where nobody is free it waits its turn, and the wait counts."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import gevent
import pytest

from loadtests.config.day import Arrivals
from loadtests.load.calls import Call
from loadtests.load.clock import RunClock
from loadtests.load.health import HealthMonitor
from loadtests.load.leases import LocalLeases
from loadtests.load.open_work import OpenWork, Visitor
from loadtests.load.recorder import Recorder
from loadtests.load.roster import Roster
from loadtests.results.histogram import Histogram
from tests.load.plans import SELLER, small_plan


class Bench:
    """Open work with two accounts; whoever is called takes as long as the test says."""

    def __init__(self, work: Callable[[Call], None], started_s_ago: float = 0.0) -> None:
        arrivals = Arrivals(name="rush", channel="web", role=SELLER, accounts=2, per_hour=60)
        self.plan = small_plan(groups=(("web", SELLER, 2),)).model_copy(
            update={"arrivals": [arrivals], "population": []}
        )
        clock = RunClock.starting_now()
        clock._start -= started_s_ago
        self.recorder = Recorder("local", clock, Counter)
        self.health = HealthMonitor(self.recorder)
        self.roster = Roster(self.plan)
        self.late: dict[int, float] = {}
        self.served: list[tuple[int, str]] = []
        self._work = work
        self._late_now: dict[str, float] = {}
        self.open_work = OpenWork(
            self,  # type: ignore[arg-type]
            LocalLeases(self.roster),
            self.recorder,
            self.health,
            self._invite,
        )

    def _invite(self, lease: Any) -> Visitor:
        person: Any = SimpleNamespace(
            id=lease.person,
            at_work=True,
            close=lambda: None,
            due_since=lambda s: self._late_now.update({lease.person: s}),
        )

        def answer(call: Call) -> None:
            self.late[call.number] = self._late_now[lease.person]
            self.served.append((call.number, lease.person))
            self._work(call)

        return Visitor(lease, person, answer)

    @contextmanager
    def guarding(self) -> Iterator[None]:
        yield

    def gone(self, lease: Any) -> None:
        self.roster.give_back(lease.id)

    def counts(self) -> dict[str, int]:
        merged: Counter[str] = Counter()
        for delta in self.recorder.take(final=True):
            merged.update(delta.outcomes.get("arrivals/rush", {}))
        return dict(merged)


@pytest.fixture
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    made = Bench(*request.param)
    yield made
    made.open_work.kill()
    made.health.stop()


@pytest.mark.parametrize("bench", [(lambda _: gevent.sleep(0.3),)], indirect=True)
def test_who_finds_nobody_free_waits_in_order_and_is_late_by_the_wait(bench: Bench) -> None:
    bench.open_work.take([Call("rush", number, 0.1 + number / 100) for number in range(6)])
    gevent.sleep(1.3)
    assert [number for number, _ in bench.served] == [0, 1, 2, 3, 4, 5]
    assert [round(bench.late[number] / 0.3) for number in range(6)] == [0, 0, 1, 1, 2, 2]
    assert bench.counts() == {"begun": 6, "queued": 4, "done": 6}


@pytest.mark.parametrize("bench", [(lambda _: gevent.sleep(0.05),)], indirect=True)
def test_everybody_comes_once_before_anybody_comes_again(bench: Bench) -> None:
    bench.open_work.take([Call("rush", number, 0.1 + 0.2 * number) for number in range(4)])
    gevent.sleep(1.0)
    assert [person for _, person in bench.served] == ["p001", "p002", "p001", "p002"]


@pytest.mark.parametrize("bench", [(lambda _: gevent.sleep(0.3),)], indirect=True)
def test_the_generators_own_lateness_is_told_apart_from_the_wait(bench: Bench) -> None:
    bench.open_work.take([Call("rush", number, 0.1) for number in range(4)])
    gevent.sleep(0.9)
    lateness = Histogram()
    for delta in bench.recorder.take(final=True):
        lateness.add(Histogram(delta.histograms.get("lateness/rush", {})))
    assert lateness.total == 4
    assert lateness.max_us < 250_000 < max(bench.late.values()) * 1e6


@pytest.mark.parametrize("bench", [(lambda _: gevent.sleep(30), since) for since in (100.0, 115.0)], indirect=True)
def test_a_backlog_of_more_than_a_minute_is_told_and_less_is_not(bench: Bench) -> None:
    bench.open_work.take([Call("rush", number, 50.0) for number in range(3)])
    gevent.sleep(0.1)
    older_than_a_minute = bench.recorder.elapsed - 50 > 60
    said = "1 arrivals of `rush` wait for a free person" in bench.open_work.backlog
    assert said == older_than_a_minute


@pytest.mark.parametrize("bench", [(lambda _: gevent.sleep(0.3),)], indirect=True)
def test_when_people_go_home_nobody_begins_and_every_account_is_given_back(bench: Bench) -> None:
    bench.open_work.take([Call("rush", number, 0.1 + number / 100) for number in range(5)])
    gevent.sleep(0.2)
    bench.open_work.send_home()
    gevent.sleep(0.4)
    assert [number for number, _ in bench.served] == [0, 1]
    assert bench.roster.out == 0
