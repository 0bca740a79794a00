"""What a measured system really carried: the people at which its waits passed a limit, or its backlog began to grow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log
from statistics import fmean

from analysis.capacity.measured import Measured, Step
from loadtests.results.interval_log import INTERVAL_S

FULL = 0.97
"""An asynchronous station busier than this is full: what comes and is not done becomes its backlog."""


@dataclass(frozen=True)
class Truth:
    """`people` None: it did not cross between the steps that were measured (`low` and `high` of them)."""

    people: float | None
    low: float
    high: float
    scatter: float | None = None
    """Half the difference of two measurements, as a share; None where there was one."""
    beyond: bool | None = None
    """Where `people` is None: True when it lies above `high`, False when below `low`, None when nobody knows."""


def limits_of(today: Measured, times: float) -> dict[str, float]:
    """`times` the 95th percentile at low load, for every transaction that the plan judged."""
    first = today.steps[0]
    return {name: times * first.times[name].p95_s for name in today.limits_s}


def true_crossing(measured: Measured, transaction: str, limit_s: float) -> Truth:
    """Where the transaction's p95 passed the limit: between two steps, on a straight line of its logarithm."""
    over = [
        [(step.people, log(step.times[transaction].p95_s / limit_s)) for step in steps] for steps in _passes(measured)
    ]
    return _truth(measured, over)


def true_backlog(measured: Measured, station: str) -> Truth:
    """Where the backlog of asynchronous work began to grow: people times done over come, of the steps at which it did.

    A full station does as much as it can; what comes grows with the people.
    """
    found = []
    for step in measured.steps:
        if step.backlog is not None and step.busy.get(station, 0.0) >= FULL:
            # From the mean of the window's first interval to that of its last one.
            grown = (step.backlog[1] - step.backlog[0]) / (step.seconds - INTERVAL_S)
            come = step.throughput * _share_of_searches(step)
            found.append(step.people * (come - grown) / come)
    low, high = measured.steps[0].people, measured.steps[-1].people
    if not found:
        return Truth(None, low, high)
    people = fmean(found)
    return Truth(people, low, high, (max(found) - min(found)) / 2 / people if len(found) > 1 else None)


def _share_of_searches(step: Step) -> float:
    """Each search leaves a job (`advisor_systems`)."""
    counts = {name: one.count for name, one in step.times.items()}
    return counts.get("web/quick_find", 0) / sum(counts.values())


def _passes(measured: Measured) -> list[list[Step]]:
    """The steps by people, once with the first measurement of each level and once with the repeated ones."""
    levels: dict[float, list[Step]] = {}
    for step in sorted(measured.steps, key=lambda step: int(step.name.rpartition("-")[2])):
        levels.setdefault(round(step.people), []).append(step)
    ordered: Sequence[list[Step]] = [levels[level] for level in sorted(levels)]
    passes = [[steps[0] for steps in ordered]]
    if any(len(steps) > 1 for steps in ordered):
        passes.append([steps[-1] for steps in ordered])
    return passes


def _truth(measured: Measured, passes: Sequence[Sequence[tuple[float, float]]]) -> Truth:
    found = [_zero(points) for points in passes]
    low, high = measured.steps[0].people, measured.steps[-1].people
    known = [people for people in found if people is not None]
    if len(known) < len(found):
        sides = {over > 0 for points in passes for _, over in (points if known else points[:1])}
        return Truth(None, low, high, beyond=not sides.pop() if len(sides) == 1 else None)
    people = fmean(known)
    return Truth(people, low, high, abs(known[0] - known[1]) / 2 / people if len(known) > 1 else None)


def _zero(points: Sequence[tuple[float, float]]) -> float | None:
    """The first crossing from below; None when there is none."""
    for (people, over), (more, then) in pairwise(points):
        if over <= 0 < then:
            return people + (more - people) * -over / (then - over)
    return None


Crossings = Mapping[str, Truth]
"""By transaction, or by asynchronous station."""


def truths(measured: Measured, limits_s: Mapping[str, float]) -> Crossings:
    """All of a measured setting."""
    found = {name: true_crossing(measured, name, limit) for name, limit in limits_s.items()}
    for station in measured.stations:
        if station.role == "async" and any(step.busy.get(station.name, 0.0) >= FULL for step in measured.steps):
            found[station.name] = true_backlog(measured, station.name)
    return found
