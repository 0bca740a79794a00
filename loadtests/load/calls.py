"""Open work, planned in advance: when each arrival is due. Pure data, the same for a seed wherever it is worked out."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from loadtests.config.day import Arrivals, Stage
from loadtests.config.resolved import ResolvedPlan

FIRST_DUE_S = 10.0
"""Nothing is due before: by then every process knows the plan, and those who must stand ready are signed in."""


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody is wanted. `name` is the arrivals' or the class's, `due_s` in seconds since the run's start."""

    name: str
    number: int
    due_s: float
    ready: bool = False
    """Not work yet: somebody is to sign in and stand ready for it."""

    def to_wire(self) -> list[object]:
        """Plain data for a message."""
        return [self.name, self.number, self.due_s, self.ready]

    @classmethod
    def from_wire(cls, wire: list[object]) -> "Call":
        """The call that `to_wire` told."""
        name, number, due_s, ready = wire
        return cls(str(name), int(str(number)), float(str(due_s)), bool(ready))


def schedule(plan: ResolvedPlan) -> list[Call]:
    """All calls of a run, in the order in which they are due."""
    calls: list[Call] = []
    for arrivals in plan.arrivals:
        calls += [Call(arrivals.name, number, due) for number, due in enumerate(arrival_times(plan, arrivals))]
        if arrivals.journey:
            apart = FIRST_DUE_S / 2 / arrivals.accounts
            calls += [Call(arrivals.name, n, n * apart, ready=True) for n in range(arrivals.accounts)]
    for training in plan.training:
        begins = max(plan.stage_start(training.during), FIRST_DUE_S)
        calls += [Call(training.name, number, begins) for number in range(training.people)]
    return sorted(calls, key=lambda call: (call.due_s, call.name, call.number))


def arrival_times(plan: ResolvedPlan, arrivals: Arrivals) -> list[float]:
    """When the arrivals are due, seconds since the run's start."""
    stages = [stage for stage in plan.stages if not arrivals.during or stage.name in arrivals.during]
    if arrivals.times:
        start = max(plan.stage_start(stages[0].name), FIRST_DUE_S)
        return sorted(start + moment for moment in arrivals.times)
    random = Random(f"{plan.seed}/arrivals/{arrivals.name}")
    return [due for stage in stages for due in _times_in(plan, stage, arrivals, random)]


def _times_in(plan: ResolvedPlan, stage: Stage, arrivals: Arrivals, random: Random) -> Iterator[float]:
    start = plan.stage_start(stage.name)
    end = start + stage.length_s
    per_s = (arrivals.per_hour or 0.0) * stage.pace / 3600
    due = max(start, FIRST_DUE_S) + (random.expovariate(per_s) if arrivals.spread == "poisson" else 0.5 / per_s)
    while due < end:
        yield due
        due += random.expovariate(per_s) if arrivals.spread == "poisson" else 1 / per_s
