"""What a person has in sight: the lists seen last, and who they would search for.

Hundreds of people have a dozen lists in sight each, all day: kept as bytes they take a fifth of what their rows would.
"""

import marshal
import re
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from loadtests.load.outcomes import Failed
from scenarios.channels.answers import EMPTY_DESK
from scenarios.records import Row

_REMEMBERED = 50
_WITHOUT_WILDCARDS = re.compile(r"[^%_\[*]+")


class Desk:
    """Rows by table. `Failed` with the text `empty desk: ...` when there is nothing where a person needs something."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._lists: dict[str, bytes] = {}

    def see(self, lists: Mapping[str, Sequence[Row]]) -> None:
        """These lists are on the screen now; an empty one does not make people forget what they saw before."""
        for table, rows in lists.items():
            if rows:
                self._lists[table] = marshal.dumps([(row.id, row.name) for row in rows[:_REMEMBERED]])

    def pick(self, table: str, how: str, rows: Sequence[Row] | None = None) -> Row:
        """A row of the list seen last (or of these rows): `first` or `random`."""
        found: Sequence[Any] = rows if rows is not None else self._listed(table)
        if not found:
            raise Failed(f"{EMPTY_DESK} no {table} to choose: this person has no work on the desk")
        picked = found[0] if how == "first" else self._random.choice(found)
        return picked if rows is not None else Row(table, *picked)

    def seen(self, table: str) -> dict[str, str]:
        """Id -> name of the rows in the list of a table seen last."""
        return dict(self._listed(table))

    def known(self, table: str) -> str:
        """What one would type to find a record seen before: the first letters of its name, three at least."""
        named = [name for _, name in self._listed(table) if len(name) >= 3]
        if not named:
            raise Failed(f"{EMPTY_DESK} no {table} seen whose name one could search for")
        plain = _WITHOUT_WILDCARDS.match(self._random.choice(named))
        name = plain[0] if plain else ""
        return name[: max(3, len(name) * 3 // 5)].strip()

    def _listed(self, table: str) -> list[tuple[str, str]]:
        """Id and name of each: of fifty rows mostly one is wanted."""
        kept = self._lists.get(table)
        return marshal.loads(kept) if kept else []
