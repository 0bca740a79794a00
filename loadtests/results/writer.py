"""Appends what was recorded to a run folder; a crash loses at most what had not arrived yet."""

import csv
import json
from dataclasses import fields
from datetime import datetime
from io import StringIO
from typing import Any, TextIO

from loadtests import __version__
from loadtests.results import interval_log
from loadtests.results.delta import Delta
from loadtests.results.histogram import Histogram
from loadtests.results.interval_log import STAGE_PREFIX
from loadtests.results.ledger import LedgerEntry, LedgerFile
from loadtests.results.rows import TRAFFIC_SUMS, SessionRow
from loadtests.results.run_folder import RunFolder

ERRORS_HEAD = '{"schema":1,"about":"one line per distinct error and report; no line below this one: no error"}\n'
WAVES_HEAD = '{"schema":1,"about":"transactions as the network sees them: waves of [connections kept, exchanges]"}\n'
_SESSION_COLUMNS = [field.name for field in fields(SessionRow)]


SETTLED_AFTER = 24
"""Intervals (two minutes) after which one surely belongs to the stage that is still going on."""


class RunWriter:
    """Owned by the master (or the only process). Every append is flushed before it returns.

    It also keeps the present stage's histograms until their sum is written at the stage's end. What arrives for a stage
    that has ended is written as a further line of that stage.
    """

    def __init__(self, folder: RunFolder, started: datetime) -> None:
        self.folder = folder
        self._seen: dict[str, _Taken] = {}
        self._stage: dict[str, Histogram] = {}
        """The present stage's sums, without the last intervals: which stage those belong to is not known yet."""
        self._pending: dict[int, dict[str, Histogram]] = {}
        self._ended: list[tuple[str, int]] = []
        self._intervals = self._open("intervals.hlog", interval_log.header(started.timestamp(), __version__))
        self._outcomes = self._open("outcomes.csv", "interval,series,outcome,count\n")
        self._sessions = self._open("sessions.csv", ",".join(_SESSION_COLUMNS) + "\n")
        self._traffic = self._open("traffic.csv", ",".join(("interval", "series", *TRAFFIC_SUMS)) + "\n")
        self._counters = self._open("counters.csv", "interval,source,counter,value\n")
        self._errors = self._open("errors.jsonl", ERRORS_HEAD)
        self._waves = self._open("waves.jsonl", WAVES_HEAD)
        self._files = (
            self._intervals, self._outcomes, self._sessions, self._traffic, self._counters, self._errors, self._waves,
        )  # fmt: skip
        self._ledger = LedgerFile(folder.file("ledger.jsonl"))

    def append(self, delta: Delta) -> bool:
        """Add a delta to the files; False (and nothing written) when this worker's sequence number was seen before."""
        if not self._seen.setdefault(delta.worker, _Taken()).add(delta.sequence):
            return False
        late_for = next((ended for ended in self._ended if delta.interval < ended[1]), None)
        late: dict[str, Histogram] = {}
        for tag, counts in delta.histograms.items():
            histogram = Histogram(counts)
            self._intervals.write(interval_log.line(tag, delta.interval, histogram))
            if late_for is not None:
                late[tag] = histogram
            else:
                self._pending.setdefault(delta.interval, {}).setdefault(tag, Histogram()).add(histogram)
        if late and late_for is not None:
            self._write_stage(*late_for, late)
        self._settle(delta.interval - SETTLED_AFTER)
        _write(
            self._outcomes,
            [
                (delta.interval, series, outcome, count)
                for series, by_outcome in delta.outcomes.items()
                for outcome, count in by_outcome.items()
            ],
        )
        _write(self._sessions, [[_cell(session[name]) for name in _SESSION_COLUMNS] for session in delta.sessions])
        _write(self._traffic, [(delta.interval, series, *sums) for series, sums in delta.traffic.items()])
        _write(
            self._counters,
            [(delta.interval, *name.rsplit("|", 1), f"{value:.6g}") for name, value in delta.counters.items()],
        )
        self._errors.writelines(json.dumps(error, separators=(",", ":")) + "\n" for error in delta.errors)
        self._waves.writelines(json.dumps(example, separators=(",", ":")) + "\n" for example in delta.examples)
        if delta.ledger:
            self._ledger.append(*(LedgerEntry.from_fields(entry) for entry in delta.ledger))
        for file in self._files:
            file.flush()
        return True

    def append_ledger(self, *entries: LedgerEntry) -> None:
        """Add what this very process is about to write, or new states of entries."""
        self._ledger.append(*entries)

    def end_stage(self, stage: str, interval: int) -> None:
        """Write one cumulative line per series for the stage that ended before this interval."""
        self._settle(interval)
        self._write_stage(stage, interval, self._stage)
        self._stage = {}
        self._intervals.flush()
        self._ended.append((stage, interval))

    def close(self) -> None:
        """Close all files."""
        for file in self._files:
            file.close()
        self._ledger.close()

    def _settle(self, before: int) -> None:
        """Take intervals into the stage's sums, so that memory does not grow with the length of a stage."""
        for earlier in [number for number in self._pending if number < before]:
            for tag, histogram in self._pending.pop(earlier).items():
                self._stage.setdefault(tag, Histogram()).add(histogram)

    def _write_stage(self, stage: str, interval: int, by_tag: dict[str, Histogram]) -> None:
        for tag, histogram in sorted(by_tag.items()):
            self._intervals.write(interval_log.line(f"{STAGE_PREFIX}{stage}/{tag}", interval, histogram))
        self._intervals.write(interval_log.stage_end(interval, len(by_tag)))

    def _open(self, name: str, head: str) -> TextIO:
        file = self.folder.file(name).open("a", encoding="utf-8", newline="")
        if file.tell() == 0:
            file.write(head)
            file.flush()
        return file


class _Taken:
    """Which sequence numbers of a worker were taken: the highest, and those below that are missing."""

    WAITED_FOR = 1000
    """How far behind the highest a missing one may still come."""

    def __init__(self) -> None:
        self._highest = -1
        self._missing: set[int] = set()

    def add(self, number: int) -> bool:
        """False when it was taken before, or comes too late for anybody to tell."""
        if number > self._highest:
            oldest = number - self.WAITED_FOR
            self._missing = {late for late in self._missing if late >= oldest}
            self._missing.update(range(max(self._highest + 1, oldest), number))
            self._highest = number
            return True
        if number in self._missing:
            self._missing.remove(number)
            return True
        return False


def _write(file: TextIO, rows: list[Any]) -> None:
    if rows:
        buffer = StringIO()
        csv.writer(buffer, lineterminator="\n").writerows(rows)
        file.write(buffer.getvalue())


def _cell(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else value
