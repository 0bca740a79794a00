"""Every journey, walked for real: the requests of each transaction by the CRM's own log, and nothing left behind.

docs/requests-per-transaction.md explains the numbers against recorded traffic.
"""

import subprocess
import sys
from collections import Counter
from typing import Any

import pytest

from tests.localcrm.serving import REPOSITORY, RunningCrm
from tests.scenarios.walking import environment_of, walk

PLAN = """\
name: walk
environment: crm.yaml
think_time_factor: 0.001
population:
  - {channel: web, role: Salesperson, people: 1}
  - {channel: web, role: Customer Service Representative, people: 1}
  - {channel: ifd, role: Salesperson, people: 1}
  - {channel: ifd, role: Customer Service Representative, people: 1}
stages: [{name: walk, people: 4, hold: 1s}]
judge: [{channel: web, transaction: save}]
"""

SELLER = "salesperson"
SERVICE = "customer-service-representative"
EVERYDAY = {
    # transaction, in the order in which the two journeys have them: requests on the web (IFD differs at the start only)
    SELLER: [
        *[("sign_in", 1), ("open_home", 9)],
        # find_and_call: a contact with three sub-grids, a phone call with none
        *[("quick_find", 2), ("open_record", 12), ("new_form", 8), ("save", 12), ("change_status", 5)],
        # open_a_deal: an opportunity with two sub-grids; the second save changes one column
        *[("open_view", 3), ("open_record", 11), ("new_form", 8), ("lookup", 2), ("save", 14), ("save", 4)],
        ("change_status", 7),
        # lead_to_deal: a lead with one sub-grid; the opportunity's form comes with the qualifying
        *[("open_view", 3), ("open_record", 10), ("new_form", 8), ("save", 13), ("qualify", 12), ("save", 4)],
        ("change_status", 7),
        # meet_a_customer
        *[("quick_find", 2), ("open_record", 12), ("new_form", 8), ("save", 12), ("change_status", 5)],
    ],
    SERVICE: [
        *[("sign_in", 1), ("open_home", 9)],
        # answer_a_case: a case with two sub-grids; in the lookup the person types
        *[("open_view", 3), ("open_record", 11), ("quick_find", 2), ("new_form", 8), ("lookup", 3), ("save", 14)],
        *[("enter_note", 2), ("add_note", 6), ("open_dialog", 9), ("change_status", 17)],
        # follow_up: a contact with three sub-grids, a task with none
        *[("open_view", 3), ("open_record", 12), ("new_form", 8), ("save", 12), ("change_status", 5)],
        # work_the_queue: a contact, a case that belongs to it; five requests for the queues, three for another view
        *[
            ("quick_find", 2),
            ("open_record", 12),
            ("new_form", 8),
            ("save", 14),
            ("add_to_queue", 8),
            ("open_queue", 5),
        ],
        *[("open_view", 3), ("select_item", 3), ("pick_from_queue", 2), ("open_dialog", 9), ("change_status", 17)],
    ],
}
FIRST = {
    # What a browser that has nothing yet downloads besides: 54 files of the page (the manifest is asked for every day),
    # metadata of the app (2) and of the two lists of the first screen (2), then by table views, ribbon and form as they
    # are first seen.
    SELLER: [
        *[("sign_in", 1), ("open_home", 67)],
        *[("quick_find", 2), ("open_record", 14), ("new_form", 10), ("save", 12), ("change_status", 5)],
        *[("open_view", 5), ("open_record", 12), ("new_form", 8), ("lookup", 2), ("save", 14), ("save", 4)],
        ("change_status", 7),
        *[("open_view", 5), ("open_record", 11), ("new_form", 8), ("save", 13), ("qualify", 12), ("save", 4)],
        ("change_status", 7),
        *[("quick_find", 2), ("open_record", 12), ("new_form", 10), ("save", 12), ("change_status", 5)],
        *[("must_not", 1), ("must_not", 1), ("must_not", 1)],
    ],
    SERVICE: [
        *[("sign_in", 1), ("open_home", 67)],
        *[("open_view", 5), ("open_record", 12), ("quick_find", 2), ("new_form", 8), ("lookup", 3), ("save", 14)],
        *[("enter_note", 2), ("add_note", 6), ("open_dialog", 9), ("change_status", 17)],
        *[("open_view", 4), ("open_record", 14), ("new_form", 10), ("save", 12), ("change_status", 5)],
        # work_the_queue: a contact, a case that belongs to it; five requests for the queues, three for another view
        *[
            ("quick_find", 2),
            ("open_record", 12),
            ("new_form", 8),
            ("save", 14),
            ("add_to_queue", 8),
            ("open_queue", 7),
        ],
        *[("open_view", 3), ("select_item", 3), ("pick_from_queue", 2), ("open_dialog", 9), ("change_status", 17)],
        *[("must_not", 1), ("must_not", 1), ("must_not", 1)],
    ],
}


@pytest.fixture(scope="module")
def walked(tight_crm: RunningCrm, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the walk reported, the requests by transaction in the CRM's log, its tables before and after."""
    folder = tmp_path_factory.mktemp("walk")
    environment_of(tight_crm, folder)
    report = walk(tight_crm, folder, PLAN)
    log = report["log"]
    # The 401 legs of Windows sign-in are counted apart.
    return {
        **report,
        "requests": Counter(row["agent"] for row in log if row["status"] != "401"),
        "legs": Counter(row["agent"] for row in log if row["status"] == "401"),
    }


def requests_by_transaction(walked: dict[str, Any], channel: str, role: str, visit: str) -> list[tuple[str, int]]:
    where = f"{channel}/{role}/{visit}"
    return [
        (line["transaction"], walked["requests"][line["agent"]])
        for line in walked["transactions"]
        if line["where"] == where
    ]


def test_every_step_of_every_journey_ends_well(walked: dict[str, Any]) -> None:
    not_ok = [line for line in walked["transactions"] if line["outcome"] != "ok"]
    assert not not_ok, not_ok
    assert not walked["problem"]


@pytest.mark.parametrize("role", [SELLER, SERVICE])
@pytest.mark.parametrize(("visit", "expected"), [("everyday", EVERYDAY), ("first", FIRST)])
def test_the_web_client_sends_as_many_requests_as_recorded(
    role: str, visit: str, expected: dict[str, list[tuple[str, int]]], walked: dict[str, Any]
) -> None:
    assert requests_by_transaction(walked, "web", role, visit) == expected[role]


@pytest.mark.parametrize("role", [SELLER, SERVICE])
@pytest.mark.parametrize(("visit", "expected"), [("everyday", EVERYDAY), ("first", FIRST)])
def test_from_the_internet_six_requests_come_first_and_the_page_is_not_asked_for_twice(
    role: str, visit: str, expected: dict[str, list[tuple[str, int]]], walked: dict[str, Any]
) -> None:
    (_, _), *rest = expected[role]
    assert requests_by_transaction(walked, "ifd", role, visit) == [("sign_in", 6), *rest]


@pytest.mark.parametrize(
    ("visit", "expected"),
    [
        # The first connection, then five more beside it for the page's many files.
        ("first", {"sign_in": 2, "open_home": 10}),
        # Without the files four requests at once are the most before the first form.
        ("everyday", {"sign_in": 2, "open_home": 6, "open_record": 4}),
    ],
)
def test_each_of_the_browsers_connections_signs_in_by_windows_when_it_is_opened(
    visit: str, expected: dict[str, int], walked: dict[str, Any]
) -> None:
    legs = {
        line["transaction"]: walked["legs"][line["agent"]]
        for line in walked["transactions"]
        if line["where"] == f"web/{SELLER}/{visit}" and walked["legs"][line["agent"]]
    }
    assert legs == expected


def test_no_request_is_sent_outside_a_transaction(walked: dict[str, Any]) -> None:
    assert walked["requests"]["between transactions"] == 0


def test_after_the_clean_up_every_table_is_as_it_was(walked: dict[str, Any]) -> None:
    # In each of two sessions a seller makes a call, a deal, an appointment and a lead, from which the CRM makes three
    # more: sought by the lead, and named once its answer is there. A service person a case, a note, a
    # task, and a case that waits: its item is sought by the case, and named once the answer is there.
    # Three decoys for each of the four, and one account that the decoys among deals and cases belong to.
    assert walked["clean_up"]["kept"] == []
    assert walked["clean_up"]["entries"] == 2 * (2 * (4 + 3 + 3)) + 2 * (2 * (3 + 3)) + 4 * 3 + 1
    changed = {name for name, content in walked["after"].items() if content != walked["before"][name]}
    assert not changed, f"rows left or changed in: {changed}"


def test_the_locust_classes_cover_every_channel() -> None:
    script = (
        # First, as Locust does it: gevent must have the sockets before anybody else.
        "import locust;"
        "from scenarios.users import IfdUser, MobileUser, OutlookUser, WebUser;"
        "from scenarios.channels import CHANNELS;"
        "print(sorted(u.channel for u in (WebUser, IfdUser, MobileUser, OutlookUser)) == sorted(CHANNELS))"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], check=False, cwd=REPOSITORY, capture_output=True, text=True, timeout=60
    )
    assert said.stdout.strip() == "True", said.stderr[-2000:]
