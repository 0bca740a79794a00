"""What the check finds of the processes that a plan would set off, in a real CRM, and that no load starts."""

import json
from collections.abc import Callable, Iterator

import pytest

from loadtests.checks.inspection import Inspection
from loadtests.checks.needs import Needs
from loadtests.checks.reactions import Reading
from loadtests.checks.side_effects import check_side_effects
from loadtests.cli.plans import needs_of, read_plan
from loadtests.config.secrets import Secrets
from loadtests.results.check_record import Finding, Part
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


def checked(site: Site) -> Part:
    """The part of the check, as `crmload check` gets it."""
    plan = read_plan(site.plan(people_per_group=1))
    with Inspection(plan, needs_of(plan), Secrets.load(plan.environment)) as inspection:
        return check_side_effects(inspection)


def findings(part: Part, severity: str) -> dict[str, Finding]:
    return {finding.place: finding for finding in part.findings if finding.severity == severity}


def planted(crm: RunningCrm, entity_set: str, row: dict[str, object]) -> str:
    """A row of an administrator's own making; its address."""
    session = crm.signed_in("housekeeper@contoso.test", "ifd-9.1")
    root = f"{crm.url('ifd-9.1')}api/data/v9.1/"
    made = session.post(root + entity_set, json=row)
    assert made.status_code == 204, made.text
    return str(made.headers["OData-EntityId"])


@pytest.fixture
def rows(tight_crm: RunningCrm) -> Iterator[Callable[[str, dict[str, object]], None]]:
    """Plants rows that are gone afterwards."""
    made: list[str] = []
    yield lambda entity_set, row: made.append(planted(tight_crm, entity_set, row))
    session = tight_crm.signed_in("housekeeper@contoso.test", "ifd-9.1")
    for address in made:
        assert session.delete(address).status_code == 204


def test_microsofts_own_steps_are_counted_and_nobody_is_asked_about_them(site: Site) -> None:
    environment(site)
    part = checked(site)
    assert findings(part, "stop") == {}
    assert "no process or step of your own runs by itself then; 7 of Microsoft's own run too" in part.sentence


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


def test_what_is_accepted_by_name_or_isolated_is_noted_and_a_misspelt_name_is_told(
    site: Site, wired: RunningCrm
) -> None:
    wired.control("POST", "async", {"workflows": [MAILS]})
    environment(site, ["Thank the customer", "Thank the costumer"])
    part = checked(site)
    assert findings(part, "stop") == {}
    notes = findings(part, "note")
    assert "accepted in the environment file" in notes["Thank the customer"].text
    assert "did you mean `Thank the customer`?" in notes["Thank the costumer"].text
    environment(site, "isolated")
    part = checked(site)
    assert findings(part, "stop") == {}
    assert "sends an e-mail" in findings(part, "note")["Thank the customer"].text
    assert "declared harmless by `side_effects: isolated`" in part.sentence


def test_every_kind_is_judged_by_what_its_definition_says(site: Site, wired: RunningCrm) -> None:
    environment(site)
    boss = {"message": "Update", "table": "opportunity", "columns": ["name"], "name": "Tell the boss"}
    workflows = [
        MAILS,
        {**boss, "does": ["send_email"]},
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
    part = checked(site)
    stops = findings(part, "stop")
    assert {place: finding.kind for place, finding in stops.items()} == {
        "Thank the customer": "workflow",
        "Remind": "workflow",
        "Post to Teams": "flow",
        "Contoso.Plugins": "plugin_step",
        "To the ERP": "webhook",
    }
    assert '2 plug-in steps ("Number it", "Archive it")' in stops["Contoso.Plugins"].text
    assert "sends the record to https://erp.example/hook runs" in stops["To the ERP"].text
    assert "creates a task" in stops["Remind"].text
    assert findings(part, "note")["Stamp it"].kind == "workflow"
    assert "Tell the boss" not in str(part) and "Other table" not in str(part) and "Never written" not in str(part)
    environment(site, [*stops])
    assert findings(checked(site), "stop") == {}


def test_service_levels_rules_and_mailboxes_are_found_in_their_own_tables(
    site: Site, wired: RunningCrm, rows: Callable[[str, dict[str, object]], None]
) -> None:
    environment(site)
    active = {"statecode": 1, "statuscode": 2}
    rows("slas", {"name": "Gold", "primaryentityotc": 112, "isdefault": True, **active})
    rows("slas", {"name": "Draft", "primaryentityotc": 112})
    rows(
        "convertrules",
        {"name": "Calls to cases", "sourcechanneltypecode": 4210, "sendautomaticresponse": True, **active},
    )
    rows("routingrules", {"name": "By product", **active})
    seller = site.crm.users(role="Salesperson", channel="web")[0]["username"]
    session = site.crm.signed_in("housekeeper@contoso.test", "ifd-9.1")
    who = session.get(f"{site.crm.url('ifd-9.1')}api/data/v9.1/systemusers?$filter=domainname eq '{seller}'").json()
    (user,) = who["value"]
    box = {"name": "Seller's mailbox", "outgoingemaildeliverymethod": 2, "actdeliverymethod": 1}
    rows("mailboxes", {**box, "regardingobjectid_systemuser@odata.bind": f"/systemusers({user['systemuserid']})"})
    part = checked(site)
    stops = findings(part, "stop")
    assert {place: finding.kind for place, finding in stops.items()} == {
        "Gold": "sla",
        "Calls to cases": "record_creation_rule",
    }
    assert "answers the sender by e-mail" in stops["Calls to cases"].text
    notes = findings(part, "note")
    assert notes["By product"].kind == "routing_rule"
    of_boxes = [(f.kind, f.severity) for f in part.findings if f.place == "mailbox Seller's mailbox"]
    assert of_boxes == [("calendar_mailbox", "note"), ("outgoing_mailbox", "note")]


def test_what_the_reader_may_not_see_is_unknown_and_stops_the_load(site: Site) -> None:
    environment(site)
    plan = read_plan(site.plan(people_per_group=1))
    people = [account for account in plan.users if account.kind != "inspector"]
    sellers_look = plan.model_copy(update={"users": [account for account in people if account.kind == "person"]})
    with Inspection(sellers_look, needs_of(plan), Secrets.load(plan.environment)) as inspection:
        inspection.session(*inspection.people[0])
        part = check_side_effects(inspection)
    (unknown,) = [finding for finding in part.findings if finding.kind == "side_effects_unknown"]
    assert unknown.severity == "stop"
    assert "SLAs (HTTP 403)" in unknown.text and "Security Roles" in unknown.next_step


def test_a_plan_that_only_reads_sets_nothing_off(site: Site) -> None:
    plan = read_plan(site.plan(people_per_group=1))
    with Inspection(plan, Needs(), Secrets.load(plan.environment)) as inspection:
        assert check_side_effects(inspection).sentence == "the plan writes nothing, so nothing is set off"


def test_a_column_that_this_version_does_not_know_hides_nothing(site: Site) -> None:
    plan = read_plan(site.plan(people_per_group=1))
    with Inspection(plan, Needs(), Secrets.load(plan.environment)) as inspection:
        session = inspection.reader()
        assert session is not None
        reading = Reading(session, ())
        rows = reading.rows("users", "systemusers?$select=fullname,notyetthere&$filter=isdisabled eq false")
    assert reading.refused == []
    assert all(row["fullname"] for row in rows) and len(rows) > 2
