"""Closed systems whose truth about upgrades is known: a discrete-event simulation that shares nothing with the model.

People think, then do a transaction of several requests, first one and then up to six side by side, as browsers do. A
request visits the application station and the database in turn; some leave work that nobody waits for. Servers share
their time or serve in order of arrival; service times scatter as the system says; there may be a lock in no counter.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from analysis.capacity.measured import Measured, Station, Step, Times
from benchmarks.measuring.simulated_stations import Clock, InOrder, Servers, Then, station_of
from loadtests.config.environment import ServerRole
from loadtests.results.histogram import Histogram

SIDE_BY_SIDE = 6
SETTLE = 2.5
"""Think times before a window begins."""
READING_S = 5.0
ROLES: dict[str, ServerRole] = {"app": "web", "db": "database", "async": "async"}


@dataclass(frozen=True)
class Business:
    """One transaction's truth; seconds are of one core at speed 1."""

    share: float
    requests: int
    visits: int
    app_s: float
    """A request, all visits together."""
    db_s: float
    """A request, all visits together."""
    async_s: float = 0.0
    """Left behind by the transaction."""
    lock_s: float = 0.0
    """Held by its first request, or by each."""
    network_s: float = 0.0
    """A request."""


@dataclass(frozen=True)
class System:
    """Everything that is true of one pretended CRM."""

    kind: str
    think_s: float
    servers: Mapping[str, Servers]
    business: Mapping[str, Business]
    limits_s: Mapping[str, float] = field(default_factory=dict)
    lock_cv: float = 1.0
    lock_each: bool = False
    """Whether every request takes the lock, or the first of each transaction."""
    cold: float = 0.0
    """How much longer all work takes in a run's first step, before caches are warm; half as much in each later one."""
    holes: float = 0.0
    """Share of the counters' readings that are missing, each of READING_S."""
    settle_s: float = 0.0
    """Before a window begins, at least."""

    def changed(self, station: str, *, more_cores: float = 1.0, faster: float = 1.0) -> System:
        """With another station."""
        old = self.servers[station]
        machines = round(old.machines * more_cores) if old.machines > 1 else 1
        new = replace(old, cores=round(old.cores * more_cores), speed=old.speed * faster, machines=machines)
        return replace(self, servers={**self.servers, station: new})

    def demand_s(self, station: str) -> float:
        """Core-seconds that the mean transaction takes there."""
        total = sum(one.share for one in self.business.values())
        seconds = {
            "app": lambda one: one.requests * one.app_s,
            "db": lambda one: one.requests * one.db_s,
            "async": lambda one: one.async_s,
        }[station]
        mean: float = sum(one.share / total * seconds(one) for one in self.business.values())
        return mean / self.servers[station].speed

    def most(self, station: str) -> float:
        """Transactions a second that the station can do."""
        servers, demand = self.servers[station], self.demand_s(station) * (1 + self.servers[station].strain)
        cores = servers.cores * (1 + servers.second_threads) / 2 - servers.others / servers.speed
        return cores / demand if demand > 0 else math.inf

    def with_work(self, times: float) -> System:
        """With all work of people so many times as long."""
        longer = {n: replace(b, app_s=b.app_s * times, db_s=b.db_s * times) for n, b in self.business.items()}
        return replace(self, business=longer)


@dataclass
class Seen:
    """What one simulated window showed."""

    people: int
    seconds: float
    think_s: float
    times: dict[str, list[float]]
    busy: dict[str, float]
    backlog: tuple[int, int]

    def p95(self, name: str) -> float:
        """Exact 95th percentile of the window."""
        ordered = sorted(self.times[name])
        return ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))] if ordered else 0.0


class _Run:
    """One simulation of a number of people."""

    def __init__(self, system: System, seed: int) -> None:
        self.dice = random.Random(seed)
        self.bulk_dice = np.random.default_rng(seed)
        self.factors: dict[float, list[float]] = {}
        self.clock = Clock()
        self.system = system
        lots = random.Random(seed + 1)
        self.app, self.db, self.async_ = (
            station_of(self.clock, system.servers[name], lots) for name in ("app", "db", "async")
        )
        self.lock = InOrder(self.clock, Servers(1))
        self.names = list(system.business)
        self.shares = [one.share for one in system.business.values()]
        self.times: dict[str, list[float]] = {name: [] for name in self.names}
        self.thinks: list[float] = []
        self.from_s = math.inf
        """From here on it counts."""

    def drawn(self, mean: float, cv: float) -> float:
        if mean <= 0:
            return 0.0
        factors = self.factors.get(cv)
        if not factors:
            # Drawn by the thousand: one at a time is a third of the whole simulation.
            square = math.log1p(cv * cv)
            factors = self.bulk_dice.lognormal(-square / 2, math.sqrt(square), 8192).tolist()
            self.factors[cv] = factors
        return mean * factors.pop()

    def think(self, now: float) -> None:
        pause = self.system.think_s * self.dice.uniform(0.5, 1.5)
        if now >= self.from_s:
            self.thinks.append(pause)
        self.clock.at(now + pause, self.act)

    def act(self, began: float) -> None:
        name = self.dice.choices(self.names, self.shares)[0]
        business = self.system.business[name]
        left, under_way = business.requests, 0

        def send(first: bool) -> None:
            nonlocal left, under_way
            left -= 1
            under_way += 1
            self._request(business, first, answered)

        def answered(now: float) -> None:
            nonlocal under_way
            under_way -= 1
            if left == under_way == 0:
                if now >= self.from_s:
                    self.times[name].append(now - began)
                if business.async_s > 0:
                    seconds = self.drawn(business.async_s, self.system.servers["async"].cv)
                    self.async_.visit(seconds, lambda _: None)
                self.think(now)
            while left and under_way < SIDE_BY_SIDE:
                send(False)

        send(True)

    def _request(self, business: Business, first: bool, then: Then) -> None:
        visits = left = business.visits
        app, db = self.system.servers["app"], self.system.servers["db"]

        def application(_: float) -> None:
            self.app.visit(self.drawn(business.app_s / visits, app.cv), database)

        def database(_: float) -> None:
            self.db.visit(self.drawn(business.db_s / visits, db.cv), next_visit)

        def next_visit(now: float) -> None:
            nonlocal left
            left -= 1
            if left:
                application(now)
            elif business.network_s > 0:
                self.clock.at(now + self.drawn(business.network_s, 0.3), then)
            else:
                then(now)

        if (first or self.system.lock_each) and business.lock_s > 0:
            self.lock.visit(self.drawn(business.lock_s, self.system.lock_cv), application)
        else:
            application(self.clock.now)


def look(system: System, people: int, seconds: float, seed: int) -> Seen:
    """Let so many people work, and measure a window after they have settled."""
    run = _Run(system, seed)
    for _ in range(people):
        run.clock.at(run.dice.uniform(0, 1.5 * system.think_s), run.act)
    settle = max(system.settle_s, SETTLE * system.think_s)
    run.clock.run(settle)
    run.from_s = settle
    run.clock.run(settle + seconds)
    stations = {"app": run.app, "db": run.db, "async": run.async_}
    windows = [(settle, settle + seconds)]
    if system.holes:
        begins = [settle + READING_S * number for number in range(int(seconds / READING_S))]
        kept = [(begin, begin + READING_S) for begin in begins if run.dice.random() >= system.holes]
        windows = kept or windows
    counted = sum(end - begin for begin, end in windows)
    busy = {
        name: sum(station.busy_s(begin, end) for begin, end in windows) / counted / system.servers[name].cores
        for name, station in stations.items()
    }
    backlog = run.async_.waiting(settle), run.async_.waiting(settle + seconds)
    return Seen(people, seconds, sum(run.thinks) / max(1, len(run.thinks)), run.times, busy, backlog)


def measured(system: System, people: list[int], seconds: float, seed: int, *, counters: bool = True) -> Measured:
    """A stepped run of the system, with the counters' own errors: 2 % of gain, 1.5 % of something else running."""
    dice = random.Random(seed)
    stations = tuple(
        Station(name, ROLES[name], servers.cores)
        for name, servers in system.servers.items()
        if counters and (name != "async" or system.demand_s("async") > 0)
    )
    gain = {station.name: dice.gauss(1.0, 0.02) for station in stations}
    steps = []
    for number, count in enumerate(people, 1):
        now = system.with_work(1 + system.cold * 0.5 ** (number - 1)) if system.cold else system
        seen = look(now, count, seconds, seed * 1000 + number)
        busy = {name: min(1.0, max(0.0, seen.busy[name] * gain[name] + dice.gauss(0.015, 0.003))) for name in gain}
        steps.append(step_of(f"step {number}", seen, busy))
    return Measured(tuple(steps), stations, system.limits_s)


def step_of(name: str, seen: Seen, busy: Mapping[str, float]) -> Step:
    """As the reader of a run folder gives it."""
    every = [time for times in seen.times.values() for time in times]
    times = {}
    for transaction, durations in seen.times.items():
        histogram = Histogram()
        for duration in durations:
            histogram.record(round(duration * 1e6))
        if durations:
            mean = sum(durations) / len(durations)
            times[f"web/{transaction}"] = Times(len(durations), mean, histogram.percentile(95) / 1e6, histogram)
    backlog = (float(seen.backlog[0]), float(seen.backlog[1])) if "async" in busy else None
    return Step(
        name,
        float(seen.people),
        seen.seconds,
        len(every) / seen.seconds,
        sum(every) / len(every),
        seen.think_s,
        times,
        busy,
        backlog=backlog,
    )
