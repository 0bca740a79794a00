"""The engine and the sessions, on a channel that needs no CRM."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from loadtests.config.document import Document
from loadtests.config.roles import Role
from loadtests.load.outcomes import Denied, Failed, NotOk
from scenarios.engine import Engine
from scenarios.journey_file import read_journey
from scenarios.records import Row
from scenarios.session import live
from scenarios.site import Site
from tests.scenarios.fakes import FakeChannel, FakePerson

PRODUCT = Site.read()
ROLE = Role(role="Salesperson", journeys={"mine": 1})
ANNA, BORIS = Row("contact", "id-anna", "Anna Berg"), Row("contact", "id-boris", "Boris Cole")
ACME = Row("account", "id-acme", "Acme")


def site_with(*steps: dict[str, Any] | str) -> Site:
    journey = read_journey(Document(Path("mine.yaml"), {"journey": "mine", "steps": list(steps)}, {}), PRODUCT.tables)
    return Site(PRODUCT.tables, {"mine": journey})


def played(
    site: Site, rows: Mapping[str, Sequence[Row]], failing: Mapping[str, NotOk] | None = None
) -> tuple[FakePerson, FakeChannel, NotOk | None]:
    """A person who signed in and played the journey `mine` once."""
    person = FakePerson(ROLE)
    channel = FakeChannel(person, site, rows)
    channel.failing |= failing or {}
    engine = Engine(person, channel, site)  # type: ignore[arg-type]
    engine.sign_in()
    try:
        engine.play(site.journeys["mine"])
    except NotOk as error:
        return person, channel, error
    return person, channel, None


DEAL = (
    {"quick_find": "contact", "text": "{known contact}"},
    {"open_record": "contact", "pick": "first", "as": "customer"},
    {"new": "opportunity", "of": "customer", "as": "deal"},
    {"fill": "deal", "values": {"name": "Deal", "estimatedvalue": "{number 5..5}"}},
    {"lookup": "parentaccountid", "on": "deal", "table": "account"},
    {"save": "deal"},
    {"fill": "deal", "values": {"estimatedvalue": 6}},
    {"save": "deal"},
    {"add_note": "deal", "text": "agreed"},
    {"change_status": "deal", "to": "win"},
)


def test_a_journey_is_its_steps_in_order_each_timed_as_its_transaction() -> None:
    person, _, _ = played(site_with(*DEAL), {"contact": [ANNA], "account": [ACME]})
    assert person.book == [
        *("sign_in", "open_home", "begun mine", "quick_find", "open_record", "new_form", "lookup"),
        *("save", "save", "add_note", "change_status", "done mine"),
    ]
    assert len(person.pauses) == 2 + len(DEAL), "people think after each step, also after filling in a form"


def test_what_was_chosen_and_typed_is_what_is_saved_and_then_only_what_changed() -> None:
    _, channel, _ = played(site_with(*DEAL), {"contact": [ANNA], "account": [ACME]})
    saves = [call[1:] for call in channel.calls if call[0] == "save"]
    assert saves == [
        (
            False,
            {
                "name": "Deal",
                "estimatedvalue": 5,
                "customerid_contact@odata.bind": "/contacts(id-anna)",
                "parentaccountid@odata.bind": "/accounts(id-acme)",
            },
        ),
        (True, {"estimatedvalue": 6}),
    ]


def test_people_search_for_the_first_letters_of_somebody_they_saw() -> None:
    _, channel, _ = played(site_with(*DEAL), {"contact": [ANNA], "account": [ACME]})
    assert ("quick_find", "contact", "Anna") in channel.calls


def test_after_a_search_the_list_holds_what_was_found() -> None:
    site = site_with({"quick_find": "contact", "text": "Bor"}, {"open_record": "contact", "as": "customer"})
    _, channel, _ = played(site, {"contact": [ANNA, BORIS]})
    assert channel.calls[-1] == ("open_record", "Boris Cole")


def test_an_empty_list_is_an_empty_desk_not_a_slow_crm() -> None:
    site = site_with({"open_view": "incident", "view": "My Active Cases"})
    person, _, error = played(site, {})
    assert error is not None
    assert person.book[-1] == (
        "open_view: failed: empty desk: no rows in My Active Cases: this person has no work on the desk"
    )


def test_a_search_without_anybody_known_is_an_empty_desk() -> None:
    person, _, _ = played(site_with(*DEAL), {})
    assert person.book[-1] == "quick_find: failed: empty desk: no contact seen whose name one could search for"


def test_a_step_that_is_refused_ends_the_journey() -> None:
    person, channel, error = played(
        site_with(*DEAL), {"contact": [ANNA], "account": [ACME]}, {"save": Denied("HTTP 403")}
    )
    assert isinstance(error, Denied)
    assert person.book[-1] == "save: denied: HTTP 403"
    assert channel.calls[-1][0] == "save"


def lived(
    thoughts: int, failing: Mapping[str, NotOk] | None = None, *, transactions: int = 6
) -> tuple[FakePerson, FakeChannel]:
    """A person who lives until having thought so often."""
    site = site_with({"open_view": "contact", "view": "My Active Contacts"}, {"open_record": "contact"})
    person = FakePerson(ROLE, thoughts=thoughts, transactions=transactions)
    channel = FakeChannel(person, site, {"contact": [ANNA]})
    channel.failing |= failing or {}
    live(person, channel, site)  # type: ignore[arg-type]
    return person, channel


JOURNEY = ["begun mine", "open_view", "open_record", "done mine"]


def test_a_session_lasts_until_its_transactions_are_done_and_the_next_is_everyday() -> None:
    # First session: sign-in, home, two journeys of two transactions = six; then the pause; then everyday.
    person, _ = lived(thoughts=9)
    assert person.book == [
        *("session first", "sign_in", "open_home", *JOURNEY, *JOURNEY, "session ended"),
        *("session everyday", "sign_in", "open_home", "session broken off"),
    ]
    assert person.pauses[6] == 60, "the pause between sessions is the plan's"


def test_the_end_of_the_run_breaks_the_session_off_and_closes_the_client() -> None:
    person, channel = lived(thoughts=3)
    assert person.book[-1] == "session broken off"
    assert channel.calls[-1] == ("end",)


def test_without_a_sign_in_there_is_no_session_and_people_try_again_later() -> None:
    person, channel = lived(thoughts=2, failing={"sign_in": Failed("wrong password")})
    assert person.book == [
        *("session first", "sign_in: failed: wrong password", "session broken off"),
        *("session everyday", "sign_in: failed: wrong password", "session broken off"),
    ]
    assert person.pauses == [60, 60]
    assert [call[0] for call in channel.calls] == ["begin", "sign_in", "end"] * 2


def test_after_a_failure_people_wonder_and_begin_something_else() -> None:
    person, _ = lived(thoughts=4, failing={"open_view": Failed("HTTP 500")})
    assert person.book[3:] == [
        *("begun mine", "open_view: failed: HTTP 500", "begun mine", "open_view: failed: HTTP 500"),
        "session broken off",
    ]
    assert all(10 <= pause <= 20 for pause in person.pauses[2:])


@pytest.mark.parametrize("verb", ["sign_in", "sign_out", "open_home"])
def test_people_may_sign_in_and_out_within_a_journey(verb: str) -> None:
    site = site_with(verb, {"open_view": "contact", "view": "My Active Contacts"})
    _, channel, _ = played(site, {"contact": [ANNA]})
    assert channel.calls[2] == (verb,)


CASE = (
    {"quick_find": "contact", "text": "{known contact}"},
    {"open_record": "contact", "as": "caller"},
    {"new": "incident", "of": "caller", "as": "case"},
    {"fill": "case", "values": {"title": "Waits"}},
    {"save": "case"},
)


def test_what_is_picked_from_a_queue_is_the_item_of_the_case_that_was_put_there() -> None:
    work = (
        {"add_to_queue": "case", "as": "waiting"},
        {"open_queue": "Items I am working on"},
        {"open_view": "queueitem", "view": "Items available to work on"},
        {"pick_from_queue": "waiting"},
    )
    others = Row("queueitem", "item of somebody else", "Theirs")
    person, channel, _ = played(site_with(*CASE, *work), {"contact": [ANNA], "queueitem": [others]})
    assert person.book[-5:-1] == ["add_to_queue", "open_queue", "open_view", "pick_from_queue"]
    case_id = next(call[1] for call in channel.calls if call[0] == "add_to_queue")
    picked = channel.calls[-1]
    assert picked == ("pick_from_queue", f"item of {case_id}", "Items available to work on"), "in the list that is open"


def test_an_actions_parameters_may_name_other_records_of_the_journey() -> None:
    action = {"run_action": "Escalate", "on": "case", "parameters": {"To": [{"contactid": "{id caller}", "level": 2}]}}
    _, channel, _ = played(site_with(*CASE, {**action, "harmless": True}), {"contact": [ANNA]})
    name, _, case_id, parameters = channel.calls[-1]
    assert (name, parameters) == ("run_action", {"To": [{"contactid": "id-anna", "level": 2}]})
    assert case_id
