"""Reading records and collections as wire facts 1.4 to 1.6 have it."""

from __future__ import annotations

import pytest

from tests.localcrm.small_crm import ANNOTATED, ROOT, SALES, SERVICE, error, header, small_crm

CRM = small_crm()
WHO = CRM.person(SALES)
ACCOUNT = CRM.rows(WHO, "accounts", "$filter=_primarycontactid_value ne null&$top=1&$orderby=name")[0]
ACCOUNT_ID = ACCOUNT["accountid"]


def test_whoami_names_user_unit_and_organisation() -> None:
    body = CRM.get(WHO, "WhoAmI")
    assert body["@odata.context"] == f"{ROOT}$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse"
    assert (body["UserId"], body["BusinessUnitId"]) == (WHO.user_id, WHO.business_unit_id)
    assert CRM.get(WHO, "WhoAmI()") == body


@pytest.mark.parametrize(("flavour", "version"), [("cloud-9.2", "9.2."), ("onprem-9.1", "9.1."), ("ifd-9.1", "9.1.")])
def test_the_version_follows_the_flavour(flavour: str, version: str) -> None:
    answer = CRM.send(WHO, "GET", "RetrieveVersion()", flavour=flavour)
    assert f'"Version":"{version}'.encode() in answer.body


def test_every_answer_carries_the_headers_of_the_service() -> None:
    answer = CRM.send(WHO, "GET", f"accounts({ACCOUNT_ID})", "$select=name")
    assert header(answer, "OData-Version") == "4.0"
    assert header(answer, "Cache-Control") == "no-cache"
    assert header(answer, "Content-Type") == "application/json; odata.metadata=minimal"
    assert len(header(answer, "x-ms-service-request-id")) == 36
    assert header(answer, "REQ_ID") == header(answer, "x-ms-service-request-id")


def test_a_record_has_its_etag_in_header_and_body_and_always_its_key() -> None:
    answer = CRM.send(WHO, "GET", f"accounts({ACCOUNT_ID})", "$select=name")
    body = CRM.get(WHO, f"accounts({ACCOUNT_ID})", "$select=name")
    assert set(body) == {"@odata.context", "@odata.etag", "accountid", "name"}
    assert body["@odata.context"] == f"{ROOT}$metadata#accounts(name)/$entity"
    assert header(answer, "ETag") == body["@odata.etag"]


def test_an_unchanged_record_is_304_but_never_with_expand_or_annotations() -> None:
    unchanged = {"if-none-match": ACCOUNT["@odata.etag"]}
    path = f"accounts({ACCOUNT_ID})"
    assert CRM.send(WHO, "GET", path, "$select=name", headers=unchanged).status == 304
    assert CRM.send(WHO, "GET", path, "$select=name", headers={"if-none-match": 'W/"1"'}).status == 200
    assert CRM.send(WHO, "GET", path, "$select=name", headers={**unchanged, **ANNOTATED}).status == 200
    expanded = "$select=name&$expand=primarycontactid($select=fullname)"
    assert CRM.send(WHO, "GET", path, expanded, headers=unchanged).status == 200


def test_without_select_all_columns_come_and_nulls_are_written() -> None:
    body = CRM.get(WHO, f"accounts({ACCOUNT_ID})")
    assert body["@odata.context"] == f"{ROOT}$metadata#accounts/$entity"
    assert len(body) >= 38
    assert body["tickersymbol"] is None


def test_selecting_money_adds_its_currency() -> None:
    assert "_transactioncurrencyid_value" in CRM.get(WHO, f"accounts({ACCOUNT_ID})", "$select=revenue")


def test_annotations_say_what_a_person_would_read() -> None:
    query = "$select=revenue,_primarycontactid_value,creditonhold,statecode,createdon"
    body = CRM.get(WHO, f"accounts({ACCOUNT_ID})", query, ANNOTATED)
    contact = CRM.get(WHO, f"contacts({body['_primarycontactid_value']})", "$select=fullname")
    formatted = "OData.Community.Display.V1.FormattedValue"
    assert body[f"_primarycontactid_value@{formatted}"] == contact["fullname"]
    assert body["_primarycontactid_value@Microsoft.Dynamics.CRM.lookuplogicalname"] == "contact"
    assert body["_primarycontactid_value@Microsoft.Dynamics.CRM.associatednavigationproperty"] == "primarycontactid"
    assert body[f"revenue@{formatted}"] == f"${body['revenue']:,.2f}"
    assert body[f"creditonhold@{formatted}"] == {True: "Yes", False: "No"}[body["creditonhold"]]
    assert body[f"statecode@{formatted}"] == {0: "Active", 1: "Inactive"}[body["statecode"]]
    assert body[f"createdon@{formatted}"].endswith(("AM", "PM"))


def test_only_the_annotations_asked_for_are_sent() -> None:
    only = {"prefer": 'odata.include-annotations="OData.Community.Display.V1.FormattedValue"'}
    answer = CRM.send(WHO, "GET", f"accounts({ACCOUNT_ID})", "$select=_ownerid_value", headers=only)
    assert b"FormattedValue" in answer.body
    assert b"lookuplogicalname" not in answer.body
    assert header(answer, "Preference-Applied") == only["prefer"]


def test_polymorphic_lookups_name_the_table_they_point_to() -> None:
    body = CRM.get(WHO, "incidents", "$select=_customerid_value&$top=40", ANNOTATED)
    for row in body["value"]:
        kind = row["_customerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"]
        navigation = row["_customerid_value@Microsoft.Dynamics.CRM.associatednavigationproperty"]
        assert navigation == f"customerid_{kind}"
    kinds = {row["_customerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"] for row in body["value"]}
    assert kinds == {"account", "contact"}


def test_expand_follows_a_lookup_and_lists_a_collection() -> None:
    collection = "contact_customer_accounts($select=fullname;$top=2;$orderby=fullname)"
    query = f"$select=name&$expand=primarycontactid($select=fullname),{collection}"
    body = CRM.get(WHO, f"accounts({ACCOUNT_ID})", query)
    contacts = CRM.rows(WHO, "contacts", f"$filter=_parentcustomerid_value eq {ACCOUNT_ID}&$orderby=fullname&$top=2")
    assert [row["fullname"] for row in body["contact_customer_accounts"]] == [row["fullname"] for row in contacts]
    assert body["primarycontactid"]["contactid"] == ACCOUNT["_primarycontactid_value"]


def test_expand_works_on_lists_too() -> None:
    rows = CRM.rows(WHO, "accounts", "$select=name&$top=5&$orderby=name&$expand=primarycontactid($select=fullname)")
    contacts = {row["contactid"]: row["fullname"] for row in CRM.rows(WHO, "contacts", "$select=fullname")}
    named = [row["primarycontactid"] for row in rows if row["primarycontactid"]]
    assert named
    assert all(contacts[contact["contactid"]] == contact["fullname"] for contact in named)


def test_navigation_reads_the_record_or_the_collection_at_the_other_end() -> None:
    contact = CRM.get(WHO, f"accounts({ACCOUNT_ID})/primarycontactid", "$select=fullname")
    assert contact["contactid"] == ACCOUNT["_primarycontactid_value"]
    related = CRM.rows(WHO, f"accounts({ACCOUNT_ID})/contact_customer_accounts", "$select=fullname")
    filtered = CRM.rows(WHO, "contacts", f"$select=fullname&$filter=_parentcustomerid_value eq {ACCOUNT_ID}")
    assert sorted(row["contactid"] for row in related) == sorted(row["contactid"] for row in filtered)
    counted = CRM.send(WHO, "GET", f"accounts({ACCOUNT_ID})/contact_customer_accounts/$count")
    assert counted.body.decode() == str(len(related))


def test_associations_are_followed_from_both_ends() -> None:
    roles = CRM.rows(WHO, f"systemusers({WHO.user_id})/systemuserroles_association", "$select=name")
    assert [role["name"] for role in roles] == ["Salesperson"]
    users = CRM.rows(WHO, f"roles({roles[0]['roleid']})/systemuserroles_association", "$select=fullname")
    assert WHO.user_id in {user["systemuserid"] for user in users}


def test_one_property_can_be_read() -> None:
    body = CRM.get(WHO, f"accounts({ACCOUNT_ID})/name")
    assert body == {"@odata.context": f"{ROOT}$metadata#accounts({ACCOUNT_ID})/name", "value": ACCOUNT["name"]}
    assert CRM.send(WHO, "GET", f"accounts({ACCOUNT_ID})/tickersymbol").status == 204


def test_alternate_keys_find_the_record() -> None:
    body = CRM.get(WHO, f"accounts(accountnumber='{ACCOUNT['accountnumber']}')", "$select=name")
    assert body["accountid"] == ACCOUNT_ID
    assert CRM.send(WHO, "GET", "accounts(accountnumber='none')").status == 404
    assert error(CRM.send(WHO, "GET", "accounts(name='x')"))[:2] == (400, "0x80060888")


def test_each_kind_of_activity_is_a_part_of_all_of_them() -> None:
    kinds = ("tasks", "phonecalls", "appointments", "emails", "incidentresolutions", "opportunitycloses")
    counts = {kind: int(CRM.send(WHO, "GET", f"{kind}/$count").body) for kind in kinds}
    assert all(counts.values())
    assert sum(counts.values()) == int(CRM.send(WHO, "GET", "activitypointers/$count").body) == 4000
    task = CRM.rows(WHO, "tasks", "$top=1")[0]
    assert task["activitytypecode"] == "task"
    assert CRM.send(WHO, "GET", f"emails({task['activityid']})").status == 404, "a task is no email"


def test_a_user_can_be_called_me() -> None:
    who = CRM.person(SERVICE)
    assert CRM.get(who, "systemusers(me)", "$select=fullname")["systemuserid"] == who.user_id


def test_the_service_document_lists_the_entity_sets() -> None:
    body = CRM.get(WHO, "")
    assert {"name": "accounts", "kind": "EntitySet", "url": "accounts"} in body["value"]
