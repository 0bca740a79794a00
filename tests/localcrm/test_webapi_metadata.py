"""The tables described, as CSDL and as definitions in JSON, as clients ask that we did not write (wire facts 6.2)."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import pytest

from localcrm.solution.customisation import load_solutions
from localcrm.webapi.builtin import ACTIONS, FUNCTIONS
from localcrm.webapi.metadata.csdl import csdl
from localcrm.webapi.metadata.operations import BUILT_IN, custom_operation
from tests.localcrm.small_crm import SALES, error, header, small_crm

CRM = small_crm()
WHO = CRM.person(SALES)
EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
EXAMPLE = Path(__file__).parents[2] / "examples" / "custom-table" / "solution.yaml"
ACCOUNT = "EntityDefinitions(LogicalName='account')"
CAST = "Microsoft.Dynamics.CRM"


def labels(options: list[dict[str, Any]]) -> list[str]:
    return [option["Label"]["UserLocalizedLabel"]["Label"] for option in options]


# -- EntityDefinitions -------------------------------------------------------------------------------------------------


def test_tables_are_found_by_encoded_filters_as_the_official_client_sends_them() -> None:
    query = "%24select=LogicalName%2CEntitySetName%2CPrimaryIdAttribute&%24filter=LogicalName+eq+%27account%27"
    (row,) = CRM.rows(WHO, "EntityDefinitions", query)
    assert {key: row[key] for key in row if key != "MetadataId"} == {
        "LogicalName": "account",
        "EntitySetName": "accounts",
        "PrimaryIdAttribute": "accountid",
    }


@pytest.mark.parametrize(
    ("condition", "found", "not_found"),
    [
        ("IsPrivate eq false", "account", "nothing"),
        (
            "(LogicalName eq 'account' or IsActivity eq true) and not (SchemaName eq 'Contact')",
            "account",
            "contact",
        ),
        ("startswith(LogicalName,'opp')", "opportunity", "account"),
        ("contains(EntitySetName,'phone')", "phonecall", "account"),
        ("ObjectTypeCode gt 4000 and ObjectTypeCode le 4212", "task", "account"),
        ("OwnershipType eq Microsoft.Dynamics.CRM.OwnershipTypes'UserOwned'", "account", "systemuser"),
        ("IsIntersect eq true", "systemuserroles", "account"),
        ("DisplayName/UserLocalizedLabel/Label eq 'Account'", "account", "contact"),
    ],
)
def test_filters_on_definitions(condition: str, found: str, not_found: str) -> None:
    rows = CRM.rows(WHO, "EntityDefinitions", f"$select=LogicalName&$filter={quote(condition)}")
    names = {row["LogicalName"] for row in rows}
    assert found in names and not_found not in names


def test_a_table_is_found_by_name_and_by_metadata_id_and_says_what_it_is() -> None:
    by_name = CRM.get(WHO, ACCOUNT)
    by_id = CRM.get(WHO, f"EntityDefinitions({by_name['MetadataId']})")
    assert by_id == by_name
    assert by_name["PrimaryNameAttribute"] == "name" and by_name["ObjectTypeCode"] == 1
    assert by_name["DisplayName"]["UserLocalizedLabel"]["Label"] == "Account"
    assert {one["Name"] for one in by_name["Privileges"]} >= {"prvReadAccount", "prvAssignAccount"}
    assert error(CRM.send(WHO, "GET", "EntityDefinitions(LogicalName='acount')"))[0] == 404


def test_expansions_take_their_own_options() -> None:
    expand = (
        "Attributes($select=LogicalName;$filter=IsPrimaryName eq true),Keys,OneToManyRelationships($select=SchemaName)"
    )
    body = CRM.get(WHO, ACCOUNT, f"$select=LogicalName&$expand={quote(expand)}")
    assert [column["LogicalName"] for column in body["Attributes"]] == ["name"]
    assert isinstance(body["Keys"], list)
    assert "contact_customer_accounts" in {item["SchemaName"] for item in body["OneToManyRelationships"]}
    rows = CRM.rows(WHO, "EntityDefinitions", "$select=LogicalName&$expand=Keys($select=KeyAttributes)")
    keys = {row["LogicalName"]: row["Keys"] for row in rows}
    assert [key["KeyAttributes"] for key in keys["incident"]] == [["ticketnumber"]]


def test_columns_by_cast_with_their_option_sets() -> None:
    path = f"EntityDefinitions(LogicalName='opportunity')/Attributes/{CAST}.PicklistAttributeMetadata"
    rows = CRM.rows(WHO, path, "$select=LogicalName&$expand=OptionSet($select=Options),GlobalOptionSet")
    rating = next(row for row in rows if row["LogicalName"] == "opportunityratingcode")
    assert labels(rating["OptionSet"]["Options"]) == ["Hot", "Warm", "Cold"]
    assert rating["GlobalOptionSet"] is None and "@odata.type" not in rating
    state = CRM.rows(
        WHO, f"EntityDefinitions(LogicalName='incident')/Attributes/{CAST}.StatusAttributeMetadata", "$expand=OptionSet"
    )
    assert {option["State"] for option in state[0]["OptionSet"]["Options"]} == {0, 1, 2}
    flag = CRM.get(
        WHO,
        f"EntityDefinitions(LogicalName='incident')/Attributes(LogicalName='isescalated')/{CAST}.BooleanAttributeMetadata",
        "$expand=OptionSet",
    )
    assert labels([flag["OptionSet"]["FalseOption"], flag["OptionSet"]["TrueOption"]]) == ["No", "Yes"]


def test_one_column_says_its_type_length_and_targets() -> None:
    name = CRM.get(WHO, f"{ACCOUNT}/Attributes(LogicalName='name')")
    assert (name["AttributeType"], name["MaxLength"], name["RequiredLevel"]["Value"]) == (
        "String",
        160,
        "ApplicationRequired",
    )
    customer = CRM.get(WHO, "EntityDefinitions(LogicalName='incident')/Attributes(LogicalName='customerid')")
    assert (customer["AttributeType"], customer["Targets"]) == ("Customer", ["account", "contact"])
    assert customer["@odata.type"] == "#Microsoft.Dynamics.CRM.LookupAttributeMetadata"
    day = CRM.get(WHO, "EntityDefinitions(LogicalName='opportunity')/Attributes(LogicalName='estimatedclosedate')")
    assert (day["AttributeType"], day["Format"]) == ("DateTime", "DateOnly")


def test_relationships_from_both_sides_and_by_name() -> None:
    ones = CRM.rows(WHO, f"{ACCOUNT}/OneToManyRelationships", "$filter=ReferencingEntity eq 'contact'")
    (one,) = ones
    assert one["SchemaName"] == "contact_customer_accounts" and one["CascadeConfiguration"]["Delete"] == "Cascade"
    manys = CRM.rows(WHO, "EntityDefinitions(LogicalName='contact')/ManyToOneRelationships")
    assert {"parentcustomerid_account", "ownerid", "createdby"} <= {
        item["ReferencingEntityNavigationPropertyName"] for item in manys
    }
    pairs = CRM.rows(WHO, "EntityDefinitions(LogicalName='role')/ManyToManyRelationships")
    assert {"systemuserroles", "teamroles", "roleprivileges"} == {pair["IntersectEntityName"] for pair in pairs}
    by_name = CRM.get(WHO, "RelationshipDefinitions(SchemaName='contact_customer_accounts')")
    assert by_name["MetadataId"] == one["MetadataId"]
    cast = CRM.rows(WHO, f"RelationshipDefinitions/{CAST}.ManyToManyRelationshipMetadata", "$select=SchemaName")
    assert "teammembership_association" in {row["SchemaName"] for row in cast}


def test_what_definitions_do_not_know_is_refused() -> None:
    for path, query, status in (
        ("EntityDefinitions", "$orderby=LogicalName", 400),
        ("EntityDefinitions", "$select=Nonsense", 400),
        ("EntityDefinitions", "$filter=Nonsense eq 1", 400),
        (ACCOUNT, "$expand=Nonsense", 400),
        (f"{ACCOUNT}/Nonsense", "", 404),
        (f"{ACCOUNT}/Attributes(LogicalName='nonsense')", "", 404),
        ("GlobalOptionSetDefinitions(Name='nonsense')", "", 404),
    ):
        assert CRM.send(WHO, "GET", path, query).status == status, f"{path}?{query}"
    assert CRM.send(WHO, "POST", "EntityDefinitions", body={}).status == 405


def test_on_premises_takes_no_top_and_bare_option_sets_only() -> None:
    assert CRM.send(WHO, "GET", "EntityDefinitions", "$top=1", flavour="onprem-9.1").status == 400
    assert len(CRM.rows(WHO, "EntityDefinitions", "$top=1")) == 1
    assert CRM.send(WHO, "GET", "GlobalOptionSetDefinitions", "$select=Name", flavour="ifd-9.1").status == 400
    assert CRM.send(WHO, "GET", "GlobalOptionSetDefinitions", flavour="ifd-9.1").status == 200


def test_forms_charts_and_messages_can_be_read_by_everybody() -> None:
    (form,) = CRM.rows(WHO, "systemforms", "$filter=objecttypecode eq 'account' and type eq 2")
    xml = ElementTree.fromstring(form["formxml"])
    assert "name" in {control.get("datafieldname") for control in xml.iter("control")}
    assert "contact_customer_accounts" in {grid.text for grid in xml.iter("RelationshipName")}
    charts = CRM.rows(WHO, "savedqueryvisualizations", "$filter=primaryentitytypecode eq 'opportunity'")
    assert ElementTree.fromstring(charts[0]["datadescription"]).find(".//fetch") is not None


# -- $metadata ---------------------------------------------------------------------------------------------------------


def test_metadata_is_csdl_and_nothing_else() -> None:
    answer = CRM.send(WHO, "GET", "$metadata", headers={"accept": "application/xml"})
    assert header(answer, "Content-Type") == "application/xml"
    assert (
        b'<EntityType Name="account" BaseType="mscrm.crmbaseentity"><Key><PropertyRef Name="accountid" />'
        in answer.body
    )
    assert CRM.send(WHO, "GET", "$metadata", headers={"accept": "application/json"}).status == 415


def document() -> ElementTree.Element:
    """The CSDL of the CRM that the example's solution makes, with annotations."""
    made = load_solutions([EXAMPLE], "standard", ACTIONS)
    operations = (*BUILT_IN, *(custom_operation(name, action) for name, action in made.actions.items()))
    return ElementTree.fromstring(csdl(made.additions.catalogue, operations, annotated=True))


def test_everything_that_the_csdl_names_is_in_it() -> None:
    schema = document().find(f".//{EDM}Schema")
    assert schema is not None
    kinds = ("EntityType", "ComplexType", "EnumType")
    types = {str(element.get("Name")): element for kind in kinds for element in schema.findall(f"{EDM}{kind}")}
    sets = {element.get("Name"): element for element in schema.iter(f"{EDM}EntitySet")}
    for found_element in schema.iter():
        for key in ("Type", "BaseType", "EntityType"):
            name = (found_element.get(key) or "").removeprefix("Collection(").rstrip(")")
            if name and not name.startswith("Edm."):
                assert name.rpartition(".")[2] in types, f"{found_element.tag} {found_element.attrib}"
    for type_name, entity_type in types.items():
        properties = {found.get("Name") for found in entity_type.findall(f"{EDM}Property")}
        navigation = [found.get("Name") for found in entity_type.findall(f"{EDM}NavigationProperty")]
        assert len(navigation) == len(set(navigation)), f"{type_name} has a navigation property twice"
        assert not properties & set(navigation), f"{type_name}: a property and a navigation property share a name"
        for part in entity_type.findall(f"{EDM}Key/{EDM}PropertyRef"):
            assert part.get("Name") in properties
        for single in entity_type.findall(f"{EDM}NavigationProperty"):
            target = types[(single.get("Type") or "").removeprefix("Collection(").rstrip(")").rpartition(".")[2]]
            there = {found.get("Name"): found for found in target.findall(f"{EDM}NavigationProperty")}
            if partner := single.get("Partner"):
                assert there[partner].get("Partner") == single.get("Name"), f"{type_name}.{single.get('Name')}"
            for constraint in single.findall(f"{EDM}ReferentialConstraint"):
                assert constraint.get("Property") in properties
                known = {found.get("Name") for found in target.findall(f"{EDM}Property")}
                assert constraint.get("ReferencedProperty") in known, f"{type_name}.{single.get('Name')}"
    for entity_set in sets.values():
        for binding in entity_set.findall(f"{EDM}NavigationPropertyBinding"):
            assert binding.get("Target") in sets


def test_what_is_declared_is_answered_in_the_same_way() -> None:
    functions = {operation.name for operation in BUILT_IN if operation.is_function}
    actions = {operation.name for operation in BUILT_IN if not operation.is_function}
    assert functions <= set(FUNCTIONS) and actions <= set(ACTIONS)


def test_the_csdl_holds_custom_tables_actions_and_what_tracks_changes() -> None:
    schema = document().find(f".//{EDM}Schema")
    assert schema is not None
    project = schema.find(f"{EDM}EntityType[@Name='new_project']")
    assert project is not None
    assert project.find(f"{EDM}Property[@Name='_new_accountid_value']") is not None
    milestones = project.find(f"{EDM}NavigationProperty[@Name='new_project_milestones']")
    assert milestones is not None and milestones.get("Type") == "Collection(mscrm.new_milestone)"
    assert milestones.get("Partner") == "new_projectid"
    action = schema.find(f"{EDM}Action[@Name='new_ApproveProject']")
    assert action is not None and action.get("IsBound") == "true"
    assert [(one.get("Name"), one.get("Type")) for one in action.findall(f"{EDM}Parameter")] == [
        ("entity", "mscrm.new_project"),
        ("Comment", "Edm.String"),
    ]
    tracked = {
        entity_set.get("Name")
        for entity_set in schema.iter(f"{EDM}EntitySet")
        if entity_set.find(f"{EDM}Annotation/{EDM}Record/{EDM}PropertyValue[@Bool='true']") is not None
    }
    assert {"accounts", "new_projects"} <= tracked and "new_milestones" not in tracked
    described = project.find(f"{EDM}Annotation[@Term='Org.OData.Core.V1.Description']")
    assert described is not None and described.get("String") == "Project"
