"""Journey files: what is read, and what a person who wrote one wrong is told."""

from pathlib import Path

import pytest

from loadtests.config.document import load_yaml
from loadtests.errors import ConfigError
from scenarios import journey as steps
from scenarios.journey_file import read_journey
from scenarios.site import Site

SITE = Site.read()


PROJECT = Path(__file__).resolve().parents[2]


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(folder: Path, text: str) -> list[str]:
    """The problems of a journey with these steps (they begin in line 3 of the file), without the folder's name."""
    path = written(folder, f"journey: mine\nsteps:\n{text}")
    with pytest.raises(ConfigError) as caught:
        read_journey(load_yaml(path), SITE.tables)
    return [f"{p.place.removeprefix(str(folder)).lstrip('/')}: {p.message}" for p in caught.value.problems]


def test_the_products_own_journeys_are_read() -> None:
    files = sorted(path.stem for path in (PROJECT / "scenarios" / "journeys").glob("*.yaml"))
    assert sorted(SITE.journeys) == files, "each file holds the journey that it is named after"
    assert {"find_and_call", "answer_a_case", "monday_leaderboard", "hand_over_a_customer"} <= set(files)
    names = [step.transaction for step in SITE.journeys["open_a_deal"].steps if step.transaction]
    assert names == ["open_view", "open_record", "new_form", "lookup", "save", "save", "change_status"]


def test_a_step_says_table_view_and_how_long_people_look(tmp_path: Path) -> None:
    text = """\
journey: mine
steps:
  - open_view: contact
    view: My Active Contacts
    think: 10
  - think: 3-5
  - sign_out
"""
    journey = read_journey(load_yaml(written(tmp_path, text)), SITE.tables)
    assert journey.steps == (
        steps.OpenView(table="contact", view="My Active Contacts", think=(8.0, 12.0)),
        steps.Think(think=(3.0, 5.0)),
        steps.SignOut(think=(2.0, 4.0)),
    )


def test_without_a_think_time_people_look_as_long_as_recorded_ones_did(tmp_path: Path) -> None:
    text = "journey: mine\nsteps:\n  - open_view: contact\n    view: My Active Contacts\n"
    (step,) = read_journey(load_yaml(written(tmp_path, text)), SITE.tables).steps
    assert step.think == (12.0, 20.0), "wire facts 4.1: 12 to 20 s after a view"


WRONG = {
    "a misspelt verb": (
        "  - open_veiw: contact\n",
        ["mine.yaml:3: unknown verb `open_veiw` (did you mean `open_view`?)"],
    ),
    "a misspelt table": (
        "  - quick_find: contct\n    text: a\n",
        ["mine.yaml:3: unknown table `contct` (did you mean `contact`?)"],
    ),
    "a misspelt view": (
        "  - open_view: contact\n    view: My Activ Contacts\n",
        ["mine.yaml:4: unknown view of contact `My Activ Contacts` (did you mean `My Active Contacts`?)"],
    ),
    "a misspelt option": (
        "  - open_view: contact\n    view: My Active Contacts\n    thinks: 5\n",
        ["mine.yaml:5: unknown option of open_view `thinks` (did you mean `think`?)"],
    ),
    "a missing option": ("  - quick_find: contact\n", ["mine.yaml:3: quick_find needs `text:`"]),
    "two verbs in one step": (
        "  - open_view: contact\n    view: My Active Contacts\n    save: it\n",
        ["mine.yaml:3: one step, two verbs: open_view, save"],
    ),
    "a think time that is none": (
        "  - open_home\n  - think: soon\n",
        ["mine.yaml:4: `soon` is no think time"],
    ),
    "an unknown field in a text": (
        '  - quick_find: contact\n    text: "{knwon contact}"\n',
        ["mine.yaml:4: {knwon contact} is not known here"],
    ),
    "a record that no list can show": (
        "  - open_record: incident\n",
        ["mine.yaml:3: no list of incident is open here"],
    ),
    "a record nobody opened": ("  - new: task\n    of: customer\n", ["mine.yaml:4: unknown record `customer`"]),
    "a column that the form does not show": (
        "  - new: task\n    as: t\n  - fill: t\n    values: {subjct: x}\n",
        ["mine.yaml:6: unknown column on the form of task `subjct` (did you mean `subject`?)"],
    ),
    "a lookup to the wrong table": (
        "  - new: opportunity\n    as: deal\n  - lookup: parentaccountid\n    on: deal\n    table: contact\n",
        ["mine.yaml:7: unknown target of opportunity.parentaccountid `contact`"],
    ),
    "a state the table does not have": (
        "  - new: task\n    as: t\n  - save: t\n  - change_status: t\n    to: compleet\n",
        ["mine.yaml:7: unknown status of task `compleet` (did you mean `complete`?)"],
    ),
    "a state before the first save": (
        "  - new: task\n    as: t\n  - change_status: t\n    to: complete\n",
        ["mine.yaml:5: `t` is not in the CRM yet"],
    ),
    "a parent the table cannot have": (
        "  - open_view: contact\n    view: My Active Contacts\n  - open_record: contact\n    as: c\n"
        "  - new: opportunity\n    as: o\n  - new: task\n    as: t\n  - new: phonecall\n    of: t\n",
        ["mine.yaml:12: unknown parent of phonecall `task`"],
    ),
    "nothing that anybody waits for": ("  - think: 5\n", ["mine.yaml:2: nobody waits for anything in this journey"]),
    "a step that needs the network": (
        "  - go_offline\n  - sign_out\n  - come_back\n",
        ["mine.yaml:4: `sign_out` needs the network, which was left"],
    ),
    "a table that nobody takes along": (
        "  - go_offline\n  - open_view: activitypointer\n    view: My Activities\n  - come_back\n",
        ["mine.yaml:4: nobody takes activitypointer along"],
    ),
    "a message of the CRM without the network": (
        "  - new: opportunity\n    as: o\n  - save: o\n  - go_offline\n  - change_status: o\n    to: win\n"
        "  - come_back\n",
        ["mine.yaml:7: `win` sends WinOpportunity, which needs the network"],
    ),
    "a journey that stays away": ("  - go_offline\n", ["mine.yaml:2: the journey ends without the network"]),
    "somebody who comes back without having left": ("  - come_back\n", ["mine.yaml:3: nobody is away here"]),
    "no steps": ("", ["mine.yaml:2: `steps:` must be a list with at least one step"]),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_step_is_named_with_its_line(what: str, tmp_path: Path) -> None:
    text, expected = WRONG[what]
    assert problems(tmp_path, text) == expected


@pytest.mark.parametrize(
    "change", ["save: customer", "fill: customer\n    values: {description: x}", "add_note: customer\n    text: x"]
)
def test_records_of_others_are_only_read(change: str, tmp_path: Path) -> None:
    opened = "  - open_view: contact\n    view: My Active Contacts\n  - open_record: contact\n    as: customer\n"
    text = f"{opened}  - {change}\n"
    (problem,) = problems(tmp_path, text)
    assert problem == "mine.yaml:7: `customer` is a record that others made: it is only read"


def test_all_problems_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    text = "  - open_veiw: contact\n  - quick_find: contact\n  - think: soon\n"
    assert [line.split(":")[1] for line in problems(tmp_path, text)] == ["3", "4", "5"]


def test_a_sites_own_file_replaces_the_products_of_the_same_name(tmp_path: Path) -> None:
    (tmp_path / "journeys").mkdir()
    (tmp_path / "journeys" / "follow_up.yaml").write_text(
        "journey: follow_up\nsteps:\n  - open_view: task\n    view: My Tasks\n", encoding="utf-8"
    )
    site = Site.read(tmp_path)
    assert [step.verb for step in site.journeys["follow_up"].steps] == ["open_view"]
    assert "find_and_call" in site.journeys


OWN = """\
- new: contact
  as: mine
- save: mine
"""


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        ("- open_dashboard: monday", "mine.yaml:6: unknown dashboard `monday`"),
        ("- open_dialog: mine\n  to: deactivate", "mine.yaml:7: `deactivate` of contact opens no dialog"),
        ("- qualify: mine", "mine.yaml:6: `mine` is a record of contact: only leads are qualified"),
        ("- merge: mine\n  into: mine", "mine.yaml:7: two different records of one table are merged"),
        ("- save: mine\n  expect: refusal", "mine.yaml:7: unknown kind of refusal `refusal` (did you mean `refused`?)"),
        ("- run_action: new_Escalate", "mine.yaml:6: `new_Escalate` is called on no record of this journey"),
        ("- run_action: Do\n  on: mine\n  parameters: {To: '{id you}'}", "mine.yaml:8: unknown record `you`"),
        ("- add_to_queue: mine\n- pick_from_queue: queueitem", "mine.yaml:7: no list of queue items is open here"),
        ("- open_queue: Items of mine", "mine.yaml:6: unknown view of queueitem `Items of mine`"),
        ("- open_queue: Items I am working on\n- select_item: mine", "mine.yaml:7: `mine` is a record of contact, no"),
        ("- raw_request: DELETE\n  path: contacts(x)", "mine.yaml:6: DELETE contacts(x) may change what is not this"),
        ("- raw_request: POST\n  path: contacts", "mine.yaml:6: POST contacts may change what is not this journey's"),
        ("- raw_request: GET\n  path: https://elsewhere.test/", "mine.yaml:7: `https://elsewhere.test/` does not stay"),
        ("- raw_request: GET\n  path: ../../main.aspx", "mine.yaml:7: `../../main.aspx` does not stay below"),
        ("- raw_request: PATCH\n  path: accounts({id})\n  on: mine", "mine.yaml:6: PATCH accounts({id}) may change"),
        ("- raw_request: GET\n  path: contacts\n  headers: {Cookie: a}", "mine.yaml:8: `headers:` must be lines"),
    ],
)
def test_business_steps_that_would_lead_nowhere_or_touch_what_others_made_are_refused(
    step: str, problem: str, tmp_path: Path
) -> None:
    found = problems(tmp_path, OWN + step + "\n")
    assert len(found) == 1 and found[0].startswith(problem), found


def test_an_action_is_told_of_a_record_of_others_only_when_that_is_harmless(tmp_path: Path) -> None:
    text = (
        OWN + "- quick_find: contact\n  text: An\n- open_record: contact\n  as: theirs\n"
        "- run_action: Do\n  on: mine\n  parameters: {To: '{id theirs}'}\n"
    )
    (problem,) = problems(tmp_path, text)
    assert problem == "mine.yaml:12: `theirs` is a record that others made, so nobody knows what is done to it"
    vouched = written(tmp_path, f"journey: mine\nsteps:\n{text}  harmless: true\n")
    assert read_journey(load_yaml(vouched), SITE.tables).steps[-1].verb == "run_action"


def test_a_request_of_a_sites_own_may_change_the_record_that_the_journey_made(tmp_path: Path) -> None:
    text = (
        "journey: mine\nsteps:\n"
        + OWN
        + '- raw_request: PATCH\n  path: contacts({id})\n  on: mine\n  body: {jobtitle: "{word}"}\n'
    )
    journey = read_journey(load_yaml(written(tmp_path, text)), SITE.tables)
    assert journey.steps[-1].path == "contacts({id})"  # type: ignore[attr-defined]
