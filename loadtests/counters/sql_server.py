"""What SQL Server's own statistics say: what its sessions waited for, and how long its files took.

Snapshots of `sys.dm_os_wait_stats` and `sys.dm_io_virtual_file_stats` as CSV, all moments one below the other, with a
column that says when each was taken. The figures are sums since the server's start: two snapshots give the mean
between them. Waits that mean nothing for people (idle threads, parallel queries' own bookkeeping) are left out.
"""

import csv
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from io import StringIO
from itertools import pairwise
from pathlib import Path

from loadtests.counters.reading import Reading
from loadtests.counters.text import number
from loadtests.counters.track import Period, Track
from loadtests.errors import ConfigError
from loadtests.results import measures

KIND_WAITS, KIND_FILES = "wait statistics of SQL Server", "file statistics of SQL Server"
TIME_COLUMNS = ("taken_utc", "snapshot_utc", "collected_utc", "taken", "snapshot_time", "collected_at", "time")
SERVER_COLUMNS = ("server_name", "server", "machine", "instance")
WAITS: dict[str, tuple[str, ...]] = {
    measures.LOCK_WAITS: ("LCK_",),
    measures.LOG_WAITS: ("WRITELOG", "LOGBUFFER"),
    measures.READ_WAITS: ("PAGEIOLATCH_", "IO_COMPLETION"),
    measures.LATCH_WAITS: ("PAGELATCH_", "LATCH_"),
    measures.GRANT_WAITS: ("RESOURCE_SEMAPHORE",),
    measures.WORKER_WAITS: ("THREADPOOL",),
    measures.CLIENT_WAITS: ("ASYNC_NETWORK_IO",),
}
"""Measure -> how the wait types that it sums up begin."""
Snapshots = dict[float, dict[str, dict[str, float]]]
"""Moment -> wait type or file -> column -> value."""


def is_sql(text: str) -> bool:
    """Whether a text has the columns of one of the two."""
    head = text[:2000].lstrip("\ufeff\r\n").split("\n", 1)[0].lower()
    return ("wait_type" in head and "wait_time_ms" in head) or "io_stall_read_ms" in head


def read_sql(path: Path, text: str, zone: tzinfo | None, zone_name: str) -> Reading:
    """The tracks of a file of snapshots; `ConfigError` for fewer than two, or without a column of times."""
    lines = [line for line in text.lstrip("\ufeff").splitlines() if line.strip(' ,;-\t"')]
    delimiter = max(",;\t", key=lines[0].count)
    reader = csv.DictReader(StringIO("\n".join(lines)), delimiter=delimiter)
    reader.fieldnames = [name.strip().lower() for name in reader.fieldnames or ()]
    waits = "wait_type" in reader.fieldnames
    column = next((name for name in TIME_COLUMNS if name in reader.fieldnames), None)
    if column is None:
        raise ConfigError(
            "no column says when each snapshot was taken; it has: " + ", ".join(reader.fieldnames),
            next_step="add `SYSUTCDATETIME() AS taken_utc` to the query, as the script of crmload counters kit does",
            place=str(path),
        )
    if not column.endswith("_utc") and zone is None:
        raise ConfigError(
            f"the column `{column}` does not say its time zone",
            next_step="say --time-zone Europe/Berlin (or take SYSUTCDATETIME() AS taken_utc)",
            place=str(path),
        )
    by_machine: dict[str, Snapshots] = defaultdict(lambda: defaultdict(dict))
    at = UTC if zone is None else zone
    unread = 0
    for row in reader:
        moment = _moment(row.get(column) or "", at)
        if moment is None:
            unread += 1
            continue
        machine = next((row[name] for name in SERVER_COLUMNS if row.get(name)), "") or ""
        key = (row["wait_type"] if waits else f"{row.get('database_name')}/{row.get('file_id')}") or ""
        figures = {name: value for name, cell in row.items() if name and (value := number(cell or "")) is not None}
        by_machine[machine.strip()][moment][key.strip().upper() if waits else key] = figures
    of = _waits_between if waits else _files_between
    tracks = [track for machine, snapshots in by_machine.items() for track in _tracks(machine, snapshots, of)]
    if not tracks:
        raise ConfigError(
            "it has fewer than two snapshots: what happened during the run is the difference of two",
            next_step="take one at least before the load and one after it; every 15 s shows each step",
            place=str(path),
        )
    clock = f"{zone_name}, as you said" if zone is not None else "UTC by SQL Server's clock"
    notes = (f"{unread} lines without a time were left out",) if unread else ()
    return Reading(path, KIND_WAITS if waits else KIND_FILES, tuple(tracks), clock, notes, tuple(reader.fieldnames))


def _moment(text: str, zone: tzinfo) -> float | None:
    # SQL Server writes seven decimals, Python reads six.
    head, point, decimals = text.strip().strip('"').partition(".")
    try:
        moment = datetime.fromisoformat(head + point + decimals[:6].rstrip("Z"))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()


Figures = dict[str, dict[str, float]]


def _tracks(
    machine: str, snapshots: Snapshots, of: Callable[[Figures, Figures, float], dict[str, float]]
) -> list[Track]:
    periods: dict[str, list[Period]] = defaultdict(list)
    moments = sorted(snapshots)
    for before, now in pairwise(moments):
        for measure, value in of(snapshots[before], snapshots[now], now - before).items():
            periods[measure].append(Period(before, now, value))
    return [Track(machine, measure, tuple(found)) for measure, found in periods.items()]


def _waits_between(before: Figures, now: Figures, seconds: float) -> dict[str, float]:
    """Sessions that waited, on average: milliseconds waited in a millisecond."""
    found = dict.fromkeys(WAITS, 0.0)
    for wait, figures in now.items():
        measure = next((m for m, begins in WAITS.items() if wait.startswith(begins)), None)
        grown = _grown(before.get(wait, {}), figures, "wait_time_ms")
        if measure is not None and grown is not None:
            found[measure] += grown / 1000 / seconds
    return found


def _files_between(before: Figures, now: Figures, seconds: float) -> dict[str, float]:
    """How long a read and a write of a database's file took, all files together, in milliseconds."""
    found = {}
    for measure, count, stall in (
        (measures.FILE_READ, "num_of_reads", "io_stall_read_ms"),
        (measures.FILE_WRITE, "num_of_writes", "io_stall_write_ms"),
    ):
        both = [
            (_grown(before.get(file, {}), figures, count), _grown(before.get(file, {}), figures, stall))
            for file, figures in now.items()
        ]
        done = sum(n for n, ms in both if n is not None and ms is not None)
        if done:
            found[measure] = sum(ms for n, ms in both if n is not None and ms is not None) / done
    return found


def _grown(before: dict[str, float], now: dict[str, float], column: str) -> float | None:
    """None where it was not in both, or was counted anew (a restart, or somebody cleared it)."""
    if column not in before or column not in now or now[column] < before[column]:
        return None
    return now[column] - before[column]
