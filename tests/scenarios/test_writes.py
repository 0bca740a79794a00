"""What a plan will write is worked out from its journeys before anything is sent."""

import pytest

from scenarios import business_steps as business
from scenarios.journey import Journey
from scenarios.site import Site
from scenarios.verbs import VERBS
from scenarios.writes import writes_of_journey

SITE = Site.read()
READING = {
    *("sign_in", "open_home", "sign_out", "open_view", "quick_find", "open_record", "resolve_sender", "sync"),
    *("go_offline", "come_back", "think", "open_dashboard", "open_dialog", "check_duplicates", "open_queue"),
    *("select_item", "enter_note", "new", "fill", "lookup"),
}
"""Verbs that send nothing that changes a record."""


def told(name: str) -> list[tuple[str, str]]:
    return [(write.message, write.table) for write in writes_of_journey(SITE.journeys[name], SITE)]


def test_queue_work_writes_the_case_its_item_and_a_note() -> None:
    assert told("sort_the_queue") == [
        ("Create", "incident"),
        ("AddToQueue", "queue"),
        ("Create", "queueitem"),
        ("PickFromQueue", "queueitem"),
        ("Update", "queueitem"),
        ("Create", "annotation"),
        ("ReleaseToQueue", "queueitem"),
        ("Update", "queueitem"),
    ]


def test_resolving_a_case_also_makes_the_resolution() -> None:
    written = told("answer_a_case")
    assert written[0] == ("Create", "incident")
    assert ("CloseIncident", "incident") in written and ("Create", "incidentresolution") in written


def test_qualifying_a_lead_makes_account_contact_and_opportunity() -> None:
    written = told("lead_to_deal")
    for table in ("account", "contact", "opportunity"):
        assert ("Create", table) in written
    assert ("QualifyLead", "lead") in written


def test_a_create_names_the_columns_that_were_filled_and_looked_up() -> None:
    first = writes_of_journey(SITE.journeys["sort_the_queue"], SITE)[0]
    assert first.columns == frozenset({"title", "description", "customerid"})
    assert first.by == "the journey sort_the_queue"


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("GET", "accounts?$top=1", None, []),
        ("POST", "accounts", {"name": "x"}, [("Create", "account", {"name"})]),
        ("PATCH", "accounts({id})", {"ownerid@odata.bind": "/teams(1)"}, [("Update", "account", {"ownerid"})]),
        ("PATCH", "accounts({id})", "text", [("Update", "account", None)]),
        ("PUT", "accounts({id})/name", {"value": "x"}, [("Update", "account", {"name"})]),
        ("DELETE", "accounts({id})", None, [("Delete", "account", None)]),
        ("POST", "accounts({id})/Microsoft.Dynamics.CRM.new_Rate", {}, [("new_Rate", "account", None)]),
        ("POST", "new_Nightly", {}, [("new_Nightly", "", None)]),
    ],
)
def test_a_request_of_the_sites_own_is_read_by_method_and_path(
    method: str, path: str, body: object, expected: list[tuple[str, str, set[str] | None]]
) -> None:
    step = business.RawRequest(
        method=method, path=path, label="", headers={}, body=body, expected=frozenset({200}), think=(0, 0)
    )
    found = writes_of_journey(Journey("own", "Own", (step,)), SITE)
    assert [(write.message, write.table, write.columns) for write in found] == expected


def test_every_verb_is_known_to_write_or_known_to_read() -> None:
    """A new verb has to say which."""
    writing = {
        *("save", "change_status", "add_note", "track_email", "set_regarding", "assign", "qualify", "merge"),
        *("run_action", "raw_request", "add_to_queue", "pick_from_queue", "release_to_queue", "take"),
    }
    assert {verb.verb for verb in VERBS} == READING | writing
