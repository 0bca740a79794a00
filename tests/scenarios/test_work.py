"""Which lists people come to, and which of them must not be empty: worked out from the journeys alone."""

import pytest

from loadtests.config.files import PROJECT
from loadtests.config.load import resolve_plan
from scenarios.site import Site
from scenarios.work import desk_lists

Lists = dict[tuple[str, str, str], tuple[bool, tuple[str, ...]]]
"""(channel, role, list) -> whether it needs a row, and for which journeys."""


@pytest.fixture(scope="module")
def needed(tmp_path_factory: pytest.TempPathFactory) -> Lists:
    """Those of the demo's people."""
    folder = tmp_path_factory.mktemp("plan")
    (folder / "users.csv").write_text("username,role,channel,kind,secret\n" + "".join(_users()), encoding="utf-8")
    (folder / "site.yaml").write_text(
        "name: test\nusers_file: users.csv\nchannels: {web: office, ifd: forms, outlook: office, mobile: office}\n"
        "entrances:\n  office: {url: 'https://crm.test/x/', flavour: ifd-9.1, sign_in: oauth, "
        "authority: 'https://fs.test/adfs', client_id: 11111111-2222-3333-4444-555555555555}\n"
        "  forms: {url: 'https://x.crm.test/', flavour: ifd-9.1, sign_in: forms, authority: 'https://fs.test/adfs', "
        "client_id: 11111111-2222-3333-4444-555555555555}\n",
        encoding="utf-8",
    )
    plan = resolve_plan(PROJECT / "configs" / "plans" / "demo.yaml", environment_file=folder / "site.yaml")
    lists = desk_lists(plan, Site.of(plan))
    return {(one.channel, one.role, one.view): (one.needed, one.journeys) for one in lists}


def _users() -> list[str]:
    roles = ("Salesperson", "Customer Service Representative", "Sales Manager", "CSR Manager", "Marketing Professional")
    return [
        f"{number}.{role[:3]}.{channel}@x.test,{role},{channel},person,A\n"
        for number in range(9)
        for role in (*roles, "Data Steward")
        for channel in ("web", "ifd", "outlook", "mobile")
    ] + ["keeper@x.test,System Administrator,,housekeeper,A\n"]


def test_a_view_that_a_journey_opens_needs_a_row(needed: Lists) -> None:
    assert needed["web", "Salesperson", "My Open Leads"] == (True, ("lead_to_deal",))
    assert needed["web", "Customer Service Representative", "My Active Cases"] == (True, ("answer_a_case",))


def test_who_searches_for_somebody_known_needs_the_list_of_the_first_screen(needed: Lists) -> None:
    row, journeys = needed["web", "Salesperson", "My Active Contacts"]
    assert row and "find_and_call" in journeys
    assert needed["web", "Salesperson", "My Activities"] == (False, ())


def test_outlook_shows_nobody_a_list_of_activities(needed: Lists) -> None:
    assert ("outlook", "Salesperson", "My Activities") not in needed
    assert needed["outlook", "Salesperson", "My Active Contacts"][0]


def test_a_list_into_which_the_journey_itself_put_something_may_be_empty(needed: Lists) -> None:
    assert needed["web", "Customer Service Representative", "Items available to work on"] == (
        False,
        ("work_the_queue",),
    )


def test_a_lookup_needs_something_to_choose(needed: Lists) -> None:
    assert needed["web", "Salesperson", "lookup of Account"] == (True, ("open_a_deal",))
    assert needed["web", "CSR Manager", "lookup of Queue Complaints"] == (True, ("sort_the_queue",))
