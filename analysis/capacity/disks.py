"""What counters say of disks, for offers of faster ones. Evidence, no model.

A disk that has something to do all of the time is not full: it serves several requests at once, and no counter says how
many. So it is told whether faster disks can help at all, never how many people they carry.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from analysis.capacity.server_evidence import means_of, readings_by_server
from analysis.words import percent_words
from loadtests.results import measures
from loadtests.results.rows import CounterRow

IDLE = 0.30
"""A disk that has something to do for less of the time makes hardly anybody wait."""
HOW_TO_COUNT = (
    r"record `\PhysicalDisk(*)\% Idle Time` and `\PhysicalDisk(_Total)\Avg. Disk sec/Transfer` there (`crmload "
    "counters kit` asks for both; windows_exporter: collector physical_disk) and run the steps again"
)


@dataclass(frozen=True, slots=True)
class DiskSeen:
    """The disks of one server in the minute in which they had most to do."""

    busy: float
    """0..1: share of the time in which the busiest of them had something to do."""
    access_ms: float | None
    """What a read or a write took in its slowest minute; None where nobody counted it."""

    @property
    def words(self) -> str:
        """`had something to do for 84 % of the time (highest minute), and a read or write took 18 ms`."""
        took = "" if self.access_ms is None else f", and a read or write took {self.access_ms:.0f} ms"
        return f"had something to do for {percent_words(self.busy)} of the time (highest minute){took}"


def disks_seen(counters: Iterable[CounterRow]) -> dict[str, DiskSeen]:
    """By server; those whose disks nobody counted are left out."""
    readings = readings_by_server(counters)
    return {
        server: DiskSeen(max(means_of(values)), _highest(readings, server))
        for (server, counter), values in sorted(readings.items())
        if counter == measures.DISK_BUSY
    }


def why_no_faster_disk(machines: Iterable[str], seen: Mapping[str, DiskSeen]) -> tuple[str, bool]:
    """Why nothing is forecast for faster disks of these servers, and whether they would be useless."""
    machines = list(machines)
    missing = [name for name in machines if name not in seen]
    if missing:
        names = ", ".join(f"`{name}`" for name in missing)
        return f"nobody counted the disks of {names}, so what faster ones buy cannot be told: {HOW_TO_COUNT}", False
    name = max(machines, key=lambda one: seen[one].busy)
    disk = seen[name]
    if disk.busy < IDLE:
        return f"the busiest disk of `{name}` {disk.words}: hardly anybody waits for it", True
    return (
        f"the busiest disk of `{name}` {disk.words}. A faster one may help, but for how many people is not forecast: "
        "disks serve several requests at once, and no counter says how many. Have it tried (or lent) and run the steps "
        "again",
        False,
    )


def _highest(readings: Mapping[tuple[str, str], Mapping[int, float]], server: str) -> float | None:
    values = readings.get((server, measures.DISK_TIME))
    return max(means_of(values)) if values else None
