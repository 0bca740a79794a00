"""The two stages of a check and their refusals, by role, right and depth (wire facts 1.11 and 5)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from localcrm.security import roles as role_sets
from localcrm.security.depths import Depth
from localcrm.security.principals import Principal
from tests.localcrm.small_crm import ADMINISTRATOR, SALES, SERVICE, SUPPORT, SmallCrm, error, fresh_crm, small_crm


def of_another(crm: SmallCrm, who: Principal, collection: str, more: str = "") -> str:
    """A record that neither the user nor one of his teams owns and that nobody shared with him."""
    key = {"opportunities": "opportunityid"}.get(collection, collection[:-1] + "id")
    away = f"$filter=_owningbusinessunit_value ne {who.business_unit_id}{more}&$top=30&$select={key}"
    for row in crm.rows(crm.person(ADMINISTRATOR), collection, away):
        path = f"systemusers({who.user_id})/Microsoft.Dynamics.CRM.RetrievePrincipalAccess(Target=@t)"
        rights = crm.get(who, path, f"@t={{'@odata.id':'{collection}({row[key]})'}}")["AccessRights"]
        if crm is small_crm() or rights == "None":
            return str(row[key])
    raise AssertionError(f"no {collection} of others: generate more")


def test_a_missing_privilege_is_refused_before_any_row_is_looked_at() -> None:
    tight = small_crm("tight")
    who = tight.person(SERVICE)
    status, code, message = error(tight.send(who, "GET", "opportunities"))
    assert (status, code) == (403, "0x80040220")
    assert message == (
        f"Principal user (Id={who.user_id}, type=8, roleCount=1, privilegeCount={len(who.privileges)}, accessMode=0), "
        "is missing prvReadOpportunity privilege (Id=f7767f74-628d-48b3-a79f-9c6e24fedb69) on OTC=3 for entity "
        f"'opportunity'. context.Caller={who.user_id}"
    )


def test_a_row_out_of_reach_is_refused_and_a_missing_one_is_404() -> None:
    tight = small_crm("tight")
    who = tight.person(SALES)
    record_id = of_another(tight, who, "accounts")
    status, code, message = error(tight.send(who, "GET", f"accounts({record_id})"))
    assert (status, code) == (403, "0x80048306")
    assert message.endswith(
        f"user with id {who.user_id} does not have ReadAccess right(s) for record with id {record_id} of entity account"
    )
    missing = "accounts(00000000-0000-0000-0000-000000000001)"
    assert error(tight.send(who, "GET", missing)) == (
        404,
        "0x80040217",
        "Entity 'Account' With Id = 00000000-0000-0000-0000-000000000001 Does Not Exist",
    )


@pytest.mark.parametrize("role", [SALES, SERVICE])
@pytest.mark.parametrize("collection", ["accounts", "contacts", "opportunities"])
def test_out_of_the_box_people_read_everything_and_delete_only_their_own(role: str, collection: str) -> None:
    who = small_crm().person(role)
    record_id = of_another(small_crm(), who, collection)
    assert small_crm().send(who, "GET", f"{collection}({record_id})").status == 200
    assert error(small_crm().send(who, "DELETE", f"{collection}({record_id})"))[:2] == (403, "0x80048306")


def test_out_of_the_box_a_salesperson_writes_anybodys_account_but_not_anybodys_case() -> None:
    who = small_crm().person(SALES)
    account, case = of_another(small_crm(), who, "accounts"), of_another(small_crm(), who, "incidents")
    rights = small_crm().get(
        who,
        f"systemusers({who.user_id})/Microsoft.Dynamics.CRM.RetrievePrincipalAccess(Target=@t)",
        f"@t={{'@odata.id':'accounts({account})'}}",
    )
    assert rights["AccessRights"] == "ReadAccess, WriteAccess, AppendAccess, AppendToAccess, ShareAccess"
    assert error(small_crm().send(who, "PATCH", f"incidents({case})", body={"title": "x"}))[:2] == (403, "0x80048306")


@pytest.mark.parametrize("role", [SALES, SERVICE])
@pytest.mark.parametrize("roles", ["standard", "tight"])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "systemusers({me})", {"title": "Boss"}),
        ("POST", "systemusers", {"lastname": "New", "domainname": "new@contoso.test"}),
        ("POST", "roles", {"name": "Mine"}),
        ("DELETE", "systemusers({me})", None),
        ("GET", "principalobjectaccessset", None),
        ("GET", "audits", None),
        ("PATCH", "organizations({org})", {"name": "Mine"}),
    ],
)
def test_people_never_touch_what_belongs_to_administrators(
    roles: str, role: str, method: str, path: str, body: object
) -> None:
    crm = small_crm(roles)
    who = crm.person(role)
    organization = crm.get(who, "WhoAmI")["OrganizationId"]
    answer = crm.send(who, method, path.format(me=who.user_id, org=organization), body=body)
    assert error(answer)[:2] == (403, "0x80040220")


@pytest.mark.parametrize("role", [SALES, SERVICE])
@pytest.mark.parametrize("roles", ["standard", "tight"])
@pytest.mark.parametrize(
    "collection", ["systemusers", "businessunits", "organizations", "savedqueries", "teams", "roles"]
)
def test_people_read_what_their_client_needs(roles: str, role: str, collection: str) -> None:
    crm = small_crm(roles)
    assert crm.rows(crm.person(role), collection, "$top=1")


def test_tight_people_see_their_units_customers_and_their_own_work_only() -> None:
    tight = small_crm("tight")
    who = tight.person(SALES)
    units = {row["_owningbusinessunit_value"] for row in tight.rows(who, "contacts")}
    assert units == {who.business_unit_id}
    owners = {row["_ownerid_value"] for row in tight.rows(who, "opportunities")}
    assert owners <= set(who.owner_ids) | {row["_ownerid_value"] for row in shared_with(who, "opportunities")}
    assert len(tight.rows(who, "opportunities")) < len(
        small_crm().rows(small_crm().person(ADMINISTRATOR), "opportunities")
    )


def shared_with(who: Principal, collection: str) -> list[dict[str, str]]:
    tight = small_crm("tight")
    shares = tight.rows(tight.person(ADMINISTRATOR), "principalobjectaccessset")
    ids = {row["objectid"] for row in shares if row["principalid"] in who.owner_ids}
    rows = tight.rows(tight.person(ADMINISTRATOR), collection)
    return [row for row in rows if row["opportunityid"] in ids]


def test_expanding_and_linking_stop_at_the_callers_reach() -> None:
    tight = small_crm("tight")
    who = tight.person(SERVICE)
    case = tight.rows(who, "incidents", "$top=1&$expand=owninguser($select=fullname)")[0]
    assert case["owninguser"] is None or case["owninguser"]["fullname"]
    account = tight.rows(who, "accounts", "$top=1")[0]["accountid"]
    query = "$select=name&$expand=opportunity_customer_accounts($select=name)"
    assert error(tight.send(who, "GET", f"accounts({account})", query))[:2] == (403, "0x80040220")
    assert tight.send(who, "GET", f"accounts({account})/opportunity_customer_accounts").status == 403


def test_the_inspector_reads_everything_and_writes_nothing() -> None:
    who = small_crm().person(SUPPORT)
    assert small_crm().rows(who, "principalobjectaccessset", "$top=1")
    record_id = small_crm().rows(who, "contacts", "$top=1")[0]["contactid"]
    assert error(small_crm().send(who, "PATCH", f"contacts({record_id})", body={"jobtitle": "x"}))[1] == "0x80040220"
    assert error(small_crm().send(who, "POST", "contacts", body={"lastname": "x"}))[1] == "0x80040220"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[SmallCrm]:
    crm = fresh_crm(tmp_path)
    yield crm
    crm.database.close()


def test_stripping_a_role_is_effective_at_once_and_for_nobody_else(own: SmallCrm) -> None:
    directory = own.database.directory
    assert own.send(own.person(SERVICE), "GET", "incidents", "$top=1").status == 200
    directory.change_privilege(SERVICE, "prvReadincident", "None")
    assert error(own.send(own.person(SERVICE), "GET", "incidents", "$top=1"))[1] == "0x80040220"
    assert own.send(own.person(SALES), "GET", "incidents", "$top=1").status == 200
    directory.change_privilege(SERVICE, "PRVREADINCIDENT", Depth.GLOBAL)
    assert own.send(own.person(SERVICE), "GET", "incidents", "$top=1").status == 200


def test_granting_too_much_lets_a_delete_through(own: SmallCrm) -> None:
    who, admin = own.person(SALES), own.person(ADMINISTRATOR)
    decoy = own.create(admin, "accounts", {"name": "Decoy"})
    assert own.send(who, "DELETE", f"accounts({decoy})").status == 403
    own.database.directory.change_privilege(SALES, "prvDeleteAccount", "Global")
    assert own.send(own.person(SALES), "DELETE", f"accounts({decoy})").status == 204


def test_role_changes_are_not_written_to_the_database(own: SmallCrm) -> None:
    before = own.database.table_digests()
    own.database.directory.change_privilege(SALES, "prvDeleteAccount", "Global")
    assert own.database.table_digests() == before


@pytest.mark.parametrize(
    ("role", "privilege", "depth", "message"),
    [
        ("Seller", "prvReadAccount", "Basic", "no role is called 'Seller'"),
        (SALES, "prvReadThings", "Basic", "no privilege is called 'prvReadThings'"),
        (SALES, "prvReadAccount", "Much", "unknown depth 'Much': use None, Basic, Local, Deep or Global"),
    ],
)
def test_a_wrong_role_change_says_what_is_wrong(role: str, privilege: str, depth: str, message: str) -> None:
    with pytest.raises((LookupError, ValueError), match=message):
        small_crm().database.directory.change_privilege(role, privilege, depth)


def test_a_user_without_roles_signs_in_but_reads_nothing(own: SmallCrm) -> None:
    admin = own.person(ADMINISTRATOR)
    unit = own.get(admin, "WhoAmI")["BusinessUnitId"]
    body = {"lastname": "New", "domainname": "new@contoso.test", "businessunitid@odata.bind": f"/businessunits({unit})"}
    own.create(admin, "systemusers", body)
    who = own.database.directory.by_username("new@contoso.test")
    assert who is not None
    assert own.send(who, "GET", "WhoAmI").status == 200
    status, _, message = error(own.send(who, "GET", "accounts"))
    assert status == 403
    assert "has not been assigned any roles" in message


def test_user_privileges_are_told_with_depth_and_name() -> None:
    who = small_crm().person(SALES)
    held = small_crm().get(who, f"systemusers({who.user_id})/Microsoft.Dynamics.CRM.RetrieveUserPrivileges")[
        "RolePrivileges"
    ]
    by_name = {entry["PrivilegeName"]: entry for entry in held}
    assert by_name["prvDeleteAccount"] == {
        "Depth": "Basic",
        "PrivilegeId": "ca6c7690-c935-46b3-bfd2-abb306c2acc0",
        "BusinessUnitId": who.business_unit_id,
        "PrivilegeName": "prvDeleteAccount",
    }
    assert by_name["prvReadAccount"]["Depth"] == "Global"


def test_role_privileges_have_no_names_on_premises() -> None:
    who = small_crm().person(SUPPORT)
    role = next(row["roleid"] for row in small_crm().rows(who, "roles", "$filter=name eq 'Salesperson'"))
    path = f"RetrieveRolePrivilegesRole(RoleId={role})"
    assert "PrivilegeName" in small_crm().get(who, path)["RolePrivileges"][0]
    assert b"PrivilegeName" not in small_crm().send(who, "GET", path, flavour="ifd-9.1").body


@pytest.mark.parametrize("name", role_sets.available())
def test_every_role_set_has_the_roles_that_are_judged(name: str) -> None:
    roles = role_sets.load(name, small_crm().database.directory.privileges)
    assert {SALES, SERVICE, ADMINISTRATOR, SUPPORT} <= set(roles)
    assert all(roles[ADMINISTRATOR][privilege] is Depth.GLOBAL for privilege in roles[SALES])
