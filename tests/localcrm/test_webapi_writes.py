"""Creating, changing, closing and deleting (wire facts 1.5, 1.7, 1.9, 1.11); everything a test makes it takes away."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.localcrm.small_crm import ADMINISTRATOR, ROOT, SALES, SERVICE, SmallCrm, error, header, small_crm

CRM = small_crm()
WHO, ADMIN = CRM.person(SALES), CRM.person(ADMINISTRATOR)
CSR = CRM.person(SERVICE)
ACCOUNT = CRM.rows(WHO, "accounts", "$top=1&$orderby=name")[0]["accountid"]
OTHER_ACCOUNT = CRM.rows(WHO, "accounts", "$top=1&$orderby=name desc")[0]["accountid"]


@pytest.fixture(autouse=True)
def undone() -> Iterator[None]:
    """After each test every table is as it was: what it made is gone, and nothing else has changed."""
    before = CRM.database.table_digests()
    yield
    for collection, key in (
        ("accounts", "accountid"),
        ("contacts", "contactid"),
        ("opportunities", "opportunityid"),
        ("incidents", "incidentid"),
        ("activitypointers", "activityid"),
        ("annotations", "annotationid"),
    ):
        for row in CRM.rows(
            ADMIN, collection, f"$select={key}&$filter=Microsoft.Dynamics.CRM.Today(PropertyName='createdon')"
        ):
            answer = CRM.send(ADMIN, "DELETE", f"{collection}({row[key]})")
            assert answer.status in (204, 404), f"{collection}: {answer.body!r}"
    changed = [name for name, digest in CRM.database.table_digests().items() if digest != before[name]]
    assert not changed, f"these tables did not go back to what they were: {changed}"


def contact(**more: object) -> str:
    body = {
        "firstname": "Ann",
        "lastname": "Test",
        "parentcustomerid_account@odata.bind": f"/accounts({ACCOUNT})",
        **more,
    }
    return CRM.create(WHO, "contacts", body)


def case(who: Any = CSR, **more: object) -> str:
    return CRM.create(
        who, "incidents", {"title": "Test", "customerid_account@odata.bind": f"/accounts({ACCOUNT})", **more}
    )


def test_create_answers_204_with_the_records_url() -> None:
    answer = CRM.send(WHO, "POST", "accounts", body={"name": "New"})
    assert (answer.status, answer.body) == (204, b"")
    assert header(answer, "OData-EntityId").startswith(f"{ROOT}accounts(")
    assert answer.statements >= 2


def test_create_with_representation_answers_201_with_what_was_asked() -> None:
    answer = CRM.send(
        WHO,
        "POST",
        "accounts",
        "$select=name,revenue",
        {"name": "New", "revenue": 5000},
        {"prefer": "return=representation"},
    )
    assert answer.status == 201
    assert header(answer, "Preference-Applied") == "return=representation"
    assert b'"name":"New"' in answer.body
    assert b'"revenue":5000.0' in answer.body
    assert header(answer, "OData-EntityId") == ""


def test_the_client_may_choose_the_id_and_a_second_time_it_is_412() -> None:
    chosen = str(uuid.uuid4())
    assert CRM.create(WHO, "accounts", {"accountid": chosen, "name": "New"}) == chosen
    answer = CRM.send(WHO, "POST", "accounts", body={"accountid": chosen, "name": "Again"})
    assert error(answer)[:2] == (412, "0x80060892")


def test_a_new_record_belongs_to_its_maker_and_starts_open() -> None:
    row = CRM.get(WHO, f"contacts({contact()})")
    assert row["fullname"] == "Ann Test"
    assert (row["_ownerid_value"], row["_owninguser_value"], row["_owningteam_value"]) == (
        WHO.user_id,
        WHO.user_id,
        None,
    )
    assert (row["_owningbusinessunit_value"], row["_createdby_value"]) == (WHO.business_unit_id, WHO.user_id)
    assert (row["statecode"], row["statuscode"]) == (0, 1)
    assert row["_parentcustomerid_value"] == ACCOUNT


def test_an_update_changes_what_it_names_and_the_etag() -> None:
    record = f"contacts({contact()})"
    before = CRM.get(WHO, record)
    answer = CRM.send(WHO, "PATCH", record, body={"lastname": "Tester"}, headers={"if-match": "*"})
    assert (answer.status, header(answer, "OData-EntityId")) == (204, f"{ROOT}{record}")
    after = CRM.get(WHO, record)
    changed = {name for name in after if after[name] != before[name]}
    assert changed - {"modifiedon"} == {"@odata.etag", "lastname", "fullname", "versionnumber"}
    assert after["fullname"] == "Ann Tester"


@pytest.mark.parametrize("reference", ["/contacts({})", "contacts({})", ROOT + "contacts({})"])
def test_lookups_are_bound_by_relative_or_absolute_urls_and_cleared_with_null(reference: str) -> None:
    account, person = CRM.create(WHO, "accounts", {"name": "New"}), contact()
    bound = {"primarycontactid@odata.bind": reference.format(person)}
    assert CRM.send(WHO, "PATCH", f"accounts({account})", body=bound).status == 204
    assert CRM.get(WHO, f"accounts({account})")["_primarycontactid_value"] == person
    assert CRM.send(WHO, "PATCH", f"accounts({account})", body={"primarycontactid": None}).status == 204
    assert CRM.get(WHO, f"accounts({account})")["_primarycontactid_value"] is None


def test_references_and_collections_are_changed_through_ref() -> None:
    account, person = CRM.create(WHO, "accounts", {"name": "New"}), contact()
    put = CRM.send(
        WHO, "PUT", f"accounts({account})/primarycontactid/$ref", body={"@odata.id": f"{ROOT}contacts({person})"}
    )
    assert put.status == 204
    assert CRM.get(WHO, f"accounts({account})/primarycontactid")["contactid"] == person
    assert CRM.send(WHO, "DELETE", f"accounts({account})/primarycontactid/$ref").status == 204
    assert CRM.send(WHO, "GET", f"accounts({account})/primarycontactid").status == 204
    add = CRM.send(
        WHO,
        "POST",
        f"accounts({account})/contact_customer_accounts/$ref",
        body={"@odata.id": f"{ROOT}contacts({person})"},
    )
    assert add.status == 204
    assert [row["contactid"] for row in CRM.rows(WHO, f"accounts({account})/contact_customer_accounts")] == [person]
    assert CRM.send(WHO, "DELETE", f"accounts({account})/contact_customer_accounts({person})/$ref").status == 204
    assert CRM.rows(WHO, f"accounts({account})/contact_customer_accounts") == []


def test_one_property_is_put_and_deleted() -> None:
    record = f"contacts({contact()})"
    assert CRM.send(WHO, "PUT", f"{record}/jobtitle", body={"value": "Chief"}).status == 204
    assert CRM.get(WHO, f"{record}/jobtitle")["value"] == "Chief"
    assert CRM.send(WHO, "DELETE", f"{record}/jobtitle").status == 204
    assert CRM.send(WHO, "GET", f"{record}/jobtitle").status == 204


def test_upsert_creates_or_updates_and_preconditions_narrow_it() -> None:
    record = f"accounts({uuid.uuid4()})"
    star = {"if-match": "*"}
    assert error(CRM.send(WHO, "PATCH", record, body={"name": "A"}, headers=star))[:2] == (404, "0x80040217")
    assert CRM.send(WHO, "PATCH", record, body={"name": "A"}, headers={"if-none-match": "*"}).status == 204
    again = CRM.send(WHO, "PATCH", record, body={"name": "B"}, headers={"if-none-match": "*"})
    assert error(again)[::2] == (412, "A record with matching key values already exists.")
    represented = CRM.send(WHO, "PATCH", record, "$select=name", {"name": "C"}, {"prefer": "return=representation"})
    assert represented.status == 200
    assert CRM.get(WHO, record)["name"] == "C"


def test_a_stale_version_is_412_for_update_and_delete() -> None:
    record = f"accounts({CRM.create(WHO, 'accounts', {'name': 'A'})})"
    etag = CRM.get(WHO, record)["@odata.etag"]
    assert CRM.send(WHO, "PATCH", record, body={"name": "B"}, headers={"if-match": etag}).status == 204
    stale = {"if-match": etag}
    message = "The version of the existing record doesn't match the RowVersion property provided."
    assert error(CRM.send(WHO, "PATCH", record, body={"name": "C"}, headers=stale)) == (412, "0x80060882", message)
    assert error(CRM.send(WHO, "DELETE", record, headers=stale)) == (412, "0x80060882", message)
    fresh = {"if-match": CRM.get(WHO, record)["@odata.etag"]}
    assert CRM.send(WHO, "DELETE", record, headers=fresh).status == 204


@pytest.mark.parametrize(
    ("collection", "body", "code", "message"),
    [
        ("accounts", {"nme": "x"}, "0x80048d19", "The property 'nme' does not exist on type"),
        (
            "accounts",
            {"revenue": "much"},
            "0x80048d19",
            "Cannot convert the literal 'much' to the expected type 'Edm.Decimal'",
        ),
        (
            "accounts",
            {"creditonhold": 7},
            "0x80048d19",
            "Cannot convert the literal '7' to the expected type 'Edm.Boolean'",
        ),
        ("accounts", {"nobody@odata.bind": "/contacts(x)"}, "0x80048d19", "An undeclared property 'nobody'"),
        ("accounts", {"primarycontactid@odata.bind": "/contacts(x)"}, "0x80048d19", "is no reference to a record"),
        ("accounts", b"{not json", "0x80048d19", "The JSON is not well-formed"),
        ("accounts", b"[]", "0x80048d19", "A JSON object was expected"),
        ("accounts", {"industrycode": 99}, "0x8004431a", "outside the valid range"),
        ("incidents", {"title": "x"}, "0x80040203", "Required field 'customerid' is missing"),
        ("accounts", {"statuscode": 2}, "0x80048408", "2 is not a valid status code for state code Active"),
        (
            "tasks",
            {"subject": "x" * 201},
            "0x80044331",
            "A validation error occurred.  The length of the 'subject' attribute of the 'task' entity exceeded the "
            "maximum allowed length of '200'.",
        ),
    ],
)
def test_a_wrong_body_is_400_and_says_what_is_wrong(collection: str, body: object, code: str, message: str) -> None:
    status, found, text = error(CRM.send(ADMIN, "POST", collection, body=body))
    assert (status, found) == (400, code)
    assert message in text


def test_a_lookup_to_nothing_is_404_and_nothing_is_written() -> None:
    body = {"lastname": "x", "parentcustomerid_account@odata.bind": f"/accounts({uuid.uuid4()})"}
    assert error(CRM.send(WHO, "POST", "contacts", body=body))[:2] == (404, "0x80040217")


def test_an_error_tells_more_when_annotations_are_asked_for() -> None:
    plain = CRM.send(WHO, "POST", "accounts", body={"nme": "x"})
    detailed = CRM.send(WHO, "POST", "accounts", body={"nme": "x"}, headers={"prefer": 'odata.include-annotations="*"'})
    assert b"ErrorDetails" not in plain.body
    assert b"@Microsoft.PowerApps.CDS.HelpLink" in detailed.body


def test_state_changes_take_the_states_default_status() -> None:
    task = CRM.create(
        WHO, "tasks", {"subject": "x", "regardingobjectid_account_task@odata.bind": f"/accounts({ACCOUNT})"}
    )
    assert CRM.get(WHO, f"tasks({task})", "$select=statecode,statuscode")["statuscode"] == 2
    assert CRM.send(WHO, "PATCH", f"tasks({task})", body={"statecode": 1}).status == 204
    row = CRM.get(WHO, f"tasks({task})", "$select=statecode,statuscode")
    assert (row["statecode"], row["statuscode"]) == (1, 5)


def test_assigning_needs_the_privilege_and_moves_the_record_to_the_owners_unit() -> None:
    mine, other = contact(), CRM.person(SALES, 1)
    assert other.business_unit_id != WHO.business_unit_id
    given = {"ownerid@odata.bind": f"/systemusers({other.user_id})"}
    assert CRM.send(WHO, "PATCH", f"contacts({mine})", body=given).status == 204
    row = CRM.get(WHO, f"contacts({mine})")
    assert (row["_ownerid_value"], row["_owningbusinessunit_value"]) == (other.user_id, other.business_unit_id)
    back = {"ownerid@odata.bind": f"/systemusers({WHO.user_id})"}
    assert error(CRM.send(WHO, "PATCH", f"contacts({mine})", body=back))[:2] == (403, "0x80048306")


def test_a_team_can_own_a_record_if_its_role_can_read_it() -> None:
    teams = {row["name"]: row["teamid"] for row in CRM.rows(ADMIN, "teams", "$select=name")}
    owning = next(team for name, team in teams.items() if name.startswith("Key Accounts"))
    record = CRM.create(ADMIN, "accounts", {"name": "Team's", "ownerid@odata.bind": f"/teams({owning})"})
    row = CRM.get(ADMIN, f"accounts({record})")
    assert (row["_owningteam_value"], row["_owninguser_value"]) == (owning, None)
    body = {"name": "x", "ownerid@odata.bind": f"/teams({teams['Contoso']})"}
    assert error(CRM.send(ADMIN, "POST", "accounts", body=body))[:2] == (403, "0x80040220")


def test_a_person_creates_only_for_himself_the_housekeeper_for_anybody() -> None:
    body = {"name": "x", "ownerid@odata.bind": f"/systemusers({WHO.user_id})"}
    assert error(CRM.send(CSR, "POST", "accounts", body=body))[:2] == (403, "0x80048306")
    record = CRM.create(ADMIN, "accounts", body)
    assert CRM.get(ADMIN, f"accounts({record})")["_ownerid_value"] == WHO.user_id


def test_setting_a_lookup_needs_append_to_on_the_record_pointed_to() -> None:
    tight = small_crm("tight")
    who = tight.person(SALES)
    away = tight.rows(
        tight.person(ADMINISTRATOR), "accounts", f"$top=1&$filter=_owningbusinessunit_value ne {who.business_unit_id}"
    )[0]["accountid"]
    body = {"lastname": "x", "parentcustomerid_account@odata.bind": f"/accounts({away})"}
    status, code, message = error(tight.send(who, "POST", "contacts", body=body))
    assert (status, code) == (403, "0x80048306")
    assert "AppendToAccess" in message


def test_closing_a_case_resolves_it_and_leaves_its_resolution() -> None:
    made = case()
    assert CRM.get(CSR, f"incidents({made})")["ticketnumber"].startswith("CAS-0")
    body = {
        "IncidentResolution": {
            "subject": "Fixed",
            "incidentid@odata.bind": f"/incidents({made})",
            "timespent": 60,
            "@odata.type": "Microsoft.Dynamics.CRM.incidentresolution",
        },
        "Status": 5,
    }
    answer = CRM.send(CSR, "POST", "CloseIncident", body=body)
    assert answer.status == 204
    row = CRM.get(CSR, f"incidents({made})", "$select=statecode,statuscode")
    assert (row["statecode"], row["statuscode"]) == (1, 5)
    (resolution,) = CRM.rows(
        CSR, f"incidents({made})/Incident_IncidentResolutions", "$select=subject,timespent,statecode"
    )
    assert (resolution["subject"], resolution["timespent"], resolution["statecode"]) == ("Fixed", 60, 1)
    assert error(CRM.send(CSR, "POST", "CloseIncident", body=body))[0] == 400, "a closed case is not closed again"


@pytest.mark.parametrize(("action", "status", "state"), [("WinOpportunity", 3, 1), ("LoseOpportunity", 5, 2)])
def test_an_opportunity_is_won_or_lost_with_the_activity_that_tells_of_it(action: str, status: int, state: int) -> None:
    made = CRM.create(
        WHO,
        "opportunities",
        {"name": "Deal", "customerid_account@odata.bind": f"/accounts({ACCOUNT})", "estimatedvalue": 10},
    )
    closing = {
        "subject": "Done",
        "actualrevenue": 1200,
        "opportunityid@odata.bind": f"{ROOT}opportunities({made})",
    }
    assert CRM.send(WHO, "POST", action, body={"Status": status, "OpportunityClose": closing}).status == 204
    row = CRM.get(WHO, f"opportunities({made})", "$select=statecode,statuscode,actualvalue")
    assert (row["statecode"], row["statuscode"], row["actualvalue"]) == (state, status, 1200)
    assert len(CRM.rows(WHO, f"opportunities({made})/Opportunity_OpportunityClose")) == 1


def test_closing_what_is_out_of_reach_is_refused_and_writes_nothing() -> None:
    made = case()
    body = {"IncidentResolution": {"subject": "x", "incidentid@odata.bind": f"/incidents({made})"}, "Status": 5}
    assert error(CRM.send(WHO, "POST", "CloseIncident", body=body))[:2] == (403, "0x80048306")
    assert CRM.rows(CSR, f"incidents({made})/Incident_IncidentResolutions") == []


def test_deleting_takes_the_children_along_and_a_second_time_it_is_404() -> None:
    account = CRM.create(WHO, "accounts", {"name": "Parent"})
    child = CRM.create(
        WHO, "contacts", {"lastname": "x", "parentcustomerid_account@odata.bind": f"/accounts({account})"}
    )
    task = CRM.create(
        WHO, "tasks", {"subject": "x", "regardingobjectid_contact_task@odata.bind": f"/contacts({child})"}
    )
    note = CRM.create(WHO, "annotations", {"subject": "x", "objectid_task@odata.bind": f"/tasks({task})"})
    assert CRM.send(WHO, "DELETE", f"accounts({account})").status == 204
    for gone in (f"contacts({child})", f"tasks({task})", f"annotations({note})", f"accounts({account})"):
        assert CRM.send(WHO, "GET", gone).status == 404
    assert error(CRM.send(WHO, "DELETE", f"accounts({account})"))[:2] == (404, "0x80040217")


def test_deleting_clears_what_merely_pointed_to_the_record() -> None:
    account, person = CRM.create(WHO, "accounts", {"name": "A"}), contact()
    CRM.send(WHO, "PATCH", f"accounts({account})", body={"primarycontactid@odata.bind": f"/contacts({person})"})
    assert CRM.send(WHO, "DELETE", f"contacts({person})").status == 204
    assert CRM.get(WHO, f"accounts({account})")["_primarycontactid_value"] is None


def test_what_is_in_use_cannot_be_deleted() -> None:
    unit = CRM.rows(ADMIN, "businessunits", "$filter=name eq 'Europe'")[0]["businessunitid"]
    assert error(CRM.send(ADMIN, "DELETE", f"businessunits({unit})"))[:2] == (405, "0x80040227")


def test_sharing_opens_a_record_and_revoking_closes_it_again() -> None:
    tight = small_crm("tight")
    admin, who = tight.person(ADMINISTRATOR), tight.person(SALES, 1)
    record = tight.create(admin, "accounts", {"name": "Shared"})
    target = {"accountid": record, "@odata.type": "Microsoft.Dynamics.CRM.account"}
    grantee = {"systemuserid": who.user_id, "@odata.type": "Microsoft.Dynamics.CRM.systemuser"}
    assert tight.send(who, "GET", f"accounts({record})").status == 403
    grant = {"Target": target, "PrincipalAccess": {"AccessMask": "ReadAccess,WriteAccess", "Principal": grantee}}
    assert tight.send(admin, "POST", "GrantAccess", body=grant).status == 204
    assert tight.send(who, "GET", f"accounts({record})").status == 200
    assert tight.send(who, "PATCH", f"accounts({record})", body={"name": "Mine"}).status == 204
    assert record in {row["accountid"] for row in tight.rows(who, "accounts", "$select=name")}
    only_read = {"Target": target, "PrincipalAccess": {"AccessMask": "ReadAccess", "Principal": grantee}}
    assert tight.send(admin, "POST", "ModifyAccess", body=only_read).status == 204
    assert tight.send(who, "PATCH", f"accounts({record})", body={"name": "Mine"}).status == 403
    assert tight.send(admin, "POST", "RevokeAccess", body={"Target": target, "Revokee": grantee}).status == 204
    assert tight.send(who, "GET", f"accounts({record})").status == 403
    assert tight.send(admin, "DELETE", f"accounts({record})").status == 204


def test_nobody_shares_more_than_he_holds() -> None:
    record = OTHER_ACCOUNT
    body = {
        "Target": {"accountid": record, "@odata.type": "Microsoft.Dynamics.CRM.account"},
        "PrincipalAccess": {
            "AccessMask": "DeleteAccess",
            "Principal": {"systemuserid": CSR.user_id, "@odata.type": "Microsoft.Dynamics.CRM.systemuser"},
        },
    }
    who = next(
        person for person in (CRM.person(SALES, n) for n in range(8)) if "Delete" not in rights(CRM, person, record)
    )
    assert CRM.send(who, "POST", "GrantAccess", body=body).status == 403


def rights(crm: SmallCrm, who: Any, account: str) -> str:
    path = f"systemusers({who.user_id})/Microsoft.Dynamics.CRM.RetrievePrincipalAccess(Target=@t)"
    return str(crm.get(who, path, f"@t={{'@odata.id':'accounts({account})'}}")["AccessRights"])


@pytest.mark.parametrize(
    ("method", "path"),
    [("DELETE", "accounts"), ("PATCH", "accounts"), ("PUT", f"accounts({ACCOUNT})"), ("POST", "WhoAmI")],
)
def test_methods_that_do_not_fit_are_405(method: str, path: str) -> None:
    assert CRM.send(WHO, method, path, body={}).status == 405


@pytest.mark.parametrize("path", ["nothing", f"accounts({ACCOUNT})/nothing", "accounts/nothing", "Unknown()"])
def test_segments_that_lead_nowhere_are_404(path: str) -> None:
    status, code, message = error(CRM.send(WHO, "GET", path))
    assert (status, code) == (404, "0x80060888")
    assert message.startswith("Resource not found for the segment '")
