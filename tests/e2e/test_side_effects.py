"""What the check finds of the processes that a plan would set off, in a real CRM, and that no load starts."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.site import Site, log_rows
from tests.localcrm.serving import RunningCrm

MAILS = {"message": "Create", "table": "incident", "name": "Thank the customer", "does": ["send_email"]}


@pytest.fixture
def wired(tight_crm: RunningCrm) -> Iterator[RunningCrm]:
    """The CRM; whatever a test registers is gone afterwards."""
    yield tight_crm
    tight_crm.control("POST", "async", {"workflows": []})
    tight_crm.control("POST", "plugins", {"plugins": []})


def environment(site: Site, agreed: object = ()) -> None:
    text = json.dumps(agreed if isinstance(agreed, str) else list(agreed))  # type: ignore[call-overload]
    (site.folder / "site.yaml").write_text(f"name: site\nready_file: ready.json\nside_effects: {text}\n")


def checked(site: Site) -> tuple[int, dict[str, Any]]:
    """Exit code and the part about side effects."""
    done = site.crmload("check", site.plan(people_per_group=1), "--json")
    (part,) = [part for part in json.loads(done.stdout)["parts"] if part["area"] == "side effects"]
    return done.returncode, part


def findings(part: dict[str, Any], severity: str) -> dict[str, dict[str, Any]]:
    return {finding["place"]: finding for finding in part["findings"] if finding["severity"] == severity}


def test_microsofts_own_steps_are_counted_and_nobody_is_asked_about_them(site: Site) -> None:
    environment(site)
    code, part = checked(site)
    assert code == 0
    assert findings(part, "stop") == {}
    assert "no process or step of your own runs by itself then; 7 of Microsoft's own run too" in part["sentence"]


def test_a_process_that_mails_on_case_creation_is_found_and_no_load_starts(site: Site, wired: RunningCrm) -> None:
    environment(site)
    wired.control("POST", "async", {"workflows": [MAILS]})
    before = len(log_rows(site.crm))
    done = site.crmload("run", site.plan(people_per_group=1), "--results", site.results)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "STOP   Thank the customer: a background workflow that sends an e-mail" in done.stdout
    assert "runs when incident is created (the journey answer_a_case" in done.stdout
    assert 'add `- "Thank the customer"` under `side_effects:` in the environment file' in done.stdout
    assert not site.results.exists()
    assert all(row["agent"].startswith("crmload") for row in log_rows(site.crm)[before:]), (
        "people came although refused"
    )


def test_what_is_accepted_by_name_is_noted_and_a_misspelt_name_is_told(site: Site, wired: RunningCrm) -> None:
    wired.control("POST", "async", {"workflows": [MAILS]})
    environment(site, ["Thank the customer", "Thank the costumer"])
    code, part = checked(site)
    assert code == 0
    notes = findings(part, "note")
    assert "accepted in the environment file" in notes["Thank the customer"]["text"]
    assert "did you mean `Thank the customer`?" in notes["Thank the costumer"]["text"]


def test_an_isolated_environment_is_told_but_not_stopped(site: Site, wired: RunningCrm) -> None:
    wired.control("POST", "async", {"workflows": [MAILS]})
    environment(site, "isolated")
    code, part = checked(site)
    assert code == 0
    assert "sends an e-mail" in findings(part, "note")["Thank the customer"]["text"]
    assert "declared harmless by `side_effects: isolated`" in part["sentence"]


def test_every_kind_is_judged_by_what_its_definition_says(site: Site, wired: RunningCrm) -> None:
    environment(site)
    workflows = [
        MAILS,
        {
            "message": "Update",
            "table": "opportunity",
            "columns": ["name"],
            "name": "Tell the boss",
            "does": ["send_email"],
        },
        {"message": "Create", "table": "product", "name": "Other table", "does": ["send_email"]},
        {"message": "Create", "table": "incident", "name": "Stamp it", "does": ["update incident"]},
        {"message": "Create", "table": "opportunity", "name": "Remind", "does": ["create task"]},
        {"message": "Create", "table": "incident", "name": "Post to Teams", "flow": True, "does": ["send_email"]},
    ]
    plugins = [
        {"message": "Create", "table": "incident", "name": "Number it"},
        {"message": "Delete", "table": "incident", "name": "Archive it", "mode": "async"},
        {
            "message": "Update",
            "table": "opportunity",
            "name": "To the ERP",
            "webhook": "https://erp.example/hook?code=s",
        },
        {"message": "Update", "table": "account", "columns": ["websiteurl"], "name": "Never written"},
    ]
    wired.control("POST", "async", {"workflows": workflows})
    wired.control("POST", "plugins", {"plugins": plugins})
    code, part = checked(site)
    assert code == 2
    stops = findings(part, "stop")
    assert {place: finding["kind"] for place, finding in stops.items()} == {
        "Thank the customer": "workflow",
        "Remind": "workflow",
        "Post to Teams": "flow",
        "Contoso.Plugins": "plugin_step",
        "To the ERP": "webhook",
    }
    assert '2 synchronous plug-in steps ("Number it", "Archive it")' in stops["Contoso.Plugins"]["text"]
    assert "sends the record to https://erp.example/hook runs" in stops["To the ERP"]["text"]
    assert "creates a task" in stops["Remind"]["text"]
    assert findings(part, "note")["Stamp it"]["kind"] == "workflow"
    assert "Tell the boss" not in json.dumps(part) and "Other table" not in json.dumps(part)
    environment(site, [*stops])
    assert checked(site)[0] == 0
