"""What people see and do without the network: verbs of the channels on the local copy. Nothing is sent.

A list shows the rows of the copy by name: a view's own filter was the profile's matter when the copy was made.
"""

from collections.abc import Mapping
from typing import Any

from loadtests.load.outcomes import Failed
from scenarios.offline.changes import Key
from scenarios.offline.local_copy import LocalCopy
from scenarios.records import Draft, Row
from scenarios.table import Table


class Away:
    """One person's work on the copy. Raises `Failed` where it has not what the person needs."""

    def __init__(self, copy: LocalCopy, tables: Mapping[str, Table]) -> None:
        self._copy = copy
        self._tables = tables

    def open_view(self, table: str, view: str) -> list[Row]:
        """All rows of the table, by name."""
        name = self._tables[table].name
        rows = [Row(table, found, str(shown.get(name) or "")) for found, shown in self._copy.listed(table)]
        return sorted(rows, key=lambda row: row.name)

    def quick_find(self, table: str, text: str) -> list[Row]:
        """The rows whose name begins with a text."""
        return [row for row in self.open_view(table, "") if row.name.lower().startswith(text.lower())]

    def open_record(self, row: Row) -> None:
        """A record of the copy."""
        if self._copy.seen((row.table, row.id.lower())) is None:
            raise Failed(f"the {row.table} opened is not in the local copy")

    def new_form(self, draft: Draft) -> None:
        """The form is on the device."""

    def lookup(self, draft: Draft, column: str, table: str, text: str) -> list[Row]:
        """What a lookup field offers: the rows of the copy."""
        return self.quick_find(table, text)

    def save(self, draft: Draft) -> None:
        """Queue what was typed."""
        values, binds = _split(draft, self._tables)
        needs = frozenset((row.table, row.id.lower()) for row in draft.links.values())
        if draft.saved:
            self._change(draft, values, binds, needs=needs)
        else:
            self._copy.create(draft.table.table, draft.id, values, binds, needs)

    def change_status(self, draft: Draft, action: str) -> None:
        """Queue a change of state that is one of columns: messages of the CRM need the CRM."""
        self._change(draft, dict(draft.table.status[action].columns), {}, alone=True)

    def _change(
        self, draft: Draft, values: dict[str, Any], binds: dict[str, tuple[str, str]], **how: bool | frozenset[Key]
    ) -> None:
        try:
            self._copy.change(draft.table.table, draft.id, values, binds, **how)  # type: ignore[arg-type]
        except KeyError:
            raise Failed(f"the {draft.table.table} to be changed is not in the local copy") from None


def _split(draft: Draft, tables: Mapping[str, Table]) -> tuple[dict[str, Any], dict[str, tuple[str, str]]]:
    """What was typed by the columns' OData names, and for lookups what the CRM wants instead."""
    values, binds = dict(draft.values), {}
    for column, row in draft.links.items():
        navigation = draft.table.lookups[column][row.table]
        values[f"_{column}_value"] = row.id
        binds[f"_{column}_value"] = (f"{navigation}@odata.bind", f"/{tables[row.table].entity_set}({row.id})")
    return values, binds
