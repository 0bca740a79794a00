"""What is sent to fill desks: to whom it belongs, on what it hangs, and what a refusal says."""

import json
from typing import Any

from loadtests.load.seeding import Content, Portion, Seeding, with_customers
from loadtests.results.ledger import LedgerEntry

TABLES: dict[str, dict[str, Any]] = {
    "account": {"entity_set": "accounts", "key": "accountid"},
    "contact": {
        "entity_set": "contacts",
        "key": "contactid",
        "lookups": {"parentcustomerid": {"account": "parentcustomerid_account", "contact": "parentcustomerid_contact"}},
    },
    "task": {
        "entity_set": "tasks",
        "key": "activityid",
        "lookups": {"regardingobjectid": {"account": "regarding_account", "contact": "regarding_contact"}},
    },
}


class Crm:
    """Takes every create, or refuses those of one table; keeps what was sent in order."""

    def __init__(self, refuses: str = "") -> None:
        self._refuses = refuses
        self.sent: list[tuple[str, dict[str, Any]]] = []

    def batch(self, operations: list[tuple[str, str, bytes]]) -> list[tuple[int, str]]:
        self.sent += [(path, json.loads(body)) for _, path, body in operations]
        error = json.dumps({"error": {"message": "Id = 0b9e1df5-3c4b-4c8e-9f43-6d0f2a1c7e11 is not for you"}})
        return [(403, error) if path == self._refuses else (204, "") for _, path, _ in operations]


def written(table: str) -> Content:
    return Content({"subject": f"a {table}"}, tuple(TABLES[table].get("lookups", {})))


def test_customers_come_first_and_everything_hangs_on_those_of_the_same_owner() -> None:
    crm, noted = Crm(), list[LedgerEntry]()
    seeding = Seeding([crm], TABLES, written, lambda *new: noted.extend(new))  # type: ignore[list-item]
    portions = [
        Portion("task", "anna", 3),
        Portion("contact", "anna", 2),
        Portion("task", "ben", 1, {"prioritycode": 2}),
    ]
    report = seeding.sow(portions, lambda done, whole: None)
    assert report.made == {"account": 2, "contact": 2, "task": 4}
    assert [path for path, _ in crm.sent] == ["accounts"] * 2 + ["contacts"] * 2 + ["tasks"] * 4
    owner_of = {body.get("accountid") or body.get("contactid"): body["ownerid@odata.bind"] for _, body in crm.sent}
    for path, body in crm.sent[2:]:
        (bound,) = [value for key, value in body.items() if key.endswith("@odata.bind") and key != "ownerid@odata.bind"]
        assert owner_of[bound.partition("(")[2].rstrip(")")] == body["ownerid@odata.bind"], (path, body)
    assert all("parentcustomerid_account@odata.bind" in body for path, body in crm.sent if path == "contacts")
    assert crm.sent[-1][1]["prioritycode"] == 2
    keys = ("accountid", "contactid", "activityid")
    sent_ids = {body[key] for _, body in crm.sent for key in keys if key in body}
    assert {entry.id for entry in noted} == sent_ids


def test_a_refusal_is_told_once_with_how_many_it_hit() -> None:
    seeding = Seeding([Crm(refuses="tasks")], TABLES, written, lambda *_: None)  # type: ignore[list-item]
    report = seeding.sow([Portion("task", "anna", 9)], lambda done, whole: None)
    assert report.refused == {("task", "HTTP 403 Id = ... is not for you"): 9}


def test_two_lists_of_one_table_ask_for_the_same_records() -> None:
    portions = [Portion("contact", "anna", 5), Portion("contact", "anna", 17), Portion("contact", "ben", 3)]
    found = {(portion.table, portion.owner): portion.count for portion in with_customers(portions)}
    assert found == {("contact", "anna"): 17, ("account", "anna"): 3, ("contact", "ben"): 3, ("account", "ben"): 1}
