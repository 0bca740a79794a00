"""Stepped runs of systems with and without a lock that no counter shows, drawn by chance: how often is one told?

The shapes are wider than those that the model is calibrated on (`known_systems`): pauses of half a second to ten, one
to eight cores, caches that warm, a shared line, people miscounted by a few per cent. Nothing here knows the model.
"""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import exp, inf, log
from pathlib import Path

from analysis.capacity.forecast import TODAY, Change
from analysis.capacity.measured import Measured
from analysis.capacity.measured_record import measured_from_json, measured_to_json
from benchmarks.measuring.known_systems import Carried, carried_data, carried_of, kept_text, true_people
from benchmarks.measuring.simulated_stations import Servers
from benchmarks.measuring.simulated_systems import Business, System, look, measured

CLEAN = "no lock"
STRENGTHS: Mapping[str, tuple[float, float]] = {
    "throughput stops below 50 %": (0.30, 0.45),
    "0.8 to 1 times": (0.8, 1.0),
    "1 to 1.2 times": (1.0, 1.2),
    "1.2 to 1.5 times": (1.2, 1.5),
}
"""What the lock lets through a second, in times of what the busiest counted server can do."""
STRONG = next(iter(STRENGTHS))
KINDS = (CLEAN, *STRENGTHS)
STEPS = (0.1, 0.2, 0.32, 0.44, 0.56, 0.7)
"""Of the people that would fill the first server or lock."""
STRONG_STEPS = (0.2, 0.5, 0.8, 1.1, 1.5, 1.9)
"""Of a lock that is to stop throughput."""
FEWEST, MOST_TRANSACTIONS = 250, 1_500
"""Transactions in the window of a step, about: a minute of a small system to some minutes of a large one."""


@dataclass(frozen=True)
class Drawn:
    """What a tester would have measured of a drawn system."""

    kind: str
    seed: int
    run: Measured


def draw(kind: str, seed: int) -> System:
    """A system of one of KINDS; equal seeds give equal systems."""
    dice = random.Random(f"locked {kind} {seed}")
    cv = dice.choice((0.3, 0.5, 0.8, 1.2, 2.0))
    business = {}
    for name in ("open_record", "quick_find", "save", "open_view")[: dice.randint(2, 4)]:
        requests = {"open_record": dice.randint(1, 8), "open_view": dice.randint(1, 4)}.get(name, dice.randint(1, 3))
        business[name] = Business(
            dice.uniform(0.5, 2), requests, dice.randint(1, 3), _log(dice, 0.03, 0.15), _log(dice, 0.03, 0.15),
            async_s=dice.choice((0.0, 0.05)), network_s=dice.choice((0.0, 0.02, 0.1)),
        )  # fmt: skip
    servers = {
        "app": Servers(dice.choice((1, 2, 4, 8)), shared=dice.random() < 0.4, cv=cv),
        "db": Servers(dice.choice((1, 2, 4, 8)), cv=dice.choice((0.3, 0.5, 1.0, 2.0))),
        "async": Servers(2, cv=1.0),
    }
    system = System(kind, _log(dice, 0.5, 10.0), servers, business)
    speed = _log(dice, 0.3, 3.3) * system.most("app") / system.most("db")
    business = {name: replace(one, db_s=one.db_s / speed) for name, one in business.items()}
    system = replace(system, business=business)
    most = min(system.most("app"), system.most("db"))
    each = dice.random() < 0.6
    if kind == CLEAN:
        # A line that all share is nobody's lock while it is nearly idle.
        between = dice.choice((0.0, 0.0, dice.uniform(0.02, 0.1)))
    else:
        between = 1 / dice.uniform(*STRENGTHS[kind])
    # Some locks are taken by saves alone, which hold them the longer.
    only = "save" if kind != CLEAN and "save" in business and dice.random() < 0.3 else None
    total = sum(one.share for one in business.values())
    taken = sum(
        one.share / total * (one.requests if each else 1) for name, one in business.items() if only in (None, name)
    )
    hold = between / most / taken
    business = {n: replace(b, lock_s=hold if only in (None, n) else 0.0) for n, b in business.items()}
    return replace(system, business=business, lock_cv=dice.choice((0.0, 1.0)), lock_each=each)


def stepped(kind: str, seed: int) -> Drawn:
    """The system, measured as a tester would."""
    dice = random.Random(f"stepped {kind} {seed}")
    system, cycle = _limited(kind, seed, dice)
    most = min(system.most("app"), system.most("db"))
    let_through = min(most, lets_through(system))
    shares = STRONG_STEPS if kind == STRONG else STEPS
    people = [max(number + 1, round(let_through * cycle * share)) for number, share in enumerate(shares)]
    seconds = _log(dice, FEWEST, MOST_TRANSACTIONS) / (let_through * 0.5)
    run = measured(system, people, max(seconds, 8 * cycle), seed)
    return Drawn(kind, seed, _with_errors(run, dice))


def carried(kind: str, seed: int) -> Carried:
    """`today`, and with twice the cores of the counted server that is the limit: the change and the true people."""
    system, cycle = _limited(kind, seed, random.Random(f"stepped {kind} {seed}"))
    limit = min(("app", "db"), key=system.most)
    twice = Change(more_cores={limit: 2.0})
    return {
        "today": (TODAY, true_people(system, cycle, seed)),
        "more_cores": (twice, true_people(system.changed(limit, more_cores=2), cycle, seed)),
    }


def _limited(kind: str, seed: int, dice: random.Random) -> tuple[System, float]:
    """The system with what people no longer accept, and the seconds between two transactions of one of them alone."""
    system = draw(kind, seed)
    alone = look(system, 1, 150 * system.think_s, seed)
    every = [time for times in alone.times.values() for time in times]
    times = dice.uniform(2.0, 3.0)
    limits = {f"web/{n}": times * alone.p95(n) for n in system.business if alone.p95(n) > 0}
    return replace(system, limits_s=limits), system.think_s + sum(every) / len(every)


def kept(folder: Path, kind: str, seed: int) -> Drawn:
    """As `stepped`, from the folder when it was simulated before."""
    text = kept_text(_path(folder, kind, seed), lambda: measured_to_json(stepped(kind, seed).run))
    return Drawn(kind, seed, measured_from_json(text))


def kept_truth(folder: Path, kind: str, seed: int) -> Carried:
    """As `carried`, from the folder when it was simulated before."""
    path = _path(folder, kind, seed).with_suffix(".truth.json")
    return carried_of(json.loads(kept_text(path, lambda: json.dumps(carried_data(carried(kind, seed))))))


def _path(folder: Path, kind: str, seed: int) -> Path:
    return folder / f"{kind.replace(' ', '-').replace('%', 'percent')}-{seed}.json"


def lets_through(system: System) -> float:
    """Transactions a second at which the lock is always held; infinite without one."""
    total = sum(one.share for one in system.business.values())
    held = sum(
        one.share / total * one.lock_s * (one.requests if system.lock_each else 1) for one in system.business.values()
    )
    return 1 / held if held > 0 else inf


def _with_errors(run: Measured, dice: random.Random) -> Measured:
    """People off by up to 2 %; in one of four runs caches warmed, so that early steps took up to 5 % longer."""
    off = [dice.gauss(1, 0.007) for _ in run.steps]
    warm = dice.uniform(0, 0.05) if dice.random() < 0.25 else 0.0
    steps = []
    for number, (step, error) in enumerate(zip(run.steps, off, strict=True)):
        longer = 1 + warm * 0.5**number
        times = {
            name: replace(one, mean_s=one.mean_s * longer, p95_s=one.p95_s * longer) for name, one in step.times.items()
        }
        steps.append(
            replace(step, people=step.people * min(1.02, max(0.98, error)), mean_s=step.mean_s * longer, times=times)
        )
    return replace(run, steps=tuple(steps))


def _log(dice: random.Random, low: float, high: float) -> float:
    return exp(dice.uniform(log(low), log(high)))
