"""What people have in sight: chosen from as from the rows themselves, and kept small."""

import tracemalloc
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.load.outcomes import Failed
from scenarios.desk import Desk
from scenarios.records import Row

SEEN = 50
"""Rows on a page, all that is remembered of a list."""


def listed(begin: int, count: int = SEEN) -> list[Row]:
    return [Row("account", str(UUID(int=number)), f"Adatum {number:011}") for number in range(begin, begin + count)]


def test_somebody_chooses_from_the_list_seen_last() -> None:
    desk, rows = Desk(Random(7)), listed(100)
    desk.see({"account": listed(0)})
    desk.see({"account": rows})
    desk.see({"account": []})
    assert desk.pick("account", "first") == Row("account", "00000000-0000-0000-0000-000000000064", "Adatum 00000000100")
    assert desk.pick("account", "random") == Random(7).choice(rows)
    assert desk.seen("account") == {row.id: row.name for row in rows}
    with pytest.raises(Failed, match="empty desk: no contact to choose"):
        desk.pick("contact", "first")


@given(st.lists(st.tuples(st.text(), st.text()), min_size=1, max_size=60))
def test_whatever_the_rows_are_called_they_are_chosen_under_that_name(names: list[tuple[str, str]]) -> None:
    desk, rows = Desk(Random(1)), [Row("account", *name) for name in names]
    desk.see({"account": rows})
    assert desk.pick("account", "first") == rows[0]
    assert desk.pick("account", "random") in rows[:SEEN]


def test_a_row_in_sight_takes_75_bytes() -> None:
    # Id and name have 54 letters; as a row of two texts they would take 230.
    desks = [Desk(Random(1)) for _ in range(40)]
    desks[0].see({"account": listed(0)})
    tracemalloc.start()
    try:
        for number, desk in enumerate(desks):
            desk.see({"account": listed(number * SEEN)})
        kept = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert kept < 75 * SEEN * len(desks)
