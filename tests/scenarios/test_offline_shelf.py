"""The rows of local copies lie in a file, apart from each other, and come back as they were."""

from hypothesis import given
from hypothesis import strategies as st

from scenarios.offline.local_copy import TableCopy
from scenarios.offline.shelf import Shelf, ShelvedRows, Version

ids = st.sampled_from(["a", "b", "c", "d"])
versions = st.builds(Version, st.text(max_size=5), st.text(alphabet="[1,2]", max_size=5))
steps = st.lists(st.tuples(st.sampled_from(["put", "drop", "clear"]), st.integers(0, 1), ids, versions), max_size=30)


def same(shelved: ShelvedRows, plain: dict[str, Version]) -> bool:
    return (
        dict(shelved) == plain
        and len(shelved) == len(plain)
        and all((one in shelved) == (one in plain) for one in "abcd")
    )


@given(steps)
def test_two_copies_on_one_shelf_are_as_two_dictionaries(steps: list[tuple[str, int, str, Version]]) -> None:
    shelf = Shelf()
    both = [(shelf.rows(), dict[str, Version]()) for _ in range(2)]
    for what, which, record_id, version in steps:
        for rows in both[which]:
            if what == "put":
                rows[record_id] = version
            elif what == "drop":
                rows.pop(record_id, None)
            else:
                rows.clear()
    assert all(same(*pair) for pair in both)


@given(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.lists(st.text()))
def test_a_row_comes_back_as_the_crm_sent_it(value: object) -> None:
    copy = TableCopy("taskid", ["subject", "modifiedon"], Shelf().rows())
    copy.take({"taskid": "A1", "@odata.etag": 'W/"7"', "subject": value, "modifiedon": "2026-11-24"})
    assert (copy.rows["a1"].etag, copy.values("A1")) == ('W/"7"', {"subject": value, "modifiedon": "2026-11-24"})
