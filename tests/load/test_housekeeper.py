"""The housekeeper against the real local CRM: decoys that people must not touch, and a clean house afterwards."""

import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import trustme

from loadtests.config.document import load_yaml
from loadtests.config.local_crm import environment_of
from loadtests.config.resolved import ResolvedPlan
from loadtests.config.roles import MustNot
from loadtests.config.users import read_users
from loadtests.errors import SafetyStop, SignInFailed, Unreachable
from loadtests.load.housekeeper import make_decoys, needs_housekeeper, signed_in_housekeeper
from loadtests.load.person_ledger import PersonLedger
from loadtests.load.plain_session import PlainSession
from loadtests.load.removal import remove_all
from loadtests.results.ledger import LedgerEntry
from tests.load.plans import PROJECT, SELLER, SERVICE, small_plan
from tests.localcrm.serving import RunningCrm


@pytest.fixture
def plan(local_crm: RunningCrm) -> ResolvedPlan:
    """A plan on the local CRM whose two roles must not delete accounts or write cases."""
    environment = environment_of(local_crm.ready, "local")
    plan = small_plan(groups=(("web", SELLER, 2), ("web", SERVICE, 2)))
    rules = [MustNot(operation="delete", table="account"), MustNot(operation="write", table="incident")]
    tables = {path.stem: load_yaml(path).data for path in (PROJECT / "scenarios" / "tables").glob("*.yaml")}
    return plan.model_copy(
        update={
            "environment": environment,
            "users": read_users(environment.users_file),
            "tables": tables,
            "roles": {name: role.model_copy(update={"must_not": rules}) for name, role in plan.roles.items()},
        }
    )


def test_decoys_are_made_listed_and_removed_without_a_trace(plan: ResolvedPlan, local_crm: RunningCrm) -> None:
    before = local_crm.control("GET", "tables")
    people = [account for account in plan.accounts("person") if account.role in (SELLER, SERVICE)][:4]
    ledger: list[LedgerEntry] = []
    session = signed_in_housekeeper(plan)
    decoys = make_decoys(session, plan, people, lambda *entries: ledger.extend(entries))
    assert set(decoys) == {account.username for account in people}
    assert all(set(tables) == {"account", "incident"} for tables in decoys.values())
    names = {session.get(f"accounts({tables['account']})?$select=name").json()["name"] for tables in decoys.values()}
    assert names == {"crmload decoy (may be deleted)"}
    made = {entry.id for entry in ledger}
    assert made >= {record_id for tables in decoys.values() for record_id in tables.values()}

    after: list[LedgerEntry] = []
    report = remove_all([session], ledger, lambda *entries: after.extend(entries))
    session.close()
    assert (report.removed + report.already_gone, report.kept) == (len(ledger), [])
    assert {entry.id for entry in after if entry.state == "removed"} == made
    assert local_crm.control("GET", "tables") == before


def test_what_is_gone_already_is_no_problem(plan: ResolvedPlan) -> None:
    gone = LedgerEntry("11111111-2222-3333-4444-555555555555", "accounts", "account", "p001", "2026-11-23T10:00:00")
    session = signed_in_housekeeper(plan)
    report = remove_all([session], [gone], lambda *_: None)
    session.close()
    assert (report.removed, report.already_gone, report.kept) == (0, 1, [])


def steps(*listed: Any) -> dict[str, dict[str, Any]]:
    return {"work": {"journey": "work", "steps": list(listed)}}


@pytest.mark.parametrize(
    ("journeys", "must_not", "needed"),
    [
        (steps("open_home", {"open_view": "contact", "view": "Mine"}), [], False),
        (steps({"new": "task"}, {"save": "task"}), [], True),
        (steps({"add_note": "case", "text": "x"}), [], True),
        (steps("open_home"), [MustNot(operation="create", table="account")], True),
    ],
    ids=["reads", "saves", "writes notes", "probes a create"],
)
def test_who_writes_needs_somebody_to_clean_up(journeys: Any, must_not: list[MustNot], needed: bool) -> None:
    plan = small_plan()
    roles = {name: role.model_copy(update={"must_not": must_not}) for name, role in plan.roles.items()}
    assert needs_housekeeper(plan.model_copy(update={"journeys": journeys, "roles": roles})) is needed


def test_many_records_take_seconds(plan: ResolvedPlan, local_crm: RunningCrm) -> None:
    people = [account for account in plan.accounts("person") if account.role in (SELLER, SERVICE)][:60]
    ledger: list[LedgerEntry] = []
    session = signed_in_housekeeper(plan)
    begun = time.monotonic()
    make_decoys(session, plan, people, lambda *entries: ledger.extend(entries))
    remove_all([session], ledger, lambda *_: None)
    session.close()
    each = (time.monotonic() - begun) / len(ledger)
    assert each < 0.05, f"{each * 1000:.0f} ms for making and removing a record: 1,000 should take well under a minute"


def plain_session(plan: ResolvedPlan, **entrance: Any) -> PlainSession:
    intranet = plan.environment.entrances["intranet"].model_copy(update=entrance)
    environment = plan.environment.model_copy(update={"entrances": {"intranet": intranet}})
    return PlainSession(environment, intranet, purpose="test")


class Passwords:
    """Secrets with one answer."""

    def __init__(self, value: str) -> None:
        self._value = value

    def password(self, _: object) -> str:
        return self._value


def test_a_wrong_password_names_the_account_and_its_variable(plan: ResolvedPlan) -> None:
    account = plan.accounts("housekeeper")[0]
    with pytest.raises(SignInFailed) as caught:
        plain_session(plan).sign_in(account, Passwords("certainly wrong"))  # type: ignore[arg-type]
    assert account.username in str(caught.value)
    assert account.secret in str(caught.value)
    assert "certainly wrong" not in str(caught.value)


def test_a_server_that_is_down_is_told_with_its_address(plan: ResolvedPlan) -> None:
    with pytest.raises(Unreachable, match="nothing answers there"):
        plain_session(plan, connect_to="127.0.0.1:1").sign_in(plan.accounts("housekeeper")[0], Passwords("x"))  # type: ignore[arg-type]


def test_an_untrusted_certificate_is_told_with_the_key_to_set(plan: ResolvedPlan, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger.pem"
    trustme.CA().cert_pem.write_to_path(str(stranger))
    with pytest.raises(Unreachable, match="ca_file"):
        plain_session(plan, ca_file=stranger).sign_in(plan.accounts("housekeeper")[0], Passwords("x"))  # type: ignore[arg-type]


def test_another_origin_is_refused(plan: ResolvedPlan) -> None:
    with pytest.raises(SafetyStop):
        plain_session(plan).send("GET", "https://127.0.0.1:9/elsewhere")


def ledger_into(noted: list[LedgerEntry]) -> PersonLedger:
    return PersonLedger("p001", SimpleNamespace(ledger=lambda _: None), SimpleNamespace(append=noted.append))  # type: ignore[arg-type]


def test_what_the_crm_made_under_ids_of_its_own_is_found_and_removed_though_nobody_saw_the_answer(
    plan: ResolvedPlan, local_crm: RunningCrm
) -> None:
    before = local_crm.control("GET", "tables")
    session = signed_in_housekeeper(plan)
    lead = "0b9e1df5-3c4b-4c8e-9f43-6d0f2a1c7e11"
    noted: list[LedgerEntry] = []
    ledger = ledger_into(noted)
    ledger.creating("leads", "lead", lead)
    for table, entity_set in (("account", "accounts"), ("contact", "contacts"), ("opportunity", "opportunities")):
        ledger.letting_crm_create(entity_set, table, f"{table}id", "originatingleadid", lead)
    body = {"leadid": lead, "lastname": "Sought", "companyname": "Sought"}
    qualify = {"CreateAccount": True, "CreateContact": True, "CreateOpportunity": True, "Status": 3}
    answers = session.batch(
        [
            ("POST", "leads", json.dumps(body).encode()),
            ("POST", f"leads({lead})/Microsoft.Dynamics.CRM.QualifyLead", json.dumps(qualify).encode()),
        ]
    )
    assert [status for status, _ in answers] == [204, 200], answers

    after: list[LedgerEntry] = []
    report = remove_all([session], noted, lambda *entries: after.extend(entries))
    session.close()
    assert report.kept == []
    assert report.removed + report.already_gone == 4
    assert {entry.id for entry in after if entry.state == "removed"} >= {entry.id for entry in noted}
    assert local_crm.control("GET", "tables") == before


def test_a_case_that_waits_in_a_queue_is_removed_with_its_item_though_nobody_saw_the_answer(
    plan: ResolvedPlan, local_crm: RunningCrm
) -> None:
    before = local_crm.control("GET", "tables")
    session = signed_in_housekeeper(plan)
    account, case = "0b9e1df5-3c4b-4c8e-9f43-6d0f2a1c7e12", "0b9e1df5-3c4b-4c8e-9f43-6d0f2a1c7e13"
    queue = session.get("queues?$select=queueid&$top=1").json()["value"][0]["queueid"]
    noted: list[LedgerEntry] = []
    ledger = ledger_into(noted)
    ledger.creating("accounts", "account", account)
    ledger.creating("incidents", "incident", case)
    ledger.letting_crm_create("queueitems", "queueitem", "queueitemid", "objectid", case)
    body = {"incidentid": case, "title": "Waits", "customerid_account@odata.bind": f"/accounts({account})"}
    target = {"Target": {"@odata.type": "Microsoft.Dynamics.CRM.incident", "incidentid": case}}
    answers = session.batch(
        [
            ("POST", "accounts", json.dumps({"accountid": account, "name": "Waits"}).encode()),
            ("POST", "incidents", json.dumps(body).encode()),
            ("POST", f"queues({queue})/Microsoft.Dynamics.CRM.AddToQueue", json.dumps(target).encode()),
        ]
    )
    assert [status for status, _ in answers] == [204, 204, 200], answers

    after: list[LedgerEntry] = []
    report = remove_all([session], noted, lambda *entries: after.extend(entries))
    session.close()
    assert (report.kept, report.removed, report.already_gone) == ([], 3, 0), "the item by itself, before its case"
    assert "queueitem" in {entry.table for entry in after if entry.undo == "delete"}
    assert local_crm.control("GET", "tables") == before
