"""Table files: what a person who wrote one wrong is told, and the FetchXML that comes of a right one."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.config.document import load_yaml
from loadtests.errors import ConfigError
from scenarios.site import Site
from scenarios.table import read_table, searched_columns

SITE = Site.read()
TABLE = "table: lead\nlabel: Lead\nentity_set: leads\nkey: leadid\nname: fullname\ntype_code: 4\n"


def fetch_of(url: str) -> ElementTree.Element:
    return ElementTree.fromstring(parse_qs(urlsplit(url).query)["fetchXml"][0])


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("entity_sett: leads\n", 7, "unknown key `entity_sett` (did you mean `entity_set`?)"),
        ("views:\n  All: <fetch><entity\n", 7, "the view 'All' is not well-formed XML"),
        ("views:\n  All: <fetch/>\n", 7, "the view 'All' is no FetchXML"),
        ("views:\n  All: <fetch><entity name='account'/></fetch>\n", 1, "'All' asks for 'account', this file is about"),
        ("quick_find: <fetch><entity name='lead'/></fetch>\n", 7, "the quick find has no {0}"),
        ("on_home: My Leads\n", 1, "`on_home` names 'My Leads', which is no view of this file"),
        ("status:\n  qualify: {state: 1}\n", 8, "name either `columns` or `message`"),
        ("offline:\n  columns: [x]\n", 1, "`offline` must take along fullname too"),
        ("offline:\n  interval: 1min\n  columns: [fullname]\n", 8, "an interval from 5 min to 24 h"),
        (
            "forms:\n  - {name: Sales, roles: [Salesperson], columns: [fullname]}\n",
            1,
            "the last form must be for everybody",
        ),
    ],
)
def test_a_wrong_table_file_is_told_with_its_line(text: str, line: int, message: str, tmp_path: Path) -> None:
    path = tmp_path / "lead.yaml"
    path.write_text(TABLE + text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_table(load_yaml(path))
    (problem,) = caught.value.problems
    assert problem.place == f"{path}:{line}"
    assert message in problem.message


def test_a_view_is_asked_for_by_its_first_fifty_rows_with_the_total() -> None:
    fetch = fetch_of(SITE.views["contact", "My Active Contacts"].url())
    assert (fetch.get("page"), fetch.get("count"), fetch.get("returntotalrecordcount")) == ("1", "50", "true")
    assert [c.get("operator") for c in fetch.iter("condition")] == ["eq-userid", "eq"]


def test_a_sub_grid_asks_for_five_rows_that_point_to_the_record() -> None:
    activities = SITE.sub_grids["contact", "Contact"][0]
    fetch = fetch_of(activities.url("11111111-2222-3333-4444-555555555555"))
    assert fetch.get("count") == "5"
    (condition,) = fetch.iter("condition")
    assert condition.attrib == {
        "attribute": "regardingobjectid",
        "operator": "eq",
        "value": "11111111-2222-3333-4444-555555555555",
    }


@given(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=30))
def test_whatever_people_type_arrives_as_they_typed_it(typed: str) -> None:
    fetch = fetch_of(SITE.quick_finds["contact"].url(typed))
    searched = [c.get("value") for c in fetch.iter("condition") if c.get("operator") == "like"]
    assert searched == [f"{typed}%"] * 4


def test_a_quick_find_knows_which_columns_it_searches() -> None:
    searched = searched_columns(SITE.tables["contact"].quick_find)
    assert searched == ("fullname", "firstname", "lastname", "emailaddress1")


def test_each_role_gets_its_own_form_and_everybody_else_the_last_one() -> None:
    contact = SITE.tables["contact"]
    grids = {
        role: [grid.table for grid in contact.form_for(role).sub_grids]
        for role in ("Salesperson", "Customer Service Representative", "Scheduler")
    }
    assert grids == {
        "Salesperson": ["activitypointer", "task", "opportunity"],
        "Customer Service Representative": ["activitypointer", "task", "incident"],
        "Scheduler": ["activitypointer", "task"],
    }
