"""A small simulated system, stepped once a test session."""

from dataclasses import replace
from functools import lru_cache

from analysis.capacity.measured import Measured
from benchmarks.measuring.simulated_stations import Servers
from benchmarks.measuring.simulated_systems import Business, System, look, measured

BUSINESS = {
    "open_record": Business(0.4, 12, 2, 0.03, 0.012, network_s=0.02),
    "quick_find": Business(0.4, 3, 1, 0.04, 0.03, network_s=0.02),
    "save": Business(0.2, 2, 3, 0.08, 0.03, async_s=0.2, network_s=0.02),
}


def application_bound() -> System:
    """Four shared application cores are full at 18 transactions a second, about 40 people."""
    servers = {"app": Servers(4, shared=True), "db": Servers(4), "async": Servers(2)}
    return System("application-bound", 2.0, servers, BUSINESS)


def with_limits(system: System, times: float = 2.0) -> System:
    """Limits of so many times what a transaction takes alone."""
    alone = look(system, 2, 200, seed=1)
    return replace(system, limits_s={f"web/{name}": times * alone.p95(name) for name in system.business})


@lru_cache(maxsize=1)
def stepped() -> Measured:
    """Six steps, up to about 70 % of the application servers."""
    return measured(with_limits(application_bound()), [4, 9, 13, 18, 23, 28], seconds=90, seed=5)
