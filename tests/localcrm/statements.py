"""The SQL statements that a call really runs, and how the database goes about them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

from localcrm.data.database import Database

_ALIAS = re.compile(r"\b(?:FROM|JOIN) \(?(\w+) AS (\w+)|, (\w+) AS (\w+)")
_SCAN = re.compile(r"SCAN (\w+)(.*)")


@contextmanager
def recorded() -> Iterator[list[tuple[str, Any]]]:
    """Statements with their parameters, as they reach any database meanwhile."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        seen.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def scanned(database: Database, statement: str, parameters: Any) -> list[str]:
    """The tables of a statement that are walked row by row, without an index."""
    if not statement.lstrip().upper().startswith(("SELECT", "WITH")):
        return []
    tables = {match[2] or match[4]: match[1] or match[3] for match in _ALIAS.finditer(statement)}
    plan = database.reader().fetch(f"EXPLAIN QUERY PLAN {statement}", tuple(parameters))
    found = []
    for step in plan:
        scan = _SCAN.match(step[3])
        # What SQLAlchemy calls anon_1 is a result, limited before it is counted.
        if scan and "INDEX" not in scan[2] and not scan[1].startswith("anon_"):
            found.append(tables.get(scan[1], scan[1]))
    return found
