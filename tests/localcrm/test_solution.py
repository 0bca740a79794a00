"""Solution files: a site's own tables, forms, views, privileges, rows and actions, called without a server."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from localcrm.data.database import Database
from localcrm.plugins.plugins import Plugins
from localcrm.security.depths import Depth
from localcrm.settings_file import SettingsError
from localcrm.solution.customisation import Customisation, load_solutions
from localcrm.webapi.builtin import ACTIONS
from localcrm.webapi.service import WebApi
from tests.localcrm.channel_queries import channel_queries
from tests.localcrm.small_crm import ADMINISTRATOR, SALES, SERVICE, TEMPLATES, SmallCrm, error, small_crm
from tests.localcrm.test_data_plans import reader, walked

EXAMPLE = Path(__file__).parents[2] / "examples" / "custom-table" / "solution.yaml"


def crm_of(folder: Path, customisation: Customisation) -> SmallCrm:
    database = Database.open(
        str(folder / "crm.db"), scale=0.02, people=16, additions=customisation.additions, templates=TEMPLATES
    )
    plugins = Plugins(customisation.steps.plugins, customisation.steps.workflows)
    return SmallCrm(database, WebApi(database, plugins=plugins, actions=customisation.actions))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("solution")


@pytest.fixture(scope="module")
def crm(folder: Path) -> SmallCrm:
    return crm_of(folder, load_solutions([EXAMPLE], "standard", ACTIONS))


@pytest.fixture
def project(crm: SmallCrm) -> str:
    return crm.create(crm.person(SALES), "new_projects", {"new_name": "Bridge", "new_budget": 1200})


def test_the_rows_of_the_file_are_there_with_owners_who_may_make_them(crm: SmallCrm) -> None:
    who = crm.person(SALES)
    rows = crm.rows(who, "new_projects", "$select=new_name,new_number,new_phase,_ownerid_value&$orderby=new_number")
    assert len(rows) == 400
    assert rows[0]["new_number"] == "P-00001" and rows[0]["new_name"].startswith("Project 00001 ")
    assert {row["new_phase"] for row in rows} == {100000000, 100000001, 100000002}
    mine = [row for row in rows if row["_ownerid_value"] == who.user_id]
    assert mine, "a seller has projects on the desk"
    assert len(crm.rows(who, "new_milestones")) == 900


def test_lookups_lead_to_and_from_standard_tables(crm: SmallCrm) -> None:
    who = crm.person(SALES)
    expand = "$expand=new_accountid($select=name),new_project_milestones($select=new_name)"
    row = crm.rows(who, "new_projects", f"$filter=new_number eq 'P-00001'&{expand}")[0]
    account = row["new_accountid"]["accountid"]
    back = crm.rows(who, f"accounts({account})/new_account_projects", "$select=new_number")
    assert "P-00001" in {project["new_number"] for project in back}
    bind = {"new_mainprojectid@odata.bind": f"/new_projects({row['new_projectid']})"}
    mine = crm.create(who, "accounts", {"name": "Customer of the bridge", **bind})
    fetch = (
        "<fetch><entity name='account'><attribute name='name' /><filter>"
        f"<condition attribute='accountid' operator='eq' value='{mine}' /></filter>"
        "<link-entity name='new_project' from='new_projectid' to='new_mainprojectid' alias='main'>"
        "<attribute name='new_number' /></link-entity></entity></fetch>"
    )
    assert crm.fetch(who, "accounts", fetch)["value"][0]["main.new_number"] == "P-00001"


def test_activities_and_notes_can_be_about_a_row_and_go_with_it(crm: SmallCrm, project: str) -> None:
    who = crm.person(SALES)
    regarding = {"regardingobjectid_new_project_task@odata.bind": f"/new_projects({project})"}
    task = crm.create(who, "tasks", {"subject": "Call the architect", **regarding})
    note = {"objectid_new_project@odata.bind": f"/new_projects({project})"}
    crm.create(who, "annotations", {"subject": "Heard", **note})
    assert [row["subject"] for row in crm.rows(who, f"new_projects({project})/new_project_Tasks")] == [
        "Call the architect"
    ]
    assert crm.send(who, "DELETE", f"new_projects({project})").status == 204
    assert crm.send(who, "GET", f"tasks({task})").status == 404


def test_many_to_many_links_are_seen_from_both_sides(crm: SmallCrm, project: str) -> None:
    who = crm.person(SALES)
    contact = crm.create(who, "contacts", {"lastname": "Architect"})
    link = {"@odata.id": f"https://127.0.0.1:8443/api/data/v9.2/contacts({contact})"}
    assert crm.send(who, "POST", f"new_projects({project})/new_project_contacts/$ref", body=link).status == 204
    assert [row["lastname"] for row in crm.rows(who, f"new_projects({project})/new_project_contacts")] == ["Architect"]
    assert [row["new_name"] for row in crm.rows(who, f"contacts({contact})/new_project_contacts")] == ["Bridge"]
    assert crm.send(who, "DELETE", f"new_projects({project})/new_project_contacts({contact})/$ref").status == 204
    assert crm.rows(who, f"new_projects({project})/new_project_contacts") == []


def test_roles_hold_what_the_file_gives_them(crm: SmallCrm, project: str) -> None:
    service = crm.person(SERVICE)
    assert crm.send(service, "GET", f"new_projects({project})").status == 200
    refused = error(crm.send(service, "POST", "new_projects", body={"new_name": "x"}))
    assert refused[:2] == (403, "0x80040220") and "prvCreatenew_project" in refused[2]
    assert crm.send(crm.person(ADMINISTRATOR), "DELETE", f"new_projects({project})").status == 204
    marketing = crm.database.directory.users()
    outsider = next(user for user in marketing if user.roles == ("Scheduler",))
    assert error(crm.send(outsider, "GET", "new_projects"))[0] == 403


def test_payloads_are_checked_like_those_of_standard_tables(crm: SmallCrm) -> None:
    who = crm.person(SALES)
    assert error(crm.send(who, "POST", "new_projects", body={"new_phase": 7}))[:2] == (400, "0x8004431a")
    assert error(crm.send(who, "POST", "new_projects", body={"new_nmae": "x"}))[:2] == (400, "0x80048d19")
    by_key = crm.get(who, "new_projects(new_number='P-00007')", "$select=new_name")
    assert by_key["new_name"].startswith("Project 00007")


def test_a_view_of_the_file_is_found_opened_and_needs_no_scan(crm: SmallCrm) -> None:
    who = crm.person(SALES)
    views = crm.rows(who, "savedqueries", "$filter=returnedtypecode eq 'new_project'")
    assert {view["name"]: view["querytype"] for view in views} == {
        "My Open Projects": 0,
        "Open Projects": 0,
        "Quick Find Active Projects": 4,
    }
    (default,) = [view for view in views if view["isdefault"]]
    mine = crm.rows(who, "new_projects", f"savedQuery={default['savedqueryid']}")
    assert mine and "new_budget" in mine[0]
    cells = ElementTree.fromstring(default["layoutxml"]).iter("cell")
    assert [cell.get("name") for cell in cells][:2] == ["new_name", "new_number"]
    indexes = crm.database.reader().fetch("SELECT sql FROM sqlite_master WHERE tbl_name = 'new_project'")
    assert any("ownerid, statecode, new_start" in str(row[0]).replace('"', "") for row in indexes)


@pytest.mark.parametrize("depth", [Depth.GLOBAL, Depth.LOCAL, Depth.BASIC])
def test_no_query_of_the_channels_scans_a_table_of_the_site_s_own(crm: SmallCrm, folder: Path, depth: Depth) -> None:
    crm = crm_of(folder, load_solutions([EXAMPLE], "standard", ACTIONS))  # the same data, roles of its own
    who = reader(crm, depth)
    asked = [one for one in channel_queries(crm.database, who, EXAMPLE.parent / "configs") if "new_" in one.path]
    assert {one.what for one in asked} >= {
        "view My Open Projects of new_project",
        "quick find of new_project",
        "lookup of new_milestone 'an'",
        "sub-grid 0 of Project of new_project",
        "saved view Open Milestones",
    }
    found = walked(crm, who, asked)
    assert not found, "\n".join(found)
    crm.database.close()


def test_a_form_shows_its_fields_and_sub_grids(crm: SmallCrm) -> None:
    (form,) = crm.rows(crm.person(SALES), "systemforms", "$filter=objecttypecode eq 'new_project' and type eq 2")
    xml = ElementTree.fromstring(form["formxml"])
    fields = [control.get("datafieldname") for control in xml.iter("control") if control.get("datafieldname")]
    assert fields[:3] == ["new_name", "new_number", "new_accountid"] and len(fields) == 11
    grids = {
        grid.findtext("RelationshipName"): (grid.findtext("TargetEntityType"), grid.findtext("ViewId"))
        for grid in xml.iter("parameters")
    }
    (milestones,) = crm.rows(crm.person(SALES), "savedqueries", "$filter=name eq 'Open Milestones'")
    assert grids == {
        "new_project_milestones": ("new_milestone", "{" + milestones["savedqueryid"] + "}"),
        "new_project_Tasks": ("task", None),
    }


def test_the_definitions_describe_it(crm: SmallCrm) -> None:
    who = crm.person(SALES)
    table = "EntityDefinitions(LogicalName='new_project')"
    body = crm.get(
        who, table, "$expand=Keys($select=KeyAttributes),ManyToManyRelationships($select=IntersectEntityName)"
    )
    assert (body["SchemaName"], body["IsCustomEntity"], body["ObjectTypeCode"]) == ("new_Project", True, 10000)
    assert body["DisplayCollectionName"]["UserLocalizedLabel"]["Label"] == "Projects"
    assert [key["KeyAttributes"] for key in body["Keys"]] == [["new_number"]]
    assert [pair["IntersectEntityName"] for pair in body["ManyToManyRelationships"]] == ["new_project_contacts"]
    path = f"{table}/Attributes/Microsoft.Dynamics.CRM.PicklistAttributeMetadata"
    choices = crm.rows(
        who, path, "$select=LogicalName&$expand=OptionSet($select=Options),GlobalOptionSet($select=Name)"
    )
    named = {row["LogicalName"]: row for row in choices}
    assert named["new_phase"]["OptionSet"]["Options"][0]["Value"] == 100_000_000
    assert named["new_region"]["GlobalOptionSet"]["Name"] == "new_region"
    (shared,) = crm.rows(who, "GlobalOptionSetDefinitions")
    assert shared["Options"][0]["Label"]["UserLocalizedLabel"]["Label"] == "Americas"
    path = "EntityDefinitions(LogicalName='account')/OneToManyRelationships"
    back = crm.rows(who, path, "$filter=ReferencingEntity eq 'new_project'")
    assert "new_account_projects" in {item["SchemaName"] for item in back}


def test_an_action_checks_privilege_and_parameters_and_does_its_work(crm: SmallCrm, project: str) -> None:
    who = crm.person(SALES)
    path = f"new_projects({project})/Microsoft.Dynamics.CRM.new_ApproveProject"
    done = crm.send(who, "POST", path, body={"Comment": "Build it."})
    assert (done.status, json.loads(done.body)["Approved"]) == (200, True)
    assert 0 < done.plugins.waited < 2
    row = crm.get(who, f"new_projects({project})", "$select=new_phase,new_goal")
    assert (row["new_phase"], row["new_goal"]) == (100000002, "Build it.")
    assert error(crm.send(who, "POST", path, body={}))[0] == 400
    assert "'Komment'" in error(crm.send(who, "POST", path, body={"Comment": "x", "Komment": "y"}))[2]
    assert error(crm.send(who, "POST", path, body={"Comment": 7}))[0] == 400
    denied = error(crm.send(crm.person(SERVICE), "POST", path, body={"Comment": "x"}))
    assert denied[:2] == (403, "0x80040220") and "prvWritenew_project" in denied[2]
    assert crm.send(who, "GET", path).status == 405
    assert crm.send(who, "POST", "new_ApproveProject", body={"Comment": "x"}).status == 404
    other = crm.rows(who, "new_projects", f"$filter=_ownerid_value ne {who.user_id}&$top=1")[0]["new_projectid"]
    beyond = crm.send(
        who, "POST", f"new_projects({other})/Microsoft.Dynamics.CRM.new_ApproveProject", body={"Comment": ""}
    )
    assert error(beyond)[:2] == (403, "0x80048306")


def test_the_file_s_plug_in_and_workflow_run(crm: SmallCrm) -> None:
    who = crm.person(SALES)
    made = crm.send(who, "POST", "new_projects", body={"new_name": "Tunnel"})
    assert made.plugins.waited == 1.2
    assert crm.api.jobs.backlog.waiting >= 1
    crm.api.jobs.run_all()
    assert crm.rows(who, "asyncoperations", "$filter=name eq 'Announce project' and statuscode eq 30") == [], (
        "keep: false"
    )


def test_the_standard_crm_knows_nothing_of_it(crm: SmallCrm) -> None:
    assert small_crm().send(small_crm().person(SALES), "GET", "new_projects").status == 404


def test_an_action_may_create_rows_and_refuse(tmp_path: Path) -> None:
    file = tmp_path / "solution.yaml"
    file.write_text(
        """\
solution: Small
prefix: abc
actions:
  abc_FollowUp:
    table: contact
    parameters: {Subject: {}, Days: {type: whole}}
    does:
      - create:
          table: task
          values: {subject: "About {Subject}", "regardingobjectid_contact_task@odata.bind": "/contacts({id})"}
      - set: {description: "asked {Days} days"}
  abc_Refuse:
    parameters: {Why: {}}
    does: [{set: {}, error: "Not today: {Why}"}]
""",
        encoding="utf-8",
    )
    crm = crm_of(tmp_path, load_solutions([file], "standard", ACTIONS))
    who = crm.person(SALES)
    contact = crm.create(who, "contacts", {"lastname": "Miller"})
    path = f"contacts({contact})/Microsoft.Dynamics.CRM.abc_FollowUp"
    assert crm.send(who, "POST", path, body={"Subject": "price", "Days": 3}).status == 204
    assert [row["subject"] for row in crm.rows(who, f"contacts({contact})/Contact_Tasks")] == ["About price"]
    assert crm.get(who, f"contacts({contact})", "$select=description")["description"] == "asked 3 days"
    refused = crm.send(who, "POST", "abc_Refuse", body={"Why": "rain"})
    assert error(refused) == (400, "0x80040265", "Not today: rain")


def test_every_problem_of_every_file_is_named_with_its_line(tmp_path: Path) -> None:
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    first.write_text(
        """\
solution: First
prefix: abc
tables:
  abc_thing:
    label: Thing
    name: abc_title
    columns:
      abc_name: {type: text}
      xyz_wrong: {type: whole}
      abc_where: {type: lookup, to: nowhere}
    views:
      All: {columns: [abc_nmae], order: abc_name}
    forms:
      Main: {columns: [abc_name], sub_grids: [{relationship: abc_children}]}
    privileges:
      Sales Person: {read: global}
  account:
    label: Mine
    name: abc_name
    columns: {abc_name: {type: text}}
actions:
  abc_Do:
    table: abc_thing
    does:
      - set: {abc_naem: "{Word}"}
""",
        encoding="utf-8",
    )
    second.write_text("solution: Second\nprefix: abc\ntabels: {}\n", encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_solutions([first, second], "standard", ACTIONS)
    found = [(problem.file.name, problem.line, problem.key) for problem in caught.value.problems]
    assert found == [
        ("first.yaml", 6, "tables.abc_thing.name"),
        ("first.yaml", 9, "tables.abc_thing.columns.xyz_wrong"),
        ("first.yaml", 10, "tables.abc_thing.columns.abc_where.to"),
        ("first.yaml", 12, "tables.abc_thing.views.All"),
        ("first.yaml", 14, "tables.abc_thing.forms.Main.sub_grids.0.relationship"),
        ("first.yaml", 16, "tables.abc_thing.privileges.Sales Person"),
        ("first.yaml", 17, "tables.account"),
        ("first.yaml", 17, "tables.account"),
        ("first.yaml", 25, "actions.abc_Do.does.0.set.abc_naem"),
        ("first.yaml", 25, "actions.abc_Do.does.0.set.abc_naem"),
        ("second.yaml", 3, "tabels"),
    ]
