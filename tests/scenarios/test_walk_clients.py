"""The clients besides the browser, walked for real: the requests of each transaction by the CRM's own log."""

import csv
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from loadtests.config.names import slug
from tests.localcrm.serving import REPOSITORY, RunningCrm
from tests.scenarios.walking import walk

ROLES = (
    *("Salesperson", "Sales Manager", "Customer Service Representative", "CSR Manager"),
    *("Marketing Professional", "Data Steward"),
)
GROUPS = [
    *[("outlook", role) for role in ROLES],
    *[("mobile", "Salesperson"), ("mobile", "Customer Service Representative")],
]
PLAN = """\
name: walk
environment: crm.yaml
think_time_factor: 0.001
population:
{groups}
stages: [{{name: walk, people: {people}, hold: 1s}}]
judge: [{{channel: mobile, transaction: save}}]
""".format(
    groups="\n".join(f"  - {{channel: {channel}, role: {role}, people: 1}}" for channel, role in GROUPS),
    people=len(GROUPS),
)
EVERYDAY = {
    "outlook": [
        *[("sign_in", 4), ("open_home", 6)],
        *[("quick_find", 1), ("open_record", 2), ("new_form", 1), ("save", 2), ("change_status", 1)],
        # triage_mail: four tables with addresses, the card, recent records; the mail's record and recent records; a
        # search and a change
        *[("resolve_sender", 6), ("track_email", 2), ("set_regarding", 2), ("open_record", 2), ("quick_find", 1)],
        *[("quick_find", 1), ("open_record", 2), ("new_form", 1), ("save", 2), ("sync", 11), ("sync", 14)],
        # meet_a_customer
        *[("quick_find", 1), ("open_record", 2), ("new_form", 1), ("save", 2), ("change_status", 1)],
    ],
    "mobile": [
        *[("sign_in", 2), ("open_home", 7)],
        *[("quick_find", 2), ("open_record", 5), ("new_form", 1), ("save", 6), ("change_status", 4)],
        *[("open_view", 3), ("open_record", 5), ("new_form", 1), ("lookup", 2), ("save", 7), ("save", 3)],
        ("change_status", 5),
        # a_day_offline: five tables, each read for changes and compared by ids, and one by change tracking; two writes
        # in parallel, then a third
        *[("quick_find", 2), ("open_record", 5), ("new_form", 1), ("save", 6), ("sync", 11), ("sync", 14)],
        # lead_to_deal and meet_a_customer
        *[("open_view", 3), ("open_record", 5), ("new_form", 1), ("save", 7), ("qualify", 6), ("save", 3)],
        ("change_status", 5),
        *[("quick_find", 2), ("open_record", 5), ("new_form", 1), ("save", 6), ("change_status", 4)],
    ],
}


@pytest.fixture(scope="module")
def walked(tight_crm: RunningCrm, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the walk reported, the requests by transaction in the CRM's log, its tables before and after."""
    folder = tmp_path_factory.mktemp("walk")
    _dealt(tight_crm, folder)
    report = walk(tight_crm, folder, PLAN)
    return {**report, "requests": Counter(row["agent"] for row in report["log"])}


def _dealt(crm: RunningCrm, folder: Path) -> None:
    """An environment whose accounts are dealt to the people of this walk."""
    users = crm.users()
    for user in users:
        user["channel"] = "web" if user["kind"] == "person" else user["channel"]
    for channel, role in GROUPS:
        next(u for u in users if u["role"] == role and u["channel"] == "web")["channel"] = channel
    with (folder / "users.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, users[0])
        writer.writeheader()
        writer.writerows(users)
    ready = {**crm.ready, "users_file": str(folder / "users.csv")}
    (folder / "ready.json").write_text(json.dumps(ready), encoding="utf-8")
    (folder / "crm.yaml").write_text("name: crm\nready_file: ready.json\n", encoding="utf-8")


def _counted(walked: dict[str, Any], channel: str, visit: str) -> list[tuple[str, int]]:
    return [
        (line["transaction"], walked["requests"][line["agent"]])
        for line in walked["transactions"]
        if line["where"] == f"{channel}/salesperson/{visit}"
    ]


def test_every_step_ends_well(walked: dict[str, Any]) -> None:
    not_ok = [line for line in walked["transactions"] if line["outcome"] != "ok"]
    assert not not_ok, not_ok
    assert not walked["problem"]


@pytest.mark.parametrize("channel", EVERYDAY)
def test_each_client_sends_what_the_page_about_requests_says(channel: str, walked: dict[str, Any]) -> None:
    assert _counted(walked, channel, "everyday") == EVERYDAY[channel]


@pytest.mark.parametrize("role", ROLES)
def test_every_role_tracks_mails_in_outlook(role: str, walked: dict[str, Any]) -> None:
    where = f"outlook/{slug(role)}/everyday"
    assert {"resolve_sender", "track_email", "set_regarding"} <= {
        line["transaction"] for line in walked["transactions"] if line["where"] == where
    }


def test_a_service_person_reports_a_visit_from_the_phone(walked: dict[str, Any]) -> None:
    where = "mobile/customer-service-representative/everyday"
    lines = [line["transaction"] for line in walked["transactions"] if line["where"] == where]
    visit = ["sync", "quick_find", "open_record", "new_form", "save", "enter_note", "add_note", "change_status"]
    assert any(lines[n : n + len(visit)] == visit for n in range(len(lines)))


def test_the_first_download_asks_for_the_profile_and_reads_six_tables(walked: dict[str, Any]) -> None:
    assert dict(_counted(walked, "mobile", "first"))["sync_first"] == 2 + 6
    assert dict(_counted(walked, "outlook", "first"))["sync_first"] == 1 + 6


def test_the_first_start_of_the_app_downloads_all_descriptions(walked: dict[str, Any]) -> None:
    # Site map, ribbon, forms and views of the eleven tables with forms.
    first = dict(_counted(walked, "mobile", "first"))
    assert first["open_home"] == 7 + 2 + 11 * 2


def test_after_the_clean_up_every_table_is_as_it_was(walked: dict[str, Any]) -> None:
    assert walked["clean_up"]["kept"] == []
    changed = {name for name, content in walked["after"].items() if content != walked["before"][name]}
    assert not changed, f"rows left or changed in: {changed}"


def test_the_page_about_requests_says_what_was_counted() -> None:
    page = (REPOSITORY / "docs" / "requests-per-transaction.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\w+) \| (\S+) \| (\S+) \| ", page.partition("## Outlook and phones")[2], re.MULTILINE)
    said = {name: {"outlook": outlook, "mobile": mobile} for name, outlook, mobile in rows}
    for channel, counted in EVERYDAY.items():
        found: dict[str, set[int]] = {}
        for name, requests in counted:
            found.setdefault(name, set()).add(requests)
        for name, numbers in found.items():
            low, _, high = said[name][channel].partition("-")
            assert int(low) <= min(numbers), f"{channel} {name}: the page says {said[name][channel]}, counted {numbers}"
            assert max(numbers) <= int(high or low), f"{channel} {name}: says {said[name][channel]}, counted {numbers}"
