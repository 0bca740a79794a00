"""Saved and personal views wherever they are asked for, ``?sql=``, and the longest URL."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from localcrm.data.generation.views import VIEWS
from tests.localcrm.small_crm import ADMINISTRATOR, ROOT, SALES, SERVICE, error, small_crm

CRM = small_crm()
WHO, OTHER = CRM.person(SALES), CRM.person(SERVICE)
CONTACTS = {row["contactid"]: row for row in CRM.rows(WHO, "contacts")}
ACCOUNTS = {row["accountid"]: row for row in CRM.rows(WHO, "accounts")}


@pytest.fixture
def mine() -> Iterator[str]:
    fetch = (
        "<fetch><entity name='contact'><attribute name='fullname'/><order attribute='fullname'/>"
        "<filter><condition attribute='gendercode' operator='eq' value='2'/></filter></entity></fetch>"
    )
    body = {"name": "Women", "returnedtypecode": "contact", "querytype": 0, "fetchxml": fetch}
    view = CRM.create(WHO, "userqueries", body)
    yield view
    CRM.send(WHO, "DELETE", f"userqueries({view})")


def test_a_personal_view_answers_its_owner(mine: str) -> None:
    body = CRM.get(WHO, "contacts", f"userQuery={mine}&$count=true")
    women = {key for key, row in CONTACTS.items() if row["gendercode"] == 2}
    assert {row["contactid"] for row in body["value"]} == women
    assert body["@odata.count"] == len(women)


def test_a_personal_view_is_nobody_elses_until_it_is_shared(mine: str) -> None:
    assert error(CRM.send(OTHER, "GET", "contacts", f"userQuery={mine}"))[:2] == (403, "0x80048306")
    share = {
        "Target": {"userqueryid": mine, "@odata.type": "Microsoft.Dynamics.CRM.userquery"},
        "PrincipalAccess": {
            "AccessMask": "ReadAccess",
            "Principal": {"systemuserid": OTHER.user_id, "@odata.type": "Microsoft.Dynamics.CRM.systemuser"},
        },
    }
    assert CRM.send(WHO, "POST", "GrantAccess", body=share).status == 204
    assert CRM.rows(OTHER, "contacts", f"userQuery={mine}&$top=1")


def test_views_work_on_the_collections_of_a_record(mine: str) -> None:
    account = Counter(row["_parentcustomerid_value"] for row in CONTACTS.values()).most_common(1)[0][0]
    people = {key: row for key, row in CONTACTS.items() if row["_parentcustomerid_value"] == account}
    active = next(view for view in VIEWS if view.name == "Active Contacts")
    path = f"accounts({account})/contact_customer_accounts"
    found = {row["contactid"] for row in CRM.rows(WHO, path, f"savedQuery={active.view_id}")}
    assert found == {key for key, row in people.items() if row["statecode"] == 0}
    found = {row["contactid"] for row in CRM.rows(WHO, path, f"userQuery={mine}")}
    assert found == {key for key, row in people.items() if row["gendercode"] == 2}


def test_views_take_no_other_options() -> None:
    view = VIEWS[0].view_id
    status, _, message = error(CRM.send(WHO, "GET", "accounts", f"savedQuery={view}&$filter=name eq 'x'"))
    assert status == 400
    assert "$filter is not supported together with savedQuery" in message


def sql(text: str, path: str = "accounts") -> list[dict]:
    return CRM.rows(WHO, path, f"sql={quote(text)}")


@pytest.mark.parametrize(
    ("where", "test"),
    [
        ("a.statecode = 0 AND telephone1 IS NOT NULL", lambda r: r["statecode"] == 0 and r["telephone1"] is not None),
        ("name > 'M'", lambda r: r["name"].lower() > "m"),
        ("(name LIKE 'b%' OR name NOT LIKE '%a%')", lambda r: r["name"][0] in "bB" or "a" not in r["name"].lower()),
        ("numberofemployees BETWEEN 100 AND 500", lambda r: 100 <= (r["numberofemployees"] or 0) <= 500),
        ("statuscode IN (2, 3)", lambda r: r["statuscode"] in (2, 3)),
        ("statuscode <> 1", lambda r: r["statuscode"] != 1),
        ("NOT statuscode = 1", lambda r: r["statuscode"] != 1),
        ("revenue >= -1.5", lambda r: r["revenue"] is not None),
    ],
)
def test_sql_finds_exactly_the_rows_it_describes(where: str, test) -> None:
    found = sql(f"SELECT a.name FROM account AS a WHERE {where} ORDER BY a.name DESC")
    assert {row["accountid"] for row in found} == {key for key, row in ACCOUNTS.items() if test(row)}
    names = [row["name"].lower() for row in found]
    assert names == sorted(names, reverse=True)


def test_sql_joins_renames_and_takes_the_top() -> None:
    rows = sql(
        "SELECT TOP 7 a.name AS account_name, c.fullname AS person FROM account a "
        "LEFT JOIN contact c ON c.contactid = a.primarycontactid AND c.statecode = 0 ORDER BY account_name"
    )
    assert len(rows) == 7
    for row in rows:
        person = CONTACTS.get(ACCOUNTS[row["accountid"]]["_primarycontactid_value"])
        assert row["account_name"] == ACCOUNTS[row["accountid"]]["name"]
        assert row.get("person") == (person["fullname"] if person and person["statecode"] == 0 else None)


def test_sql_groups_and_figures() -> None:
    rows = sql(
        "SELECT statuscode, COUNT(*) AS n, MAX(revenue) AS most FROM account GROUP BY statuscode ORDER BY n DESC"
    )
    counts = Counter(row["statuscode"] for row in ACCOUNTS.values())
    assert {row["statuscode"]: row["n"] for row in rows} == counts
    assert [row["n"] for row in rows] == sorted(counts.values(), reverse=True)
    (row,) = sql("SELECT COUNT(DISTINCT address1_city) AS cities FROM account")
    assert row == {"cities": len({row["address1_city"] for row in ACCOUNTS.values()})}
    cities = [row["address1_city"] for row in sql("SELECT DISTINCT address1_city FROM account ORDER BY address1_city")]
    assert cities == sorted({row["address1_city"] for row in ACCOUNTS.values()})


def test_sql_pages_by_the_next_link() -> None:
    query, seen = f"sql={quote('SELECT fullname FROM contact ORDER BY fullname')}", []
    while query:
        body = CRM.get(WHO, "contacts", query, {"prefer": "odata.maxpagesize=500"})
        seen += [row["contactid"] for row in body["value"]]
        query = body.get("@odata.nextLink", "").partition("?")[2]
    assert len(seen) == len(set(seen)) == len(CONTACTS)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("SELECT * FROM account", "is not a column"),
        ("DELETE FROM account", "only a single SELECT"),
        ("SELECT name FROM account; SELECT fullname FROM contact", "only a single SELECT"),
        ("SELECT name FROM contact", "is not that of the entity set"),
        ("SELECT name FROM account WHERE accountid IN (SELECT accountid FROM account)", "not supported"),
        ("SELECT name FROM account WHERE 1 = 1", "is not a column"),
        ("SELECT name FROM account WHERE LEN(name) > 3", "is not a column"),
        ("SELECT name FROM account CROSS JOIN contact", "INNER JOIN or LEFT JOIN"),
        ("SELECT name, COUNT(*) AS n FROM account GROUP BY name HAVING COUNT(*) > 1", "HAVING is not supported"),
        ("SELECT name FROM account ORDER BY LEN(name)", "is not a column"),
        ("SELECT name FROM account ORDER BY name OFFSET 5 ROWS FETCH NEXT 5 ROWS ONLY", "not supported"),
        ("SELECT name FROM account UNION SELECT name FROM account", "only a single SELECT"),
        ("SELECT name, COUNT(*) AS n FROM account", "neither in GROUP BY"),
        ("SELEC name", "not supported"),
    ],
)
def test_sql_outside_the_subset_is_refused(text: str, reason: str) -> None:
    status, _, message = error(CRM.send(WHO, "GET", "accounts", f"sql={quote(text)}"))
    assert status == 400
    assert reason in message


def test_a_longer_url_than_the_server_takes_is_414_and_the_same_query_goes_by_batch() -> None:
    values = "".join(f"<value>nobody {number}</value>" for number in range(1500))
    where = f"<filter><condition attribute='lastname' operator='in'>{values}</condition></filter>"
    query = f"fetchXml={quote(f'<fetch><entity name=%scontact%s>{where}</entity></fetch>' % (chr(39), chr(39)))}"
    assert len(query) > 32_768
    assert error(CRM.send(WHO, "GET", "contacts", query))[0] == 414
    body = (
        "--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        f"GET {ROOT}contacts?{query} HTTP/1.1\r\nAccept: application/json\r\n\r\n\r\n--b--\r\n"
    ).encode()
    answer = CRM.send(WHO, "POST", "$batch", body=body, headers={"content-type": "multipart/mixed; boundary=b"})
    part = answer.body.decode()
    assert "HTTP/1.1 200" in part
    assert json.loads(part[part.index("{") : part.rindex("}") + 1])["value"] == []


def test_the_administrators_view_of_personal_views_is_everybodys(mine: str) -> None:
    assert mine in {row["userqueryid"] for row in CRM.rows(CRM.person(ADMINISTRATOR), "userqueries")}
    assert mine not in {row["userqueryid"] for row in CRM.rows(OTHER, "userqueries")}
