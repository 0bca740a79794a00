"""The access table: each role tries what it needs and what it must not; what is wrong is told before any load."""

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.proofs import privileges
from loadtests.cli.plans import read_plan
from tests.e2e.site import Site

ROLES = ("Salesperson", "Customer Service Representative")


@contextmanager
def changed(site: Site, changes: dict[str, dict[str, str]]) -> Iterator[None]:
    """Roles of the running CRM with other privileges for a while."""
    before = site.crm.control("GET", "privileges")["roles"]
    site.crm.control("POST", "privileges", changes)
    yield
    back = {role: {name: before[role].get(name, "None") for name in names} for role, names in changes.items()}
    site.crm.control("POST", "privileges", back)


def check(site: Site, *options: str) -> tuple[int, dict[str, object]]:
    done = site.crmload("check", site.plan(people_per_group=1), "--json", *options)
    assert done.stdout.startswith("{"), done.stdout + done.stderr
    return done.returncode, json.loads(done.stdout)


def access(record: dict[str, object]) -> dict[str, object]:
    return next(part for part in record["parts"] if part["area"] == "access")  # type: ignore[attr-defined]


def test_roles_that_may_do_their_work_try_all_of_it_and_leave_nothing_behind(site: Site) -> None:
    before = site.crm.control("GET", "tables")
    code, record = check(site)
    assert code == 0, record
    part = access(record)
    assert part["findings"] == []
    cells = {row[0]: dict(zip(ROLES, row[1:], strict=True)) for row in part["grid"]["rows"]}  # type: ignore[index]
    assert cells["create phonecall"] == {"Salesperson": "allowed", "Customer Service Representative": ""}
    assert cells["CloseIncident incident"]["Customer Service Representative"] == "allowed"
    assert cells["must not read incident"]["Salesperson"] == "refused"
    assert cells["must not write incident"]["Customer Service Representative"] == "refused"
    assert {cell for row in part["grid"]["rows"] for cell in row[1:]} == {"allowed", "refused", ""}  # type: ignore[index]
    after = site.crm.control("GET", "tables")
    assert [table for table in before if before[table] != after[table]] == []


def test_what_is_refused_is_told_with_privilege_journey_step_and_where_to_give_it(site: Site) -> None:
    wrong = {
        # Without the first, their own user record is refused: what else they lack is told all the same.
        "Customer Service Representative": {
            "prvReadUser": "None",
            "prvCreateincident": "None",
            "prvDeleteQueueItem": "None",
        },
        "Salesperson": {"prvWriteActivity": "None", "prvAppendActivity": "None", "prvReadLead": "None"},
    }
    with changed(site, wrong):
        code, record = check(site)
    assert code == 2
    found = {
        (f["place"], name): f
        for f in access(record)["findings"]  # type: ignore[attr-defined]
        for names in wrong.values()
        for name in names
        if name in f["text"]
    }
    assert set(found) == {(role, name) for role, names in wrong.items() for name in names}
    create = found["Customer Service Representative", "prvCreateincident"]
    assert "create incident" in create["text"] and "`answer_a_case`, step `save: case`" in create["text"]
    assert create["next_step"].startswith(
        "Settings > Security > Security Roles > Customer Service Representative > tab Service > Case: set Create to"
    )
    assert create["severity"] == "stop" and create["role"] == "Customer Service Representative"


def test_what_a_role_may_that_it_must_not_is_told_before_the_load_and_touches_nobodys_records(site: Site) -> None:
    wide = {"Salesperson": {"prvReadincident": "Global", "prvDeleteAccount": "Global"}}
    before = site.crm.control("GET", "tables")
    with changed(site, wide):
        code, record = check(site)
    assert code == 2
    leaks = {(f["place"], f["text"].partition(",")[0]) for f in access(record)["findings"]}  # type: ignore[attr-defined]
    assert leaks == {("Salesperson", "may read incident"), ("Salesperson", "may delete account")}
    after = site.crm.control("GET", "tables")
    assert [table for table in before if before[table] != after[table]] == []


def test_whatever_every_role_may_do_no_existing_row_changes_and_changed_privileges_are_named_if_people_meet_them(
    site: Site,
) -> None:
    plan = read_plan(site.plan(people_per_group=1, think=0.02))
    people = {user["username"]: user["role"] for user in site.crm.users(kind="person")}
    before = site.crm.control("GET", "tables")
    with privileges.changed(site.crm, privileges.everything(site.crm, ROLES)):
        privileges.begin(site.crm)
        folder, _ = site.run(site.plan(people_per_group=1, think=0.02), "--allow-denied")
        used = privileges.touched(site.crm, people, plan.roles.values())
    assert sum(row.count for row in folder.read_outcomes() if row.outcome == "leaked") >= 4, "the probes did try"
    after = site.crm.control("GET", "tables")
    assert [table for table in before if before[table] != after[table]] == [], "an existing row has changed"

    changes = privileges.draw(random.Random(7), site.crm, ROLES, 30)
    with privileges.changed(site.crm, changes):
        _, record = check(site)
    named = {
        (finding["place"], word.strip(",.:()").lower())
        for finding in access(record)["findings"]  # type: ignore[attr-defined]
        if finding["kind"] == "refused"
        for word in finding["text"].split()
        if word.startswith("prv")
    }
    removed = {change.pair for change in changes if change.depth == "None"}
    assert len(removed & used.held) >= 3, "these changes prove something"
    assert named >= removed & used.held and named <= removed
