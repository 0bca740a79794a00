"""Every role of the company walked for real: requests by the CRM's own log, nothing left behind.

Every number is compared with the table of docs/requests-per-transaction.md: the page and the code cannot drift apart.
"""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from loadtests.config.load import resolve_plan
from scenarios.site import Site
from scenarios.writes import writes_of
from tests.localcrm.serving import REPOSITORY, RunningCrm
from tests.scenarios.walking import environment_of, walk

MESSAGES = (
    *(("AddToQueue", "200"), ("PickFromQueue", "204"), ("ReleaseToQueue", "204"), ("AddListMembersList", "204")),
)
ROLES = (
    *("Salesperson", "Sales Manager", "Customer Service Representative", "CSR Manager"),
    *("Marketing Professional", "Data Steward"),
)
PLAN = """\
name: walk
environment: crm.yaml
think_time_factor: 0.001
population:
{groups}
stages: [{{name: walk, people: {people}, hold: 1s}}]
judge: [{{channel: web, transaction: save}}]
""".format(groups="\n".join(f"  - {{channel: web, role: {role}, people: 1}}" for role in ROLES), people=len(ROLES))


@pytest.fixture(scope="module")
def walked(tight_crm: RunningCrm, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the walk reported, the requests by transaction in the CRM's log, its tables before and after."""
    folder = tmp_path_factory.mktemp("walk")
    environment_of(tight_crm, folder)
    report = walk(tight_crm, folder, PLAN, timeout_s=180)
    # The 401 legs of Windows sign-in belong to connections, not to what people do.
    log = [row for row in report["log"] if row["status"] != "401"]
    requests = Counter(row["agent"] for row in log)
    messages = Counter((row["path"].rpartition(".")[2], row["status"]) for row in log if row["method"] == "POST")
    writes = {written for row in log if row["agent"].startswith("walk") and (written := written_by(row))}
    return {**report, "requests": requests, "messages": messages, "writes": writes}


def written_by(row: dict[str, str]) -> tuple[str, str] | None:
    """Message and entity set (or unbound message) of a request that writes a record; None for every other."""
    found = re.fullmatch(r".*/api/data/v[\d.]+/(\w+)(\([^)]*\))?(?:/Microsoft\.Dynamics\.CRM\.(\w+))?", row["path"])
    if row["method"] not in ("POST", "PATCH", "DELETE") or not found or found[1] in ("UpdateRecentItems",):
        return None
    verb = {"POST": "Create", "PATCH": "Update", "DELETE": "Delete"}[row["method"]]
    unbound = found[1][:1].isupper()
    return (found[1], "") if unbound else (found[3] or verb, found[1])


def test_every_step_of_every_role_ends_well(walked: dict[str, Any]) -> None:
    not_ok = [line for line in walked["transactions"] if line["outcome"] != "ok"]
    assert not not_ok, not_ok
    assert not walked["problem"]


def test_each_transaction_sends_as_many_requests_as_the_page_says(walked: dict[str, Any]) -> None:
    page = (REPOSITORY / "docs" / "requests-per-transaction.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| (\w+) \| (\d+)(?:-(\d+))? \| ", page.partition("## First visits")[0], re.MULTILINE)
    said = {name: (int(least), int(most or least)) for name, least, most in table}
    counted: dict[str, set[int]] = {}
    for line in walked["transactions"]:
        if line["where"].endswith("/everyday"):
            counted.setdefault(line["transaction"], set()).add(walked["requests"][line["agent"]])
    assert {name: (min(numbers), max(numbers)) for name, numbers in counted.items()} == {
        name: said.get(name) for name in counted
    }
    assert set(said) - set(counted) == {"must_not"}, "the page has rows that nobody walked"


def test_queues_and_marketing_lists_are_really_worked_with(walked: dict[str, Any]) -> None:
    # Two sessions each of a service person and of a service manager; two of a marketing person.
    done = {name: walked["messages"][name, status] for name, status in MESSAGES}
    assert done == {"AddToQueue": 4, "PickFromQueue": 4, "ReleaseToQueue": 2, "AddListMembersList": 2}
    assert {"queueitem", "listmember"} <= set(walked["before"]), "what they leave would be seen"


def test_everything_that_is_written_was_foretold(walked: dict[str, Any], tight_crm: RunningCrm, tmp_path: Path) -> None:
    """What the check looks up side effects of is all that the CRM's own log has."""
    environment_of(tight_crm, tmp_path)
    (tmp_path / "plan.yaml").write_text(PLAN, encoding="utf-8")
    plan = resolve_plan(tmp_path / "plan.yaml")
    site = Site.of(plan)
    told = {
        (write.message, site.tables[write.table].entity_set)
        for write in writes_of(plan, site)
        if site.tables.get(write.table)
    }
    unbound = {(write.message, "") for write in writes_of(plan, site)}
    assert len(walked["writes"]) > 20
    assert walked["writes"] <= told | unbound, walked["writes"] - told - unbound


def test_no_request_is_sent_outside_a_transaction(walked: dict[str, Any]) -> None:
    assert walked["requests"]["between transactions"] == 0


def test_after_the_clean_up_every_table_is_as_it_was(walked: dict[str, Any]) -> None:
    assert walked["clean_up"]["kept"] == []
    changed = {name for name, content in walked["after"].items() if content != walked["before"][name]}
    assert not changed, f"rows left or changed in: {changed}"
