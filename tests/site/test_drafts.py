"""Every file that is drafted loads without a problem, whatever a CRM calls its things."""

import random
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loadtests.cli.plans import product_of, read_plan
from loadtests.config.document import load_yaml
from loadtests.config.plan import Plan
from loadtests.config.roles import Role
from loadtests.config.source import read_model
from loadtests.config.users import Account
from loadtests.site.draft import Draft
from loadtests.site.draft_site import Wishes, draft_site
from loadtests.site.facts import Column, Details, Form, SiteFacts, SubGrid, Table, View
from loadtests.site.folder import write
from loadtests.site.typing_in import typed_into
from loadtests.site.yaml_text import Braced, Bracketed, Line, commented, dumped, query, yaml_file
from scenarios.journey_file import read_journey
from scenarios.site import Site
from scenarios.table import read_table
from scenarios.values import problems_in, typed
from tests.site.made import RIGHTS, facts, role

ENVIRONMENT = """\
name: made
entrances: {intranet: {url: https://crm.contoso.test/contoso/, flavour: onprem-9.1, sign_in: windows}}
channels: {web: intranet}
users_file: made-users.csv
"""
KINDS = ("String", "Memo", "Integer", "BigInt", "Decimal", "Money", "Double", "DateTime", "Picklist", "Boolean",
         "MultiSelectPicklist", "Virtual", "Image", "PartyList", "EntityName")  # fmt: skip
NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)
ODD = st.sampled_from(["yes", "no", "null", "~", "1e3", "0x10", "- x", "a: b", "#", "{0}", "'", '"', "Größe",
                       "a\nb", "\x85", "\u2028", "!!python", "@x", "%", "&a", "*a", "|", ">", " x "])  # fmt: skip
LOGICAL = st.from_regex(r"new_[a-z][a-z0-9_]{0,12}", fullmatch=True)
COLUMNS = st.builds(
    Column,
    name=st.one_of(LOGICAL, st.sampled_from(["statecode", "yes", "on", "null", "no"])),
    kind=st.sampled_from(KINDS),
    required=st.booleans(),
    readable=st.booleans(),
    creatable=st.booleans(),
    length=st.integers(0, 4000),
    low=st.one_of(st.none(), st.floats(-1e9, 1e9)),
    high=st.none(),
    format=st.sampled_from(["", "Text", "Email", "Url", "Phone", "DateOnly", "TickerSymbol"]),
    automatic=st.booleans(),
    options=st.lists(st.integers(0, 900_000_000), max_size=3).map(tuple),
)


PRODUCT = product_of()


def site_of(found: SiteFacts, folder: Path) -> list[Draft]:
    """Draft a site with an account for everybody, write it, and read it as `crmload` does."""
    accounts = [
        Account(username=f"{number}@x", role=name, channel="web", secret="X")
        for number, name in enumerate(found.people.by_role)
    ]
    drafted = draft_site(found, PRODUCT, Wishes("made", "web", ["web"], accounts=accounts))
    (folder / "environments").mkdir()
    (folder / "environments" / "made.yaml").write_text(ENVIRONMENT, "utf-8")
    lines = [f'{one.username},"{one.role}",web,person,X\n' for one in accounts]
    users = "username,role,channel,kind,secret\n" + "".join(lines)
    (folder / "environments" / "made-users.csv").write_text(users + "keeper@x,,,housekeeper,X\n", "utf-8")
    write(folder, drafted.files, update=False)
    if drafted.population:
        for plan in sorted((folder / "plans").glob("*.yaml")):
            read_plan(plan)
    Site.read(folder)
    return list(drafted.files)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    own=st.dictionaries(LOGICAL, st.lists(COLUMNS, max_size=6), min_size=1, max_size=3),
    label=st.one_of(ODD, NAMES),
    view_name=st.one_of(ODD, NAMES).map(lambda text: " ".join(text.split())).filter(bool),
    form_name=st.one_of(ODD, NAMES),
)
def test_whatever_a_crm_calls_its_things_the_files_load(
    own: dict[str, list[Column]], label: str, view_name: str, form_name: str
) -> None:
    rights = [(name, right) for name in own for right in RIGHTS]
    found = facts(
        own,
        labels=dict.fromkeys(own, label),
        view_name=view_name,
        form_name=form_name,
        roles=[role("Planner", *rights)],
        people={"Planner": 3},
    )
    with TemporaryDirectory() as folder:
        drafted = draft_site(found, PRODUCT, Wishes("made", "web", ["web"]))
        write(Path(folder), drafted.files, update=False)
        names = {draft.path for draft in drafted.files}
        assert {f"tables/{name}.yaml" for name in own} <= names
        assert {"plans/made.yaml", "plans/made-first-try.yaml", "roles/planner.yaml"} <= names
        tables = {}
        for path in (Path(folder) / "tables").glob("*.yaml"):
            table = read_table(load_yaml(path))
            tables[table.table] = table
            assert (table.label, view_name.replace("{", "(").replace("}", ")") in table.views) == (label, True)
        for path in (Path(folder) / "journeys").glob("*.yaml"):
            read_journey(load_yaml(path), tables)
        for path in (Path(folder) / "plans").glob("*.yaml"):
            read_model(Plan, path)
        assert read_model(Role, Path(folder) / "roles" / "planner.yaml").name == "Planner"


@given(st.recursive(st.one_of(ODD, NAMES, st.integers(), st.booleans()), lambda inner: st.one_of(
    st.lists(inner, max_size=4), st.lists(inner, max_size=4).map(Bracketed),
    st.dictionaries(st.one_of(ODD, NAMES), inner, max_size=4),
    st.dictionaries(st.one_of(ODD, NAMES), inner, max_size=4).map(Braced))), st.one_of(ODD, NAMES))  # fmt: skip
@settings(max_examples=50, deadline=None)
def test_what_is_written_as_yaml_is_read_the_same(value: Any, comment: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "file.yaml"
        path.write_text(yaml_file(comment, [Line("first", value, comment), Line("second", 2)]), "utf-8")
        assert load_yaml(path).data == {"first": value, "second": 2}


def test_comments_stay_comments() -> None:
    assert commented("one\ntwo\x85three") == "# one\n# two three\n"
    assert dumped({"a": Bracketed(["x"])}) == "a: [x]\n"
    assert dumped({"a": Bracketed(["?0", ":0"])}) == 'a: ["?0", ":0"]\n'


def test_a_query_keeps_its_meaning_and_gets_one_element_a_line() -> None:
    condition = '<condition attribute="a" operator="in"><value> 1 </value></condition>'
    text = f'<fetch><entity name="x"><filter>{condition}</filter></entity></fetch>'
    assert query(text).splitlines()[3:6] == [
        '      <condition attribute="a" operator="in">',
        "        <value>1</value>",
        "      </condition>",
    ]


@given(COLUMNS)
def test_what_people_type_fits_the_column(column: Column) -> None:
    text = typed_into(column)
    if text is None:
        return
    assert not list(problems_in(text, ()))
    drawn = typed(text, random.Random(1), lambda table: "")
    if column.kind == "String" and column.length:
        assert len(str(drawn)) <= column.length
    if column.kind in ("Integer", "BigInt", "Decimal", "Money", "Double"):
        assert isinstance(drawn, int)
        assert column.low is None or drawn >= column.low


def test_a_role_that_may_only_read_gets_reading_journeys_and_must_nots_of_what_it_lacks(tmp_path: Path) -> None:
    found = facts(
        {"new_thing": []},
        roles=[role("Reader", ("new_thing", "Read"), ("new_thing", "AppendTo"))],
        people={"Reader": 9},
    )
    site_of(found, tmp_path)
    read = load_yaml(tmp_path / "roles" / "reader.yaml").data
    assert read["journeys"] == {"look_up_new_thing": 1}
    assert read["must_not"] == [
        {"operation": "create", "table": "new_thing"},
        {"operation": "delete", "table": "new_thing"},
    ]


def test_who_may_not_read_what_a_form_lists_gets_the_form_without_that_list(tmp_path: Path) -> None:
    found = facts(
        {"new_a": [], "new_b": []},
        roles=[role("All", ("new_a", "Read"), ("new_b", "Read")), role("Some", ("new_a", "Read"))],
        people={"All": 2, "Some": 1},
        sub_grids=[SubGrid("parts", "new_b")],
        pointing={"parts": ("new_b", "new_aid")},
    )
    site_of(found, tmp_path)
    table = read_table(load_yaml(tmp_path / "tables" / "new_a.yaml"))
    assert [grid.table for grid in table.form_for("All").sub_grids] == ["new_b"]
    assert table.form_for("Some").sub_grids == []
    assert table.form_for("Some").columns == table.form_for("All").columns


def test_a_crm_in_another_language_with_a_column_less_gets_journeys_that_load(tmp_path: Path) -> None:
    mine = PRODUCT.tables["contact"]["views"]["My Active Contacts"]
    product_tables = {
        name: Table(
            name, raw["label"], raw["entity_set"], raw["key"], raw["name"], raw["type_code"], False, True, False, False
        )
        for name, raw in PRODUCT.tables.items()
        if name in ("contact", "phonecall")
    }
    columns = {
        "contact": ("fullname", "statecode", "statuscode"),
        "phonecall": ("statecode", "statuscode", "subject", "description", "scheduledend"),
    }
    typed_here = PRODUCT.typed_columns()
    base = facts({"new_thing": []}, roles=[role("Verkauf", ("new_thing", "Read"))], people={"Verkauf": 1})
    details = {
        name: Details({one: Column(one, "String", length=100) for one in {*known, *typed_here[name]} - {"phonenumber"}})
        for name, known in columns.items()
    }
    found = replace(
        base,
        tables={**base.tables, **product_tables},
        details={**base.details, **details},
        forms={**base.forms, "contact": [Form("Kontakt", ("fullname",))], "phonecall": [Form("Anruf", ("subject",))]},
        views={**base.views, "contact": [View("id", "Meine aktiven Kontakte", mine, ("fullname",))]},
    )
    site_of(found, tmp_path)
    views = load_yaml(tmp_path / "tables" / "contact.yaml").data["views"]
    assert views["My Active Contacts"] == views["Meine aktiven Kontakte"]
    steps = load_yaml(tmp_path / "journeys" / "find_and_call.yaml").data["steps"]
    (filled,) = [step["values"] for step in steps if "values" in step]
    assert "phonenumber" not in filled and "subject" in filled
    said = (tmp_path / "journeys" / "find_and_call.yaml").read_text("utf-8")
    assert "# `phonenumber` is no column of phonecall in your CRM: left out." in said


def test_no_role_means_no_plan_but_the_tables_are_there(tmp_path: Path) -> None:
    names = {draft.path for draft in site_of(facts({"new_thing": []}), tmp_path)}
    assert "tables/new_thing.yaml" in names and not any(name.startswith("plans/") for name in names)


def test_files_that_exist_are_kept_and_differences_go_beside_them_on_request(tmp_path: Path) -> None:
    draft = Draft("roles/a.yaml", "drafted\n")
    assert [one.fate for one in write(tmp_path, [draft], update=False)] == ["written"]
    assert [one.fate for one in write(tmp_path, [draft], update=False)] == ["as it was"]
    (tmp_path / "roles" / "a.yaml").write_text("mine\n", "utf-8")
    assert [one.fate for one in write(tmp_path, [draft], update=False)] == ["kept"]
    assert [one.fate for one in write(tmp_path, [draft], update=True)] == ["written beside"]
    assert (tmp_path / "roles" / "a.yaml").read_text("utf-8") == "mine\n"
    assert (tmp_path / "roles" / "a.yaml.new").read_text("utf-8") == "drafted\n"
