"""Removing records: the order, the second try, and the look afterwards; the CRM's answers are the test's."""

import json
import re
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st

from loadtests.load.removal import CleanupReport, remove_all
from loadtests.load.removal_order import Described, levels
from loadtests.results.ledger import LedgerEntry


class Crm:
    """Answers each DELETE as the test says, one status a try, and shows the records in `shows` when it is asked."""

    def __init__(self, shows: dict[str, int] | None = None, **statuses: list[int]) -> None:
        self._statuses = statuses
        self._shows = shows or {}
        self.deletes: list[list[str]] = []

    def get(self, path: str) -> Any:
        body = {"PrimaryIdAttribute": "accountid", "ManyToOneRelationships": []}
        return SimpleNamespace(status_code=200, json=lambda: body)

    def batch(self, operations: list[tuple[str, str, None]]) -> list[tuple[int, str]]:
        if operations[0][0] == "GET":
            return [(200, self._found(path)) for _, path, _ in operations]
        ids = [path.partition("(")[2].rstrip(")") for _, path, _ in operations]
        self.deletes.append(ids)
        return [(self._statuses[one].pop(0), "as the test says") for one in ids]

    def _found(self, path: str) -> str:
        asked = re.findall(r"<value>(\w+)</value>", unquote(path))
        rows = [one for one in asked if self._shows.get(one, 0) > 0]
        for one in rows:
            self._shows[one] -= 1
        return json.dumps({"value": [{"accountid": one} for one in rows]})

    def remove(self) -> tuple[CleanupReport, dict[str, str]]:
        entries = [LedgerEntry(one, "accounts", "account", "p001", "2026-11-23T10:00:00") for one in self._statuses]
        noted: dict[str, str] = {}
        note = lambda *new: noted.update({entry.id: entry.state for entry in new})  # noqa: E731
        return remove_all([self], entries, note), noted  # type: ignore[list-item]


def test_what_was_not_removed_is_asked_for_once_more() -> None:
    crm = Crm(late=[404, 204], child=[204], parent=[500, 204], in_doubt=[0, 404], refused=[403, 403])
    report, noted = crm.remove()
    assert (report.removed, report.already_gone, [entry.id for entry, _ in report.kept]) == (3, 1, ["refused"])
    assert report.kept[0][1] == "HTTP 403 as the test says"
    assert noted == {name: "kept" if name == "refused" else "removed" for name in crm._statuses}
    assert sorted(crm.deletes[1]) == ["in_doubt", "late", "parent", "refused"]


def test_a_record_that_comes_through_after_its_person_was_killed_is_removed_as_well() -> None:
    report, noted = Crm(shows={"stray": 1}, stray=[404, 404, 204], other=[204]).remove()
    assert (report.removed, report.already_gone, report.kept) == (2, 0, [])
    assert noted == {"stray": "removed", "other": "removed"}


def test_a_record_that_the_crm_deletes_and_shows_all_the_same_is_kept() -> None:
    report, noted = Crm(shows={"undead": 9}, undead=[204, 204]).remove()
    assert [reason for _, reason in report.kept] == ["the CRM shows it all the same"]
    assert noted == {"undead": "kept"}


def test_two_sessions_share_the_work_and_no_record_is_lost() -> None:
    names = [f"r{number}" for number in range(450)]
    one, two = (Crm(None, **{name: [204] for name in names}) for _ in range(2))
    entries = [LedgerEntry(name, "accounts", "account", "p001", "2026-11-23T10:00:00") for name in names]
    report = remove_all([one, two], entries, lambda *_: None)  # type: ignore[list-item]
    assert report.removed == 450
    assert sorted(name for crm in (one, two) for part in crm.deletes for name in part) == sorted(names)


def test_children_come_before_parents_and_circles_do_not_hang() -> None:
    described = {
        "task": Described("activityid", frozenset({"incident", "account", "contact"})),
        "incident": Described("incidentid", frozenset({"account", "contact"})),
        "contact": Described("contactid", frozenset({"account"})),
        "account": Described("accountid", frozenset()),
    }
    assert levels(described, described) == {"task": 0, "incident": 1, "contact": 2, "account": 3}
    above = {"a": {"b"}, "b": {"a", "c"}, "c": set[str]()}
    circle = {table: Described(table, frozenset(parents)) for table, parents in above.items()}
    order = levels(circle, circle)
    assert order["c"] > order["a"] and order["c"] > order["b"]


NAMES = st.sampled_from("abcdef")


@given(st.dictionaries(NAMES, st.frozensets(NAMES), max_size=6))
def test_a_parent_never_goes_before_a_child_unless_each_is_the_others_parent(
    parents: dict[str, frozenset[str]],
) -> None:
    described = {table: Described(table, above - {table}) for table, above in parents.items()}
    order = levels(parents, described)

    def above(table: str, seen: frozenset[str] = frozenset()) -> set[str]:
        found = {one for one in described[table].parents if one in parents} - seen
        return found.union(*(above(one, seen | found) for one in found)) if found else set()

    for table in parents:
        for parent in described[table].parents & parents.keys():
            assert order[parent] > order[table] or table in above(parent)
