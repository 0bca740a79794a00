"""Is there a step that shows times without waiting? Without one, work and waits cannot be told apart."""

from collections.abc import Sequence

from analysis.capacity.forecast import Refusal
from analysis.capacity.measured import Measured, Step
from analysis.capacity.measured_bounds import fitted_people

MOST_BUSY = 0.70
"""Of the busiest server in the first step.

On simulated systems (2026-11-25, application- and database-bound) forecasts of today and of twice the cores held up
to 65 % there; from 72 % on upgrades came out 10 to 24 % too low, and beyond 90 % people were foretold whom it had not.
"""
WANTED_BUSY = 0.10
"""How busy the plan should begin."""


def no_low_load(measured: Measured, steps: Sequence[Step]) -> Refusal | None:
    """A refusal when people waited for a server already in the first step; steps rise in people."""
    first = steps[0]
    waited = {one.name for one in measured.stations if one.role != "async"} & set(first.busy)
    name = max(waited, key=lambda station: first.busy[station], default=None)
    if name is None or first.busy[name] <= MOST_BUSY:
        return None
    fitted = fitted_people(steps, measured.limits_s)
    known = (
        f"At least {fitted:.0f} people fit: that was measured."
        if fitted
        else f"With {first.people:.0f} people a judged transaction was over its limit already."
    )
    # What is busy follows the throughput, and throughput the people, while nobody waits; waiting people make less.
    alone = max(1, round(first.people * WANTED_BUSY / first.busy[name]))
    return Refusal(
        "no_low_load",
        f"Already in the first step, with {first.people:.0f} people, {name} was busy for {first.busy[name]:.0%}: "
        "people waited for it in every step, so what a transaction takes alone was never seen, and what more or faster "
        f"servers would buy cannot be told. {known}",
        f"Begin the stepped plan with about {alone} {'person' if alone == 1 else 'people'} and raise it in six steps "
        f"until a server is busy for 60-70 %; hold each long enough for 100 transactions of every kind.",
    )
