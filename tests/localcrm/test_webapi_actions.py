"""Messages that write: qualify, merge, marketing lists, many-to-many, what a new record takes over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localcrm.security.principals import Principal
from localcrm.webapi.exchange import Answer
from tests.localcrm.small_crm import ADMINISTRATOR, SALES, SERVICE, SmallCrm, error, fresh_crm

MARKETING = "Marketing Professional"


@pytest.fixture(scope="module")
def crm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallCrm]:
    found = fresh_crm(tmp_path_factory.mktemp("actions"))
    yield found
    found.database.close()


@pytest.fixture(scope="module")
def who(crm: SmallCrm) -> Principal:
    return crm.person(SALES)


def of_role(crm: SmallCrm, role: str) -> Principal:
    return next(user for user in crm.database.directory.users() if user.roles == (role,))


def act(crm: SmallCrm, who: Principal, path: str, body: object) -> Answer:
    return crm.send(who, "POST", path, body=body)


def named(table: str, record_id: str) -> dict[str, str]:
    return {"@odata.type": f"Microsoft.Dynamics.CRM.{table}", f"{table}id": record_id}


def lead(crm: SmallCrm, who: Principal, **more: object) -> str:
    body = {
        "subject": "New pumps",
        "firstname": "Ann",
        "lastname": "Lead",
        "companyname": "Lead Ltd.",
        "emailaddress1": "ann@lead.test",
        "estimatedamount": 1200,
    }
    return crm.create(who, "leads", {**body, **more})


def qualified(crm: SmallCrm, who: Principal, lead_id: str, **flags: object) -> Answer:
    body = {"CreateAccount": True, "CreateContact": True, "CreateOpportunity": True, "Status": 3, **flags}
    return act(crm, who, f"leads({lead_id})/Microsoft.Dynamics.CRM.QualifyLead", body)


def test_a_qualified_lead_becomes_account_contact_and_opportunity(crm: SmallCrm, who: Principal) -> None:
    lead_id = lead(crm, who)
    answer = qualified(crm, who, lead_id)
    assert answer.status == 200, answer.body
    made = {row["@odata.type"].rpartition(".")[2]: row for row in json.loads(answer.body)["value"]}
    assert list(made) == ["account", "contact", "opportunity"]
    account = crm.get(who, f"accounts({made['account']['accountid']})")
    contact = crm.get(who, f"contacts({made['contact']['contactid']})")
    opportunity = crm.get(who, f"opportunities({made['opportunity']['opportunityid']})")
    assert (account["name"], account["_originatingleadid_value"]) == ("Lead Ltd.", lead_id)
    assert (contact["fullname"], contact["emailaddress1"]) == ("Ann Lead", "ann@lead.test")
    assert contact["_parentcustomerid_value"] == account["accountid"]
    assert account["_primarycontactid_value"] == contact["contactid"]
    assert (opportunity["name"], opportunity["estimatedvalue"]) == ("New pumps", 1200.0)
    assert opportunity["_customerid_value"] == account["accountid"]
    row = crm.get(who, f"leads({lead_id})")
    assert (row["statecode"], row["statuscode"]) == (1, 3)
    assert row["_qualifyingopportunityid_value"] == opportunity["opportunityid"]


def test_a_lead_is_qualified_once_and_for_an_existing_customer_too(crm: SmallCrm, who: Principal) -> None:
    account = crm.create(who, "accounts", {"name": "Old customer"})
    lead_id = lead(crm, who)
    answer = qualified(
        crm, who, lead_id, CreateAccount=False, CreateContact=False, OpportunityCustomerId=named("account", account)
    )
    (made,) = json.loads(answer.body)["value"]
    assert crm.get(who, f"opportunities({made['opportunityid']})")["_customerid_value"] == account
    assert error(qualified(crm, who, lead_id)) == (
        400,
        "0x80048408",
        "The lead is not open: it cannot be qualified again.",
    )


def test_a_refused_qualification_leaves_nothing_behind(crm: SmallCrm, who: Principal) -> None:
    lead_id = lead(crm, who)
    before = crm.database.table_digests()
    answer = qualified(crm, who, lead_id, Status=5)
    assert error(answer)[:2] == (400, "0x80048408")
    assert crm.database.table_digests() == before
    service = crm.person(SERVICE)
    assert error(qualified(crm, service, lead_id))[:2] == (403, "0x80048306")
    assert crm.database.table_digests() == before


def test_merging_moves_what_hangs_on_the_subordinate_and_puts_it_away(crm: SmallCrm, who: Principal) -> None:
    kept, other = crm.create(who, "accounts", {"name": "Kept"}), crm.create(who, "accounts", {"name": "Other"})
    bind = {"parentcustomerid_account@odata.bind": f"/accounts({other})"}
    contact = crm.create(who, "contacts", {"lastname": "Moved", **bind})
    task = crm.create(
        who, "tasks", {"subject": "Moved", "regardingobjectid_account_task@odata.bind": f"/accounts({other})"}
    )
    child = crm.create(who, "accounts", {"name": "Child", "parentaccountid@odata.bind": f"/accounts({other})"})
    body = {
        "Target": named("account", kept),
        "Subordinate": named("account", other),
        "UpdateContent": {"@odata.type": "Microsoft.Dynamics.CRM.account", "telephone1": "+1 555 0100"},
        "PerformParentingChecks": False,
    }
    answer = act(crm, who, "Merge", body)
    assert (answer.status, answer.body) == (204, b"")
    assert crm.get(who, f"contacts({contact})")["_parentcustomerid_value"] == kept
    assert crm.get(who, f"tasks({task})")["_regardingobjectid_value"] == kept
    assert crm.get(who, f"accounts({child})")["_parentaccountid_value"] == kept
    away = crm.get(who, f"accounts({other})")
    assert (away["statecode"], away["statuscode"], away["merged"], away["_masterid_value"]) == (1, 2, True, kept)
    assert crm.get(who, f"accounts({kept})")["telephone1"] == "+1 555 0100"
    assert error(act(crm, who, "Merge", body))[:2] == (400, "0x80048408"), "merged already"


@pytest.mark.parametrize(("collection", "table", "state"), [("leads", "lead", (2, 7)), ("contacts", "contact", (1, 2))])
def test_leads_and_contacts_merge_too(crm: SmallCrm, who: Principal, collection: str, table: str, state: Any) -> None:
    kept, other = (crm.create(who, collection, {"lastname": name}) for name in ("Kept", "Other"))
    body = {"Target": named(table, kept), "Subordinate": named(table, other), "PerformParentingChecks": False}
    assert act(crm, who, "Merge", body).status == 204
    away = crm.get(who, f"{collection}({other})")
    assert ((away["statecode"], away["statuscode"]), away["_masterid_value"]) == (state, kept)


def test_merged_cases_are_cancelled_as_merged(crm: SmallCrm, who: Principal) -> None:
    csr = crm.person(SERVICE)
    account = crm.create(who, "accounts", {"name": "Customer"})
    kept, other = (
        crm.create(csr, "incidents", {"title": name, "customerid_account@odata.bind": f"/accounts({account})"})
        for name in ("Kept", "Other")
    )
    body = {"Target": named("incident", kept), "Subordinate": named("incident", other), "PerformParentingChecks": False}
    assert act(crm, csr, "Merge", body).status == 204
    away = crm.get(csr, f"incidents({other})")
    assert (away["statecode"], away["statuscode"]) == (2, 2000)


@pytest.mark.parametrize("with_privilege", [True, False])
def test_merging_needs_its_privilege_and_both_rows(tmp_path: Path, with_privilege: bool) -> None:
    own = fresh_crm(tmp_path, "tight")
    who, stranger = own.person(SALES, 0), own.person(SALES, 1)
    mine, theirs = own.create(who, "leads", {"lastname": "Mine"}), own.create(stranger, "leads", {"lastname": "Theirs"})
    if not with_privilege:
        own.database.directory.change_privilege(SALES, "prvMerge", "None")
        who = own.person(SALES, 0)
    answer = act(own, who, "Merge", {"Target": named("lead", mine), "Subordinate": named("lead", theirs)})
    assert error(answer)[:2] == ((403, "0x80048306") if with_privilege else (403, "0x80040220"))
    own.database.close()


def test_members_join_a_marketing_list_and_are_counted(crm: SmallCrm, who: Principal) -> None:
    marketer = of_role(crm, MARKETING)
    list_id = crm.create(marketer, "lists", {"listname": "Spring", "createdfromcode": 2, "type": False})
    people = [crm.create(who, "contacts", {"lastname": f"Member {n}"}) for n in range(3)]
    body = {"List": named("list", list_id), "Members": [named("contact", one) for one in people[:2]]}
    assert act(crm, marketer, "AddListMembersList", body).status == 204
    assert act(crm, marketer, "AddListMembersList", body).status == 204, "who is on it already stays on it once"
    reference = {"@odata.id": f"contacts({people[2]})"}
    assert act(crm, marketer, f"lists({list_id})/listcontact_association/$ref", reference).status == 204
    assert crm.get(marketer, f"lists({list_id})")["membercount"] == 3
    rows = crm.rows(marketer, f"lists({list_id})/listcontact_association", "$select=lastname")
    assert sorted(row["lastname"] for row in rows) == ["Member 0", "Member 1", "Member 2"]
    gone = crm.send(marketer, "DELETE", f"lists({list_id})/listcontact_association({people[0]})/$ref")
    assert gone.status == 204
    query = f"$id=contacts({people[1]})"
    assert crm.send(marketer, "DELETE", f"lists({list_id})/listcontact_association/$ref", query).status == 204
    assert crm.get(marketer, f"lists({list_id})")["membercount"] == 1
    assert crm.send(who, "DELETE", f"contacts({people[2]})").status == 204
    assert crm.get(marketer, f"lists({list_id})")["membercount"] == 0, "a deleted contact is on no list"


def test_a_list_takes_only_what_it_was_made_for_from_who_may_change_it(crm: SmallCrm, who: Principal) -> None:
    marketer = of_role(crm, MARKETING)
    list_id = crm.create(marketer, "lists", {"listname": "Accounts", "createdfromcode": 1})
    contact = crm.create(who, "contacts", {"lastname": "Wrong"})
    body = {"List": named("list", list_id), "Members": [named("contact", contact)]}
    status, code, message = error(act(crm, marketer, "AddListMembersList", body))
    assert (status, code) == (400, "0x80040203")
    assert "A contact cannot be a member of a list of accounts" in message
    assert error(act(crm, who, "AddListMembersList", body))[:2] == (403, "0x80040220"), "sales only reads lists"


def test_roles_are_given_and_taken_by_association_and_count_at_once(crm: SmallCrm) -> None:
    admin, user = crm.person(ADMINISTRATOR), of_role(crm, "Scheduler")
    role = crm.rows(admin, "roles", f"$filter=name eq '{SALES}'")[0]["roleid"]
    collection = f"systemusers({user.user_id})/systemuserroles_association"
    assert act(crm, crm.person(SALES), f"{collection}/$ref", {"@odata.id": f"roles({role})"}).status == 403
    assert act(crm, admin, f"{collection}/$ref", {"@odata.id": f"roles({role})"}).status == 204
    again = crm.database.directory.by_id(user.user_id)
    assert again is not None
    assert SALES in again.roles
    assert crm.send(admin, "DELETE", f"{collection}({role})/$ref").status == 204
    again = crm.database.directory.by_id(user.user_id)
    assert again is not None
    assert again.roles == ("Scheduler",)


def test_a_case_waits_in_a_queue_becomes_work_and_leaves_it_when_resolved(crm: SmallCrm, who: Principal) -> None:
    csr = crm.person(SERVICE)
    account = crm.create(who, "accounts", {"name": "Customer"})
    case = crm.create(csr, "incidents", {"title": "Waits", "customerid_account@odata.bind": f"/accounts({account})"})
    first, second = (row["queueid"] for row in crm.rows(csr, "queues", "$top=2"))
    body = {"Target": named("incident", case)}
    added = act(crm, csr, f"queues({first})/Microsoft.Dynamics.CRM.AddToQueue", body)
    item = json.loads(added.body)["QueueItemId"]
    picked = {"SystemUser": named("systemuser", csr.user_id), "RemoveQueueItem": False}
    assert act(crm, csr, f"queueitems({item})/Microsoft.Dynamics.CRM.PickFromQueue", picked).status == 204
    row = crm.get(csr, f"queueitems({item})")
    assert (row["title"], row["_queueid_value"], row["_workerid_value"]) == ("Waits", first, csr.user_id)
    moved = act(crm, csr, f"queues({second})/Microsoft.Dynamics.CRM.AddToQueue", body)
    assert json.loads(moved.body)["QueueItemId"] == item, "it waits in one queue at a time"
    row = crm.get(csr, f"queueitems({item})")
    assert (row["_queueid_value"], row["_workerid_value"]) == (second, None)
    resolution = {"subject": "Done", "incidentid@odata.bind": f"/incidents({case})"}
    assert act(crm, csr, "CloseIncident", {"IncidentResolution": resolution, "Status": 5}).status == 204
    assert crm.send(csr, "GET", f"queueitems({item})").status == 404
    wrong = act(crm, csr, f"queues({first})/Microsoft.Dynamics.CRM.AddToQueue", {"Target": named("account", account)})
    assert error(wrong)[:2] == (400, "0x80040203")


def test_a_new_record_takes_over_what_the_maps_say_and_nothing_is_written(crm: SmallCrm, who: Principal) -> None:
    account = crm.create(who, "accounts", {"name": "Source", "telephone1": "1", "address1_city": "Graz"})
    before = crm.database.table_digests()
    query = (
        f"@p1={{'@odata.id':'accounts({account})'}}&@p2='contact'"
        "&@p3=Microsoft.Dynamics.CRM.TargetFieldType'ValidForCreate'"
    )
    path = "InitializeFrom(EntityMoniker=@p1,TargetEntityName=@p2,TargetFieldType=@p3)"
    filled = crm.get(who, path, query)
    assert filled.pop("@odata.context").endswith("$metadata#contacts/$entity")
    assert filled == {
        "@odata.type": "#Microsoft.Dynamics.CRM.contact",
        "telephone1": "1",
        "address1_city": "Graz",
        "parentcustomerid_account@odata.bind": f"accounts({account})",
    }
    assert crm.database.table_digests() == before


def test_whole_tables_are_counted_by_name(crm: SmallCrm, who: Principal) -> None:
    rows = crm.database.table_digests()["campaign"]["rows"]
    counted = crm.get(who, "RetrieveTotalRecordCount(EntityNames=['campaign'])")["EntityRecordCountCollection"]
    assert counted == {"Count": 1, "IsReadOnly": False, "Keys": ["campaign"], "Values": [rows]}
    answer = crm.send(who, "GET", "RetrieveTotalRecordCount(EntityNames=['audit'])")
    assert error(answer)[:2] == (403, "0x80040220")
