"""Columns of generated values on their way into a table."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

#: A table's values column by column, all of the same length. A column that is missing stays empty.
Columns: TypeAlias = Mapping[str, Sequence[Any]]


class Versions:
    """Hands out row versions, rising over all tables as in the CRM."""

    def __init__(self, first: int = 1_000_000) -> None:
        self._next = first

    def take(self, count: int) -> range:
        """The next ``count`` versions."""
        start = self._next
        self._next += count
        return range(start, self._next)


def tuples(names: Sequence[str], columns: Columns) -> Iterable[tuple[Any, ...]]:
    """Rows in the order of ``names``. Raises KeyError if a column was generated that the table does not have."""
    unknown = columns.keys() - set(names)
    if unknown:
        raise KeyError(f"generated columns the table does not have: {', '.join(sorted(unknown))}")
    count = len(next(iter(columns.values())))
    empty: tuple[None, ...] = (None,) * count
    return zip(*(columns.get(name, empty) for name in names), strict=True)


def constant(value: Any, count: int) -> list[Any]:
    """The same value in every row."""
    return list(itertools.repeat(value, count))
