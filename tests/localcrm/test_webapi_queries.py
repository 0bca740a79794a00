"""``$filter``, ``$orderby``, ``$top``, ``$count``, FetchXML, views and paging (wire facts 1.6)."""

from __future__ import annotations

from urllib.parse import quote, unquote
from xml.sax.saxutils import escape

import pytest

from localcrm.data.generation.views import VIEWS
from tests.localcrm.small_crm import ANNOTATED, ROOT, SALES, SERVICE, error, header, small_crm

CRM = small_crm()
WHO = CRM.person(SALES)
CONTACTS = CRM.rows(WHO, "contacts")
OPPORTUNITIES = CRM.rows(WHO, "opportunities")


def ids(condition: str, collection: str = "contacts", key: str = "contactid") -> set[str]:
    return {row[key] for row in CRM.rows(WHO, collection, f"$select={key}&$filter={quote(condition)}")}


def matching(test, rows=None, key: str = "contactid") -> set[str]:
    return {row[key] for row in (CONTACTS if rows is None else rows) if test(row)}


@pytest.mark.parametrize(
    ("condition", "test"),
    [
        ("firstname eq 'anna'", lambda r: r["firstname"] == "Anna"),
        ("firstname ne 'Anna'", lambda r: r["firstname"] != "Anna"),
        ("jobtitle eq null", lambda r: r["jobtitle"] is None),
        ("mobilephone ne null", lambda r: r["mobilephone"] is not None),
        ("gendercode gt 1", lambda r: r["gendercode"] > 1),
        ("donotphone eq true", lambda r: r["donotphone"] is True),
        ("donotphone", lambda r: r["donotphone"] is True),
        ("contains(lastname,'EN')", lambda r: "en" in r["lastname"].lower()),
        ("startswith(lastname,'Sch')", lambda r: r["lastname"].startswith("Sch")),
        ("not startswith(lastname,'Sch')", lambda r: not r["lastname"].startswith("Sch")),
        ("endswith(lastname,'er') eq true", lambda r: r["lastname"].endswith("er")),
        ("contains(description,'%')", lambda r: "%" in (r["description"] or "")),
        ("birthdate lt 1970-01-01", lambda r: r["birthdate"] is not None and r["birthdate"] < "1970-01-01"),
        ("not (birthdate lt 1970-01-01)", lambda r: not (r["birthdate"] is not None and r["birthdate"] < "1970-01-01")),
        ("createdon ge 2026-01-01T00:00:00Z", lambda r: r["createdon"] >= "2026-01-01T00:00:00Z"),
        ("createdon ge 2026-01-01T01:00:00%2B01:00".replace("%2B", "+"), lambda r: r["createdon"] >= "2026-01-01"),
        (
            "(gendercode eq 1 or lastname eq 'Vogel') and statecode eq 0",
            lambda r: (r["gendercode"] == 1 or r["lastname"] == "Vogel") and r["statecode"] == 0,
        ),
        ("Microsoft.Dynamics.CRM.EqualUserId(PropertyName='ownerid')", lambda r: r["_ownerid_value"] == WHO.user_id),
        (
            "Microsoft.Dynamics.CRM.In(PropertyName='firstname',PropertyValues=['Anna','Ben'])",
            lambda r: r["firstname"] in ("Anna", "Ben"),
        ),
        (
            "Microsoft.Dynamics.CRM.In(PropertyName='gendercode',PropertyValues=['2'])",
            lambda r: r["gendercode"] == 2,
        ),
        (
            "Microsoft.Dynamics.CRM.OnOrAfter(PropertyName='createdon',PropertyValue='2026-06-01')",
            lambda r: r["createdon"] >= "2026-06-01",
        ),
    ],
)
def test_a_filter_finds_exactly_the_rows_it_describes(condition: str, test) -> None:
    assert ids(condition) == matching(test)


def test_a_filter_can_look_through_a_lookup() -> None:
    name = next(row for row in CRM.rows(WHO, "accounts", "$top=1&$orderby=name"))["name"]
    wanted = {row["accountid"] for row in CRM.rows(WHO, "accounts", f"$filter=name eq '{quote(name)}'")}
    found = CRM.rows(WHO, "contacts", f"$filter=parentcustomerid_account/name eq '{quote(name)}'")
    assert found
    assert {row["_parentcustomerid_value"] for row in found} <= wanted


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("$select=nme", "Could not find a property named 'nme' on type 'Microsoft.Dynamics.CRM.contact'."),
        ("$filter=nme eq 1", "Could not find a property named 'nme' on type 'Microsoft.Dynamics.CRM.contact'."),
        ("$orderby=nme", "Could not find a property named 'nme' on type 'Microsoft.Dynamics.CRM.contact'."),
        ("$expand=nme", "Could not find a property named 'nme' on type 'Microsoft.Dynamics.CRM.contact'."),
        ("$skip=5", "Skip Clause is not supported in CRM"),
        ("$search=x", "The query parameter $search is not supported."),
        ("$filter=gendercode eq 'x'", "A binary operator with incompatible types was detected."),
        ("$filter=gendercode eq", "Syntax error in $filter"),
        ("$top=-1", "Invalid value '-1' for $top"),
        ("$count=yes", "Invalid value 'yes' for $count"),
        ("$skiptoken=nonsense", "Malformed XML in the Paging Cookie"),
    ],
)
def test_a_wrong_query_is_400_and_says_what_is_wrong(query: str, message: str) -> None:
    status, code, text = error(CRM.send(WHO, "GET", "contacts", query))
    assert (status, code) == (400, "0x80060888")
    assert text.startswith(message)


def test_orderby_and_top_with_both_directions() -> None:
    rows = CRM.rows(WHO, "contacts", "$select=lastname,firstname&$orderby=lastname desc,firstname&$top=25")
    # Two stable sorts: first by the second column, then by the first one, downwards.
    wanted = sorted(sorted(CONTACTS, key=lambda r: r["firstname"]), key=lambda r: r["lastname"], reverse=True)[:25]
    assert [(r["lastname"], r["firstname"]) for r in rows] == [(r["lastname"], r["firstname"]) for r in wanted]


def test_count_is_in_the_body_and_as_text() -> None:
    body = CRM.get(WHO, "contacts", "$select=fullname&$filter=statecode eq 0&$count=true&$top=3")
    active = len(matching(lambda r: r["statecode"] == 0))
    assert body["@odata.count"] == active
    assert len(body["value"]) == 3
    answer = CRM.send(WHO, "GET", "contacts/$count", "$filter=statecode eq 0")
    assert (header(answer, "Content-Type"), answer.body.decode()) == ("text/plain", str(active))


def test_pages_follow_each_other_by_the_next_link_and_hold_every_row_once() -> None:
    prefer = {"prefer": "odata.maxpagesize=500"}
    query, seen, links = "$select=fullname&$orderby=fullname", [], []
    while True:
        answer = CRM.send(WHO, "GET", "contacts", query, headers=prefer)
        assert header(answer, "Preference-Applied") == "odata.maxpagesize=500"
        body = CRM.get(WHO, "contacts", query, prefer)
        seen += [row["contactid"] for row in body["value"]]
        if "@odata.nextLink" not in body:
            break
        links.append(body["@odata.nextLink"])
        query = links[-1].partition("?")[2]
    assert len(seen) == len(set(seen)) == len(CONTACTS) == 1200
    assert len(links) == 2


def test_the_next_link_has_the_form_real_clients_take_apart() -> None:
    body = CRM.get(WHO, "contacts", "$select=fullname", {"prefer": "odata.maxpagesize=2"})
    first, last = (body["value"][n]["contactid"].upper() for n in (0, 1))
    assert body["@odata.nextLink"] == (
        f"{ROOT}contacts?$select=fullname&$skiptoken=%3Ccookie%20pagenumber=%222%22%20pagingcookie=%22%253ccookie%2520page"
        f"%253d%25221%2522%253e%253ccontactid%2520last%253d%2522%257b{last}%257d%2522%2520first%253d%2522%257b{first}"
        "%257d%2522%2520%252f%253e%253c%252fcookie%253e%22%20istracking=%22False%22%20/%3E"
    )


def test_top_wins_over_a_page_size() -> None:
    body = CRM.get(WHO, "contacts", "$select=fullname&$top=5", {"prefer": "odata.maxpagesize=2"})
    assert len(body["value"]) == 5
    assert "@odata.nextLink" not in body


def fetch(inner: str, attributes: str = "") -> str:
    return f"<fetch {attributes}><entity name='contact'><attribute name='fullname'/>{inner}</entity></fetch>"


@pytest.mark.parametrize(
    ("conditions", "test"),
    [
        ("<condition attribute='lastname' operator='eq' value='vogel'/>", lambda r: r["lastname"] == "Vogel"),
        ("<condition attribute='lastname' operator='ne' value='Vogel'/>", lambda r: r["lastname"] != "Vogel"),
        ("<condition attribute='lastname' operator='like' value='vo%'/>", lambda r: r["lastname"].startswith("Vo")),
        ("<condition attribute='lastname' operator='like' value='%ge%'/>", lambda r: "ge" in r["lastname"].lower()),
        ("<condition attribute='lastname' operator='like' value='V_gel'/>", lambda r: r["lastname"] == "Vogel"),
        ("<condition attribute='lastname' operator='not-like' value='V%'/>", lambda r: r["lastname"][0] != "V"),
        ("<condition attribute='mobilephone' operator='null'/>", lambda r: r["mobilephone"] is None),
        ("<condition attribute='mobilephone' operator='not-null'/>", lambda r: r["mobilephone"] is not None),
        (
            "<condition attribute='lastname' operator='in'><value>Vogel</value><value>Weber</value></condition>",
            lambda r: r["lastname"] in ("Vogel", "Weber"),
        ),
        ("<condition attribute='ownerid' operator='eq-userid'/>", lambda r: r["_ownerid_value"] == WHO.user_id),
        (
            "<filter type='or'><condition attribute='lastname' operator='eq' value='Vogel'/>"
            "<condition attribute='statecode' operator='eq' value='1'/></filter>",
            lambda r: r["lastname"] == "Vogel" or r["statecode"] == 1,
        ),
    ],
)
def test_fetchxml_conditions_find_exactly_their_rows(conditions: str, test) -> None:
    body = CRM.fetch(WHO, "contacts", fetch(f"<filter type='and'>{conditions}</filter>"))
    assert {row["contactid"] for row in body["value"]} == matching(test)


def test_fetchxml_leaves_empty_columns_out() -> None:
    row = next(row for row in CONTACTS if row["mobilephone"] is None)
    here = f"<condition attribute='contactid' operator='eq' value='{row['contactid']}'/>"
    condition = f"<attribute name='mobilephone'/><filter>{here}</filter>"
    (found,) = CRM.fetch(WHO, "contacts", fetch(condition))["value"]
    assert set(found) == {"@odata.etag", "contactid", "fullname"}


def test_fetchxml_pages_carry_the_cookie_encoded_twice_until_the_last() -> None:
    page = fetch("<order attribute='fullname'/>", "page='{}' count='500' returntotalrecordcount='true'")
    bodies = [CRM.fetch(WHO, "contacts", page.replace("{}", str(number)), ANNOTATED) for number in (1, 2, 3)]
    seen = [row["contactid"] for body in bodies for row in body["value"]]
    assert len(seen) == len(set(seen)) == 1200
    first, last = (bodies[0]["value"][n]["contactid"].upper() for n in (0, -1))
    cookie = bodies[0]["@Microsoft.Dynamics.CRM.fetchxmlpagingcookie"]
    # In small letters: the npm client xrm-webapi-client decodes it only when it begins like this.
    assert 'pagingcookie="%253ccookie%2520page%253d%25221%2522%253e%253ccontactid%2520last' in cookie
    assert unquote(unquote(cookie)) == (
        f'<cookie pagenumber="2" pagingcookie="<cookie page="1"><contactid last="{{{last}}}" first="{{{first}}}" />'
        '</cookie>" istracking="False" />'
    )
    assert [body.get("@Microsoft.Dynamics.CRM.morerecords") for body in bodies] == [True, True, None]
    assert "@Microsoft.Dynamics.CRM.fetchxmlpagingcookie" not in bodies[2]
    assert {body["@Microsoft.Dynamics.CRM.totalrecordcount"] for body in bodies} == {1200}


def test_a_linked_table_adds_its_columns_under_its_alias() -> None:
    xml = (
        "<fetch count='20'><entity name='contact'><attribute name='fullname'/>"
        "<link-entity name='account' from='accountid' to='parentcustomerid' alias='a'><attribute name='name'/>"
        "<filter><condition attribute='statecode' operator='eq' value='0'/></filter></link-entity></entity></fetch>"
    )
    rows = CRM.fetch(WHO, "contacts", xml)["value"]
    accounts = {
        row["accountid"]: row["name"] for row in CRM.rows(WHO, "accounts", "$select=name&$filter=statecode eq 0")
    }
    parents = {row["contactid"]: row["_parentcustomerid_value"] for row in CONTACTS}
    assert len(rows) == 20
    assert all(row["a.name"] == accounts[parents[row["contactid"]]] for row in rows)


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        ("<fetch><entity name='contact'><attribute name='nme'/></entity></fetch>", "0x80041103"),
        ("<fetch><entity name='nothing'/></fetch>", "0x80041102"),
        ("<fetch><entity name='account'/></fetch>", "0x80041105"),
        ("<fetch><entity name='contact'>", "0x80041105"),
        ("<fetch aggregate='true'><entity name='contact'/></fetch>", "0x80041105"),
        (fetch("<filter><condition attribute='lastname' operator='sounds' value='x'/></filter>"), "0x80041105"),
        (fetch("<filter><condition attribute='statecode' operator='eq' value='x'/></filter>"), "0x80041105"),
    ],
)
def test_wrong_fetchxml_is_refused_not_ignored(xml: str, code: str) -> None:
    assert error(CRM.send(WHO, "GET", "contacts", f"fetchXml={quote(xml)}"))[:2] == (400, code)


@pytest.mark.parametrize("view", [view for view in VIEWS if not view.find], ids=lambda view: view.name)
def test_every_saved_view_can_be_opened(view) -> None:
    # By those whose work it is: others may read these rows, but own none.
    marketing = [user for user in CRM.database.directory.users() if "Marketing Professional" in user.roles]
    people = {"incident": [CRM.person(SERVICE)], "campaign": marketing, "list": marketing}.get(view.entity, [WHO])
    path = CRM.database.catalogue[view.entity].set_name
    bodies = [CRM.get(who, path, f"savedQuery={view.view_id}", {"prefer": "odata.maxpagesize=50"}) for who in people]
    assert any(body["value"] for body in bodies), f"{view.name} is empty for {people[0].roles[0]}: generate rows for it"


def test_a_view_is_paged_by_next_links() -> None:
    path, query = "accounts", "savedQuery=00000000-0000-0000-00aa-000010001002"
    seen: list[str] = []
    while query:
        body = CRM.get(WHO, path, query, {"prefer": "odata.maxpagesize=150"})
        seen += [row["accountid"] for row in body["value"]]
        query = body.get("@odata.nextLink", "").partition("?")[2]
    assert len(seen) == len(set(seen)) == int(CRM.send(WHO, "GET", "accounts/$count", "$filter=statecode eq 0").body)


def test_an_unknown_view_is_404() -> None:
    unknown = "savedQuery=00000000-0000-0000-0000-000000000001"
    assert error(CRM.send(WHO, "GET", "accounts", unknown))[:2] == (404, "0x80040217")


def test_my_open_opportunities_are_mine_and_open() -> None:
    view = next(view for view in VIEWS if view.name == "My Open Opportunities")
    found = {row["opportunityid"] for row in CRM.rows(WHO, "opportunities", f"savedQuery={view.view_id}")}
    mine = matching(
        lambda r: r["_ownerid_value"] == WHO.user_id and r["statecode"] == 0, OPPORTUNITIES, "opportunityid"
    )
    assert found == mine


@pytest.mark.parametrize("form", ["next link", "FetchXML"])
def test_a_page_by_key_begins_after_the_last_row_whatever_went_before_it(form: str) -> None:
    made = CRM.create(WHO, "contacts", {"contactid": "00000000-0000-0000-0000-00000000000a", "lastname": "First"})
    prefer = {"prefer": 'odata.maxpagesize=10,odata.include-annotations="*"'}
    xml = "<fetch count='10' page='{}' {}><entity name='contact'><attribute name='fullname'/></entity></fetch>"
    if form == "FetchXML":
        first = CRM.fetch(WHO, "contacts", xml.format(1, ""), ANNOTATED)
        cookie = unquote(unquote(first["@Microsoft.Dynamics.CRM.fetchxmlpagingcookie"]))
        inner = escape(cookie.partition('pagingcookie="')[2].partition('" istracking')[0])
    else:
        first = CRM.get(WHO, "contacts", "$select=fullname", prefer)
    assert first["value"][0]["contactid"] == made
    CRM.send(WHO, "DELETE", f"contacts({made})")
    if form == "FetchXML":
        second = CRM.fetch(WHO, "contacts", xml.format(2, f"paging-cookie='{inner}'"), ANNOTATED)
    else:
        second = CRM.get(WHO, "contacts", first["@odata.nextLink"].partition("?")[2], prefer)
    seen = [row["contactid"] for row in (*first["value"], *second["value"]) if row["contactid"] != made]
    assert seen == sorted(row["contactid"] for row in CONTACTS)[:19]
