"""What the run itself showed of today's limit: no forecast for today says otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp

from analysis.capacity.calibration import p95_error
from analysis.capacity.measured import Step

SURE = 1.64
"""Standard errors of a measured 95th percentile within which it may lie on the limit's other side."""


@dataclass(frozen=True)
class Seen:
    """People with whom a transaction was surely within its limit, and with whom it surely was not."""

    within: float
    """0 when no step was."""
    beyond: float | None
    """None when every step may have been within it."""

    def clip(self, people: float) -> float:
        """The nearest number that the run does not contradict."""
        people = max(people, self.within)
        return people if self.beyond is None else min(people, self.beyond)


def seen(steps: Sequence[Step], transaction: str, limit_s: float) -> Seen:
    """By the steps' own 95th percentiles and their errors; steps from the first on, for what is over stays over."""
    within, beyond = 0.0, None
    for step in steps:
        if transaction not in step.times:
            continue
        times = step.times[transaction]
        error = exp(SURE * p95_error(times.histogram))
        if times.p95_s / error > limit_s:
            beyond = step.people
            break
        if times.p95_s * error <= limit_s:
            within = step.people
    return Seen(within, beyond)


def fitted_people(steps: Sequence[Step], limits_s: Mapping[str, float]) -> float:
    """The most people with whom every limited transaction was measured within its limit; steps rise in people."""
    fitted = 0.0
    for step in steps:
        if any(step.times[name].p95_s > limit for name, limit in limits_s.items() if name in step.times):
            break
        fitted = step.people
    return fitted
