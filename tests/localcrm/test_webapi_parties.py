"""Who an activity is from and to: written with it or put in its place, read with it, gone with it (wire facts 1.7)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.localcrm.small_crm import ADMINISTRATOR, SALES, error, small_crm

CRM = small_crm()
WHO, OTHER, ADMIN = CRM.person(SALES), CRM.person(SALES, 1), CRM.person(ADMINISTRATOR)
ANNA, BORIS = CRM.rows(WHO, "contacts", "$select=emailaddress1&$filter=emailaddress1 ne null&$top=2")
FROM_ANNA = {"partyid_contact@odata.bind": f"/contacts({ANNA['contactid']})", "participationtypemask": 1}
TO_ME = {"partyid_systemuser@odata.bind": f"/systemusers({WHO.user_id})", "participationtypemask": 2}
LISTED = "$select=_partyid_value,participationtypemask,addressused&$orderby=participationtypemask"


@pytest.fixture
def mail() -> Iterator[str]:
    before = CRM.database.table_digests()
    body = {"subject": "Papers", "email_activity_parties": [FROM_ANNA, TO_ME]}
    mail = CRM.create(WHO, "emails", body)
    yield mail
    CRM.send(ADMIN, "DELETE", f"emails({mail})")
    assert CRM.database.table_digests() == before


def parties(mail: str, who: Any = WHO) -> list[tuple[str, int, str]]:
    rows = CRM.rows(who, f"emails({mail})/email_activity_parties", LISTED)
    return [(row["_partyid_value"], row["participationtypemask"], row["addressused"]) for row in rows]


def test_parties_come_with_the_activity_and_their_addresses_with_them(mail: str) -> None:
    assert parties(mail) == [(ANNA["contactid"], 1, ANNA["emailaddress1"]), (WHO.user_id, 2, WHO.username)]
    shown = CRM.get(WHO, f"emails({mail})", "$select=sender,torecipients")
    assert (shown["sender"], shown["torecipients"]) == (ANNA["emailaddress1"], f"{WHO.username};")


def test_they_are_read_in_the_same_request_by_expanding(mail: str) -> None:
    expanded = "$select=subject&$expand=email_activity_parties($select=participationtypemask)"
    shown = CRM.get(WHO, f"emails({mail})", expanded)
    assert sorted(party["participationtypemask"] for party in shown["email_activity_parties"]) == [1, 2]


def test_put_puts_others_in_their_place(mail: str) -> None:
    boris = {"partyid_contact@odata.bind": f"/contacts({BORIS['contactid']})", "participationtypemask": 1}
    answer = CRM.send(WHO, "PUT", f"emails({mail})/email_activity_parties", body={"value": [boris]})
    assert answer.status == 204
    assert parties(mail) == [(BORIS["contactid"], 1, BORIS["emailaddress1"])]


def test_they_belong_to_whom_the_activity_belongs_to(mail: str) -> None:
    bound = {"ownerid@odata.bind": f"/systemusers({OTHER.user_id})"}
    assert CRM.send(WHO, "PATCH", f"emails({mail})", body=bound).status == 204
    rows = CRM.rows(WHO, f"emails({mail})/email_activity_parties", "$select=_ownerid_value")
    assert {row["_ownerid_value"] for row in rows} == {OTHER.user_id}


@pytest.mark.parametrize("wrong", [{"participationtypemask": 1}, "Anna", {"partyid_task@odata.bind": "/tasks(x)"}])
def test_a_party_that_is_nobody_is_refused(wrong: Any) -> None:
    answer = CRM.send(WHO, "POST", "emails", body={"subject": "x", "email_activity_parties": [wrong]})
    assert error(answer)[:2] == (400, "0x80048d19")
