"""The requests of Microsoft's Web API samples as printed there, with the answers printed there.

Public source: MicrosoftDocs/powerapps-docs, ``web-api-basic-operations-sample``, ``web-api-query-data-sample`` and
``web-api-functions-actions-sample``; microsoft/PowerApps-Samples, ``QueryData/Program.cs``.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from localcrm.security.depths import Depth
from localcrm.security.principals import Directory, Principal
from tests.localcrm.small_crm import ADMINISTRATOR, ANNOTATED, ROOT, SALES, SmallCrm, error, fresh_crm

_CONTACT = "$select=fullname,jobtitle,annualincome"


@pytest.fixture(scope="module")
def crm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallCrm]:
    found = fresh_crm(tmp_path_factory.mktemp("samples"))
    yield found
    found.database.close()


@pytest.fixture(scope="module")
def who(crm: SmallCrm) -> Principal:
    return next(user for user in crm.database.directory.users() if user.roles == (ADMINISTRATOR,))


@pytest.fixture(scope="module")
def contoso(crm: SmallCrm, who: Principal) -> str:
    people = [
        ("Nancy", "Anderson", "Activities Manager", 55500),
        ("Maria", "Cambell", "Accounts Manager", 31000),
        ("Scott", "Konersmann", "Accounts Manager", 38000),
        ("Rene", "Valdes", "Data Analyst III", 86000),
    ]
    contacts = [
        {
            "firstname": first,
            "lastname": f"{last} (sample)",
            "jobtitle": job,
            "annualincome": income,
            "Contact_Tasks": [{"subject": f"Task 1 for {first} {last}", "actualdurationminutes": 3}],
        }
        for first, last, job, income in people
    ]
    primary = {"firstname": "Yvonne", "lastname": "McKay (sample)", "jobtitle": "Coffee Master", "annualincome": 45000}
    body = {"name": "Contoso, Ltd. (sample)", "primarycontactid": primary, "contact_customer_accounts": contacts}
    return crm.create(who, "accounts", body)


def test_the_context_tells_what_was_asked_for_with_what_is_expanded(crm: SmallCrm, who: Principal, contoso: str):
    query = f"$select=name,&$expand=primarycontactid({_CONTACT})"
    account = crm.get(who, f"accounts({contoso})", query, ANNOTATED)
    context = "accounts(name,primarycontactid(fullname,jobtitle,annualincome))/$entity"
    assert account["@odata.context"] == f"{ROOT}$metadata#{context}"
    contact = account["primarycontactid"]
    assert contact["annualincome@OData.Community.Display.V1.FormattedValue"] == "$45,000.00"
    assert contact["_transactioncurrencyid_value@OData.Community.Display.V1.FormattedValue"] == "US Dollar"
    assert crm.get(who, "contacts", f"{_CONTACT}&$top=1")["@odata.context"].endswith(
        "#contacts(fullname,jobtitle,annualincome)"
    )
    key_too = crm.get(who, "accounts", "$select=accountid&$expand=contact_customer_accounts&$top=1")["@odata.context"]
    assert key_too.endswith("#accounts(accountid,contact_customer_accounts())")


def test_a_word_may_follow_a_parenthesis_at_once(crm: SmallCrm, who: Principal, contoso: str):
    where = f"contains(fullname,'(sample)')and _parentcustomerid_value eq {contoso}"
    rows = crm.rows(who, "contacts", f"{_CONTACT}&$filter={where}&$orderby=jobtitle asc, annualincome desc")
    expected = ["Scott Konersmann", "Maria Cambell", "Nancy Anderson", "Rene Valdes"]
    assert [row["fullname"].removesuffix(" (sample)") for row in rows] == expected
    assert crm.rows(who, "contacts", "$filter=fullname eq 'a)and b'or lastname eq 'o''or'") == []


def test_aliases_stand_for_columns_in_a_filter_and_in_the_order(crm: SmallCrm, who: Principal, contoso: str):
    query = (
        f"{_CONTACT}&$filter=contains(@p1,'(sample)') and @p2 eq @p3&$orderby=@p4 asc, @p5 desc&@p1=fullname"
        f"&@p2=_parentcustomerid_value&@p3={contoso}&@p4=jobtitle&@p5=annualincome"
    )
    expected = [38000, 31000, 55500, 86000]
    assert [row["annualincome"] for row in crm.rows(who, "contacts", query)] == expected
    missing = crm.send(who, "GET", "contacts", "$orderby=@p4")
    assert error(missing)[0] == 400


def test_tasks_are_found_by_the_account_of_their_contact(crm: SmallCrm, who: Principal, contoso: str):
    query = (
        f"$select=subject&$filter=regardingobjectid_contact_task/_accountid_value eq {contoso}"
        "&$expand=regardingobjectid_contact_task($select=fullname;$expand=parentcustomerid_account($select=name;"
        "$expand=createdby($select=fullname)))"
    )
    rows = crm.rows(who, "tasks", query)
    assert len(rows) == 4
    accounts = [row["regardingobjectid_contact_task"]["parentcustomerid_account"] for row in rows]
    assert {(account["name"], account["createdby"]["fullname"]) for account in accounts} == {
        ("Contoso, Ltd. (sample)", who.name)
    }


@pytest.mark.parametrize(
    ("parts", "address"),
    [
        (("123%20Maple%20St.", "Seattle", "WA", "98007", "USA"), "123 Maple St.\r\nSeattle, WA 98007\r\nUSA"),
        (
            ("1-2-3%20Sakura", "Nagoya", "Aichi", "455-2345", "JAPAN"),
            "455-2345\r\nAichi\r\nNagoya\r\n1-2-3 Sakura\r\nJAPAN",
        ),
    ],
)
def test_an_address_reads_as_in_its_country(crm: SmallCrm, who: Principal, parts: tuple[str, ...], address: str):
    path = "FormatAddress(Line1=@p1,City=@p2,StateOrProvince=@p3,PostalCode=@p4,Country=@p5)"
    query = "&".join(f"@p{number}='{part}'" for number, part in enumerate(parts, 1))
    assert crm.get(who, path, query)["Address"] == address


def test_the_organisation_names_its_services(crm: SmallCrm, who: Principal):
    call = "RetrieveCurrentOrganization(AccessType=@p1)"
    detail = crm.get(who, call, "@p1=Microsoft.Dynamics.CRM.EndpointAccessType'Default'")["Detail"]
    assert detail["Endpoints"]["Keys"] == ["WebApplication", "OrganizationService", "OrganizationDataService"]
    base = ROOT.partition("api/")[0]
    assert detail["Endpoints"]["Values"][:2] == [base, f"{base}XRMServices/2011/Organization.svc"]


def _role(crm: SmallCrm, who: Principal, name: str) -> str:
    unit = f"businessunits({who.business_unit_id})"
    return crm.create(who, "roles", {"businessunitid@odata.bind": unit, "name": name})


def test_a_new_role_can_be_given_to_the_one_who_made_it(crm: SmallCrm, who: Principal):
    role, mine = _role(crm, who, "Example Security Role"), f"systemusers({who.user_id})/systemuserroles_association"
    assert crm.send(who, "POST", f"{mine}/$ref", body={"@odata.id": f"{ROOT}roles({role})"}).status == 204
    after = crm.database.directory.by_username(who.username)
    assert after is not None
    assert after.roles == ("Example Security Role", ADMINISTRATOR)
    assert [row["name"] for row in crm.rows(after, mine, f"$select=name&$filter=roleid%20eq%20{role}")] == [
        "Example Security Role"
    ]
    assert crm.send(after, "DELETE", f"{mine}({role})/$ref").status == 204
    assert crm.send(after, "DELETE", f"roles({role})").status == 204


def test_privileges_of_a_role_are_added_replaced_and_taken_and_outlast_a_restart(crm: SmallCrm, who: Principal):
    role = _role(crm, who, "Test Role")
    found = crm.rows(who, "privileges", "$select=name&$filter=name eq 'prvCreateAccount' or name eq 'prvReadAccount'")
    ids = {row["name"]: row["privilegeid"] for row in found}

    def call(message: str, body: object) -> int:
        return crm.send(who, "POST", f"roles({role})/Microsoft.Dynamics.CRM.{message}", body=body).status

    def held() -> set[str]:
        body = crm.get(who, f"roles({role})", "$select=roleid&$expand=roleprivileges_association($select=name)")
        return {row["name"] for row in body["roleprivileges_association"]}

    both = [{"Depth": "Basic", "PrivilegeId": ids[name], "PrivilegeName": name} for name in ids]
    assert call("AddPrivilegesRole", {"Privileges": both}) == 204
    assert held() == {"prvCreateAccount", "prvReadAccount"}
    grants = crm.database.directory.role_grants("Test Role")
    assert grants == {"prvcreateaccount": Depth.BASIC, "prvreadaccount": Depth.BASIC}
    again = Directory(lambda sql: crm.database.reader().fetch(sql), crm.database.directory.privileges)
    assert again.role_grants("Test Role") == grants
    deeper = [{"Depth": "Deep", "PrivilegeId": ids["prvReadAccount"]}]
    assert call("ReplacePrivilegesRole", {"Privileges": deeper}) == 204
    assert crm.database.directory.role_grants("Test Role") == {"prvreadaccount": Depth.DEEP}
    assert call("RemovePrivilegeRole", {"PrivilegeId": ids["prvReadAccount"]}) == 204
    assert held() == set()
    assert call("AddPrivilegesRole", {"Privileges": [{"Depth": "Far", "PrivilegeId": ids["prvReadAccount"]}]}) == 400
    assert call("RemovePrivilegeRole", {"PrivilegeId": role}) == 404


def test_who_may_not_change_roles_cannot_give_privileges(crm: SmallCrm, who: Principal):
    role = _role(crm, who, "Nobody's Role")
    path = f"roles({role})/Microsoft.Dynamics.CRM.AddPrivilegesRole"
    assert error(crm.send(crm.person(SALES), "POST", path, body={"Privileges": []}))[:2] == (403, "0x80040220")


def test_the_languages_of_the_organisation_are_told(crm: SmallCrm, who: Principal):
    """As the PyPI client ``dataverse-api`` asks."""
    assert crm.get(who, "RetrieveAvailableLanguages")["LocaleIds"] == [1033]


def test_the_context_of_one_definition_says_that_it_is_one(crm: SmallCrm, who: Principal):
    one = crm.get(who, "EntityDefinitions(LogicalName='account')", "$select=LogicalName")
    assert one["@odata.context"] == f"{ROOT}$metadata#EntityDefinitions/$entity"
    assert crm.get(who, "EntityDefinitions", "$select=LogicalName")["@odata.context"].endswith("#EntityDefinitions")


def test_privileges_given_in_a_change_set_that_is_undone_are_not_given(crm: SmallCrm, who: Principal):
    role = _role(crm, who, "Undone Role")
    read = crm.rows(who, "privileges", "$select=name&$filter=name eq 'prvReadAccount'")[0]["privilegeid"]
    add = f'{{"Privileges":[{{"Depth":"Global","PrivilegeId":"{read}"}}]}}'
    parts = [(f"roles({role})/Microsoft.Dynamics.CRM.AddPrivilegesRole", add), ("accounts", '{"nosuchcolumn":1}')]
    inner = "".join(
        f"--c\r\nContent-Type: application/http\r\nContent-ID: {number}\r\n\r\nPOST {path} HTTP/1.1\r\n"
        f"Content-Type: application/json\r\n\r\n{body}\r\n"
        for number, (path, body) in enumerate(parts, 1)
    )
    batch = f"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n{inner}--c--\r\n--b--\r\n"
    headers = {"content-type": "multipart/mixed; boundary=b"}
    assert crm.send(who, "POST", "$batch", body=batch.encode(), headers=headers).status == 400
    assert crm.database.directory.role_grants("Undone Role") == {}
