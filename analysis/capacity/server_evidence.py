"""What the servers' other counters say beside their processors: locks, disks, memory. Evidence for advice, no model.

Locks and a full disk hold people up while processors are idle; no counter of processors shows them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean

from analysis.capacity.advice import Finding
from loadtests.results import measures
from loadtests.results.interval_log import INTERVAL_S
from loadtests.results.rows import CounterRow

WINDOW_S = 60.0
"""A counter counts by its highest mean of this time: what lasts shorter holds few people up."""


@dataclass(frozen=True, slots=True)
class Sign:
    """From `limit` on, this counter is worth telling. `{server}` and `{value}` stand in its words."""

    measure: str
    limit: float
    kind: str
    text: str
    next_step: str
    below: bool = False
    """True where little of it is bad."""


SIGNS = (
    Sign(
        measures.LOCK_WAITS,
        1.0,
        "lock",
        "On {server}, {value:.1f} sessions of the database at a time waited for somebody else's lock (SQL Server's LCK "
        "waits, highest minute). More processors do not shorten that.",
        "Let the database team record the blocked process report (sp_configure 'blocked process threshold (s)', 5) in "
        "the next run, and find the update that holds the lock: mostly a plug-in or workflow that changes one record "
        "for everybody, or a long import.",
    ),
    Sign(
        measures.LATCH_WAITS,
        2.0,
        "lock",
        "On {server}, {value:.1f} sessions at a time waited for one page in memory (PAGELATCH): mostly tempdb, or the "
        "end of one much-written table.",
        "Let the database team look at sys.dm_os_waiting_tasks while it happens, and give tempdb as many files as "
        "there are cores (8 at most).",
    ),
    Sign(
        measures.LOG_WAITS,
        1.0,
        "disk",
        "On {server}, {value:.1f} sessions at a time waited for the transaction log to be written (WRITELOG).",
        "Put the log files onto their own fast disk, and see that nothing else writes there.",
    ),
    Sign(
        measures.FILE_WRITE,
        20.0,
        "disk",
        "On {server}, a write to the databases' files took {value:.0f} ms (highest minute; 5 ms are usual).",
        "Have the storage team look at that volume: its write cache, its queue, its neighbours.",
    ),
    Sign(
        measures.READ_WAITS,
        2.0,
        "disk",
        "On {server}, {value:.1f} sessions at a time waited for data from the disk (PAGEIOLATCH): it is not in memory.",
        "More memory for SQL Server mostly helps more than a faster disk; look first for missing indexes of the slow "
        "views (sys.dm_db_missing_index_details).",
    ),
    Sign(
        measures.FILE_READ,
        25.0,
        "disk",
        "On {server}, a read of the databases' files took {value:.0f} ms (highest minute; 10 ms are usual).",
        "Have the storage team look at that volume, and the database team at its memory: what lies there is not read.",
    ),
    Sign(
        measures.GRANT_WAITS,
        0.5,
        "memory",
        "On {server}, {value:.1f} sessions at a time waited for memory to sort in (RESOURCE_SEMAPHORE).",
        "Find the queries with large memory grants (sys.dm_exec_query_memory_grants): mostly an unfiltered view.",
    ),
    Sign(
        measures.WORKER_WAITS,
        0.1,
        "lock",
        "On {server}, sessions waited for a worker thread (THREADPOOL): SQL Server had none left.",
        "Find what blocks so many sessions (a lock, mostly) before raising max worker threads.",
    ),
    Sign(
        measures.DISK_BUSY,
        0.9,
        "disk",
        "The busiest disk of {server} had something to do {value:.0%} of the time (highest minute).",
        "Look in Resource Monitor > Disk which files it is, and move them to a faster or a separate disk.",
    ),
    Sign(
        measures.MEMORY_FREE,
        512.0,
        "memory",
        "{server} had {value:.0f} MB of free memory left at the least (lowest minute): Windows then writes to disk "
        "what it should keep.",
        "Give it more memory, or set SQL Server's max server memory so that Windows keeps 4 GB.",
        below=True,
    ),
)


def server_findings(counters: Iterable[CounterRow], owner_of: Callable[[str], str]) -> tuple[Finding, ...]:
    """One finding for each sign that is beyond its limit, in the order of `SIGNS`; `owner_of`: a server's."""
    readings = readings_by_server(counters)
    found = []
    for sign in SIGNS:
        for (server, counter), values in sorted(readings.items()):
            if counter != sign.measure:
                continue
            means = means_of(values)
            value = min(means) if sign.below else max(means)
            if value <= sign.limit if sign.below else value >= sign.limit:
                text = sign.text.format(server=f"`{server}`", value=value)
                found.append(Finding(sign.kind, text, owner_of(server), sign.next_step))
    return tuple(found)


def readings_by_server(counters: Iterable[CounterRow]) -> dict[tuple[str, str], dict[int, float]]:
    """(server, measure) -> interval -> reading; what is not of a server is left out."""
    readings: dict[tuple[str, str], dict[int, float]] = {}
    for row in counters:
        if row.source.startswith(measures.SERVER_PREFIX):
            server = row.source.removeprefix(measures.SERVER_PREFIX)
            readings.setdefault((server, row.counter), {})[row.interval] = row.value
    return readings


def means_of(readings: Mapping[int, float]) -> list[float]:
    """The means of every `WINDOW_S` in a row; of all where there are fewer."""
    values = [readings[interval] for interval in sorted(readings)]
    width = min(len(values), max(1, round(WINDOW_S / INTERVAL_S)))
    return [fmean(values[start : start + width]) for start in range(len(values) - width + 1)]
