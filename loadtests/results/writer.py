"""Appends what was recorded to a run folder; a crash loses at most what had not arrived or was not yet written out."""

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import datetime
from io import StringIO
from operator import itemgetter
from typing import Any, TextIO

from loadtests import __version__
from loadtests.results import interval_log
from loadtests.results.cells import Cells, Figures
from loadtests.results.delta import Delta
from loadtests.results.histogram import compressed
from loadtests.results.interval_log import LAST_INTERVAL, STAGE_PREFIX, safe_tag
from loadtests.results.ledger import LedgerEntry, LedgerFile
from loadtests.results.names import Names, of_outcome
from loadtests.results.rows import TRAFFIC_SUMS, SessionRow
from loadtests.results.run_folder import RunFolder

ERRORS_HEAD = '{"schema":1,"about":"one line per distinct error and report; no line below this one: no error"}\n'
WAVES_HEAD = '{"schema":1,"about":"transactions as the network sees them: waves of [connections kept, exchanges]"}\n'
_SESSION_COLUMNS = [field.name for field in fields(SessionRow)]
_SESSION_YES_OR_NO = [place for place, field in enumerate(fields(SessionRow)) if field.type in (bool, "bool")]
_session_values = itemgetter(*_SESSION_COLUMNS)


SETTLED_AFTER = 24
"""Intervals (two minutes) after which one surely belongs to the stage that is still going on."""
SETTLED_AT_ONCE = 1 << 12
"""Counts of series and buckets that wait for being added to a stage's sums."""
STILL_OPEN = 2
"""Intervals that wait for more to come, counted from the latest told: memory is bounded, whoever writes out."""
SERIES_AT_ONCE = 25
"""Written without a pause; half a millisecond."""


def _no_pause() -> None:
    """Nobody waits."""


class RunWriter:
    """Owned by the master (or the only process).

    Counts of series are added up over all workers until their interval is written (`write_out`), a line per series:
    neither the folder nor the work grows with the number of workers. The rest is flushed before `append` returns. It
    also keeps the present stage's counts until their sum is written at the stage's end. What arrives for an interval
    that was written, or for a stage that has ended, is written as a further line.
    """

    def __init__(self, folder: RunFolder, started: datetime, names: Names | None = None) -> None:
        self.folder = folder
        self._names = names if names is not None else Names()
        self._labels = _Labels(self._names)
        self._seen: dict[str, _Taken] = {}
        self._open_intervals: dict[int, list[Figures]] = {}
        """What has come for an interval since it was last written."""
        self._stage = Cells.none()
        """The present stage's sums, without the last intervals: which stage those belong to is not known yet."""
        self._settled: list[Cells] = []
        """What is still to be added to them."""
        self._pending: dict[int, list[Cells]] = {}
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

    def append(self, delta: Delta, figures: Figures | None = None) -> bool:
        """Take a delta in; False (and nothing is) when this worker's sequence number was seen before.

        `figures`: its counts under the numbers of this writer's names, where they came over the wire.
        """
        if not self._seen.setdefault(delta.worker, _Taken()).add(delta.sequence):
            return False
        figures = figures or Figures.of(delta, self._names)
        self._open_intervals.setdefault(delta.interval, []).append(figures)
        _write(self._sessions, list(map(_session_cells, delta.sessions)))
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
        self.write_out(max(self._open_intervals) - STILL_OPEN + 1)
        return True

    def write_out(self, before: int, pause: Callable[[], None] = _no_pause) -> None:
        """Write what has come for the intervals before this one.

        `pause` is called now and then, so that others act meanwhile; they may append, and must not close.
        """
        while due := [interval for interval in self._open_intervals if interval < before]:
            interval = min(due)
            self._write_interval(interval, self._open_intervals.pop(interval), pause)
            self._settle(interval - SETTLED_AFTER)
            for file in (self._intervals, self._outcomes, self._traffic):
                file.flush()

    def append_ledger(self, *entries: LedgerEntry) -> None:
        """Add what this very process is about to write, or new states of entries."""
        self._ledger.append(*entries)

    def end_stage(self, stage: str, interval: int) -> None:
        """Write one cumulative line per series for the stage that ended before this interval."""
        self.write_out(interval)
        self._settle(interval)
        self._write_stage(stage, interval, Cells.summed([self._stage, *self._settled]))
        self._stage, self._settled = Cells.none(), []
        self._intervals.flush()
        self._ended.append((stage, interval))

    def close(self) -> None:
        """Write what is left and close all files."""
        self.write_out(LAST_INTERVAL + 1)
        for file in self._files:
            file.close()
        self._ledger.close()

    def _write_interval(self, interval: int, parts: Sequence[Figures], pause: Callable[[], None]) -> None:
        times, outcomes, traffic = (
            Cells.summed([getattr(part, field.name) for part in parts]) for field in fields(Figures)
        )
        if len(times):
            # Before any pause: the stage may end meanwhile.
            late_for = next((ended for ended in self._ended if interval < ended[1]), None)
            if late_for is not None:
                self._write_stage(*late_for, times)
            else:
                self._pending.setdefault(interval, []).append(times)
        pause()
        self._write_times(self._labels.tags(), interval, times, pause)
        pause()
        starts = self._labels.outcomes()
        self._outcomes.writelines(
            f"{interval},{starts[number]}{count}\n"
            for number, count in zip(outcomes.numbers.tolist(), outcomes.counts.tolist(), strict=True)
        )
        _write(
            self._traffic,
            [(interval, self._names[number], *sums) for number, sums in traffic.rows(len(TRAFFIC_SUMS))],
        )

    def _settle(self, before: int) -> None:
        """Take intervals into the stage's sums, so that memory does not grow with the length of a stage.

        Not one by one: the sums are gone through when as much has come together as they hold.
        """
        for earlier in [number for number in self._pending if number < before]:
            self._settled += self._pending.pop(earlier)
        if sum(map(len, self._settled)) > max(len(self._stage), SETTLED_AT_ONCE):
            self._stage, self._settled = Cells.summed([self._stage, *self._settled]), []

    def _write_stage(self, stage: str, interval: int, times: Cells) -> None:
        tags = [f"{STAGE_PREFIX}{safe_tag(stage)}/{tag}" for tag in self._labels.tags()]
        # No other line comes between a stage's.
        self._intervals.write(interval_log.stage_end(interval, self._write_times(tags, interval, times, _no_pause)))

    def _write_times(self, tags: Sequence[str], interval: int, times: Cells, pause: Callable[[], None]) -> int:
        """A line per series of summed counts; how many they are."""
        when = interval_log.times(interval)
        histograms = times.histograms()
        for first in range(0, len(histograms), SERIES_AT_ONCE):
            self._intervals.writelines(
                f"Tag={tags[number]},{when},{highest / 1000:.3f},{compressed(words)}\n"
                for number, highest, words in histograms[first : first + SERIES_AT_ONCE]
            )
            pause()
        return len(histograms)

    def _open(self, name: str, head: str) -> TextIO:
        file = self.folder.file(name).open("a", encoding="utf-8", newline="")
        if file.tell() == 0:
            file.write(head)
            file.flush()
        return file


class _Labels:
    """What is written again and again for the name of a number, made once."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._tags: list[str] = []
        self._outcomes: list[str] = []

    def tags(self) -> Sequence[str]:
        self._tags += map(safe_tag, self._names.since(len(self._tags)))
        return self._tags

    def outcomes(self) -> Sequence[str]:
        """`series,outcome,` as CSV."""
        for name in self._names.since(len(self._outcomes)):
            buffer = StringIO()
            csv.writer(buffer, lineterminator="").writerow((*of_outcome(name), ""))
            self._outcomes.append(buffer.getvalue())
        return self._outcomes


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


def _session_cells(session: dict[str, Any]) -> list[Any]:
    cells = list(_session_values(session))
    for place in _SESSION_YES_OR_NO:
        cells[place] = int(cells[place])
    return cells
