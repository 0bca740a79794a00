"""FetchXML as the web client and SDKs send it: links, date and caller operators, distinct, groups and figures."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from localcrm.webapi.query_limits import QueryLimits
from localcrm.webapi.service import WebApi
from tests.localcrm.small_crm import ANNOTATED, ROOT, SALES, SmallCrm, error, small_crm

CRM = small_crm()
WHO = CRM.person(SALES)
CONTACTS = CRM.rows(WHO, "contacts")
ACCOUNTS = {row["accountid"]: row for row in CRM.rows(WHO, "accounts")}
OPPORTUNITIES = CRM.rows(WHO, "opportunities")


def asked(entity: str, inner: str, attributes: str = "", path: str = "") -> list[dict]:
    xml = f"<fetch {attributes}><entity name='{entity}'>{inner}</entity></fetch>"
    return list(CRM.fetch(WHO, path or f"{entity}s", xml)["value"])


def refused(entity: str, inner: str, attributes: str = "") -> str:
    xml = f"<fetch {attributes}><entity name='{entity}'>{inner}</entity></fetch>"
    status, _, message = error(CRM.send(WHO, "GET", f"{entity}s", f"fetchXml={quote(xml)}"))
    assert status == 400
    return message


def matching(test) -> set[str]:
    return {row["contactid"] for row in CONTACTS if test(row)}


def day(shift: int) -> str:
    return f"{datetime.now(UTC) + timedelta(days=shift):%Y-%m-%d}"


def month(shift: int) -> str:
    now = datetime.now(UTC)
    months = now.year * 12 + now.month - 1 + shift
    return f"{months // 12:04d}-{months % 12 + 1:02d}"


@pytest.mark.parametrize(
    ("condition", "test"),
    [
        ("createdon' operator='last-month", lambda r: r["createdon"][:7] == month(-1)),
        ("createdon' operator='this-month", lambda r: r["createdon"][:7] == month(0)),
        ("createdon' operator='last-year", lambda r: int(r["createdon"][:4]) == datetime.now(UTC).year - 1),
        ("createdon' operator='this-fiscal-year", lambda r: int(r["createdon"][:4]) == datetime.now(UTC).year),
        ("createdon' operator='in-fiscal-year' value='2025", lambda r: r["createdon"][:4] == "2025"),
        ("createdon' operator='in-fiscal-period' value='2", lambda r: r["createdon"][5:7] in ("04", "05", "06")),
        ("createdon' operator='last-x-days' value='60", lambda r: day(-60) <= r["createdon"][:10] <= day(0)),
        ("createdon' operator='last-x-weeks' value='8", lambda r: day(-56) <= r["createdon"][:10] <= day(0)),
        ("createdon' operator='olderthan-x-days' value='400", lambda r: r["createdon"][:10] < day(-400)),
        ("createdon' operator='next-x-months' value='3", lambda r: r["createdon"][:10] >= day(0)),
        ("createdon' operator='not-on' value='2025-05-05", lambda r: r["createdon"][:10] != "2025-05-05"),
        ("lastname' operator='not-begin-with' value='Sch", lambda r: not r["lastname"].startswith("Sch")),
        ("lastname' operator='not-like' value='Sch%", lambda r: not r["lastname"].startswith("Sch")),
        ("lastname' operator='like' value='[%]%", lambda r: False),
        ("firstname' operator='gt' valueof='lastname", lambda r: r["firstname"].lower() > r["lastname"].lower()),
        ("ownerid' operator='eq-userteams", lambda r: r["_ownerid_value"] in WHO.team_ids),
        ("ownerid' operator='eq-useroruserteams", lambda r: r["_ownerid_value"] in WHO.owner_ids),
        (
            "owningbusinessunit' operator='eq-businessid",
            lambda r: r["_owningbusinessunit_value"] == WHO.business_unit_id,
        ),
        (
            "owningbusinessunit' operator='ne-businessid",
            lambda r: r["_owningbusinessunit_value"] != WHO.business_unit_id,
        ),
    ],
)
def test_an_operator_finds_exactly_the_rows_it_describes(condition: str, test) -> None:
    found = asked("contact", f"<attribute name='contactid'/><filter><condition attribute='{condition}'/></filter>")
    assert {row["contactid"] for row in found} == matching(test)


def test_under_and_above_follow_the_hierarchy_of_units() -> None:
    units = {row["businessunitid"]: row for row in CRM.rows(WHO, "businessunits")}
    root = next(key for key, row in units.items() if row["_parentbusinessunitid_value"] is None)
    leaf = next(key for key in units if key not in {row["_parentbusinessunitid_value"] for row in units.values()})
    above, unit = [], units[leaf]["_parentbusinessunitid_value"]
    while unit:
        above.append(unit)
        unit = units[unit]["_parentbusinessunitid_value"]

    def along(operator: str, start: str) -> set[str]:
        inner = f"<filter><condition attribute='businessunitid' operator='{operator}' value='{start}'/></filter>"
        return {row["businessunitid"] for row in asked("businessunit", inner)}

    assert along("under", root) == set(units) - {root}
    assert along("eq-or-under", root) == set(units)
    assert along("not-under", root) == {root}
    assert along("above", leaf) == set(above)
    assert along("eq-or-above", leaf) == {*above, leaf}
    assert "no hierarchical relationship" in refused(
        "contact", f"<filter><condition attribute='contactid' operator='under' value='{root}'/></filter>"
    )


def test_links_nest_and_bring_the_columns_of_every_table() -> None:
    rows = asked(
        "opportunity",
        "<attribute name='name'/><link-entity name='account' from='accountid' to='customerid' alias='a'>"
        "<attribute name='name' alias='customer'/>"
        "<link-entity name='contact' from='contactid' to='primarycontactid' link-type='outer' alias='p'>"
        "<attribute name='fullname'/></link-entity></link-entity>",
        path="opportunities",
    )
    people = {row["contactid"]: row for row in CONTACTS}
    wanted = {}
    for row in OPPORTUNITIES:
        account = ACCOUNTS.get(row["_customerid_value"])
        if account:
            person = people.get(account["_primarycontactid_value"])
            wanted[row["opportunityid"]] = (account["name"], person["fullname"] if person else None)
    assert {row["opportunityid"]: (row["customer"], row.get("p.fullname")) for row in rows} == wanted
    assert wanted


def test_a_link_through_an_intersect_table_and_conditions_on_its_alias() -> None:
    rows = asked(
        "systemuser",
        "<attribute name='systemuserid'/><filter><condition entityname='r' attribute='name' operator='eq' "
        f"value='{SALES}'/></filter><link-entity name='systemuserroles' from='systemuserid' to='systemuserid' "
        "intersect='true'><link-entity name='role' from='roleid' to='roleid' alias='r'/></link-entity>",
    )
    expected = {user.user_id for user in CRM.database.directory.users() if SALES in user.roles}
    assert expected <= {row["systemuserid"] for row in rows}
    assert WHO.user_id in expected


def test_existence_links_return_every_row_once_and_no_columns() -> None:
    inner = "<attribute name='name'/>{}"
    link = "<link-entity name='contact' from='parentcustomerid' to='accountid' link-type='{}'/>"
    with_people = {row["_parentcustomerid_value"] for row in CONTACTS} & set(ACCOUNTS)
    for kind in ("exists", "in"):
        found = [row["accountid"] for row in asked("account", inner.format(link.format(kind)))]
        assert sorted(found) == sorted(with_people)
    for kind, wanted in (("any", with_people), ("not any", set(ACCOUNTS) - with_people)):
        found = asked("account", inner.format(f"<filter>{link.format(kind)}</filter>"))
        assert {row["accountid"] for row in found} == wanted


def test_order_by_a_linked_column_comes_before_or_after_as_written() -> None:
    link = "<link-entity name='account' from='accountid' to='parentcustomerid' alias='a'><attribute name='name'/>"
    by_account = "<order entityname='a' attribute='name' descending='true'/><order attribute='fullname'/>"
    rows = asked("contact", f"<attribute name='fullname'/>{by_account}{link}</link-entity>")
    names = [row["a.name"].lower() for row in rows]
    assert names == sorted(names, reverse=True)
    by_name = "<attribute name='lastname'/><order attribute='lastname'/>"
    rows = asked("contact", f"{by_name}{link}<order attribute='name'/></link-entity>")
    pairs = [(row["lastname"].lower(), row["a.name"].lower()) for row in rows]
    assert pairs == sorted(pairs)


def test_distinct_rows_are_values_not_records_and_page_without_a_key() -> None:
    inner = "<attribute name='address1_city'/><order attribute='address1_city'/>"
    everything = asked("account", inner, "distinct='true'")
    cities = {row["address1_city"] for row in ACCOUNTS.values()}
    assert [row["address1_city"] for row in everything] == sorted(cities)
    assert all(set(row) == {"address1_city"} for row in everything)
    xml = f"<fetch distinct='true' page='1' count='3'><entity name='account'>{inner}</entity></fetch>"
    body = CRM.fetch(WHO, "accounts", xml, ANNOTATED)
    assert body["@Microsoft.Dynamics.CRM.morerecords"] is True
    assert len(body["value"]) == 3


def test_figures_agree_with_a_slow_look_at_the_rows() -> None:
    (row,) = asked(
        "opportunity",
        "<attribute name='estimatedvalue' alias='total' aggregate='sum'/>"
        "<attribute name='estimatedvalue' alias='mean' aggregate='avg'/>"
        "<attribute name='estimatedvalue' alias='most' aggregate='max'/>"
        "<attribute name='createdon' alias='first' aggregate='min'/>"
        "<attribute name='opportunityid' alias='rows' aggregate='count'/>"
        "<attribute name='parentcontactid' alias='filled' aggregate='countcolumn'/>"
        "<attribute name='customerid' alias='customers' aggregate='countcolumn' distinct='true'/>",
        "aggregate='true'",
        "opportunities",
    )
    amounts = [r["estimatedvalue"] for r in OPPORTUNITIES if r["estimatedvalue"] is not None]
    assert row["total"] == pytest.approx(sum(amounts))
    assert row["mean"] == pytest.approx(sum(amounts) / len(amounts))
    assert row["most"] == max(amounts)
    assert row["first"] == min(r["createdon"] for r in OPPORTUNITIES)
    assert row["rows"] == len(OPPORTUNITIES)
    assert row["filled"] == sum(r["_parentcontactid_value"] is not None for r in OPPORTUNITIES)
    assert row["customers"] == len({r["_customerid_value"] for r in OPPORTUNITIES})


def test_groups_by_lookup_by_linked_column_and_by_parts_of_dates() -> None:
    xml = (
        "<fetch aggregate='true'><entity name='opportunity'><attribute name='ownerid' alias='who' groupby='true'/>"
        "<attribute name='estimatedvalue' alias='total' aggregate='sum'/><order alias='total' descending='true'/>"
        "</entity></fetch>"
    )
    rows = CRM.fetch(WHO, "opportunities", xml, ANNOTATED)["value"]
    totals: dict[str, float] = defaultdict(float)
    for row in OPPORTUNITIES:
        totals[row["_ownerid_value"]] += row["estimatedvalue"] or 0
    assert {row["who"]: row.get("total", 0) for row in rows} == pytest.approx(totals)
    amounts = [row["total"] for row in rows if "total" in row]
    assert amounts == sorted(amounts, reverse=True)
    assert all(row["who@OData.Community.Display.V1.FormattedValue"] for row in rows)
    assert rows[0]["total@OData.Community.Display.V1.FormattedValue"].startswith("$")
    by_city = asked(
        "contact",
        "<attribute name='contactid' alias='n' aggregate='count'/><link-entity name='account' from='accountid' "
        "to='parentcustomerid'><attribute name='address1_city' alias='city' groupby='true'/></link-entity>",
        "aggregate='true'",
    )
    cities = Counter(
        ACCOUNTS[r["_parentcustomerid_value"]]["address1_city"]
        for r in CONTACTS
        if r["_parentcustomerid_value"] in ACCOUNTS
    )
    assert {row["city"]: row["n"] for row in by_city} == cities


def sunday_week(text: str) -> int:
    moment = datetime.fromisoformat(text)
    first = datetime(moment.year, 1, 1, tzinfo=UTC)
    return (moment.timetuple().tm_yday - 1 + (first.weekday() + 1) % 7) // 7 + 1


@pytest.mark.parametrize(
    ("part", "of"),
    [
        ("year", lambda text: int(text[:4])),
        ("quarter", lambda text: (int(text[5:7]) + 2) // 3),
        ("month", lambda text: int(text[5:7])),
        ("week", sunday_week),
        ("day", lambda text: int(text[8:10])),
        ("fiscal-period", lambda text: f"Quarter {(int(text[5:7]) + 2) // 3} FY{text[:4]}"),
        ("fiscal-year", lambda text: f"FY{text[:4]}"),
    ],
)
def test_dates_group_by_their_parts(part: str, of) -> None:
    rows = asked(
        "contact",
        f"<attribute name='createdon' alias='p' groupby='true' dategrouping='{part}'/>"
        "<attribute name='contactid' alias='n' aggregate='count'/>",
        "aggregate='true'",
    )
    assert {row["p"]: row["n"] for row in rows} == Counter(of(row["createdon"]) for row in CONTACTS)


def test_groups_page_in_order_of_their_alias() -> None:
    inner = (
        "<attribute name='address1_city' alias='city' groupby='true'/>"
        "<attribute name='accountid' alias='n' aggregate='count'/><order alias='city'/>"
    )
    whole = asked("account", inner, "aggregate='true'")
    pages = [asked("account", inner, f"aggregate='true' page='{n}' count='4'") for n in range(1, len(whole) // 4 + 2)]
    assert [row for page in pages for row in page] == whole
    assert len(pages) > 2


def test_figures_over_too_many_rows_are_refused() -> None:
    strict = SmallCrm(CRM.database, WebApi(CRM.database, limits=QueryLimits(aggregate_rows=100)))
    count = "<attribute name='contactid' alias='n' aggregate='count'/>"
    xml = f"<fetch aggregate='true'><entity name='contact'>{count}</entity></fetch>"
    status, code, _ = error(strict.send(WHO, "GET", "contacts", f"fetchXml={quote(xml)}"))
    assert (status, code) == (400, "0x8004e023")
    assert "AggregateQueryRecordLimit" in refused("contact", count, "aggregate='true' aggregatelimit='10'")


def test_hints_of_the_client_change_nothing() -> None:
    inner = "<attribute name='fullname'/><order attribute='fullname'/>"
    hints = "version='1.0' mapping='logical' no-lock='true' latematerialize='true' options='OptimizeForUnknown'"
    assert asked("contact", inner, f"{hints} count='9'") == asked("contact", inner, "count='9'")


@pytest.mark.parametrize(
    ("inner", "attributes", "message"),
    [
        ("<filter><condition attribute='fullname' operator='foo' value='1'/></filter>", "", "'foo' is not supported"),
        ("<filter><condition attribute='nme' operator='null'/></filter>", "", "doesn't contain attribute"),
        ("<filter><condition entityname='x' attribute='name' operator='null'/></filter>", "", "alias 'x'"),
        ("<link-entity name='account' to='parentcustomerid' link-type='all'/>", "", "'all' is not supported"),
        ("<attribute name='fullname'/>", "top='5' page='2'", "can't be specified with paging attribute page"),
        ("<attribute name='fullname'/>", "datasource='retained'", "'datasource' of <fetch> is not supported"),
        ("<attribute name='fullname' alias='x' aggregate='sum'/>", "aggregate='true'", "not supported for attribute"),
        (
            "<attribute name='fullname' alias='x' groupby='true' dategrouping='day'/>",
            "aggregate='true'",
            "needs a date",
        ),
        ("<attribute name='fullname' aggregate='count'/>", "aggregate='true'", "needs an alias"),
        (
            "<order attribute='fullname'/><attribute name='fullname' alias='x' aggregate='count'/>",
            "aggregate='true'",
            "Use an alias",
        ),
        ("<filter><condition attribute='fullname' operator='last-x-days' value='2'/></filter>", "", "fullname"),
        (
            "<filter><condition attribute='fullname' operator='contain-values'><value>1</value></condition></filter>",
            "",
            "multi-select",
        ),
    ],
)
def test_what_cannot_be_answered_is_refused_and_says_why(inner: str, attributes: str, message: str) -> None:
    assert message in refused("contact", inner, attributes)


def test_the_context_of_a_summary_names_the_table_only() -> None:
    count = "<attribute name='contactid' alias='n' aggregate='count'/>"
    xml = f"<fetch aggregate='true'><entity name='contact'>{count}</entity></fetch>"
    assert CRM.fetch(WHO, "contacts", xml)["@odata.context"] == f"{ROOT}$metadata#contacts"
