"""Stations: the servers of the environment file, those of one role together, and how busy they were."""

from collections.abc import Mapping, Sequence
from statistics import fmean

from analysis.capacity.measured import Station
from analysis.capacity.run_intervals import Interval
from loadtests.config.environment import Server

NEEDED = ("web", "database", "all", "sandbox")
"""Roles that people wait for: without counters of such a server nobody can say which one is the limit."""


def stations_of(servers: Mapping[str, Server], counted: Sequence[str]) -> tuple[Station, ...]:
    """One station for each role of which every machine was counted, in the order of the file.

    A single machine's station has its name; several machines' has the role's.
    """
    by_role: dict[str, list[str]] = {}
    for name, server in servers.items():
        by_role.setdefault(server.role, []).append(name)
    return tuple(
        Station(
            name=machines[0] if len(machines) == 1 else role,
            role=servers[machines[0]].role,
            cores=sum(servers[machine].cores for machine in machines),
            machines=tuple(machines),
        )
        for role, machines in by_role.items()
        if set(machines) <= set(counted)
    )


def busy_shares(
    stations: Sequence[Station], servers: Mapping[str, Server], window: Sequence[Interval]
) -> dict[str, float]:
    """Station -> mean share of its cores that was busy in the window; a station without a reading is left out."""
    found = {}
    for station in stations:
        shares = {
            machine: [interval.busy[machine] for interval in window if machine in interval.busy]
            for machine in station.machines
        }
        if all(shares.values()):
            busy = sum(fmean(readings) * servers[machine].cores for machine, readings in shares.items())
            found[station.name] = busy / station.cores
    return found


def readings_of(counted: Sequence[str], window: Sequence[Interval]) -> dict[str, list[float]]:
    """Server -> its readings in those intervals in which every server was counted: of the same moments."""
    whole = [interval.busy for interval in window if all(name in interval.busy for name in counted)]
    return {name: [busy[name] for busy in whole] for name in counted}


def stations_flaws(servers: Mapping[str, Server], counted: Sequence[str]) -> tuple[str, ...]:
    """What is missing to know how busy the servers were, with the next step; empty without any counters at all."""
    if not counted:
        return ()
    if not servers:
        return (
            f"{_listed(counted)} were counted, but the environment file does not say what they are: add `servers:` "
            "with each one's role, cores and memory, and analyse the run again",
        )
    missing = [name for name, server in servers.items() if server.role in NEEDED and name not in counted]
    if not missing:
        return ()
    return (
        f"nobody counted how busy {_listed(missing)} was: a limit there could not be seen. Add its `metrics:` to the "
        "environment file before the next run, or the counters that its administrators kept",
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
