"""Keys of several columns, records inside records, and rows that change hands with what hangs on them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from localcrm.data.database import Database
from localcrm.security.principals import Principal
from localcrm.solution.customisation import load_solutions
from localcrm.webapi.builtin import ACTIONS
from localcrm.webapi.service import WebApi
from tests.localcrm.small_crm import ADMINISTRATOR, SALES, SERVICE, TEMPLATES, SmallCrm, error, header

SITE = """\
solution: Site
prefix: new
tables:
  new_contract:
    label: Contract
    plural: Contracts
    name: new_name
    columns:
      new_name: {type: text, label: Name, required: true}
      new_year: {type: whole, label: Year}
      new_accountid: {type: lookup, label: Customer, to: account}
    keys:
      new_contract_key: [new_name, new_year, new_accountid]
    privileges:
      Salesperson: {create: global, read: global, write: global, delete: global, append: global, append_to: global}
"""


@pytest.fixture(scope="module")
def crm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallCrm]:
    folder = tmp_path_factory.mktemp("nested")
    (folder / "site.yaml").write_text(SITE, encoding="utf-8")
    site = load_solutions([Path(folder / "site.yaml")], "standard", ACTIONS)
    database = Database.open(
        str(folder / "crm.db"), scale=0.01, people=16, additions=site.additions, templates=TEMPLATES
    )
    yield SmallCrm(database, WebApi(database))
    database.close()


@pytest.fixture(scope="module")
def who(crm: SmallCrm) -> Principal:
    return crm.person(SALES)


def test_a_key_of_several_columns_names_a_record_and_makes_it_where_there_is_none(
    crm: SmallCrm, who: Principal
) -> None:
    account = crm.create(who, "accounts", {"name": "Customer"})
    path = f"new_contracts(new_name='O''Neil',new_year=2027,_new_accountid_value={account})"
    assert error(crm.send(who, "PATCH", path, body={}, headers={"if-match": "*"}))[:2] == (404, "0x80040217")
    made = crm.send(who, "PATCH", path, body={})
    assert made.status == 204
    row = crm.get(who, path)
    assert (row["new_name"], row["new_year"], row["_new_accountid_value"]) == ("O'Neil", 2027, account)
    again = crm.send(who, "PATCH", path, body={"new_year": 2028})
    assert header(again, "OData-EntityId") == header(made, "OData-EntityId")
    assert crm.send(who, "GET", path).status == 404, "it has another year now"


def test_two_rows_cannot_have_one_key_and_empty_columns_are_not_compared(crm: SmallCrm, who: Principal) -> None:
    body = {"new_name": "Twin", "new_year": 1}
    account = crm.create(who, "accounts", {"name": "Customer"})
    bind = {"new_accountid@odata.bind": f"/accounts({account})"}
    crm.create(who, "new_contracts", {**body, **bind})
    status, code, message = error(crm.send(who, "POST", "new_contracts", body={**body, "new_name": "TWIN", **bind}))
    assert (status, code) == (412, "0x80060892")
    assert "A record with the same value for" in message
    free = crm.create(who, "new_contracts", body)
    crm.create(who, "new_contracts", body)
    taking = crm.send(who, "PATCH", f"new_contracts({free})", body=bind)
    assert error(taking)[:2] == (412, "0x80060892")


def test_an_account_number_is_taken_once(crm: SmallCrm, who: Principal) -> None:
    crm.create(who, "accounts", {"name": "First", "accountnumber": "N-1"})
    answer = crm.send(who, "POST", "accounts", body={"name": "Second", "accountnumber": "N-1"})
    assert error(answer)[:2] == (412, "0x80060892")
    contact = {"lastname": "X", "parentcustomerid_account@odata.bind": "accounts(accountnumber='N-1')"}
    made = crm.create(who, "contacts", contact)
    row = crm.get(who, f"contacts({made})", "$expand=parentcustomerid_account($select=name)")
    assert row["parentcustomerid_account"]["name"] == "First"


def test_records_inside_a_new_record_are_made_with_it(crm: SmallCrm, who: Principal) -> None:
    body = {
        "name": "Deep",
        "primarycontactid": {"firstname": "Ann", "lastname": "Inside"},
        "opportunity_customer_accounts": [
            {"name": "First deal", "Opportunity_Tasks": [{"subject": "Call"}, {"subject": "Write"}]},
            {"name": "Second deal"},
        ],
    }
    account = crm.create(who, "accounts", body)
    row = crm.get(who, f"accounts({account})", "$expand=primarycontactid($select=fullname)")
    assert row["primarycontactid"]["fullname"] == "Ann Inside"
    deals = crm.rows(who, f"accounts({account})/opportunity_customer_accounts", "$select=name&$orderby=name")
    assert [deal["name"] for deal in deals] == ["First deal", "Second deal"]
    tasks = crm.rows(who, f"opportunities({deals[0]['opportunityid']})/Opportunity_Tasks", "$orderby=subject")
    assert [task["subject"] for task in tasks] == ["Call", "Write"]


def test_a_fault_deep_inside_leaves_nothing_behind_and_updates_nest_nothing(crm: SmallCrm, who: Principal) -> None:
    account = crm.create(who, "accounts", {"name": "Plain"})
    before = crm.database.table_digests()
    deep = {"name": "Deep", "opportunity_customer_accounts": [{"name": "Deal", "Opportunity_Tasks": [{"subjct": "x"}]}]}
    assert error(crm.send(who, "POST", "accounts", body=deep))[:2] == (400, "0x80048d19")
    late = {"name": "Deep", "opportunity_customer_accounts": [{"name": "Deal", "statuscode": 5}]}
    assert error(crm.send(who, "POST", "accounts", body=late))[:2] == (400, "0x80048408")
    nested = {"primarycontactid": {"lastname": "New"}}
    assert error(crm.send(who, "PATCH", f"accounts({account})", body=nested))[:2] == (400, "0x80048d19")
    assert crm.database.table_digests() == before


def test_existing_records_are_put_into_the_collections_of_a_new_one(crm: SmallCrm, who: Principal) -> None:
    contacts = [crm.create(who, "contacts", {"lastname": f"Old {n}"}) for n in range(2)]
    links = [f"/contacts({contact})" for contact in contacts]
    account = crm.create(who, "accounts", {"name": "Gathers", "contact_customer_accounts@odata.bind": links})
    assert {crm.get(who, f"contacts({one})")["_parentcustomerid_value"] for one in contacts} == {account}


def test_what_belongs_to_a_record_changes_hands_with_it(crm: SmallCrm, who: Principal) -> None:
    admin, other = crm.person(ADMINISTRATOR), crm.person(SALES, 1)
    account = crm.create(who, "accounts", {"name": "Moves", "contact_customer_accounts": [{"lastname": "Along"}]})
    contact = crm.rows(who, f"accounts({account})/contact_customer_accounts")[0]["contactid"]
    regarding = {"regardingobjectid_contact_task@odata.bind": f"/contacts({contact})"}
    task = crm.create(who, "tasks", {"subject": "Along", **regarding})
    assign = {"ownerid@odata.bind": f"/systemusers({other.user_id})"}
    assert crm.send(who, "PATCH", f"accounts({account})", body=assign).status == 204
    owned = [crm.get(admin, path) for path in (f"accounts({account})", f"contacts({contact})", f"tasks({task})")]
    assert {row["_ownerid_value"] for row in owned} == {other.user_id}
    assert {row["_owningbusinessunit_value"] for row in owned} == {other.business_unit_id}


@pytest.mark.parametrize("shares", [True, False])
def test_the_previous_owner_keeps_a_share_where_the_organisation_wants_it(
    crm: SmallCrm, who: Principal, shares: bool
) -> None:
    admin, other = crm.person(ADMINISTRATOR), crm.person(SERVICE)
    organization = crm.rows(admin, "organizations", "$select=organizationid")[0]["organizationid"]
    setting = {"sharetopreviousowneronassign": shares}
    assert crm.send(admin, "PATCH", f"organizations({organization})", body=setting).status == 204
    assert crm.send(who, "PATCH", f"organizations({organization})", body=setting).status == 403
    account = crm.create(who, "accounts", {"name": "Shared"})
    assign = {"ownerid@odata.bind": f"/systemusers({other.user_id})"}
    assert crm.send(who, "PATCH", f"accounts({account})", body=assign).status == 204
    query = f"@t={{'@odata.id':'accounts({account})'}}"
    told = crm.get(admin, "RetrieveSharedPrincipalsAndAccess(Target=@t)", query)["PrincipalAccesses"]
    assert [one["Principal"]["ownerid"] for one in told] == ([who.user_id] if shares else [])
