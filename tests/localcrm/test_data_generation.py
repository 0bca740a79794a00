"""The generated company: the same every time, big enough, with work on every desk."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from localcrm.data.database import Database
from localcrm.data.generation.build import Volumes
from localcrm.data.generation.company import FRONT, found_company
from localcrm.schema.standard import STANDARD
from localcrm.security.privileges import privileges_of
from localcrm.webapi.service import WebApi
from tests.localcrm.small_crm import SALES, SERVICE, SmallCrm, small_crm


def digests(path: Path, *, seed: int = 7, roles: str = "standard", people: int = 8) -> dict[str, object]:
    database = Database.open(str(path), seed=seed, scale=0.005, roles=roles, people=people)
    try:
        return {name: table["digest"] for name, table in database.table_digests().items()}
    finally:
        database.close()


def test_two_builds_from_one_seed_are_equal_in_every_table(tmp_path: Path) -> None:
    assert digests(tmp_path / "a.db") == digests(tmp_path / "b.db")


def test_another_seed_makes_other_customers(tmp_path: Path) -> None:
    first, second = digests(tmp_path / "a.db"), digests(tmp_path / "b.db", seed=8)
    assert first["account"] != second["account"]
    assert first["privilege"] == second["privilege"], "privilege ids are the same in every organisation"


def test_a_database_made_from_the_same_things_is_reused(tmp_path: Path) -> None:
    digests(tmp_path / "a.db")
    before = (tmp_path / "a.db").stat().st_ino
    digests(tmp_path / "a.db")
    assert (tmp_path / "a.db").stat().st_ino == before


def test_other_roles_make_the_database_anew(tmp_path: Path) -> None:
    first, second = digests(tmp_path / "a.db"), digests(tmp_path / "a.db", roles="tight")
    assert first["roleprivileges"] != second["roleprivileges"]


def test_the_full_size_is_the_one_that_was_promised() -> None:
    assert Volumes.at(1.0) == Volumes(20_000, 60_000, 30_000, 30_000, 200_000, 20_000, 600, 10_000)


def test_the_small_database_holds_two_percent_of_it() -> None:
    rows = {name: table["rows"] for name, table in small_crm().database.table_digests().items()}
    wanted = {
        "account": 400,
        "contact": 1200,
        "opportunity": 600,
        "incident": 600,
        "lead": 200,
        "activitypointer": 4000,
    }
    assert {name: rows[name] for name in wanted} == wanted


@pytest.mark.parametrize(
    ("role", "collection"),
    [
        (SALES, "opportunities"),
        (SERVICE, "incidents"),
        (SALES, "leads"),
        (SALES, "accounts"),
        (SERVICE, "accounts"),
        (SALES, "contacts"),
        (SERVICE, "contacts"),
        (SALES, "activitypointers"),
        (SERVICE, "activitypointers"),
    ],
)
def test_every_person_has_open_work_of_their_own(role: str, collection: str) -> None:
    crm = small_crm()
    for number in range(8):
        who = crm.person(role, number)
        mine = f"$filter=statecode eq 0 and _ownerid_value eq {who.user_id}&$top=1"
        assert crm.rows(who, collection, mine), f"{who.username} ({role}) has no open {collection}: deal more to people"


def test_the_first_sixteen_people_sell_and_serve_at_the_office_and_from_the_internet() -> None:
    people = small_crm().database.users_of_people()
    counted = Counter((person.role, person.channel) for person in people if person.kind == "person")
    assert counted == {(SALES, "web"): 4, (SALES, "ifd"): 4, (SERVICE, "web"): 4, (SERVICE, "ifd"): 4}
    assert {person.username for person in people if person.kind != "person"} == {
        "housekeeper@contoso.test",
        "inspector@contoso.test",
    }


@pytest.mark.parametrize("people", [36, 80, 200])
@pytest.mark.parametrize("role_set", ["standard", "tight"])
def test_from_thirty_six_people_on_every_role_comes_by_every_channel(people: int, role_set: str) -> None:
    company = found_company(7, privileges_of(STANDARD), role_set, people)
    signing_in = [person for person in company.people if person.kind == "person"]
    assert len(signing_in) == people
    assert {(person.role, person.channel) for person in signing_in} == {
        (role, channel) for role in FRONT for channel in ("web", "ifd", "outlook", "mobile")
    }


def test_in_a_company_of_two_hundred_two_in_three_sell_or_serve() -> None:
    people = found_company(7, privileges_of(STANDARD), "standard", 200).people
    counted = Counter(person.role for person in people if person.kind == "person")
    assert counted == {
        SALES: 70,
        SERVICE: 60,
        "Sales Manager": 18,
        "CSR Manager": 16,
        "Marketing Professional": 20,
        "Data Steward": 16,
    }


def test_everybody_of_every_role_has_customers_and_activities_on_the_desk(tmp_path: Path) -> None:
    database = Database.open(str(tmp_path / "a.db"), seed=7, scale=0.02, roles="tight", people=80)
    try:
        crm = SmallCrm(database, WebApi(database))
        for person in (one for one in database.users_of_people() if one.kind == "person"):
            who = database.directory.by_username(person.username)
            assert who is not None
            mine = f"$filter=statecode eq 0 and _ownerid_value eq {who.user_id}&$top=1"
            for collection in ("contacts", "accounts", "activitypointers"):
                assert crm.rows(who, collection, mine), f"{person.username} ({person.role}) has no open {collection}"
    finally:
        database.close()


def test_a_company_without_people_can_be_generated(tmp_path: Path) -> None:
    database = Database.open(str(tmp_path / "a.db"), seed=7, scale=0.001, roles="standard", people=0)
    assert [person.kind for person in database.users_of_people()] == ["inspector", "housekeeper"]
    database.close()


def test_an_unknown_role_set_is_named_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unknown role set 'loose': there is standard, tight"):
        Database.open(str(tmp_path / "a.db"), seed=7, scale=0.001, roles="loose", people=0)


def test_every_user_and_queue_has_a_mailbox_that_sends_nothing() -> None:
    crm = small_crm()
    who = crm.person("System Administrator")
    boxes = crm.rows(who, "mailboxes", "$select=name,outgoingemaildeliverymethod,_regardingobjectid_value")
    users, queues = crm.rows(who, "systemusers", "$select=systemuserid"), crm.rows(who, "queues", "$select=queueid")
    owners = {str(user["systemuserid"]) for user in users} | {str(queue["queueid"]) for queue in queues}
    assert {str(box["_regardingobjectid_value"]) for box in boxes} == owners
    assert {box["outgoingemaildeliverymethod"] for box in boxes} == {0}
    assert crm.rows(who, "slas", "$filter=statecode eq 1") == []
