"""Are servers of one role equally busy? Advice takes them as one station, so an uneven load refuses it."""

from collections.abc import Mapping, Sequence
from math import exp, log, sqrt
from statistics import fmean, stdev

from analysis.words import percent_words
from loadtests.config.environment import Server

SHARED = ("web", "all", "sandbox")
"""Roles whose servers share the work between them; a second database or asynchronous server may well stand by."""
UNEVEN = 1.25
"""Busier than the others by this factor is a fault of the sharing."""
BLOCK = 6
"""Readings in a row that count as one: what follows at once is no news."""
LEAST_BLOCKS = 4
LEAST_BUSY = 0.03
"""Below this what Windows does by itself is most of it."""
_SURE = 1.645
"""Standard errors of a one-sided 95 % bound."""


def imbalance_flaws(servers: Mapping[str, Server], readings: Mapping[str, Sequence[float]]) -> tuple[str, ...]:
    """One sentence for each role whose busiest server is more than `UNEVEN` times as busy as the others, beyond what
    chance explains. `readings`: busy shares of each server, of the same moments, while the load was held."""
    by_role: dict[str, list[str]] = {}
    for name, server in servers.items():
        if server.role in SHARED and readings.get(name):
            by_role.setdefault(server.role, []).append(name)
    return tuple(
        flaw
        for names in by_role.values()
        if len(names) > 1 and (flaw := _flaw(servers, {name: readings[name] for name in names}))
    )


def _flaw(servers: Mapping[str, Server], readings: Mapping[str, Sequence[float]]) -> str:
    length = min(map(len, readings.values()))
    means = {name: fmean(values[:length]) for name, values in readings.items()}
    busiest = max(means, key=lambda name: means[name])
    others = [name for name in means if name != busiest]
    ratios = []
    for start in range(0, length - BLOCK + 1, BLOCK):
        mine = fmean(readings[busiest][start : start + BLOCK])
        theirs = fmean(fmean(readings[name][start : start + BLOCK]) for name in others)
        if mine >= LEAST_BUSY:
            ratios.append(log(mine / max(theirs, LEAST_BUSY / 10)))
    if len(ratios) < LEAST_BLOCKS:
        return ""
    surely = exp(fmean(ratios) - _SURE * stdev(ratios) / sqrt(len(ratios)))
    ratio = exp(fmean(ratios))
    if ratio <= UNEVEN or surely <= 1:
        return ""
    rest = ", ".join(f"`{name}` {percent_words(means[name])}" for name in others)
    return (
        f"`{busiest}` was {ratio:.1f} times as busy as the others of its role: {percent_words(means[busiest])}, "
        f"{rest}. People on it wait longer than the rest, and what another server would buy cannot be told from an "
        "uneven load. "
        f"{_cause(servers, busiest, others)}, and run the steps again"
    )


def _cause(servers: Mapping[str, Server], busiest: str, others: Sequence[str]) -> str:
    """What it mostly is, and what to do about it."""
    if any(servers[name].cores > servers[busiest].cores for name in others):
        cores = ", ".join(f"`{name}` {servers[name].cores}" for name in (busiest, *others))
        return f"They have unlike numbers of cores ({cores}): let the load balancer share work in that proportion"
    return (
        "The usual cause is a load balancer that keeps people on a server by their network address, while the test's "
        "people come from few addresses: let it choose by cookie or without affinity (Windows NLB: Affinity None; F5: "
        "persistence profile cookie; IIS ARR: client affinity)"
    )
