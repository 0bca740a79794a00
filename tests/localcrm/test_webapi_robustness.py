"""Nonsense is refused with a client error, and many callers at once do not get in each other's way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.localcrm.small_crm import ADMINISTRATOR, SALES, SERVICE, SmallCrm, fresh_crm, small_crm

CRM = small_crm()
WHO = CRM.person(SERVICE)
ACCOUNT = CRM.rows(WHO, "accounts", "$top=1")[0]["accountid"]

_WORDS = st.sampled_from(
    f"""accounts accounts({ACCOUNT}) name _ownerid_value primarycontactid $count $ref $value '' ( ) ' %27 %00 eq null
    and not contains(name,'a') 5 1e999 9999999999999999999 -1 / $filter= $select= $expand= $orderby= $top= $skiptoken= &
    ; fetchXml= savedQuery= <fetch> <entity%20name='account'> </entity></fetch> Microsoft.Dynamics.CRM. [ ] WhoAmI {{}}
    In(PropertyName= numberofemployees%20eq%20 pagenumber="99999999999999999999" EntityDefinitions $metadata @p={{
    /api/data/v9.2/ name/x contact_customer_accounts \ud7ff %ed%a0%80 %20""".split()
)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(
    method=st.sampled_from(["GET", "GET", "GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS"]),
    path=st.lists(_WORDS, max_size=4),
    query=st.lists(_WORDS, max_size=6),
    body=st.one_of(st.just(b""), st.binary(max_size=30), st.just(b'{"a":[{}]}'), st.just(b'{"name":{"x":1}}')),
)
def test_nonsense_never_becomes_an_internal_error(method: str, path: list[str], query: list[str], body: bytes) -> None:
    asked = "/".join(path) if method == "GET" else "".join(path)
    answer = CRM.send(WHO, method, asked, "".join(query), body)
    assert answer.status < 500, f"{method} {asked}?{''.join(query)} {body!r} answered {answer.status}"


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.dictionaries(
        st.sampled_from(
            [
                "name",
                "revenue",
                "creditonhold",
                "statecode",
                "numberofemployees",
                "accountid",
                "primarycontactid@odata.bind",
            ]
        ),
        st.one_of(
            st.none(),
            st.booleans(),
            st.integers(),
            st.just(2**70),
            st.floats(),
            st.text(max_size=5),
            st.just("\ud800"),
            st.lists(st.none(), max_size=1),
        ),
    )
)
def test_odd_values_in_a_body_never_become_an_internal_error(body: dict[str, object]) -> None:
    admin = CRM.person(ADMINISTRATOR)
    answer = CRM.send(admin, "POST", "accounts", body=body)
    assert answer.status < 500, f"{body} answered {answer.status}"
    if answer.status == 204:
        made = dict(answer.headers)["OData-EntityId"].rpartition("/")[2]
        assert CRM.send(admin, "GET", made).status == 200
        assert CRM.send(admin, "DELETE", made).status == 204


@pytest.fixture
def own(tmp_path: Path) -> Iterator[SmallCrm]:
    crm = fresh_crm(tmp_path, "tight")
    yield crm
    crm.database.close()


def test_readers_and_writers_side_by_side_all_get_their_answers(own: SmallCrm) -> None:
    sellers = [own.person(SALES, number) for number in range(8)]
    before = own.database.table_digests()

    def day(number: int) -> list[int]:
        who = sellers[number % len(sellers)]
        seen = []
        for _ in range(5):
            made = own.send(who, "POST", "opportunities", body={"name": f"Deal {number}"})
            record = dict(made.headers)["OData-EntityId"].rpartition("/")[2]
            view = own.send(who, "GET", "opportunities", "$select=name&$orderby=name&$count=true&$top=50")
            change = own.send(who, "PATCH", record, body={"name": "Changed"}, headers={"if-match": "*"})
            again = own.send(who, "GET", record, "$select=name")
            assert json.loads(again.body)["name"] == "Changed", "a caller must see what he has just written"
            gone = own.send(who, "DELETE", record)
            seen += [made.status, view.status, change.status, again.status, gone.status]
        return seen

    with ThreadPoolExecutor(max_workers=8) as pool:
        statuses = [status for seen in pool.map(day, range(16)) for status in seen]
    assert statuses == [204, 200, 204, 200, 204] * 80
    assert own.database.table_digests() == before


def test_every_row_gets_a_version_of_its_own(own: SmallCrm) -> None:
    admin = own.person(ADMINISTRATOR)
    with ThreadPoolExecutor(max_workers=8) as pool:
        made = list(pool.map(lambda n: own.create(admin, "accounts", {"name": f"A{n}"}), range(40)))
    versions = {own.get(admin, f"accounts({record})", "$select=versionnumber")["versionnumber"] for record in made}
    assert len(versions) == 40
