"""Many rows at once: the CreateMultiple family (cloud only) and the bulk deletion job; and acting for somebody else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from localcrm.security.principals import Principal
from localcrm.webapi.exchange import Answer
from tests.localcrm.small_crm import ADMINISTRATOR, SALES, SERVICE, SmallCrm, error, fresh_crm

TYPE = {"@odata.type": "Microsoft.Dynamics.CRM.account"}


@pytest.fixture(scope="module")
def crm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallCrm]:
    found = fresh_crm(tmp_path_factory.mktemp("bulk"))
    yield found
    found.database.close()


@pytest.fixture(scope="module")
def who(crm: SmallCrm) -> Principal:
    return crm.person(SALES)


def multiple(crm: SmallCrm, who: Principal, verb: str, targets: list[Any], flavour: str = "cloud-9.2") -> Answer:
    path = f"accounts/Microsoft.Dynamics.CRM.{verb}Multiple"
    return crm.send(who, "POST", path, body={"Targets": targets}, flavour=flavour)


def test_many_are_created_updated_and_upserted_in_one_request(crm: SmallCrm, who: Principal) -> None:
    answer = multiple(crm, who, "Create", [{**TYPE, "name": f"Bulk {n}"} for n in range(3)])
    assert answer.status == 200
    body = json.loads(answer.body)
    assert body["@odata.context"].endswith("$metadata#Microsoft.Dynamics.CRM.CreateMultipleResponse")
    assert [crm.get(who, f"accounts({made})")["name"] for made in body["Ids"]] == ["Bulk 0", "Bulk 1", "Bulk 2"]
    changed = [{**TYPE, "accountid": made, "telephone1": "1"} for made in body["Ids"]]
    assert multiple(crm, who, "Update", changed).status == 204
    assert {crm.get(who, f"accounts({made})")["telephone1"] for made in body["Ids"]} == {"1"}
    keyed = {**TYPE, "@odata.id": "accounts(accountnumber='BULK-1')", "name": "By key"}
    results = [json.loads(multiple(crm, who, "Upsert", [keyed]).body)["Results"][0] for _ in range(2)]
    assert [result["RecordCreated"] for result in results] == [True, False]
    assert results[0]["Target"] == results[1]["Target"]
    assert crm.get(who, "accounts(accountnumber='BULK-1')")["name"] == "By key"


def test_all_of_them_or_none(crm: SmallCrm, who: Principal) -> None:
    before = crm.database.table_digests()["account"]
    answer = multiple(crm, who, "Create", [{**TYPE, "name": "Good"}, {**TYPE, "name": "x" * 161}])
    assert error(answer)[:2] == (400, "0x80044331")
    assert crm.database.table_digests()["account"] == before


@pytest.mark.parametrize("flavour", ["onprem-9.1", "ifd-9.1"])
def test_on_premises_does_not_know_them(crm: SmallCrm, who: Principal, flavour: str) -> None:
    assert error(multiple(crm, who, "Create", [{**TYPE, "name": "x"}], flavour))[:2] == (404, "0x80060888")


def bulk(ids: list[str], operator: str = "In") -> dict[str, Any]:
    values = [{"Value": one, "Type": "System.Guid"} for one in ids]
    condition = {"AttributeName": "accountid", "Operator": operator, "Values": values}
    query = {
        "@odata.type": "Microsoft.Dynamics.CRM.QueryExpression",
        "EntityName": "account",
        "ColumnSet": {"AllColumns": False, "Columns": []},
        "Criteria": {"FilterOperator": "And", "Conditions": [condition]},
    }
    return {"JobName": "Tidy up", "SendEmailNotification": False, "RecurrencePattern": "", "QuerySet": [query]}


def test_a_bulk_deletion_is_a_job_that_deletes_what_its_owner_may(crm: SmallCrm, who: Principal) -> None:
    mine = [crm.create(who, "accounts", {"name": f"Mine {n}"}) for n in range(2)]
    theirs = crm.create(crm.person(SERVICE), "accounts", {"name": "Theirs"})
    answer = crm.send(who, "POST", "BulkDelete", body=bulk([*mine, theirs]))
    assert answer.status == 200
    job = json.loads(answer.body)["JobId"]
    assert crm.get(who, f"asyncoperations({job})")["statecode"] == 0, "it waits"
    crm.api.jobs.run_all()
    done = crm.get(who, f"asyncoperations({job})")
    assert (done["statecode"], done["statuscode"], done["operationtype"]) == (3, 30, 13)
    assert done["message"] == "2 records deleted, 1 failed."
    assert [crm.send(who, "GET", f"accounts({one})").status for one in [*mine, theirs]] == [404, 404, 200]


def test_a_bulk_deletion_that_is_not_understood_is_refused(crm: SmallCrm, who: Principal) -> None:
    status, _, message = error(crm.send(who, "POST", "BulkDelete", body=bulk(["x"], "ContainValues")))
    assert status == 400
    assert "does not know the operator 'ContainValues'" in message


def test_acting_for_somebody_needs_the_privilege_and_gives_the_rights_that_both_have(crm: SmallCrm) -> None:
    admin, me, csr = crm.person(ADMINISTRATOR), crm.person(SALES, 0), crm.person(SERVICE)
    headers = {"mscrmcallerid": me.user_id}
    refused = crm.send(csr, "GET", "WhoAmI", headers=headers)
    message = "User does not have the privilege to act on behalf another user."
    assert error(refused) == (403, "0x8004a110", message)
    assert crm.get(admin, "WhoAmI", headers=headers)["UserId"] == me.user_id
    object_id = crm.get(admin, f"systemusers({me.user_id})")["azureactivedirectoryobjectid"]
    assert crm.get(admin, "WhoAmI", headers={"callerobjectid": object_id})["UserId"] == me.user_id
    made = crm.send(admin, "POST", "accounts", body={"name": "For him"}, headers=headers)
    record = dict(made.headers)["OData-EntityId"].rpartition("/")[2]
    assert crm.get(admin, record)["_ownerid_value"] == me.user_id
    assert error(crm.send(admin, "GET", "audits", headers=headers))[:2] == (403, "0x80040220")
    delegate = next(user for user in crm.database.directory.users() if user.roles == ("Delegate",))
    both = crm.send(delegate, "GET", "accounts", "$top=1", headers=headers)
    assert error(both)[:2] == (403, "0x80040220"), "a delegate has no right to read accounts himself"
    unknown = crm.send(admin, "GET", "WhoAmI", headers={"mscrmcallerid": "00000000-0000-0000-0000-000000000001"})
    assert unknown.status == 400
