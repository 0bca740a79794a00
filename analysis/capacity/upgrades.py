"""What a purchase does to the stations of a run: options of the hardware file as factors of the capacity model."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from analysis.capacity.disks import DiskSeen, why_no_faster_disk
from analysis.capacity.forecast import Change
from analysis.capacity.measured import Measured, Station
from loadtests.config.hardware import Option, Upgrade

VALIDATED = 2.0
"""Factors beyond, and two changes at once, were not tried for (statistics.md 2.6): twice the interval's width."""
Bought = Mapping[str, int]
"""Option -> how many of it; no zeros."""


@dataclass(frozen=True)
class Stations:
    """Finds what a hardware file means by `at`."""

    counted: Sequence[Station]
    known: Mapping[str, str]
    """Servers of the environment file that may not have been counted -> role."""
    disks: Mapping[str, DiskSeen] = field(default_factory=dict)
    """By server, where somebody counted its disks."""

    @classmethod
    def of(
        cls, measured: Measured, servers: Mapping[str, str], disks: Mapping[str, DiskSeen] | None = None
    ) -> "Stations":
        """Of a run and the servers that its environment file describes."""
        return cls(measured.stations, servers, disks or {})

    def named(self, at: str) -> list[Station]:
        """By its own name, by a machine of it, or by its role: the first of these that finds any."""
        by_name = [station for station in self.counted if at == station.name]
        by_machine = [station for station in self.counted if at in station.machines]
        return by_name or by_machine or [station for station in self.counted if at == station.role]

    def problem_of(self, at: str) -> tuple[str, str] | None:
        """What is wrong with an `at`, and what to do; None for one that can be meant."""
        found = self.named(at)
        if len(found) > 1:
            names = ", ".join(station.name for station in found)
            return f"`{at}` can be any of {names}", "write the name of the one that is meant"
        there = {*self.known, *self.known.values(), *(station.name for station in self.counted)}
        if found or at in there or not there:
            return None
        return (
            f"there is no server and no role `{at}` in the run's environment",
            f"there are: {', '.join(sorted(there))}",
        )


def mistakes(options: Sequence[Option], stations: Stations) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """What a hardware file names that the run does not have: the key path, what is wrong, and what to do."""
    for number, option in enumerate(options):
        for line, upgrade in enumerate(option.changes):
            if wrong := stations.problem_of(upgrade.at):
                yield ("options", number, "changes", line, "at"), f"`{option.name}`: {wrong[0]}", wrong[1]


def why_not_judged(option: Option, stations: Stations) -> tuple[str, bool]:
    """Why the model is not asked about an option (empty where it can be), and whether it is useless for that reason."""
    for upgrade in option.changes:
        found = stations.named(upgrade.at)
        if not found:
            why = f"nobody counted `{upgrade.at}` in this run: without its counters nobody can say what it would buy"
            return why, False
        if upgrade.faster_disk is not None:
            why, useless = why_no_faster_disk(found[0].machines or (found[0].name,), stations.disks)
            return why, useless and len(option.changes) == 1 and upgrade.only_disk
    return "", False


def change_of(bought: Bought, options: Sequence[Option], stations: Stations) -> Change:
    """What the model is asked: cores and machines add up, of two faster kinds the fastest counts.

    Every option of `bought` must be one that can be judged.
    """
    cores: Counter[str] = Counter()
    by_name = {station.name: station for station in stations.counted}
    faster: dict[str, float] = {}
    for option in options:
        for upgrade in option.changes * bought.get(option.name, 0):
            station = stations.named(upgrade.at)[0]
            cores[station.name] += _more_cores(upgrade, station)
            if upgrade.faster is not None:
                faster[station.name] = max(upgrade.faster, faster.get(station.name, 1.0))
    factors = {name: 1 + more / by_name[name].cores for name, more in sorted(cores.items()) if more}
    return Change(more_cores=factors, faster=dict(sorted(faster.items())))


def with_needs(option: Option, options: Sequence[Option]) -> Bought:
    """An option, and whatever has to be bought with it."""
    by_name = {one.name: one for one in options}
    bought, asked = [option.name], list(option.needs)
    while asked:
        name = asked.pop(0)
        if name not in bought:
            bought.append(name)
            asked += by_name[name].needs
    return dict.fromkeys(bought, 1)


def beyond_validated(change: Change) -> bool:
    """True where the method was not tried: more than twice, or two things at once."""
    factors = [*change.more_cores.values(), *change.faster.values()]
    return len(factors) > 1 or any(factor > VALIDATED for factor in factors)


def touched(change: Change) -> list[str]:
    """The stations that a change touches."""
    return sorted({*change.more_cores, *change.faster})


def does_words(change: Change, stations: Sequence[Station]) -> str:
    """A change in words: `web: 16 cores instead of 8, each 1.5 times as fast`."""
    told = []
    for station in stations:
        more, speed = change.more_cores.get(station.name), change.faster.get(station.name)
        parts = [f"{station.cores * more:g} cores instead of {station.cores}"] if more else []
        if speed:
            parts.append(f"{'each ' if more else ''}{speed:g} times as fast")
        if parts:
            told.append(f"{station.name}: {', '.join(parts)}")
    return "; ".join(told)


def _more_cores(upgrade: Upgrade, station: Station) -> int:
    machines = max(1, len(station.machines))
    return (upgrade.add_cores or 0) + (upgrade.add_machines or 0) * station.cores // machines
