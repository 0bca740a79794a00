"""Did people do the same work in every step? One model describes one mix: a step of another one would bend it."""

from collections.abc import Mapping
from math import pi, sqrt

from analysis.capacity.forecast import Refusal
from analysis.capacity.measured import Measured
from analysis.capacity.refusals import usable_steps

MOST = 0.10
"""So much of the work may be other work (statistics.md 2.6)."""


def unlike_mixes(measured: Measured) -> Refusal | None:
    """A refusal when a usable step's work was other than that of all together, beyond chance."""
    counts = {step.name: {name: times.count for name, times in step.times.items()} for step in usable_steps(measured)}
    names = sorted({name for one in counts.values() for name in one})
    everything = {name: sum(one.get(name, 0) for one in counts.values()) for name in names}
    for step, one in counts.items():
        apart, chance = differing_share(one, everything)
        if apart > MOST + 2 * chance:
            most = max(names, key=lambda name: abs(_share(one, name) - _share(everything, name)))
            return Refusal(
                "mix",
                f"In the step “{step}” people did other work than in the others: {apart:.0%} of it differs (10 % may). "
                f"Most of all {most}: {_share(one, most):.0%} of what they did, {_share(everything, most):.0%} in all "
                "steps.",
                "Give all steps the same roles, journeys and pace, and hold each long enough for everybody to do each "
                "journey a few times; then run the steps again.",
            )
    return None


def differing_share(one: Mapping[str, int], everything: Mapping[str, int]) -> tuple[float, float]:
    """The share of work that would have to be exchanged to make both mixes alike, and what chance alone makes of it."""
    total = sum(one.values())
    if not total or not sum(everything.values()):
        return 0.0, 0.0
    shares = {name: _share(everything, name) for name in everything}
    apart = sum(abs(_share(one, name) - share) for name, share in shares.items()) / 2
    chance = sum(sqrt(share * (1 - share) / (2 * pi * total)) for share in shares.values())
    return apart, chance


def _share(counts: Mapping[str, int], name: str) -> float:
    return counts.get(name, 0) / sum(counts.values())
