"""What a step's line says, taken option by option; a check that fails notes its problem and gives a harmless value."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from loadtests.config.base import seconds
from loadtests.config.document import Document
from loadtests.config.files import did_you_mean
from loadtests.errors import Problem
from scenarios.journey import Span, Step
from scenarios.table import Table
from scenarios.values import FORMS, Typed, problems_in

_SPREAD = 0.2
"""A think time given as one number varies by this share, as in Microsoft's own performance toolkit (anchors A2)."""
_PICKS = ("random", "first")

Value = str | int | float | bool | list[Any] | dict[str, Any] | None
Keys = tuple[str | int, ...]


@dataclass(slots=True)
class Record:
    """A label of the journey: which table it is of, and whether this journey may change it: it makes it, or takes it
    from the run's pool."""

    table: str
    made: bool
    saved: bool = False


@dataclass(slots=True)
class Reading:
    """One file being read."""

    document: Document
    tables: Mapping[str, Table]
    problems: list[Problem] = field(default_factory=list)
    records: dict[str, Record] = field(default_factory=dict)
    listed: dict[str, str] = field(default_factory=dict)
    """Tables of which a list is open, with the view that was opened last; empty after a search."""
    dashboards: Collection[str] = ()
    away: bool = False
    """Whether the step is played without the network."""

    def wrong(self, keys: Keys, message: str, next_step: str = "") -> None:
        self.problems.append(Problem(self.document.place(*keys), message, next_step))

    def unknown(self, keys: Keys, what: str, word: object, known: Collection[str]) -> None:
        hint = did_you_mean(str(word), known)
        there_are = f"there are: {', '.join(sorted(known))}" if known else "there are none"
        self.wrong(keys, f"unknown {what} `{word}`{hint}", there_are)


@dataclass(frozen=True, slots=True)
class Given:
    """The options of one step, checked one by one. A check that fails notes its problem and gives a harmless value."""

    reading: Reading
    at: Keys
    verb: str
    options: Mapping[str, Value]

    @property
    def subject(self) -> str:
        return str(self.options[self.verb] if self.options[self.verb] is not None else "")

    def text(self, key: str) -> str:
        value = self.options.get(key)
        text = "" if value is None else str(value)
        self.check_fields(key, text)
        return text

    def check_fields(self, key: str, text: Typed, *inner: str) -> None:
        for problem in problems_in(text, self.reading.tables):
            self.reading.wrong((*self.at, key, *inner), problem, f"there are: {FORMS}")

    def table(self, key: str = "") -> Table | None:
        name = self.subject if not key else str(self.options.get(key) or "")
        found = self.reading.tables.get(name)
        if found is None:
            self.reading.unknown((*self.at, key or self.verb), "table", name, self.reading.tables)
        return found

    def needs_table(self, name: str) -> None:
        """A table that the verb works with although the line does not name it."""
        if name not in self.reading.tables:
            self.reading.wrong(self.at, f"{self.verb} needs the table {name}", f"describe {name} in configs/tables/")

    def flag(self, key: str) -> bool:
        value = self.options.get(key, False)
        if not isinstance(value, bool):
            self.reading.wrong((*self.at, key), f"`{key}: {value}` is neither true nor false", f"write `{key}: true`")
        return value is True

    def pick(self) -> str:
        word = str(self.options.get("pick") or "random")
        if word not in _PICKS:
            self.reading.unknown((*self.at, "pick"), "way to pick", word, _PICKS)
        return word

    def label(self, default: str) -> str:
        return str(self.options.get("as") or default)

    def record(self, key: str = "") -> tuple[str, Record | None]:
        """A label used before, under the verb itself or under an option."""
        word = self.subject if not key else str(self.options.get(key) or "")
        found = self.reading.records.get(word)
        if found is None:
            self.reading.unknown((*self.at, key or self.verb), "record", word, self.reading.records)
        return word, found

    def own_record(self, key: str = "", *, saved: bool = False) -> tuple[str, Table | None]:
        """A record that this journey makes. Others are only read: the rule that keeps everybody's data untouched."""
        word, found = self.record(key)
        if found is None:
            return word, None
        at = (*self.at, key or self.verb)
        if not found.made:
            self.reading.wrong(
                at,
                f"`{word}` is a record that others made: it is only read",
                "change a record made by `new`, or one that was made to be used up: `take`",
            )
            return word, None
        if saved and not found.saved:
            self.reading.wrong(at, f"`{word}` is not in the CRM yet", f"add `- save: {word}` before this step")
        return word, self.reading.tables[found.table]

    def typed_values(self, table: Table | None) -> dict[str, Any]:
        """Columns and what is typed into them: `values:` with columns that the table's forms show."""
        values = self.options.get("values")
        if not isinstance(values, dict) or not values:
            self.reading.wrong((*self.at, "values"), "`values:` must be lines of `column: text`")
            return {}
        shown = table.columns_on_forms() if table else set()
        for column, text in values.items():
            if table and column not in shown:
                self.reading.unknown(
                    (*self.at, "values", column), f"column on the form of {table.table}", column, shown
                )
            self.check_fields("values", text, column)
        return dict(values)

    def think(self, kind: type[Step]) -> Span:
        return self.span("think") if self.options.get("think") is not None else kind.usual_think

    def span(self, key: str) -> Span:
        text = str(self.options.get(key)).strip()
        low, dash, high = text.partition("-")
        try:
            if not dash:
                middle = seconds(text if not text.replace(".", "", 1).isdigit() else float(text))
                return middle * (1 - _SPREAD), middle * (1 + _SPREAD)
            span = float(low.removesuffix("s")), seconds(float(high) if high.strip().isdigit() else high)
            if span[0] > span[1]:
                raise ValueError
        except ValueError:
            self.reading.wrong((*self.at, key), f"`{text}` is no think time", "write seconds: `15`, or a span: `12-20`")
            return 0.0, 0.0
        return span
