"""Change tracking: delta links, deletions, and that who may not read all may not track (wire facts 1.9)."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from localcrm.data.database import Database
from localcrm.security.principals import Principal
from localcrm.webapi.service import WebApi
from tests.localcrm.small_crm import ADMINISTRATOR, ROOT, SALES, TEMPLATES, SmallCrm, error, fresh_crm, header

TRACK = {"prefer": "odata.track-changes"}


@pytest.fixture(scope="module")
def crm() -> Iterator[SmallCrm]:
    with tempfile.TemporaryDirectory() as folder:
        made = fresh_crm(Path(folder))
        yield made
        made.database.close()


@pytest.fixture
def who(crm: SmallCrm) -> Principal:
    return crm.person(ADMINISTRATOR)


def follow(crm: SmallCrm, who: Principal, path: str, query: str, prefer: str) -> tuple[list[dict[str, Any]], str]:
    """All pages of a tracked read: its entries and the query string of the delta link at the end."""
    seen: list[dict[str, Any]] = []
    while True:
        body = crm.get(who, path, query, {"prefer": prefer})
        seen += body["value"]
        if "@odata.deltaLink" in body:
            assert "@odata.nextLink" not in body
            return seen, body["@odata.deltaLink"].partition("?")[2]
        query = body["@odata.nextLink"].partition("?")[2]


def start(crm: SmallCrm, who: Principal, path: str = "accounts", select: str = "$select=name") -> str:
    return follow(crm, who, path, select, "odata.track-changes")[1]


def test_the_first_read_has_every_row_once_whatever_the_page_size_and_ends_in_a_delta_link(
    crm: SmallCrm, who: Principal
) -> None:
    rows, link = follow(crm, who, "contacts", "$select=fullname", "odata.track-changes,odata.maxpagesize=500")
    assert len(rows) == len({row["contactid"] for row in rows}) == 1200
    assert link.startswith("$select=fullname&$deltatoken=")
    assert "%21" in link
    answer = crm.send(who, "GET", "contacts", "$select=fullname", headers=TRACK)
    assert header(answer, "Preference-Applied") == "odata.track-changes"


def test_a_delta_tells_what_came_changed_and_went_and_nothing_else(crm: SmallCrm, who: Principal) -> None:
    doomed, kept = (crm.create(who, "accounts", {"name": name}) for name in ("doomed", "kept"))
    link = start(crm, who)
    assert follow(crm, who, "accounts", link, "")[0] == []
    new = crm.create(who, "accounts", {"name": "new"})
    fleeting = crm.create(who, "accounts", {"name": "fleeting"})
    assert crm.send(who, "PATCH", f"accounts({kept})", body={"name": "renamed"}).status == 204
    for gone in (doomed, fleeting):
        assert crm.send(who, "DELETE", f"accounts({gone})").status == 204
    body = crm.get(who, "accounts", link)
    assert body["@odata.context"] == f"{ROOT}$metadata#accounts(name)/$delta"
    changed = [entry for entry in body["value"] if "reason" not in entry]
    assert [(entry["accountid"], entry["name"]) for entry in changed] == [(new, "new"), (kept, "renamed")]
    # What came and went between two reads is told all the same.
    assert [entry for entry in body["value"] if "reason" in entry] == [
        {"@odata.context": f"{ROOT}$metadata#accounts/$deletedEntity", "id": gone, "reason": "deleted"}
        for gone in (doomed, fleeting)
    ]
    assert crm.send(who, "GET", "accounts/$count", link.partition("&")[2]).body == b"4"
    assert crm.get(who, "accounts", body["@odata.deltaLink"].partition("?")[2])["value"] == []
    for record in (new, kept):
        crm.send(who, "DELETE", f"accounts({record})")


def test_a_delta_pages_by_the_preferred_size_through_changes_and_deletions(crm: SmallCrm, who: Principal) -> None:
    made = [crm.create(who, "tasks", {"subject": f"task {n}"}) for n in range(7)]
    link = start(crm, who, "tasks", "$select=subject")
    for record in made[:4]:
        crm.send(who, "DELETE", f"tasks({record})")
    for record in made[4:]:
        crm.send(who, "PATCH", f"tasks({record})", body={"subject": "changed"})
    seen, again = follow(crm, who, "tasks", link, "odata.maxpagesize=2")
    assert [entry.get("activityid") or entry["id"] for entry in seen] == [*made[4:], *made[:4]]
    assert follow(crm, who, "tasks", again, "")[0] == []
    calls = follow(crm, who, "phonecalls", link.replace("$select=subject", "$select=subject"), "")[0]
    assert calls == []
    for record in made[4:]:
        crm.send(who, "DELETE", f"tasks({record})")


def test_what_goes_with_its_parent_is_told_of_too(crm: SmallCrm, who: Principal) -> None:
    account = crm.create(who, "accounts", {"name": "parent"})
    bound = {"parentcustomerid_account@odata.bind": f"/accounts({account})"}
    contact = crm.create(who, "contacts", {"lastname": "child", **bound})
    link = start(crm, who, "contacts", "$select=lastname")
    crm.send(who, "DELETE", f"accounts({account})")
    assert [entry["id"] for entry in crm.get(who, "contacts", link)["value"]] == [contact]


def test_a_row_that_came_back_under_its_id_is_a_change_not_a_deletion(crm: SmallCrm, who: Principal) -> None:
    account = crm.create(who, "accounts", {"name": "first"})
    link = start(crm, who)
    crm.send(who, "DELETE", f"accounts({account})")
    crm.create(who, "accounts", {"accountid": account, "name": "second"})
    assert [entry.get("name") for entry in crm.get(who, "accounts", link)["value"]] == ["second"]
    crm.send(who, "DELETE", f"accounts({account})")


def test_a_row_that_goes_while_pages_are_read_moves_no_other(crm: SmallCrm, who: Principal) -> None:
    ids = [crm.create(who, "accounts", {"name": f"row {n}"}) for n in range(4)]
    prefer = {"prefer": "odata.track-changes,odata.maxpagesize=100"}
    body = crm.get(who, "accounts", "$select=name", prefer)
    seen = [row["accountid"] for row in body["value"]]
    victim = (
        seen[0] if seen[0] in ids else crm.create(who, "accounts", {"accountid": "0" * 8 + seen[0][8:], "name": "x"})
    )
    crm.send(who, "DELETE", f"accounts({victim})")
    rest, link = follow(crm, who, "accounts", body["@odata.nextLink"].partition("?")[2], prefer["prefer"])
    everything = {row["accountid"] for row in crm.rows(who, "accounts", "$select=accountid")}
    assert everything <= {*seen, *(row["accountid"] for row in rest)}
    assert victim in {entry.get("id") for entry in crm.get(who, "accounts", link)["value"]}
    for record in ids:
        crm.send(who, "DELETE", f"accounts({record})")


@pytest.mark.parametrize("option", ["$filter=name eq 'x'", "$orderby=name", "$expand=primarycontactid", "$top=3"])
def test_options_that_cannot_be_tracked_are_refused(crm: SmallCrm, who: Principal, option: str) -> None:
    status, _, message = error(crm.send(who, "GET", "accounts", option, headers=TRACK))
    name = option.partition("=")[0]
    assert (status, message) == (
        400,
        f'The "{name}" query parameter isn\'t supported when Change Tracking is enabled.',
    )


def token(version: int, age: timedelta) -> str:
    return f"$deltatoken={quote(f'{version}!{datetime.now(UTC) - age:%m/%d/%Y %H:%M:%S}', safe='')}"


def test_tokens_end_after_seven_days_and_cannot_be_made_up(crm: SmallCrm, who: Principal) -> None:
    version = crm.database.settled
    assert crm.send(who, "GET", "accounts", token(version, timedelta(days=6, hours=23))).status == 200
    assert error(crm.send(who, "GET", "accounts", token(version, timedelta(days=7, hours=1))))[:2] == (
        400,
        "0x80044352",
    )
    for wrong in ("$deltatoken=nonsense", token(version + 10**6, timedelta())):
        status, _, message = error(crm.send(who, "GET", "accounts", wrong))
        assert status == 400
        assert "full sync" in message


def test_who_may_not_read_the_whole_table_may_not_track_it(tmp_path: Path) -> None:
    tight = fresh_crm(tmp_path, "tight")
    who = tight.person(SALES)
    assert tight.send(who, "GET", "accounts", "$select=name").status == 200
    assert error(tight.send(who, "GET", "accounts", "$select=name", headers=TRACK))[:2] == (403, "0x80040220")
    tight.database.close()


def test_tables_without_change_tracking_say_so(crm: SmallCrm, who: Principal) -> None:
    status, _, message = error(crm.send(who, "GET", "savedqueries", "$select=name", headers=TRACK))
    assert (status, message) == (400, "Change tracking is not enabled for the entity 'savedquery'.")


def test_deletions_are_remembered_over_a_restart_and_leave_no_trace_in_the_tables(tmp_path: Path) -> None:
    crm = fresh_crm(tmp_path)
    who = crm.person(ADMINISTRATOR)
    before = crm.database.table_digests()
    account = crm.create(who, "accounts", {"name": "here and gone"})
    link = start(crm, who)
    crm.send(who, "DELETE", f"accounts({account})")
    assert crm.database.table_digests() == before
    crm.database.close()
    database = Database.open(str(tmp_path / "standard.db"), seed=7, scale=0.02, people=16, templates=TEMPLATES)
    again = SmallCrm(database, WebApi(database))
    assert [entry["id"] for entry in again.get(who, "accounts", link)["value"]] == [account]
    database.close()
