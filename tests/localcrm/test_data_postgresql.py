"""On PostgreSQL the local CRM gives the same answers as on SQLite: reads of every form, writes, deltas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from localcrm.data.database import Database
from localcrm.security.principals import Principal
from localcrm.webapi.service import WebApi
from tests.localcrm.channel_queries import Asked, channel_queries, tracked_queries
from tests.localcrm.postgresql import postgresql
from tests.localcrm.small_crm import ADMINISTRATOR, SALES, SmallCrm, error, fresh_crm


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SmallCrm, SmallCrm]]:
    """The same company twice: in a SQLite file and on a PostgreSQL server."""
    with postgresql() as url:
        lite = fresh_crm(Path(tmp_path_factory.mktemp("lite")), "tight")
        database = Database.open(url, seed=7, scale=0.02, roles="tight", people=16)
        yield lite, SmallCrm(database, WebApi(database))
        database.close()
        lite.database.close()


def fetch(entity: str, inner: str, attributes: str = "") -> str:
    return "fetchXml=" + quote(f"<fetch {attributes}><entity name='{entity}'>{inner}</entity></fetch>")


def grouped(part: str) -> str:
    return fetch(
        "contact",
        f"<attribute name='createdon' alias='p' groupby='true' dategrouping='{part}'/>"
        "<attribute name='contactid' alias='n' aggregate='count'/>",
        "aggregate='true'",
    )


def conditions(attributes: str) -> str:
    return fetch("contact", f"<attribute name='fullname'/><filter><condition attribute='{attributes}'/></filter>")


QUERIES = [
    ("contacts", "$filter=firstname eq 'ANNA' or contains(lastname,'EN')&$orderby=lastname desc,mobilephone"),
    ("contacts", "$orderby=mobilephone,jobtitle desc&$count=true"),
    ("contacts", "$filter=not (birthdate lt 1970-01-01)&$select=birthdate,fullname"),
    ("accounts", "$filter=contact_customer_accounts/any(c:c/gendercode eq 2)&$expand=primarycontactid"),
    ("accounts", "$filter=contact_customer_accounts/all(c:c/statecode eq 0)&$select=name"),
    ("accounts", "$apply=groupby((statuscode),aggregate($count as n,revenue with average as mean))"),
    ("accounts", "$select=name&$expand=contact_customer_accounts($select=fullname;$top=2;$orderby=fullname)"),
    ("accounts", "sql=" + quote("SELECT name FROM account WHERE name LIKE 'b%' AND revenue > 10 ORDER BY name")),
    ("accounts", "sql=" + quote("SELECT COUNT(*) AS n, AVG(numberofemployees) AS mean FROM account")),
    ("businessunits", fetch("businessunit", "<attribute name='name'/><filter><condition attribute='businessunitid' "
                            "operator='eq-or-under' value='{unit}'/></filter>")),
    ("accounts", fetch("account", "<attribute name='address1_city'/>", "distinct='true'")),
    ("contacts", conditions("ownerid' operator='eq-useroruserteams")),
    ("contacts", conditions("createdon' operator='last-x-months' value='7")),
    ("contacts", conditions("createdon' operator='in-fiscal-period' value='2")),
    ("contacts", conditions("lastname' operator='not-like' value='%a%")),
    *(("contacts", grouped(part)) for part in ("day", "week", "month", "quarter", "year", "fiscal-period")),
]  # fmt: skip


def answers(crm: SmallCrm, who: Principal, asked: Asked) -> Any:
    answer = crm.send(who, "GET", asked.path, asked.query, headers={"prefer": asked.prefer})
    assert answer.status in (200, 403), f"{asked.what}: {answer.status} {answer.body[:500]!r}"
    return answer.status, [json.loads(answer.body).get(key) for key in ("value", "error", "@odata.count")]


@pytest.mark.parametrize("role", [ADMINISTRATOR, SALES])
def test_the_same_answers_to_the_same_queries(both: tuple[SmallCrm, SmallCrm], role: str) -> None:
    lite, server = both
    who = lite.person(role)
    there = server.database.directory.by_id(who.user_id)
    assert there is not None
    assert (there.name, there.roles, there.units) == (who.name, who.roles, who.units)
    asked = [
        Asked(f"{path}?{query}", path, query.replace("%7Bunit%7D", who.business_unit_id)) for path, query in QUERIES
    ]
    asked += channel_queries(lite.database, who)
    found = {one.what: answers(lite, who, one) for one in asked}
    assert sum(status == 200 for status, _ in found.values()) > 40
    for one in asked:
        assert answers(server, there, one) == found[one.what], one.what


def test_tables_and_digests_are_equal(both: tuple[SmallCrm, SmallCrm]) -> None:
    counts = [{name: table["rows"] for name, table in crm.database.table_digests().items()} for crm in both]
    assert counts[0] == counts[1]


def test_writes_refusals_and_deltas(both: tuple[SmallCrm, SmallCrm]) -> None:
    _, crm = both
    who = crm.person(ADMINISTRATOR)
    before = crm.database.table_digests()
    track = {"prefer": "odata.track-changes"}
    link = crm.get(who, "accounts", "$select=name", track)["@odata.deltaLink"].partition("?")[2]
    account = crm.create(who, "accounts", {"name": "Straße", "donotemail": True, "revenue": 12.5})
    assert crm.rows(who, "accounts", "$filter=name eq 'STRAße'")[0]["accountid"] == account
    assert crm.send(who, "PATCH", f"accounts({account})", body={"name": "50% off_"}).status == 204
    assert [row["accountid"] for row in crm.rows(who, "accounts", "$filter=contains(name,'0%25 OFF_')")] == [account]
    stale = crm.send(who, "PATCH", f"accounts({account})", body={"name": "x"}, headers={"if-match": 'W/"1"'})
    assert error(stale)[:2] == (412, "0x80060882")
    assert crm.send(who, "POST", "accounts", body={"accountid": account, "name": "again"}).status == 412
    (entry,) = crm.get(who, "accounts", link)["value"]
    assert entry["name"] == "50% off_"
    assert crm.send(who, "DELETE", f"accounts({account})").status == 204
    assert [entry["reason"] for entry in crm.get(who, "accounts", link)["value"]] == ["deleted"]
    for asked in tracked_queries(crm.database):
        assert crm.send(who, "GET", asked.path, asked.query, headers={"prefer": asked.prefer}).status == 200
    assert crm.database.table_digests() == before


def test_a_server_that_is_not_there_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"postgresql\+psycopg://crm:\*\*\*@.* cannot be reached: .*Start the server"):
        Database.open(f"postgresql+psycopg://crm:secret@/postgres?host={tmp_path}")
    with pytest.raises(ValueError, match="mysql.* is not supported"):
        Database.open("mysql+pymysql://crm@127.0.0.1/crm")
