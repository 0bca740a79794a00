"""What is read of a CRM: FormXML, definitions, site maps, counts of people."""

from hypothesis import given
from hypothesis import strategies as st

from loadtests.load.administering import administers
from loadtests.site.apps import tables_of
from loadtests.site.facts import SubGrid
from loadtests.site.forms import form_of
from loadtests.site.people import counted
from loadtests.site.population import Share, proportional, scaled, shares
from loadtests.site.tables import details_of, label_of
from loadtests.site.views import cells_of, wrong_with

FORM = """<form><tabs><tab><columns><column><sections><section><rows>
<row><cell><control id="a" classid="{4273EDBD-AC1D-40D3-9FB2-095C621B552D}" datafieldname="Name" /></cell></row>
<row><cell><control id="a2" classid="{4273EDBD-AC1D-40D3-9FB2-095C621B552D}" datafieldname="name" /></cell></row>
<row><cell><control id="web" classid="{9FDF5F91-88B1-47F4-AD53-C11EFC01A01D}" /></cell></row>
<row><cell><control id="notes" classid="{06375649-C143-495E-A496-C962E5B4488E}" /></cell></row>
<row><cell><control id="grid" classid="{E7A81278-8635-4D9E-8D4D-59480B391C5B}" indicationOfSubgrid="true"><parameters>
<ViewId>{00000000-0000-0000-00AA-000010001002}</ViewId><RelationshipName>new_parts</RelationshipName>
<TargetEntityType>New_Part</TargetEntityType></parameters></control></cell></row>
</rows></section></sections></column></columns></tab></tabs>
<header><rows><row><cell><control datafieldname="ownerid" /></cell></row></rows></header>
<DisplayConditions Order="2" FallbackForm="false"><Role Id="{AAAA}" /></DisplayConditions></form>"""


def test_a_form_has_fields_lists_a_timeline_and_the_roles_it_is_for() -> None:
    form = form_of("Main", FORM)
    assert form.fields == ("name", "ownerid")
    assert form.sub_grids == (SubGrid("new_parts", "new_part", "00000000-0000-0000-00aa-000010001002"),)
    assert (form.timeline, form.role_ids, form.order) == (True, ("aaaa",), 2)


def test_a_form_for_everybody_names_no_roles() -> None:
    text = FORM.replace('<Role Id="{AAAA}" />', '<Role Id="{AAAA}" /><Everyone />')
    assert form_of("Main", text).role_ids == ()


def test_a_long_form_keeps_every_field_once() -> None:
    controls = "".join(f'<control datafieldname="new_{number % 900}" />' for number in range(2000))
    assert len(form_of("Long", f"<form>{controls}</form>").fields) == 900


def test_what_is_no_query_of_the_table_is_told() -> None:
    assert wrong_with('<fetch><entity name="a" /></fetch>', "a") == ""
    assert wrong_with('<fetch><entity name="b" /></fetch>', "a") == "it lists b"
    assert wrong_with("<fetch", "a") == "its FetchXML is broken"
    assert wrong_with("<grid />", "a") == "it is no FetchXML"


def test_columns_of_linked_tables_are_no_columns_of_the_list() -> None:
    assert cells_of('<grid><row><cell name="a" /><cell name="link.b" /><cell name="a" /></row></grid>') == ("a",)
    assert cells_of("") == cells_of("<broken") == ()


def test_a_site_map_leads_to_tables() -> None:
    assert tables_of(
        '<SiteMap><Area><Group><SubArea Entity="New_A" /><SubArea Url="x" /></Group></Area></SiteMap>'
    ) == {"new_a"}
    assert tables_of("<broken") == frozenset()


def test_details_keep_lookups_notes_and_status_reasons() -> None:
    details = details_of(
        [
            {
                "LogicalName": "new_a",
                "AttributeType": "String",
                "MaxLength": 50,
                "RequiredLevel": {"Value": "ApplicationRequired"},
            },
            {"LogicalName": "new_aname", "AttributeType": "String", "AttributeOf": "new_a"},
            {
                "LogicalName": "new_m",
                "AttributeType": "Virtual",
                "AttributeTypeName": {"Value": "MultiSelectPicklistType"},
            },
        ],
        [
            {
                "ReferencingAttribute": "new_c",
                "ReferencedEntity": "contact",
                "ReferencingEntityNavigationPropertyName": "new_c_contact",
            }
        ],
        [
            {
                "SchemaName": "x_notes",
                "ReferencingEntity": "annotation",
                "ReferencingAttribute": "objectid",
                "ReferencingEntityNavigationPropertyName": "objectid_x",
            }
        ],
        {"statuscode": {1: 0, 2: 1}},
    )
    assert list(details.columns) == ["new_a", "new_m"]
    assert (details.columns["new_a"].required, details.columns["new_a"].length) == (True, 50)
    assert details.columns["new_m"].kind == "MultiSelectPicklist"
    assert details.lookups == {"new_c": {"contact": "new_c_contact"}}
    assert (details.note, details.statuses) == ("objectid_x", {1: 0, 2: 1})


def test_a_label_is_one_line_in_the_readers_language_else_the_name() -> None:
    assert label_of({"UserLocalizedLabel": {"Label": "Projekt\nneu"}}, "x") == "Projekt neu"
    assert label_of({"LocalizedLabels": [{"Label": ""}, {"Label": "Proyecto"}]}, "x") == "Proyecto"
    assert label_of(None, "x") == label_of({"UserLocalizedLabel": None, "LocalizedLabels": []}, "x") == "x"


def test_everybody_is_counted_once_under_the_role_that_tells_most() -> None:
    people = counted(
        [
            ["Basic User", "Seller"],
            ["Basic User", "Seller"],
            ["Basic User", "Planner"],
            ["Basic User"],
            [],
            ["System Administrator", "Seller"],
        ],
        {"Root": 6},
    )
    assert people.by_role == {"Seller": 2, "Basic User": 1, "Planner": 1}
    assert (people.several_roles, people.administrators, people.without_role, people.total) == (3, 1, 1, 4)


def test_administrators_are_told_by_the_roles_that_administer_whatever_a_language_calls_them() -> None:
    people = counted([["Systemadministrator"], ["Verkauf"]], {}, {"Systemadministrator"})
    assert (people.administrators, people.by_role) == (1, {"Verkauf": 1})
    german = {"name": "Systemadministrator", "_roletemplateid_value": "627090FF-40A3-4053-8790-584EDC5BE201"}
    assert administers(german) and not administers({"name": "Verkauf", "_roletemplateid_value": None})


@given(st.dictionaries(st.text(max_size=5), st.integers(1, 1000), min_size=1), st.integers(1, 500))
def test_scaling_keeps_the_total_and_leaves_no_role_out_that_fits(real: dict[str, int], total: int) -> None:
    people = scaled(real, total)
    assert sum(people.values()) == total
    assert len(people) == min(len(real), total) and all(count >= 1 for count in people.values())


@given(st.dictionaries(st.text(max_size=5), st.integers(1, 50), min_size=1), st.data())
def test_nobody_is_dealt_more_than_there_is(there: dict[str, int], data: st.DataObject) -> None:
    total = data.draw(st.integers(0, sum(there.values())))
    dealt = proportional(there, total)
    assert sum(dealt.values()) == total
    assert all(dealt[name] <= count for name, count in there.items())


def test_people_come_as_the_accounts_allow_or_by_the_main_channel() -> None:
    playable = {"Seller": ["web", "mobile"], "Planner": ["mobile"]}
    assert shares({"Seller": 10, "Planner": 2}, playable, "web", None) == [Share("web", "Seller", 10)]
    accounts = {("Seller", "web"): 3, ("Seller", "mobile"): 1, ("Planner", ""): 5}
    assert shares({"Seller": 10, "Planner": 2}, playable, "mobile", accounts) == [
        Share("web", "Seller", 3),
        Share("mobile", "Seller", 1),
        Share("mobile", "Planner", 2),
    ]
