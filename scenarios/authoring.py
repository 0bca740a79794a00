"""What a record holds that the housekeeper makes for people's desks: what people themselves type in a journey."""

from collections.abc import Iterable
from random import Random

from loadtests.load.seeding import Content
from scenarios import journey as steps
from scenarios.journey import Journey
from scenarios.site import Site
from scenarios.table import Table
from scenarios.values import WORDS, Typed, typed_all

_NAME = "Load test: {word} {word} {number 1000..9999}"


class Author:
    """Writes records of every table that some journey makes; accounts too, which the others hang on."""

    def __init__(self, site: Site, seed: int) -> None:
        self._random = Random(f"{seed}/desks")
        self._tables = site.tables
        self._drafts = {
            "account": Content({site.tables["account"].name: _NAME}, ())
            if "account" in site.tables
            else Content({}, ())
        }
        for journey in site.journeys.values():
            for table, content in _made_in(journey, site.tables.values()):
                self._drafts.setdefault(table, content)

    @property
    def tables(self) -> frozenset[str]:
        """The tables of which it can write records."""
        return frozenset(self._drafts)

    def write(self, table: str) -> Content:
        """A new record's content, its words drawn anew: what some journey types into one, else its name alone.

        KeyError for a table that nobody described.
        """
        draft = self._drafts.get(table) or _plain(self._tables[table])
        once = str(self._random.randint(10**8, 10**9 - 1))
        values = typed_all(draft.values, self._random, lambda _: self._random.choice(WORDS), once)
        return Content(values, draft.lookups)


def _plain(table: Table) -> Content:
    """A name, and the record that it hangs on. A full name is put together by the CRM itself."""
    name = "lastname" if table.name == "fullname" else table.name
    return Content({name: _NAME}, (table.parent,) if table.parent else ())


def _made_in(journey: Journey, tables: Iterable[Table]) -> Iterable[tuple[str, Content]]:
    """The records of a journey with what was typed until they were saved for the first time."""
    parents = {table.table: table.parent for table in tables}
    made: dict[str, tuple[str, dict[str, Typed], list[str]]] = {}
    for step in journey.steps:
        match step:
            case steps.New():
                made[step.label] = (step.table, {}, [parents[step.table]] if step.of else [])
            case steps.Fill() if step.label in made:
                made[step.label][1].update(step.values)
            case steps.Lookup() if step.label in made:
                made[step.label][2].append(step.column)
            case steps.Save() if step.label in made and not step.expect:
                table, values, lookups = made.pop(step.label)
                yield table, Content(values, tuple(lookups))
