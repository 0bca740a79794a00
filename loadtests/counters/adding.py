"""Foreign counters into a run folder. Nothing that the run recorded is lost."""

import csv
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

from loadtests.config.environment import Server
from loadtests.counters.alignment import Offset, estimate
from loadtests.counters.interval_means import means_of
from loadtests.counters.mapping import servers_of
from loadtests.counters.oddities import without_oddities
from loadtests.counters.reading import Reading
from loadtests.counters.track import Period, Track
from loadtests.errors import ConfigError, CrmloadError
from loadtests.results.added_counters import AddedCounters, AddedFile, read_added, write_added
from loadtests.results.interval_log import INTERVAL_S
from loadtests.results.measures import BUSY, SERVER_PREFIX
from loadtests.results.rows import is_transaction
from loadtests.results.run_folder import RunFolder, replace_file

COUNTERS = "counters.csv"
HEAD = "interval,source,counter,value\n"
REPLACED = "counters-replaced.csv"
"""What gave way to another file of the same servers."""
_PART = 0.9
"""A server counted in less of the run than this is named."""
_HOUR = 3600.0

Row = tuple[int, str, str, float]


@dataclass(frozen=True, slots=True)
class RunTimes:
    """A run as clocks see it."""

    started: float
    """Seconds since 1970."""
    intervals: int
    done: Mapping[int, int]
    """Transactions that ended in each interval."""

    @property
    def ended(self) -> float:
        """The end of its last interval, seconds since 1970."""
        return self.started + self.intervals * INTERVAL_S


def times_of(folder: RunFolder) -> RunTimes:
    """When a run was, and what was done; `CrmloadError` for one without a transaction."""
    done: dict[int, int] = {}
    for row in folder.read_outcomes():
        if is_transaction(row.series):
            done[row.interval] = done.get(row.interval, 0) + row.count
    if not done:
        raise CrmloadError(
            "nobody did anything in this run: counters would say nothing about it",
            next_step="give the folder of a run with people in it",
            place=str(folder.path),
        )
    return RunTimes(datetime.fromisoformat(folder.record.started_utc).timestamp(), max(done) + 1, done)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file as it would be added."""

    added: AddedFile
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    """Good to know and no doubt: machines left out."""


def prepare(
    reading: Reading, times: RunTimes, servers: Mapping[str, Server], *, server: str | None, offset_s: float | None
) -> Prepared:
    """A file's counters on the run's intervals. `ConfigError` when its machines are nobody's, or it does not overlap
    the run."""
    names, left_out = servers_of(reading, servers, server)
    tracks = [track for track in reading.tracks if track.machine in names]
    offset = _offset(tracks, times, offset_s)
    span = min(t.span[0] for t in tracks) + offset.seconds, max(t.span[1] for t in tracks) + offset.seconds
    if min(span[1], times.ended) - max(span[0], times.started) < INTERVAL_S:
        raise _elsewhere(reading, span, times)
    doubts = [*reading.notes] if offset.sure else [*reading.notes, offset.why]
    rows: list[Row] = []
    for track in tracks:
        name = names[track.machine]
        within, odd = without_oddities(_during(track.moved(offset.seconds), times), name)
        doubts += odd
        if within is None:
            continue
        means = {i: value for i, value in means_of(within.periods).items() if i < times.intervals}
        if track.measure == BUSY and len(means) < _PART * times.intervals:
            doubts.append(f"{name}: was counted in {_minutes(len(means))} of the run's {_minutes(times.intervals)} min")
        rows += [(interval, SERVER_PREFIX + name, track.measure, value) for interval, value in means.items()]
    for machine, name in names.items():
        if not any(track.machine == machine and track.measure == BUSY for track in tracks) and _counts_busy(reading):
            doubts.append(f"{name}: the file does not count its processors: advice cannot say how busy it was")
        seen = reading.cores.get(machine)
        if seen and seen != servers[name].cores:
            doubts.append(f"{name}: the file shows {seen} processors, the environment file says {servers[name].cores}")
    return Prepared(
        AddedFile(
            file=reading.path.name,
            sha256=_digest(reading.path),
            kind=reading.kind,
            servers={name: machine for machine, name in names.items()},
            measures=sorted({row[2] for row in rows}),
            begin_utc=_utc(span[0]),
            end_utc=_utc(span[1]),
            clock=reading.clock,
            offset_s=offset.seconds,
            offset_why=offset.why,
            offset_guessed=offset_s is None and offset.seconds != 0,
            readings=len(rows),
            doubts=doubts,
        ),
        tuple(rows),
        tuple(
            f"{machine or 'a machine without a name'} is no server of the environment: left out" for machine in left_out
        ),
    )


def is_added(folder: RunFolder, path: Path) -> AddedFile | None:
    """The entry of a file that was added before, by its contents."""
    digest = _digest(path) if path.is_file() else ""
    return next((one for one in read_added(folder).files if one.sha256 == digest), None)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def add(folder: RunFolder, prepared: Sequence[Prepared], *, replace: bool) -> int:
    """Append the counters of these files, all or none; returns how many older readings gave way.

    `ConfigError` when a server was counted at the same time by something else, unless `replace`.
    """
    new: dict[tuple[str, str], set[int]] = {}
    for one in prepared:
        mine: dict[tuple[str, str], set[int]] = {}
        for interval, source, counter, _ in one.rows:
            mine.setdefault((source, counter), set()).add(interval)
        for key, intervals in mine.items():
            if intervals & new.get(key, set()):
                raise ConfigError(
                    f"two of these files count {key[0].removeprefix(SERVER_PREFIX)} at the same time",
                    next_step="give one of them",
                    place=one.added.file,
                )
            new.setdefault(key, set()).update(intervals)
    added = read_added(folder)
    recorded = ((row.source, row.counter, row.interval) for row in folder.read_counters())
    there = {(source, counter) for source, counter, interval in recorded if interval in new.get((source, counter), ())}
    gone = 0
    if there and not replace:
        raise _taken(folder, there, added)
    if there:
        gone = _set_aside(folder, there)
        kept = [one for one in added.files if not _gave_way(one, there)]
    else:
        kept = list(added.files)
    _append(folder, [row for one in prepared for row in one.rows])
    write_added(folder, AddedCounters(files=[*kept, *(one.added for one in prepared)]))
    return gone


def _gave_way(one: AddedFile, there: set[tuple[str, str]]) -> bool:
    return all((SERVER_PREFIX + server, measure) in there for server in one.servers for measure in one.measures)


def _offset(tracks: Sequence[Track], times: RunTimes, said: float | None) -> Offset:
    if said is not None:
        return Offset(said, f"moved by {said:+g} s, as you said", True)
    busy = [track for track in tracks if track.measure == BUSY]
    if not busy:
        return Offset(0.0, "taken as it is: only how busy processors were shows whether clocks agree", True)
    return estimate(busy, times.done, times.started)


def _during(track: Track, times: RunTimes) -> Track:
    """A track in seconds since the run's start; what was before and after it is left out."""
    start, end = times.started, times.ended
    inside = (p for p in track.periods if p.end > start and p.begin < end)
    return Track(track.machine, track.measure, tuple(Period(b - start, e - start, v) for b, e, v in inside))


def _counts_busy(reading: Reading) -> bool:
    return any(track.measure == BUSY for track in reading.tracks)


def _append(folder: RunFolder, rows: Sequence[Row]) -> None:
    path = folder.file(COUNTERS)
    old = path.read_bytes() if path.is_file() else b""
    buffer = StringIO()
    if not old:
        buffer.write(HEAD)
    elif not old.endswith(b"\n"):
        # A crash may have cut the last line off.
        buffer.write("\n")
    csv.writer(buffer, lineterminator="\n").writerows((i, s, c, f"{value:.6g}") for i, s, c, value in rows)
    with path.open("a", encoding="utf-8", newline="") as file:
        file.write(buffer.getvalue())


def _set_aside(folder: RunFolder, there: set[tuple[str, str]]) -> int:
    """Move what is replaced into a file of its own, line by line as it stands."""
    path, beside = folder.file(COUNTERS), folder.file(REPLACED)
    kept: list[str] = []
    gone: list[str] = []
    for line in path.read_text(encoding="utf-8", errors="surrogateescape").splitlines(keepends=True):
        cells = next(csv.reader([line]), [])
        (gone if tuple(cells[1:3]) in there else kept).append(line)
    with beside.open("a", encoding="utf-8", errors="surrogateescape", newline="") as file:
        if file.tell() == 0:
            file.write(HEAD)
        file.writelines(gone)
    replace_file(path, "".join(kept))
    return len(gone)


def _taken(folder: RunFolder, there: set[tuple[str, str]], added: AddedCounters) -> ConfigError:
    servers = sorted({source.removeprefix(SERVER_PREFIX) for source, _ in there})
    files = [one.file for one in added.files if set(one.servers) & set(servers)]
    by = f"by {', '.join(files)}" if files else "by the run itself, from the addresses under `metrics`"
    return ConfigError(
        f"{', '.join(servers)} {'was' if len(servers) == 1 else 'were'} counted at that time already, {by}",
        next_step=f"if these files are better, say --replace: the older readings then go to {REPLACED}",
        place=str(folder.path),
    )


def _elsewhere(reading: Reading, span: tuple[float, float], times: RunTimes) -> ConfigError:
    hours = round(((times.started + times.ended) - sum(span)) / 2 / (_HOUR / 2)) / 2
    fits = (
        hours
        and abs(hours) <= 14
        and (span[0] + hours * _HOUR - 600 <= times.started and span[1] + hours * _HOUR + 600 >= times.ended)
    )
    hint = (
        f"moved by {hours:+g} h it would fit, so its time zone is probably not {reading.clock}: say --time-zone"
        if fits
        else "give the file that was recorded during this run, or the run that it belongs to"
    )
    return ConfigError(
        f"it does not overlap the run: the file is from {_utc(span[0])} to {_utc(span[1])} UTC (by its clock: "
        f"{reading.clock}), the run from {_utc(times.started)} to {_utc(times.ended)} UTC",
        next_step=hint,
        place=str(reading.path),
    )


def _utc(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _minutes(intervals: int) -> str:
    return f"{intervals * INTERVAL_S / 60:.1f}"
