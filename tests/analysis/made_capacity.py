"""A small capacity model for tests of decisions: people wait as the asymptotic bounds of a closed network say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, log
from statistics import NormalDist

from analysis.capacity.forecast import (
    TODAY,
    Cause,
    Change,
    Crossing,
    HeldOut,
    Level,
    NoForecast,
    Share,
    Warning,
)
from analysis.capacity.measured import Measured, Station, Step, Times
from loadtests.results.histogram import Histogram

TRANSACTION = "web/open_record"
LIMIT_S = 2.0
THINK_S = 10.0
ALONE_S = 0.5
FARTHEST = 2.5
SPREAD = 0.06
"""Of ln(forecast / truth); twice of it beyond one doubling."""


@dataclass(frozen=True)
class MadeModel:
    """Implements `CapacityModel`. The mean time is max(ALONE_S, N D/c - Z), and p95 twice of it."""

    measured: Measured
    demands_s: Mapping[str, float]
    cause: Cause = "servers"
    cause_text: str = ""
    warnings: Sequence[Warning] = ()
    held_out: HeldOut | None = field(default_factory=lambda: HeldOut("step-6", 90.0, {TRANSACTION: 0.04}, -0.01))

    def carries(self, change: Change = TODAY) -> Crossing:
        people = self._people(change)
        top = self.measured.steps[-1].people
        if people > FARTHEST * top:
            return Crossing(TRANSACTION, None, FARTHEST * top, None)
        width = 1.645 * self._spread(change)
        return Crossing(TRANSACTION, people, people * (1 - width), people * (1 + width))

    def crossings(self, change: Change = TODAY) -> Sequence[Crossing]:
        return (self.carries(change),)

    def limits(self, change: Change = TODAY) -> Sequence[tuple[Station, float]]:
        full = [(station, (THINK_S + ALONE_S) * self._most(station, change)) for station in self.measured.stations]
        return sorted(full, key=lambda pair: pair[1])

    def levels(self, people: Sequence[int], change: Change = TODAY) -> Sequence[Level]:
        levels = []
        for one in people:
            mean = max(ALONE_S, one / self._narrowest(change) - THINK_S)
            p95 = {TRANSACTION: 2 * mean}
            throughput = one / (mean + THINK_S)
            busy = {s.name: throughput / self._most(s, change) for s in self.measured.stations}
            levels.append(Level(one, throughput, p95, p95, p95, busy))
        return levels

    def shares(self, people: int, change: Change = TODAY) -> Sequence[Share]:
        return (Share(TRANSACTION, dict(self.demands_s), {}, 0.1),)

    def confidence(self, people: float, change: Change = TODAY) -> float:
        forecast = min(self._people(change), FARTHEST * self.measured.steps[-1].people)
        return NormalDist(0, self._spread(change)).cdf(log(forecast / people))

    def _people(self, change: Change) -> float:
        return (LIMIT_S / 2 + THINK_S) * self._narrowest(change)

    def _narrowest(self, change: Change) -> float:
        if change != TODAY and not self.demands_s:
            raise NoForecast("an upgrade without counters is no question of this run")
        return min((self._most(station, change) for station in self.measured.stations), default=60 / (THINK_S + 1))

    def _most(self, station: Station, change: Change) -> float:
        demand = self.demands_s.get(station.name, 0.0) / change.faster.get(station.name, 1.0)
        return station.cores * change.more_cores.get(station.name, 1.0) / demand if demand else inf

    def _spread(self, change: Change) -> float:
        factors = [*change.more_cores.values(), *change.faster.values()]
        return SPREAD * (2 if len(factors) > 1 or any(factor > 2 for factor in factors) else 1)


WEB = Station("web", "web", 8, ("CRMWEB01", "CRMWEB02"))
SQL = Station("sql", "database", 8, ("CRMSQL01",))


def measured(
    stations: Sequence[Station] = (WEB, SQL),
    demands_s: Mapping[str, float] | None = None,
    *,
    cloud: bool = False,
    backlogs: Sequence[tuple[float, float] | None] = (None,) * 6,
    counts: Sequence[Mapping[str, int]] = ({TRANSACTION: 600},) * 6,
) -> Measured:
    """Six steps of 15 to 90 people. By default `web` is full at about 120 people and `sql` idles."""
    demands = WEB_BOUND if demands_s is None else demands_s
    steps = []
    for number in range(6):
        people = 15.0 * (number + 1)
        throughput = people / (THINK_S + ALONE_S)
        times = {name: Times(count, ALONE_S, 2 * ALONE_S, Histogram()) for name, count in counts[number].items()}
        busy = {s.name: throughput * demands.get(s.name, 0.0) / s.cores for s in stations}
        steps.append(
            Step(
                name=f"step-{number + 1}", people=people, seconds=180.0, throughput=throughput, mean_s=ALONE_S,
                think_s=THINK_S, times=times, busy=busy, backlog=backlogs[number],
            )
        )  # fmt: skip
    return Measured(tuple(steps), tuple(stations), {TRANSACTION: LIMIT_S}, cloud=cloud)


WEB_BOUND = {"web": 0.70, "sql": 0.20}
"""Core-seconds: people fit up to 11 * 8 / 0.7 = 126."""


def web_bound(**changes: object) -> MadeModel:
    """Today 126 people; with 12 web cores 189; 2.5 times 90 is as far as anything is said."""
    return MadeModel(measured(), WEB_BOUND, **changes)  # type: ignore[arg-type]


def without_counters() -> MadeModel:
    """The same run, nobody having counted anything."""
    return MadeModel(measured(stations=(), demands_s={}), {})
