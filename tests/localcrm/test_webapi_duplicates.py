"""Duplicate rules: on create, on update, on demand; never by walking a table, never telling of rows out of reach."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from localcrm.security.principals import Principal
from localcrm.security.reach import EVERYTHING, Reach
from localcrm.webapi.duplicates import Condition, Rule, search
from localcrm.webapi.query.planner import Planner
from localcrm.webapi.query.predicates import reach_values
from localcrm.webapi.service import WebApi
from tests.localcrm.small_crm import ADMINISTRATOR, SALES, SmallCrm, error, fresh_crm

DETECT = {"mscrm.suppressduplicatedetection": "false"}
REFUSED = "A record was not created or updated because a duplicate of the current record already exists."


@pytest.fixture(scope="module")
def crm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallCrm]:
    found = fresh_crm(tmp_path_factory.mktemp("duplicates"))
    yield found
    found.database.close()


@pytest.fixture(scope="module")
def who(crm: SmallCrm) -> Principal:
    return crm.person(SALES)


@pytest.fixture(scope="module")
def taken(crm: SmallCrm, who: Principal) -> str:
    return str(crm.rows(who, "contacts", "$select=emailaddress1&$filter=statecode eq 0&$top=1")[0]["emailaddress1"])


def test_a_duplicate_is_refused_only_where_detection_is_asked_for(crm: SmallCrm, who: Principal, taken: str) -> None:
    body = {"lastname": "Twin", "emailaddress1": taken.upper()}
    assert error(crm.send(who, "POST", "contacts", body=body, headers=DETECT)) == (412, "0x80040333", REFUSED)
    for headers in ({}, {"mscrm.suppressduplicatedetection": "true"}):
        made = crm.send(who, "POST", "contacts", body=body, headers=headers)
        assert made.status == 204
        record = dict(made.headers)["OData-EntityId"].rpartition("/")[2]
        assert crm.send(who, "DELETE", record).status == 204


def test_an_update_is_looked_at_when_it_touches_what_a_rule_is_about(crm: SmallCrm, who: Principal, taken: str) -> None:
    record = f"contacts({crm.create(who, 'contacts', {'lastname': 'Other', 'emailaddress1': 'other@own.test'})})"
    assert crm.send(who, "PATCH", record, body={"emailaddress1": "new@own.test"}, headers=DETECT).status == 204
    assert error(crm.send(who, "PATCH", record, body={"emailaddress1": taken}, headers=DETECT))[:2] == (
        412,
        "0x80040333",
    )
    assert crm.get(who, record)["emailaddress1"] == "new@own.test", "a refused write leaves nothing behind"
    assert crm.send(who, "PATCH", record, body={"emailaddress1": taken}).status == 204
    assert crm.send(who, "PATCH", record, body={"jobtitle": "Owner"}, headers=DETECT).status == 204


def test_the_status_of_the_refusal_is_a_setting(crm: SmallCrm, who: Principal, taken: str) -> None:
    other = SmallCrm(crm.database, WebApi(crm.database, duplicate_status=500))
    body = {"lastname": "Twin", "emailaddress1": taken}
    assert error(other.send(who, "POST", "contacts", body=body, headers=DETECT))[:2] == (500, "0x80040333")


def found(crm: SmallCrm, who: Principal, entity: str, matching: str = "contact", paging: str = "") -> list[Any]:
    query = f"@p1={entity}&@p2='{matching}'&@p3={paging or '{}'}"
    path = "RetrieveDuplicates(BusinessEntity=@p1,MatchingEntityName=@p2,PagingInfo=@p3)"
    return list(crm.get(who, path, query)["value"])


def test_duplicates_come_on_demand_for_values_or_for_a_record(crm: SmallCrm, who: Principal) -> None:
    first, second, third = (
        crm.create(who, "contacts", {"lastname": f"Same {n}", "emailaddress1": "same@own.test"}) for n in range(3)
    )
    values = json.dumps({"@odata.type": "Microsoft.Dynamics.CRM.contact", "emailaddress1": "same@own.test"})
    rows = found(crm, who, values)
    assert {row["contactid"] for row in rows} == {first, second, third}
    assert {row["lastname"] for row in rows} == {"Same 0", "Same 1", "Same 2"}
    by_id = found(crm, who, f"{{'@odata.id':'contacts({first})'}}")
    assert {row["contactid"] for row in by_id} == {second, third}
    assert len(found(crm, who, values, paging="{'PageNumber':2,'Count':2}")) == 1
    assert crm.send(who, "PATCH", f"contacts({second})", body={"statecode": 1}).status == 204
    assert {row["contactid"] for row in found(crm, who, values)} == {first, third}, "inactive ones do not count"


def test_duplicates_out_of_reach_are_not_told(tmp_path_factory: pytest.TempPathFactory) -> None:
    own = fresh_crm(tmp_path_factory.mktemp("tight"), "tight")
    me, stranger = own.person(SALES, 0), own.person(SALES, 1)
    own.create(stranger, "leads", {"lastname": "Hidden", "emailaddress1": "hidden@own.test"})
    values = json.dumps({"@odata.type": "Microsoft.Dynamics.CRM.lead", "emailaddress1": "hidden@own.test"})
    assert found(own, me, values, "lead") == []
    assert len(found(own, stranger, values, "lead")) == 1
    body = {"lastname": "Twin", "emailaddress1": "hidden@own.test"}
    assert own.send(me, "POST", "leads", body=body, headers=DETECT).status == 204
    own.database.close()


def test_a_rule_is_written_published_and_taken_back_by_who_may(crm: SmallCrm, who: Principal) -> None:
    admin = crm.person(ADMINISTRATOR)
    rule = crm.create(
        admin,
        "duplicaterules",
        {
            "name": "Accounts with the same first letters of the name",
            "baseentityname": "account",
            "matchingentityname": "account",
            "DuplicateRule_DuplicateRuleConditions": [
                {
                    "baseattributename": "name",
                    "matchingattributename": "name",
                    "operatorcode": 1,
                    "operatorparam": 6,
                    "ignoreblankvalues": True,
                }
            ],
        },
    )
    body = {"DuplicateRuleId": rule}
    assert error(crm.send(who, "POST", "PublishDuplicateRule", body=body))[:2] == (403, "0x80040220")
    crm.create(who, "accounts", {"name": "Zzyzx Ltd."})
    twin = {"name": "ZZYZX Limited"}
    assert crm.send(who, "POST", "accounts", body=twin, headers=DETECT).status == 204, "not published yet"
    answer = crm.send(admin, "POST", "PublishDuplicateRule", body=body)
    assert answer.status == 200
    assert "JobId" in json.loads(answer.body)
    assert crm.send(who, "POST", "accounts", body=twin, headers=DETECT).status == 412
    assert crm.send(admin, "POST", "UnpublishDuplicateRule", body=body).status == 204
    assert crm.send(who, "POST", "accounts", body=twin, headers=DETECT).status == 204


def test_a_rule_that_would_walk_the_table_is_not_published(crm: SmallCrm) -> None:
    admin = crm.person(ADMINISTRATOR)
    condition = {"baseattributename": "tickersymbol", "matchingattributename": "tickersymbol", "operatorcode": 0}
    rule = crm.create(
        admin,
        "duplicaterules",
        {
            "name": "Slow",
            "baseentityname": "account",
            "matchingentityname": "account",
            "DuplicateRule_DuplicateRuleConditions": [condition],
        },
    )
    status, _, message = error(crm.send(admin, "POST", "PublishDuplicateRule", body={"DuplicateRuleId": rule}))
    assert status == 400
    assert "No condition of the rule is on an indexed column of account" in message


@pytest.mark.parametrize("depth", ["Global", "Local", "Basic"])
@pytest.mark.parametrize("operator", [0, 1, 3], ids=["exact", "first characters", "same date"])
def test_a_rule_looks_along_an_index_whoever_asks(crm: SmallCrm, who: Principal, depth: str, operator: int) -> None:
    column, value = ("modifiedon", "2026-11-20T10:00:00Z") if operator == 3 else ("emailaddress1", "an@own.test")
    rule = Rule("contact", True, False, (Condition(column, column, operator, 3, True),))
    entity, session = crm.database.catalogue["contact"], crm.database.reader()
    read = search(entity, rule, {column: value}, "00000000-0000-0000-0000-000000000001")
    assert read is not None
    reach = {
        "Global": EVERYTHING,
        "Local": Reach(False, who.owner_ids, (who.business_unit_id,)),
        "Basic": Reach(False, who.owner_ids),
    }[depth]
    plan = Planner(session.dialect, crm.database.catalogue).rows(read.query, {"": reach}, paged=True)
    values = {f"v{n}": value for n, value in enumerate(read.values)}
    bound = plan.bind({**values, **reach_values({"": reach}), "limit": 1, "offset": 0})
    steps = [row[3] for row in session.fetch(f"EXPLAIN QUERY PLAN {plan.sql}", bound)]
    assert not [step for step in steps if step.startswith("SCAN t")], steps
