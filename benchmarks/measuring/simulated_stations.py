"""Stations of the simulated systems: cores that work in order of arrival or shared, alone or as several machines."""

import heapq
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

Then = Callable[[float], None]


@dataclass(frozen=True)
class Servers:
    """One station's truth."""

    cores: int
    """As the counters see them: processors of the operating system, all machines together."""
    speed: float = 1.0
    shared: bool = False
    """Its cores share their time among all who are there; else in order of arrival."""
    cv: float = 0.8
    machines: int = 1
    """Each visit goes to one of them by chance."""
    second_threads: float = 1.0
    """What the second half of its processors adds, each in parts of one: below 1 they are second threads of the first
    half. Of shared ones only."""
    strain: float = 0.0
    """How much longer work takes where all cores are busy, in proportion to how many are: contention."""
    others: float = 0.0
    """Cores kept busy by work that has nothing to do with people, at speed 1."""


class Simulated(Protocol):
    """A station of a running simulation."""

    def visit(self, seconds: float, then: Then) -> None:
        """Work of so many seconds at speed 1; `then` is called when it is done."""
        ...

    def busy_s(self, begin: float, end: float) -> float:
        """Core-seconds that were busy, as counters see it."""
        ...

    def waiting(self, at: float) -> int:
        """Visits that had not begun."""
        ...


class Clock:
    """The event list."""

    def __init__(self) -> None:
        self.now = 0.0
        self._events: list[tuple[float, int, Then]] = []
        self._number = 0

    def at(self, time: float, then: Then) -> None:
        """Call it then."""
        self._number += 1
        heapq.heappush(self._events, (time, self._number, then))

    def run(self, until: float) -> None:
        """All that happens up to a time."""
        events = self._events
        while events and events[0][0] <= until:
            self.now, _, then = heapq.heappop(events)
            then(self.now)
        self.now = until


class InOrder:
    """First come, first served: who arrives knows at once when he will be done."""

    def __init__(self, clock: Clock, servers: Servers) -> None:
        self._clock = clock
        self._free = [0.0] * servers.cores
        self._held: list[tuple[float, float]] = []
        self._speed, self._strain = servers.speed, servers.strain

    def visit(self, seconds: float, then: Then) -> None:
        """See `Simulated`."""
        now = self._clock.now
        if self._strain:
            seconds *= 1 + self._strain * sum(free > now for free in self._free) / len(self._free)
        start = max(now, heapq.heappop(self._free))
        end = start + seconds / self._speed
        heapq.heappush(self._free, end)
        self._held.append((start, end))
        self._clock.at(end, then)

    def busy_s(self, begin: float, end: float) -> float:
        """See `Simulated`."""
        return sum(max(0.0, min(e, end) - max(s, begin)) for s, e in self._held)

    def waiting(self, at: float) -> int:
        """See `Simulated`."""
        return sum(start > at for start, _ in self._held)


class Shared:
    """Processor sharing over several cores, by attained service."""

    def __init__(self, clock: Clock, servers: Servers) -> None:
        self._clock, self._cores, self._speed = clock, servers.cores, servers.speed
        self._strain, self._second = servers.strain, servers.second_threads
        self._there: list[tuple[float, int, Then]] = []
        self._served = self._since = 0.0
        self._number = self._version = 0
        self._record: list[tuple[float, float, int]] = []

    def visit(self, seconds: float, then: Then) -> None:
        """See `Simulated`."""
        self._go_on()
        if self._strain:
            seconds *= 1 + self._strain * min(1.0, len(self._there) / self._cores)
        self._number += 1
        heapq.heappush(self._there, (self._served + seconds, self._number, then))
        self._plan()

    def busy_s(self, begin: float, end: float) -> float:
        """See `Simulated`."""
        self._go_on()
        return sum(max(0.0, min(e, end) - max(s, begin)) * cores for s, e, cores in self._record)

    def waiting(self, at: float) -> int:
        """Nobody: all who are there have begun."""
        return 0

    def _rate(self) -> float:
        """Work done a second for each who is there."""
        cores = min(self._cores, len(self._there))
        whole = self._cores / 2
        done = cores if self._second == 1 or cores <= whole else whole + self._second * (cores - whole)
        return self._speed * done / len(self._there)

    def _go_on(self) -> None:
        now = self._clock.now
        if self._there and now > self._since:
            self._record.append((self._since, now, min(self._cores, len(self._there))))
            self._served += (now - self._since) * self._rate()
        self._since = now

    def _plan(self) -> None:
        self._version += 1
        if not self._there:
            return
        version = self._version
        left = max(0.0, self._there[0][0] - self._served)
        self._clock.at(self._since + left / self._rate(), lambda _: self._leave(version))

    def _leave(self, version: int) -> None:
        if version != self._version:
            return
        self._go_on()
        done, _, then = heapq.heappop(self._there)
        self._served = max(self._served, done)
        self._plan()
        then(self._clock.now)


class Machines:
    """Several machines with a queue each, before which a load balancer draws lots."""

    def __init__(self, machines: Sequence[Simulated], dice: random.Random) -> None:
        self._machines, self._dice = machines, dice

    def visit(self, seconds: float, then: Then) -> None:
        """See `Simulated`."""
        self._dice.choice(self._machines).visit(seconds, then)

    def busy_s(self, begin: float, end: float) -> float:
        """See `Simulated`."""
        return sum(machine.busy_s(begin, end) for machine in self._machines)

    def waiting(self, at: float) -> int:
        """See `Simulated`."""
        return sum(machine.waiting(at) for machine in self._machines)


JOB_S = 0.2
"""What one piece of other work takes on the average."""


def station_of(clock: Clock, servers: Servers, dice: random.Random) -> Simulated:
    """The station, with its other work going on."""
    station: Simulated
    if servers.machines > 1:
        each = replace(servers, cores=servers.cores // servers.machines, machines=1, others=0.0)
        station = Machines([station_of(clock, each, dice) for _ in range(servers.machines)], dice)
    else:
        station = Shared(clock, servers) if servers.shared else InOrder(clock, servers)
    if servers.others > 0:

        def other_work(now: float) -> None:
            station.visit(dice.expovariate(1 / JOB_S), lambda _: None)
            clock.at(now + dice.expovariate(servers.others / JOB_S), other_work)

        clock.at(0.0, other_work)
    return station
