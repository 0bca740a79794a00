"""Open work in one process: a greenlet for every arrival, people out of the accounts there are, a queue where they end.

What comes is begun when it is due, not when the last is done. Where nobody is free it waits its turn, and the wait
counts; what the generator itself was late is told apart.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import gevent
from gevent.event import AsyncResult
from gevent.pool import Group

from loadtests.load.calls import Call
from loadtests.load.health import HealthMonitor
from loadtests.load.lease import Lease
from loadtests.load.leases import Leases
from loadtests.load.person import Person
from loadtests.load.recorder import Recorder
from loadtests.results.interval_log import LATENESS_PREFIX

if TYPE_CHECKING:
    from loadtests.load.process import LoadProcess

BACKLOG_S = 60.0
"""When the work that waits spans more of the schedule than this, the run ends: the rest would only wait longer."""

Answer = Callable[[Call], None]
"""What a person does when they are called."""


@dataclass(slots=True)
class Visitor:
    """A person who comes when they are called, and what they then do."""

    lease: Lease
    person: Person
    answer: Answer


Invite = Callable[[Lease], Visitor]
"""Makes the visitor of a lease."""


class OpenWork:
    """Calls and who answers them."""

    def __init__(
        self,
        process: "LoadProcess",
        leases: Leases,
        recorder: Recorder,
        health: HealthMonitor,
        invite: Invite,
    ) -> None:
        self._process = process
        self._leases = leases
        self._recorder = recorder
        self._health = health
        self._invite = invite
        self._channels = {group.pool: group.channel for group in process.plan.everybody if group.pool}
        self._free: dict[str, deque[Visitor]] = {name: deque() for name in self._channels}
        self._waiting: dict[str, deque[tuple[Call, AsyncResult]]] = {name: deque() for name in self._channels}
        self._here: dict[str, Visitor] = {}
        """All who have come, at work or not, by their leases."""
        self._no_more: set[str] = set()
        """Pools whose accounts are all out: nobody new can come."""
        self._greenlets = Group()
        self._closing = False
        self.backlog = ""
        """What to tell when too much work waits; then the run must end."""

    def take(self, calls: Iterable[Call]) -> None:
        """These are due soon (or late already)."""
        for call in calls:
            self._greenlets.spawn(self._come, call)

    def send_home(self) -> None:
        """Nobody new begins; those who stand ready go at once, those at work when they have finished."""
        self._closing = True
        for waiting in self._waiting.values():
            while waiting:
                waiting.popleft()[1].set(None)
        for free in self._free.values():
            while free:
                self._leave(free.popleft())

    def kill(self) -> None:
        """Take everybody out of what they are doing."""
        self._greenlets.kill()

    def withdraw(self) -> None:
        """The accounts are no longer ours: who used them goes, in the middle of work. What comes next begins anew."""
        for waiting in self._waiting.values():
            waiting.clear()
        self.kill()
        for free in self._free.values():
            free.clear()
        for visitor in list(self._here.values()):
            self._leave(visitor)
        self._no_more.clear()

    def _come(self, call: Call) -> None:
        gevent.sleep(max(call.due_s - self._recorder.elapsed, 0.0))
        if self._closing:
            return
        if not call.ready:
            late = self._recorder.elapsed - call.due_s
            self._recorder.side_time(LATENESS_PREFIX + call.name, late)
            self._health.start_lag(late)
        visitor = self._somebody(call)
        if visitor is None:
            return
        if not call.ready:
            self._recorder.arrival(call.name, "begun")
            visitor.person.due_since(self._recorder.elapsed - call.due_s)
        visitor.person.at_work = not call.ready
        try:
            with self._process.guarding():
                visitor.answer(call)
                if not call.ready:
                    self._recorder.arrival(call.name, "done")
        finally:
            visitor.person.at_work = False
            self._release(call.name, visitor)

    def _somebody(self, call: Call) -> Visitor | None:
        """Who has not been here yet; else who has been free the longest; else the next to become free."""
        name = call.name
        if name not in self._no_more:
            lease = self._leases.take(self._channels[name], name)
            if lease is not None:
                visitor = self._here[lease.id] = self._invite(lease)
                return visitor
            self._no_more.add(name)
        if self._free[name]:
            return self._free[name].popleft()
        if call.ready:
            return None
        self._recorder.arrival(name, "queued")
        turn: AsyncResult = AsyncResult()
        self._waiting[name].append((call, turn))
        self._watch_backlog(name)
        next_free: Visitor | None = turn.get()
        return next_free

    def _release(self, name: str, visitor: Visitor) -> None:
        if self._closing:
            self._leave(visitor)
        elif self._waiting[name]:
            self._waiting[name].popleft()[1].set(visitor)
        else:
            self._free[name].append(visitor)

    def _watch_backlog(self, name: str) -> None:
        oldest, _ = self._waiting[name][0]
        if self._recorder.elapsed - oldest.due_s > BACKLOG_S and not self.backlog:
            self.backlog = (
                f"{len(self._waiting[name])} arrivals of `{name}` wait for a free person, the oldest for more than "
                f"{BACKLOG_S:.0f} s"
            )

    def _leave(self, visitor: Visitor) -> None:
        self._here.pop(visitor.lease.id, None)
        visitor.person.close()
        self._process.gone(visitor.lease)
