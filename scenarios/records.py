"""The records a person sees and makes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from scenarios.table import Table


@dataclass(slots=True)
class Row:
    """A record as a list shows it. Nobody changes one; frozen ones take four times as long to make, 50 for a view."""

    table: str
    id: str
    name: str


@dataclass(slots=True)
class Draft:
    """A record that this person makes: what was typed since it was last saved, and which records were chosen."""

    table: Table
    id: str = field(default_factory=lambda: str(uuid4()))
    """Chosen here, so that the ledger knows it before the CRM does; random even where the plan has a seed, because
    two runs of a plan must not make the same record."""
    name: str = ""
    saved: bool = False
    despite_duplicates: bool = False
    """True once the person has seen the warning about duplicates and saves anyway."""
    values: dict[str, Any] = field(default_factory=dict)
    links: dict[str, Row] = field(default_factory=dict)
    """Lookup column -> the record chosen."""

    @property
    def as_row(self) -> Row:
        """The record as others may point to it."""
        return Row(self.table.table, self.id, str(self.values.get(self.table.name, self.name)))

    def body(self, tables: Mapping[str, Table]) -> dict[str, Any]:
        """What a save sends: the columns changed, and lookups as `@odata.bind`."""
        bound = {
            f"{self.table.lookups[column][row.table]}@odata.bind": f"/{tables[row.table].entity_set}({row.id})"
            for column, row in self.links.items()
        }
        return {**self.values, **bound}

    def now_saved(self) -> None:
        """Everything typed so far is in the CRM; the next save sends only what is typed after it."""
        self.saved = True
        self.name = str(self.values.get(self.table.name, self.name))
        self.values = {}
        self.links = {}
