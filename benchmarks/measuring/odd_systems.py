"""Systems with one oddity each that customers' systems have and the model does not know, drawn by chance.

Nothing here knows the model. What its intervals are calibrated on (`known_systems`) has none of these oddities.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from benchmarks.measuring.known_systems import Known, draw, kept_known, known_of, with_limits
from benchmarks.measuring.simulated_systems import Business, System

Oddity = Callable[[System], System]
FULL = "full from the first step on"
FULL_STEPS = (0.78, 0.85, 0.92, 1.0, 1.1, 1.2, 1.3)
COLD = 0.25
STRAIN = 0.2
SECOND_THREADS = 0.25
HOLES = 0.2
OTHERS = 0.15
FAR_S = 0.15
HEAVY_TIMES, HEAVY_SHARE = 10, 0.02


def _stations(system: System, **changes: object) -> System:
    """Application and database changed alike."""
    servers = {n: replace(s, **changes) if n != "async" else s for n, s in system.servers.items()}  # type: ignore[arg-type]
    return replace(system, servers=servers)


def _second_threads(system: System) -> System:
    app = system.servers["app"]
    app = replace(app, cores=max(4, app.cores), shared=True, second_threads=SECOND_THREADS)
    return replace(system, servers={**system.servers, "app": app})


def _heavy(system: System) -> System:
    shares = sum(one.share for one in system.business.values())
    usual = system.business["quick_find"]
    heavy = Business(
        HEAVY_SHARE * shares, 3, 1, HEAVY_TIMES * system.demand_s("app") / 3, HEAVY_TIMES * system.demand_s("db") / 3,
        async_s=usual.async_s, network_s=usual.network_s,
    )  # fmt: skip
    return replace(system, business={**system.business, "report": heavy})


def _alike(system: System) -> System:
    ratio = system.most("app") / system.most("db")
    return replace(system, business={n: replace(b, db_s=b.db_s / ratio) for n, b in system.business.items()})


def _front_ends(system: System) -> System:
    app = replace(system.servers["app"], cores=6, machines=3)
    return replace(system, servers={**system.servers, "app": app})


def _other_jobs(system: System) -> System:
    servers = {n: replace(s, others=OTHERS * s.cores) if n != "async" else s for n, s in system.servers.items()}
    return replace(system, servers=servers)


def _jobs(system: System) -> System:
    app, db = system.most("app"), system.most("db")
    mean = 0.7 * system.servers["async"].cores / min(app, db)
    return replace(system, business={n: replace(b, async_s=mean) for n, b in system.business.items()})


ODDITIES: Mapping[str, Oddity] = {
    "caches warm from step to step": lambda system: replace(system, cold=COLD),
    "work a fifth longer under load": lambda system: _stations(system, strain=STRAIN),
    "second threads worth a quarter": _second_threads,
    "pauses of 30 s": lambda system: replace(system, think_s=30.0),
    "pauses of 0.5 s": lambda system: replace(system, think_s=0.5, settle_s=10.0),
    "a fifth of the readings missing": lambda system: replace(system, holes=HOLES),
    "one transaction in fifty ten times as heavy": _heavy,
    "work scatters by twice its mean": lambda system: _stations(system, cv=2.0),
    FULL: lambda system: system,
    "two stations alike": _alike,
    "three front ends": _front_ends,
    "an asynchronous server as well": _jobs,
    "other jobs keep 15 % busy": _other_jobs,
    "150 ms away": lambda system: replace(
        system, business={n: replace(b, network_s=FAR_S) for n, b in system.business.items()}
    ),
}


def odd(kind: str, seed: int) -> Known:
    """A system with one of ODDITIES, measured and upgraded for true; equal seeds give equal systems."""
    dice = random.Random(f"{kind} {seed}")
    base = draw(dice.choice(("application-bound", "database-bound", "balanced")), seed + dice.randrange(10**6))
    system = with_limits(replace(ODDITIES[kind](base), kind=kind, limits_s={}), dice.uniform(2.0, 3.5), seed)
    if "web/report" in system.limits_s:
        # One in fifty is too few to judge it by its 95th percentile.
        system = replace(system, limits_s={n: s for n, s in system.limits_s.items() if n != "web/report"})
    return known_of(system, seed, FULL_STEPS) if kind == FULL else known_of(system, seed)


def kept(folder: Path, kind: str, seed: int) -> Known:
    """As `odd`, from the folder when it was simulated before."""
    return kept_known(
        folder / f"{kind.replace(' ', '-').replace('%', 'percent')}-{seed}.jsonl", lambda: odd(kind, seed)
    )
