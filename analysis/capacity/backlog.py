"""Work that nobody waits for: what its servers do at most, by their cores or by a cap before them."""

from collections.abc import Sequence
from dataclasses import replace

from analysis.capacity.demands import SATURATED, Demand, fit_demands
from analysis.capacity.measured import Station, Step

LEAST_BACKLOG = 10.0
BACKLOG_SHARE = 0.02
"""Of the window's transactions: fewer jobs more than at its begin are chance."""


def grows(step: Step) -> bool:
    """More jobs came than were done; False where nobody counted them."""
    if step.backlog is None:
        return False
    return step.backlog[1] - step.backlog[0] > max(LEAST_BACKLOG, BACKLOG_SHARE * step.throughput * step.seconds)


def fit_asynchronous(steps: Sequence[Step], stations: Sequence[Station]) -> tuple[Demand, ...]:
    """Demands from the steps that were done in time; where jobs piled up, its servers did what they do at most.

    They may idle then: workers are capped, or they wait for something else. The backlog is one for all stations, so
    only the busiest is held to it.
    """
    in_time = [step for step in steps if not grows(step)]
    behind = [step for step in steps if grows(step)]
    demands = fit_demands(in_time if len(in_time) > 1 else steps, stations)
    if not behind or not demands:
        return demands
    busy = {name: max(step.busy.get(name, 0.0) for step in behind) for name in (one.station.name for one in demands)}
    busiest = max(busy, key=lambda name: busy[name])
    if busy[busiest] >= SATURATED:
        return demands
    return tuple(
        replace(one, at_most=busy[busiest] * one.cores) if one.station.name == busiest else one for one in demands
    )
