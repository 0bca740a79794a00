"""OData beyond comparisons: lambdas, query functions, aliases, nested ``$expand``, ``$apply``."""

from __future__ import annotations

from collections import Counter, defaultdict
from urllib.parse import quote

import pytest

from tests.localcrm.small_crm import ANNOTATED, SALES, error, small_crm

CRM = small_crm()
WHO = CRM.person(SALES)
CONTACTS = {row["contactid"]: row for row in CRM.rows(WHO, "contacts")}
ACCOUNTS = {row["accountid"]: row for row in CRM.rows(WHO, "accounts")}


def accounts(condition: str, more: str = "") -> set[str]:
    return {
        row["accountid"] for row in CRM.rows(WHO, "accounts", f"$select=accountid&$filter={quote(condition)}{more}")
    }


def people_of(account: str) -> list[dict]:
    return [row for row in CONTACTS.values() if row["_parentcustomerid_value"] == account]


@pytest.mark.parametrize(
    ("condition", "test"),
    [
        ("contact_customer_accounts/any()", lambda key: bool(people_of(key))),
        ("not contact_customer_accounts/any()", lambda key: not people_of(key)),
        (
            "contact_customer_accounts/any(c:c/gendercode eq 2 and startswith(c/lastname,'Sch'))",
            lambda key: any(p["gendercode"] == 2 and p["lastname"].startswith("Sch") for p in people_of(key)),
        ),
        (
            "contact_customer_accounts/all(c:c/statecode eq 0)",
            lambda key: all(p["statecode"] == 0 for p in people_of(key)),
        ),
        (
            "primarycontactid/gendercode eq 1",
            lambda key: CONTACTS.get(ACCOUNTS[key]["_primarycontactid_value"], {}).get("gendercode") == 1,
        ),
        (
            "primarycontactid/parentcustomerid_account/name ne null",
            lambda key: (
                CONTACTS.get(ACCOUNTS[key]["_primarycontactid_value"], {}).get("_parentcustomerid_value") in ACCOUNTS
            ),
        ),
        ("numberofemployees lt 0", lambda key: False),
        ("revenue gt -1", lambda key: (ACCOUNTS[key]["revenue"] or -5) > -1),
        (
            "Microsoft.Dynamics.CRM.Between(PropertyName='numberofemployees',PropertyValues=['100','500'])",
            lambda key: 100 <= (ACCOUNTS[key]["numberofemployees"] or 0) <= 500,
        ),
        (
            "Microsoft.Dynamics.CRM.LastXYears(PropertyName='createdon',PropertyValue=90)",
            lambda key: True,
        ),
        ("Microsoft.Dynamics.CRM.ThisFiscalPeriod(PropertyName='createdon') and name eq null", lambda key: False),
    ],
)
def test_a_filter_over_related_rows_finds_exactly_the_rows_it_describes(condition: str, test) -> None:
    assert accounts(condition) == {key for key in ACCOUNTS if test(key)}


def test_any_over_a_many_to_many_collection() -> None:
    condition = f"systemuserroles_association/any(r:r/name eq '{SALES}')"
    found = CRM.rows(WHO, "systemusers", f"$filter={quote(condition)}")
    expected = {user.user_id for user in CRM.database.directory.users() if SALES in user.roles}
    assert expected <= {row["systemuserid"] for row in found}
    assert len(found) < len(CRM.rows(WHO, "systemusers"))


def test_parameter_aliases_stand_for_values_but_not_inside_texts() -> None:
    name = next(iter(ACCOUNTS.values()))["name"]
    assert accounts("name eq @n", f"&@n='{quote(name)}'") == accounts(f"name eq '{name}'")
    assert accounts("name eq '@n'") == set()
    status, _, message = error(CRM.send(WHO, "GET", "accounts", "$filter=name eq @n"))
    assert (status, message) == (400, "Missing value for parameter alias '@n'.")


def test_expand_nests_along_lookups_and_into_collections() -> None:
    query = (
        "$select=name&$expand=primarycontactid($select=fullname;$expand=parentcustomerid_account($select=name)),"
        "contact_customer_accounts($select=fullname;$filter=statecode eq 0;$orderby=fullname desc;$top=2)"
    )
    for row in CRM.rows(WHO, "accounts", query):
        primary = CONTACTS.get(ACCOUNTS[row["accountid"]]["_primarycontactid_value"])
        if primary is None:
            assert row["primarycontactid"] is None
        else:
            assert row["primarycontactid"]["fullname"] == primary["fullname"]
            above = row["primarycontactid"]["parentcustomerid_account"]
            assert (above or {}).get("accountid") == primary["_parentcustomerid_value"]
        active = [p["fullname"] for p in people_of(row["accountid"]) if p["statecode"] == 0]
        assert [p["fullname"] for p in row["contact_customer_accounts"]] == sorted(active, reverse=True)[:2]


def test_an_expanded_collection_without_top_holds_all_its_rows() -> None:
    for row in CRM.rows(WHO, "accounts", "$select=name&$expand=contact_customer_accounts($select=fullname)"):
        found = [person["contactid"] for person in row["contact_customer_accounts"]]
        assert sorted(found) == sorted(person["contactid"] for person in people_of(row["accountid"]))


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("$expand=primarycontactid($filter=fullname eq 'x')", "$filter is not supported in $expand"),
        ("$filter=contact_customer_accounts/any(c:c/nme eq 1)", "Could not find a property named 'nme'"),
        ("$filter=primarycontactid/any(c:c/fullname eq 'x')", "Could not find a property named 'primarycontactid'"),
        ("$filter=name in ('a','b')", "The operator 'in' is not supported"),
        ("$filter=name eq revenue", "incompatible types"),
        ("$apply=groupby((createdon))", "Grouping by the date"),
        ("$apply=concat(aggregate($count as n))", "not supported at 'concat"),
        ("$apply=aggregate(name with sum as n)", "not supported for attribute of type String"),
        ("$apply=groupby((statecode),aggregate($count as n))&$orderby=n", "SingleValueOpenPropertyAccess"),
        ("$expand=" + ",".join(["primarycontactid"] * 16), "No more than 15 $expand"),
    ],
)
def test_what_the_crm_refuses_is_400_with_the_reason(query: str, message: str) -> None:
    status, _, text = error(CRM.send(WHO, "GET", "accounts", query))
    assert status == 400
    assert message in text


def test_apply_groups_and_figures() -> None:
    rows = CRM.get(
        WHO, "accounts", "$apply=groupby((statuscode),aggregate($count as n,revenue with sum as total))", ANNOTATED
    )
    totals: dict[int, float] = defaultdict(float)
    for account in ACCOUNTS.values():
        totals[account["statuscode"]] += account["revenue"] or 0
    assert {row["statuscode"]: row["n"] for row in rows["value"]} == Counter(a["statuscode"] for a in ACCOUNTS.values())
    assert {row["statuscode"]: row.get("total", 0) for row in rows["value"]} == pytest.approx(totals)
    assert rows["value"][0]["statuscode@OData.Community.Display.V1.FormattedValue"] == "Active"
    (last,) = CRM.rows(WHO, "accounts", "$apply=aggregate(createdon with max as last)")
    assert last == {"last": max(account["createdon"] for account in ACCOUNTS.values())}


def test_apply_filters_first_and_groups_by_a_related_column() -> None:
    apply = "filter(statecode eq 0)/groupby((primarycontactid/fullname),aggregate($count as n))"
    rows = CRM.rows(WHO, "accounts", f"$apply={quote(apply)}")
    names = Counter(
        CONTACTS.get(account["_primarycontactid_value"], {}).get("fullname")
        for account in ACCOUNTS.values()
        if account["statecode"] == 0
    )
    assert {row.get("contact_fullname"): row["n"] for row in rows} == names
