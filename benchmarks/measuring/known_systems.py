"""Systems drawn by chance, each with a stepped run and the true number of people it carries, today and upgraded.

Nothing here knows the model: what it is calibrated on and judged by stays the same while the model changes.
"""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import exp, log
from pathlib import Path
from typing import Any

import numpy as np

from analysis.capacity.forecast import TODAY, Change
from analysis.capacity.measured import Measured
from analysis.capacity.measured_record import measured_from_json, measured_to_json
from benchmarks.measuring.simulated_stations import Servers
from benchmarks.measuring.simulated_systems import Business, System, look, measured

KINDS = ("application-bound", "database-bound", "balanced", "asynchronous-bound", "lock")
STEPS = (0.1, 0.2, 0.3, 0.4, 0.55, 0.7, 0.8)
"""Of the people that would fill the busiest station that is counted."""
WINDOWS = (20, 40, 80)
"""Cycles of a person in a step's window, one of them. The statistics reference's holds are of 30."""
TRUTH_CYCLES = 25
TRUTH_TRANSACTIONS = 1_200
"""A window of the truth is as long as both need."""
NEAR = 0.35
"""Looks whose ln(95th percentile / limit) is within it say where the limit is passed."""
MOST_LOOKS = 14

Carried = Mapping[str, tuple[Change, float]]
"""Name of a change -> the change, and the true number of people after it."""


@dataclass(frozen=True)
class Known:
    """The run of a system, and how many people the system carries by change."""

    run: Measured
    people_full: float
    """People that would fill the busiest counted station."""
    limit: str
    """That station."""
    carries: Carried
    """`today`, `more_cores`, `faster`: the changes are of the limit."""


def draw(kind: str, seed: int) -> System:
    """A system of one of KINDS; equal seeds give equal systems."""
    dice = random.Random(f"{kind} {seed}")
    business = {}
    for name in ("open_record", "quick_find", "save", "open_view")[: dice.randint(3, 4)]:
        requests = {"open_record": dice.randint(4, 8), "open_view": dice.randint(2, 4)}.get(name, dice.randint(1, 3))
        network = dice.choice((0.0, 0.02, 0.1))
        business[name] = Business(
            dice.uniform(0.5, 2), requests, dice.randint(1, 2), _log(dice, 0.03, 0.12), _log(dice, 0.03, 0.12),
            network_s=network,
        )  # fmt: skip
    servers = {
        "app": Servers(dice.choice((2, 4)), shared=dice.random() < 0.5, cv=dice.choice((0.5, 1.0, 1.5))),
        "db": Servers(dice.choice((1, 2, 4)), cv=dice.choice((0.5, 1.0, 2.0))),
        "async": Servers(dice.choice((1, 2)), cv=1.0),
    }
    system = System(kind, dice.choice((2.0, 4.0, 6.0)), servers, business)
    uneven = dice.uniform(1.4, 2.5)
    if kind == "balanced":
        ratio = dice.uniform(0.85, 1.18)
    else:
        ratio = (
            uneven if kind == "application-bound" or (kind != "database-bound" and dice.random() < 0.5) else 1 / uneven
        )
    # The database is made so fast that it could do `ratio` times as much as the application.
    speed = ratio * system.most("app") / system.most("db")
    system = replace(system, business={n: replace(b, db_s=b.db_s / speed) for n, b in business.items()})
    most = min(system.most("app"), system.most("db"))
    jobs = dice.choice((0.0, 0.3, 0.5)) if kind != "asynchronous-bound" else dice.uniform(1.25, 1.6)
    mean = jobs * servers["async"].cores / most
    system = replace(system, business={n: replace(b, async_s=mean) for n, b in system.business.items()})
    if kind == "lock":
        lock = dice.uniform(0.4, 1.5) / most
        system = replace(system, business={n: replace(b, lock_s=lock) for n, b in system.business.items()})
    return with_limits(system, dice.uniform(2.0, 3.5), seed)


def known(kind: str, seed: int) -> Known:
    """The system, measured and upgraded for true."""
    return known_of(draw(kind, seed), seed)


def with_limits(system: System, times: float, seed: int) -> System:
    """With limits of so many times the 95th percentile of each transaction alone."""
    alone = look(system, 1, 400 * system.think_s, seed)
    return replace(system, limits_s={f"web/{n}": times * alone.p95(n) for n in system.business if alone.p95(n) > 0})


def known_of(system: System, seed: int, shares: Sequence[float] = STEPS) -> Known:
    """A system with limits, measured at such shares of the people that fill it, and upgraded for true."""
    alone = look(system, 1, 200 * system.think_s, seed + 1)
    every = [time for times in alone.times.values() for time in times]
    cycle = system.think_s + sum(every) / len(every)
    limit = min(system.servers, key=system.most)
    full = system.most(limit) * cycle
    people = [max(number + 1, round(full * share)) for number, share in enumerate(shares)]
    run = measured(system, people, random.Random(seed).choice(WINDOWS) * cycle, seed)
    changes = {
        "today": (TODAY, system),
        "more_cores": (Change(more_cores={limit: 2.0}), system.changed(limit, more_cores=2)),
        "faster": (Change(faster={limit: 1.5}), system.changed(limit, faster=1.5)),
    }
    truths = {name: (change, true_people(after, cycle, seed)) for name, (change, after) in changes.items()}
    return Known(run, full, limit, truths)


def true_people(system: System, cycle_s: float, seed: int) -> float:
    """People at which the first judged transaction's 95th percentile passes its limit, or jobs pile up."""
    backlog = system.most("async") * cycle_s
    most = min(system.most("app"), system.most("db"))
    looks: list[tuple[float, float]] = []

    def look_at(people: float) -> float:
        whole = max(1, round(people))
        seen = look(system, whole, _window(min(most, whole / cycle_s), cycle_s), seed * 100 + len(looks))
        names = [name.removeprefix("web/") for name in system.limits_s]
        over = max(log(seen.p95(name) / system.limits_s[f"web/{name}"]) for name in names if seen.p95(name) > 0)
        looks.append((log(whole), over))
        return over

    people = 0.9 * most * cycle_s
    over = look_at(people)
    while over * looks[0][1] > 0 and len(looks) < MOST_LOOKS and people >= 1:
        people *= 0.85 if over > 0 else 1.15
        over = look_at(people)
    if over * looks[0][1] > 0:
        return 0.0 if over > 0 else people
    for _ in range(2):
        look_at(exp(_zero(looks)))
    crossed = exp(_zero(looks))
    # Where jobs pile up, response times are short: the throughput that fills the station tells the people.
    return (
        min(crossed, _people_for(system, system.most("async"), cycle_s, seed)) if backlog < crossed * 1.5 else crossed
    )


def _window(throughput: float, cycle_s: float) -> float:
    return max(TRUTH_TRANSACTIONS / throughput, TRUTH_CYCLES * cycle_s)


def _zero(looks: Sequence[tuple[float, float]]) -> float:
    """Where a straight line through the looks near the limit passes it: each look errs by chance, all together less."""
    near = sorted(looks, key=lambda one: abs(one[1]))
    near = [one for one in near if abs(one[1]) < NEAR] if sum(abs(one[1]) < NEAR for one in near) > 2 else near[:2]
    xs, ys = zip(*near, strict=True)
    slope, start = np.polyfit(xs, ys, 1) if max(xs) > min(xs) else (1.0, ys[0] - xs[0])
    below = max((x for x, y in looks if y <= 0), default=min(xs))
    above = min((x for x, y in looks if y > 0), default=max(xs))
    low, high = min(below, above) - 0.03, max(below, above) + 0.03
    return float(np.clip(-start / slope, low, high)) if slope > 0 else (low + high) / 2


def _people_for(system: System, throughput: float, cycle_s: float, seed: int) -> float:
    people = throughput * cycle_s
    for number in range(3):
        whole = max(1, round(people))
        seen = look(system, whole, _window(throughput, cycle_s), seed * 100 + 50 + number)
        done = sum(map(len, seen.times.values())) / seen.seconds
        people = whole * min(1.5, throughput / done)
        if abs(people / whole - 1) < 0.02:
            break
    return people


def _log(dice: random.Random, low: float, high: float) -> float:
    return exp(dice.uniform(log(low), log(high)))


def kept(folder: Path, kind: str, seed: int) -> Known:
    """As `known`, from the folder when it was simulated before."""
    return kept_known(folder / f"{kind}-{seed}.jsonl", lambda: known(kind, seed))


def kept_known(path: Path, simulate: Callable[[], Known]) -> Known:
    """What is in the file; simulated when there is none."""
    return known_from_json(kept_text(path, lambda: known_to_json(simulate())))


def kept_text(path: Path, make: Callable[[], str]) -> str:
    """The file's text; made when it is not there, and then written whole or not at all."""
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_text(make(), encoding="utf-8")
        part.replace(path)
    return path.read_text(encoding="utf-8")


def known_to_json(one: Known) -> str:
    """Two lines of JSON: the truth, then the run in the words that all parts of the advisor agree on."""
    truth = {"people_full": one.people_full, "limit": one.limit, "carries": carried_data(one.carries)}
    return json.dumps(truth, separators=(",", ":")) + "\n" + measured_to_json(one.run)


def known_from_json(text: str) -> Known:
    """What `known_to_json` wrote; KeyError, TypeError or ValueError when it is something else."""
    first, run = text.split("\n", maxsplit=1)
    truth = json.loads(first)
    return Known(measured_from_json(run), truth["people_full"], truth["limit"], carried_of(truth["carries"]))


def carried_data(carried: Carried) -> dict[str, Any]:
    """As plain data."""
    return {name: {"change": asdict(change), "people": people} for name, (change, people) in carried.items()}


def carried_of(data: Mapping[str, Any]) -> Carried:
    """What `carried_data` made."""
    return {name: (Change(**true["change"]), float(true["people"])) for name, true in data.items()}
