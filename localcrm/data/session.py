"""One caller's connection to the database, counting the statements it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Executable
from sqlalchemy.engine import Dialect


class Session:
    """Runs SQL on one connection. ``statements`` counts what was run. Not for use by two threads at once.

    ``is_writing`` sessions are inside a transaction that somebody else begins and ends; what ``afterwards`` holds is
    called once it is committed.
    """

    __slots__ = ("_connection", "afterwards", "is_writing", "statements")

    def __init__(self, connection: Connection, *, is_writing: bool = False) -> None:
        self._connection = connection
        self.is_writing = is_writing
        self.afterwards: list[Callable[[], None]] = []
        self.statements = 0

    @property
    def dialect(self) -> Dialect:
        """The dialect that SQL for this session must be compiled with."""
        return self._connection.dialect

    def fetch(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run compiled SQL with positional parameters; all rows as plain tuples."""
        self.statements += 1
        cursor = self._connection.exec_driver_sql(sql, tuple(parameters)).cursor
        return list(cursor.fetchall()) if cursor is not None else []

    def run(self, statement: Executable) -> int:
        """Run a Core statement that changes rows; the number of rows it touched."""
        self.statements += 1
        return self._connection.execute(statement).rowcount

    def run_many(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a Core statement once for each row of parameters; all rows name the same."""
        if rows:
            self.statements += 1
            self._connection.execute(statement, rows)

    def rows(self, statement: Executable) -> list[tuple[Any, ...]]:
        """Run a Core query; all rows as tuples."""
        self.statements += 1
        return [tuple(row) for row in self._connection.execute(statement).fetchall()]
