"""A run folder: where each file is, and everything in it as data. Damage is told and loses only itself."""

import csv
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from loadtests.errors import DamagedRun
from loadtests.results import interval_log, stage_lines
from loadtests.results.interval_log import LAST_INTERVAL, IntervalLine
from loadtests.results.ledger import LedgerEntry, read_ledger
from loadtests.results.rows import TRAFFIC_SUMS, CounterRow, ErrorRow, OutcomeRow, SessionRow, TrafficRow
from loadtests.results.run_file import read_run_file
from loadtests.results.run_record import RunRecord
from loadtests.results.waves import Example

SAMPLE = "administrator"
"""The folder in a run folder with the administrator's sample: a small run folder of its own."""
SIGHT_FILE = "rows-seen.json"
"""In it: how many rows he sees, and a person of each role."""
ADVICE_FILE = "advice.json"
"""What was advised on people and hardware, where somebody asked for it."""
_MOST = 10**9
"""No count of a run is larger; a larger number is damage."""


if TYPE_CHECKING:
    from loadtests.results.bulk import Block


class RunFolder:
    """Reads a run folder; `loadtests.results.writer` writes one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.damage: list[str] = []
        """What could not be read, `file:line: why`; filled while reading."""

    @classmethod
    def create(cls, results: Path, plan_name: str, started: datetime) -> "RunFolder":
        """A new, empty folder `results/<utc time>-<plan>`; a suffix tells apart runs of the same second."""
        stem = f"{started.astimezone(UTC):%Y%m%dT%H%M%SZ}-{plan_name}"
        for attempt in range(1000):
            path = results / (stem if attempt == 0 else f"{stem}-{attempt + 1}")
            try:
                path.mkdir(parents=True)
            except FileExistsError:
                continue
            return cls(path)
        raise DamagedRun(f"a thousand runs of the same second in {results}", next_step="clear the folder")

    def file(self, name: str) -> Path:
        """The path of one of its files."""
        return self.path / name

    @property
    def record(self) -> RunRecord:
        """The content of run.json; `DamagedRun` when it is missing or not one."""
        try:
            return RunRecord.model_validate_json(read_run_file(self.path))
        except (ValidationError, UnicodeDecodeError) as error:
            raise DamagedRun(
                f"run.json cannot be read: {_first_problem(error)}",
                next_step="it is written whole at the start and end of a run: restore it from a copy, or run again",
                place=str(self.file("run.json")),
            ) from None

    def write_record(self, record: RunRecord) -> None:
        """Replace run.json in one step, so that a crash leaves the old or the new one."""
        replace_file(self.file("run.json"), record.to_json())

    def read_intervals(self) -> Iterator[IntervalLine]:
        """All histograms, stage lines too (`Tag` begins with `stage/`)."""
        path = self.file("intervals.hlog")
        if path.is_file():
            yield from interval_log.read(path, self.damage)

    def read_blocks(self, wanted: Callable[[str, int], bool] = lambda tag, interval: True) -> "Iterator[Block]":
        """The same lines in arrays, many at once, those of wanted tags and intervals: for a long run."""
        from loadtests.results import bulk

        path = self.file("intervals.hlog")
        if path.is_file():
            yield from bulk.read(path, self.damage, wanted)

    def summed_before(self) -> int:
        """The interval before which the stage lines hold everything; 0 where that is not sure."""
        path = self.file("intervals.hlog")
        return stage_lines.summed_before(path) if path.is_file() else 0

    def read_outcomes(self) -> list[OutcomeRow]:
        """Counts per interval, series and outcome, in the order written (several rows of one key add up)."""
        return [OutcomeRow(*row) for row in self._outcomes()]

    def read_summed_outcomes(self) -> dict[tuple[str, str], dict[int, int]]:
        """By series and outcome how many in each interval: the same rows added up, of which a long run has many."""
        sums: dict[tuple[str, str], dict[int, int]] = {}
        for interval, series, outcome, events in self._outcomes():
            counts = sums.setdefault((series, outcome), {})
            counts[interval] = counts.get(interval, 0) + events
        return sums

    def read_sessions(self) -> list[SessionRow]:
        """All sessions that ended or were cut off by the run's end; what an older run did not note is 0 or empty."""
        whole = ("transactions", "over_good", "over_fail", "failed", "steps_to_first_screen")
        whole_since = ("redirects", "prompts", "round_trips")
        decimal_since = ("kilobytes", "first_screen_ms", "broke_ms")
        return [
            SessionRow(
                person=row["person"],
                channel=row["channel"],
                role=row["role"],
                first=row["first"] == "1",
                ended=row["ended"] == "1",
                transactions=int(row["transactions"]),
                over_good=int(row["over_good"]),
                over_fail=int(row["over_fail"]),
                failed=int(row["failed"]),
                worst_transaction=row["worst_transaction"],
                worst_ms=float(row["worst_ms"]),
                broken=row["broken"] == "1",
                steps_to_first_screen=int(row["steps_to_first_screen"]),
                broke_on=row.get("broke_on", ""),
                broke_outcome=row.get("broke_outcome", ""),
                **{name: int(row[name]) for name in whole_since if name in row},
                **{name: float(row[name]) for name in decimal_since if name in row},  # type: ignore[arg-type]
            )
            for row in self._csv("sessions.csv", whole, ("worst_ms",), (*whole_since, *decimal_since))
        ]

    def read_traffic(self) -> list[TrafficRow]:
        """What ok transactions cost the network, in the order written; nothing for a run older than the file."""
        return [
            TrafficRow(int(row["interval"]), row["series"], *(int(row[name]) for name in TRAFFIC_SUMS))
            for row in self._csv("traffic.csv", ("interval", *TRAFFIC_SUMS), ())
        ]

    def read_examples(self) -> list[Example]:
        """Transactions as the network sees them; nothing for a run older than the file."""
        examples = []
        for fields in self._jsonl("waves.jsonl"):
            if "schema" in fields:
                continue
            try:
                examples.append(Example.from_fields(fields))
            except (KeyError, TypeError, ValueError):
                self.damage.append("waves.jsonl: a line of another form")
        return examples

    def read_counters(self) -> list[CounterRow]:
        """All counter readings."""
        return [
            CounterRow(int(row["interval"]), row["source"], row["counter"], float(row["value"]))
            for row in self._csv("counters.csv", ("interval",), ("value",))
        ]

    def read_errors(self) -> list[ErrorRow]:
        """Distinct errors, occurrences added up, most frequent first."""
        merged: dict[tuple[Any, ...], ErrorRow] = {}
        for fields in self._jsonl("errors.jsonl"):
            if "schema" in fields:
                continue
            try:
                row = ErrorRow(**fields)
            except TypeError:
                self.damage.append("errors.jsonl: a line of another form")
                continue
            key = (row.series, row.outcome, row.status, row.code, row.message)
            known = merged.get(key)
            merged[key] = row if known is None else _added(known, row)
        return sorted(merged.values(), key=lambda row: (-row.count, row.series, row.message))

    @property
    def sample(self) -> "RunFolder | None":
        """The administrator's sample; None where none was walked."""
        found = RunFolder(self.file(SAMPLE))
        return found if found.file("run.json").is_file() else None

    def read_rows_seen(self) -> dict[str, dict[str, int | None]]:
        """Of a sample: table -> role (empty: the administrator) -> rows, None where nothing may be read."""
        try:
            found = json.loads(self.file(SIGHT_FILE).read_text(encoding="utf-8"))
            return {
                str(table): {str(role): None if rows is None else int(rows) for role, rows in counts.items()}
                for table, counts in found.items()
            }
        except (OSError, ValueError, AttributeError, TypeError):
            return {}

    def read_ledger(self) -> list[LedgerEntry]:
        """Every record the run wrote with its last state, workers' own parts included."""
        return read_ledger(sorted(self.path.glob("ledger*.jsonl")), self.damage)

    def adopt_ledger(self, path: Path) -> None:
        """Take a ledger of this run that was left elsewhere into the folder; taken twice it is there once.

        `DamagedRun` when not one line of it is a ledger's.
        """
        content = path.read_bytes()
        damage: list[str] = []
        if not read_ledger([path], damage) and damage:
            raise DamagedRun(
                f"{path} is no ledger: {damage[0]}",
                next_step="give the file ledger-worker-N.jsonl of the worker's run folder",
            )
        if content not in [own.read_bytes() for own in self.path.glob("ledger*.jsonl")]:
            free = (f"ledger-adopted-{number}.jsonl" for number in count(1))
            next(self.file(name) for name in free if not self.file(name).exists()).write_bytes(content)

    def _outcomes(self) -> Iterator[tuple[int, str, str, int]]:
        columns: Callable[[list[str]], tuple[str, ...]] | None = None
        for head, cells in self._checked("outcomes.csv", ("interval", "count"), ()):
            columns = columns or itemgetter(*map(head.index, ("interval", "series", "outcome", "count")))
            interval, series, outcome, events = columns(cells)
            yield int(interval), series, outcome, int(events)

    def _csv(
        self, name: str, whole: tuple[str, ...], decimal: tuple[str, ...], since: tuple[str, ...] = ()
    ) -> Iterator[dict[str, str]]:
        """Rows by column."""
        return (dict(zip(head, cells, strict=True)) for head, cells in self._checked(name, whole, decimal, since))

    def _checked(
        self, name: str, whole: tuple[str, ...], decimal: tuple[str, ...], since: tuple[str, ...] = ()
    ) -> Iterator[tuple[list[str], list[str]]]:
        """The head and each row whose number columns really are numbers; others are damage.

        `since`: columns that older runs lack.
        """
        path = self.file(name)
        if not path.is_file():
            return
        with path.open(encoding="utf-8", errors="replace", newline="") as file:
            reader = csv.reader(file)
            head = next(reader, [])
            place = {column: number for number, column in enumerate(head)}
            missing = [column for column in (*whole, *decimal) if column not in place]
            limits = dict.fromkeys((*whole, *since), _MOST) | {"interval": LAST_INTERVAL}
            asked: list[tuple[Callable[[str], float], str, int, int | None]] = [
                (kind, column, place[column], limits.get(column))
                for kind, columns in ((int, whole), (float, decimal), (float, since))
                for column in columns
                if column in place
            ]
            for cells in reader:
                if not cells:
                    continue
                try:
                    if len(cells) != len(head):
                        raise ValueError("a column too many or too few")
                    if missing:
                        raise ValueError(f"the column {missing[0]} is missing")
                    for kind, column, at, most in asked:
                        number = kind(cells[at])
                        if most is not None and not 0 <= number <= most:
                            raise ValueError(f"{column} cannot be {cells[at]}")
                except ValueError as error:
                    self.damage.append(f"{name}:{reader.line_num}: {error}")
                    continue
                yield head, cells

    def _jsonl(self, name: str) -> Iterator[dict[str, Any]]:
        path = self.file(name)
        if not path.is_file():
            return
        for number, text in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
            try:
                fields = json.loads(text)
            except ValueError:
                self.damage.append(f"{name}:{number}: half-written")
                continue
            if isinstance(fields, dict):
                yield fields


def replace_file(path: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8", newline="\n")
    part.replace(path)


def _added(known: ErrorRow, new: ErrorRow) -> ErrorRow:
    first = min(known, new, key=lambda row: row.first_utc)
    return ErrorRow(
        known.count + new.count,
        first.first_utc,
        known.series,
        known.outcome,
        known.status,
        known.code,
        known.message,
        first.service_request_id,
    )


def _first_problem(error: ValidationError | UnicodeDecodeError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"what stands at byte {error.start} is no text"
    first, *others = error.errors()
    at = ".".join(map(str, first["loc"]))
    return (f"{at}: " if at else "") + first["msg"] + (f" (and {len(others)} problems more)" if others else "")
