"""Gates on made-up figures whose truth is known: how often is a release that did not change called worse?

Logarithms of percentiles scatter as `night + run + what chance does within a run`; a part of nights and runs is common
to all transactions. The sizes are those of the design's statistics reference (1.3, 1.4).
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import log

import numpy as np

from analysis.gate.comparison import Comparison, compare_pairs, compare_sessions
from analysis.gate.estimates import Floats

TOLERANCE = log(1.10)


@dataclass(frozen=True)
class World:
    """Standard deviations of logarithms; `unlike` is that of the within-run scatter from transaction to transaction."""

    night: float = 0.04
    run: float = 0.03
    within_p50: float = 0.03
    within_p95: float = 0.065
    common: float = 0.7
    """Share of the variance of nights and runs that all transactions have in common."""
    unlike: float = 0.0
    transactions: int = 20
    one: float = 0.0
    """By how much the first transaction really became slower."""
    everything: float = 0.0


@dataclass(frozen=True)
class Counts:
    """What became of a number of gates."""

    gates: int
    worse: int
    shifts: int
    named: int
    """The first transaction was named, or the shift."""
    passed: int
    first_within: int
    """The first transaction was let through, whatever the others said."""


def sessions(world: World, gates: int, seed: int, *, stored: int = 10, runs: int = 3) -> Counts:
    """Gates of one new session against stored ones, each of `runs` runs."""

    def gate(rng: np.random.Generator) -> Comparison:
        nights = _draw(world, rng, stored + 1, runs).mean(axis=1)
        return compare_sessions(nights[:-1], nights[-1] + _effect(world))

    return _count(gate, gates, seed)


def pairs(world: World, gates: int, seed: int, *, count: int = 5, share: float = 1.0) -> Counts:
    """Gates of interleaved pairs: the night is the same for both."""

    def gate(rng: np.random.Generator) -> Comparison:
        old, new = _draw(replace(world, night=0.0), rng, 2, count)
        return compare_pairs(new + _effect(world) - old, (None, None), share=share)

    return _count(gate, gates, seed)


def looks(world: World, gates: int, seed: int, *, at: tuple[int, ...] = (3, 6, 9)) -> Counts:
    """Gates of pairs that go on while they cannot tell: each look spends half of the level."""
    last: dict[str, Comparison] = {}

    def gate(rng: np.random.Generator) -> Comparison:
        old, new = _draw(replace(world, night=0.0), rng, 2, at[-1])
        differences = new + _effect(world) - old
        for count in at:
            last["look"] = compare_pairs(differences[:count], (None, None), share=0.5)
            if _worse(last["look"]) or last["look"].surely_within(TOLERANCE)[:, 1].all():
                break
        return last["look"]

    return _count(gate, gates, seed)


def _draw(world: World, rng: np.random.Generator, nights: int, runs: int) -> Floats:
    """`(nights, runs, transactions, percentiles)`."""
    n, own = world.transactions, 1 - world.common
    within = np.array([world.within_p50, world.within_p95]) * np.exp(rng.normal(0, world.unlike, (n, 1)))
    noise = rng.normal(0, 1, (nights, runs, n, 2))
    # Median and 95th percentile of one run know of each other.
    noise[..., 1] = 0.5 * noise[..., 0] + np.sqrt(0.75) * noise[..., 1]
    return np.asarray(
        rng.normal(0, world.night * np.sqrt(world.common), (nights, 1, 1, 1))
        + rng.normal(0, world.night * np.sqrt(own), (nights, 1, n, 1))
        + rng.normal(0, world.run * np.sqrt(world.common), (nights, runs, 1, 1))
        + rng.normal(0, world.run * np.sqrt(own), (nights, runs, n, 1))
        + noise * within
    )


def _effect(world: World) -> Floats:
    effect = np.full((world.transactions, 1), world.everything)
    effect[0] += world.one
    return effect


def _worse(comparison: Comparison) -> bool:
    return bool(comparison.moved.any() or comparison.shifted.any())


def _count(gate: Callable[[np.random.Generator], Comparison], gates: int, seed: int) -> Counts:
    rng = np.random.default_rng(seed)
    seen = Counter[str]()
    for _ in range(gates):
        comparison = gate(rng)
        worse, within = _worse(comparison), comparison.surely_within(TOLERANCE)[:, 1]
        seen["worse"] += worse
        seen["shifts"] += bool(comparison.shifted.any())
        seen["named"] += bool(comparison.moved[0].any() or comparison.shifted.any())
        seen["passed"] += not worse and bool(within.all())
        seen["first_within"] += bool(within[0])
    return Counts(gates, *(seen[name] for name in ("worse", "shifts", "named", "passed", "first_within")))
