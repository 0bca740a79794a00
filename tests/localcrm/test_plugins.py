"""Plug-ins and workflows as settings: what they cost, refuse and leave to be done, called without a server."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from localcrm.plugins.file import read_steps
from localcrm.plugins.registration import record_steps
from localcrm.plugins.step import Duration, Step, Workflow
from localcrm.settings_file import SettingsError, SettingsFile
from localcrm.webapi.builtin import ACTIONS
from tests.localcrm.small_crm import ADMINISTRATOR, SALES, SmallCrm, error, fresh_crm

BYPASS = {"mscrm.bypasscustompluginexecution": "true"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> SmallCrm:
    return fresh_crm(tmp_path_factory.mktemp("plugins"))


@pytest.fixture
def crm(shared: SmallCrm) -> Iterator[SmallCrm]:
    """The shared CRM, without plug-ins again afterwards."""
    yield shared
    shared.api.plugins.register(steps=(), workflows=())
    shared.api.jobs.run_all()


def test_a_synchronous_step_takes_its_time_and_work(crm: SmallCrm) -> None:
    step = Step(message="create", table="account", delay=Duration(mean=1500, cv=0), app_ms=Duration(mean=40, cv=0))
    crm.api.plugins.register(steps=[step])
    made = crm.send(crm.person(SALES), "POST", "accounts", body={"name": "Slow"})
    assert (made.status, made.plugins.waited, made.plugins.app_seconds) == (204, 1.5, 0.04)
    other = crm.send(crm.person(SALES), "POST", "contacts", body={"lastname": "Quick"})
    assert (other.status, other.plugins.waited) == (204, 0.0)


@pytest.mark.parametrize("stage", ["pre", "post"])
def test_a_step_that_refuses_undoes_the_write(crm: SmallCrm, stage: str) -> None:
    crm.api.plugins.register(
        steps=[Step(message="Create", table="account", stage=stage, error="No more accounts.")]  # type: ignore[arg-type]
    )
    wanted = str(uuid.uuid4())
    refused = crm.send(crm.person(SALES), "POST", "accounts", body={"accountid": wanted, "name": "Refused"})
    assert error(refused) == (400, "0x80040265", "No more accounts.")
    assert crm.send(crm.person(SALES), "GET", f"accounts({wanted})").status == 404


def test_a_refusal_inside_a_change_set_undoes_all_of_it_and_its_time_is_charged(crm: SmallCrm) -> None:
    slow = Step(message="Create", table="contact", delay=Duration(mean=100, cv=0))
    crm.api.plugins.register(steps=[slow, Step(message="Create", table="account", error="No.")])
    who, wanted = crm.person(SALES), str(uuid.uuid4())
    part = "--c\nContent-Type: application/http\n\nPOST {} HTTP/1.1\nContent-Type: application/json\n\n{}\n"
    contact = json.dumps({"contactid": wanted, "lastname": "Undone"})
    body = (
        "--b\nContent-Type: multipart/mixed; boundary=c\n\n"
        + part.format("contacts", contact)
        + part.format("accounts", json.dumps({"name": "Refused"}))
        + "--c--\n--b--\n"
    )
    answer = crm.send(
        who, "POST", "$batch", body=body.encode(), headers={"content-type": "multipart/mixed; boundary=b"}
    )
    assert answer.status == 400 and b"0x80040265" in answer.body
    assert crm.send(who, "GET", f"contacts({wanted})").status == 404


def test_a_step_on_columns_runs_only_when_one_of_them_changes(crm: SmallCrm) -> None:
    who = crm.person(SALES)
    made = crm.create(who, "accounts", {"name": "Watched"})
    step = Step(message="update", table="account", columns=("telephone1",), error="Do not touch the telephone.")
    crm.api.plugins.register(steps=[step])
    assert crm.send(who, "PATCH", f"accounts({made})", body={"name": "Renamed"}).status == 204
    assert crm.send(who, "PATCH", f"accounts({made})", body={"telephone1": "1"}).status == 400
    crm.api.plugins.register(steps=[Step(message="Delete", table="account", error="Keep it.")])
    assert error(crm.send(crm.person(ADMINISTRATOR), "DELETE", f"accounts({made})"))[2] == "Keep it."


def test_a_rate_is_the_share_of_messages_that_are_met(crm: SmallCrm) -> None:
    crm.api.plugins.register(steps=[Step(message="Create", table="account", error="Sometimes.", rate=0.3)])
    answers = [crm.send(crm.person(SALES), "POST", "accounts", body={"name": "Maybe"}).status for _ in range(100)]
    assert set(answers) == {204, 400}
    assert 12 <= answers.count(400) <= 48, "0.3 of 100, four standard deviations either way"


def test_who_lacks_the_privilege_is_told_so_before_any_plug_in_runs(crm: SmallCrm) -> None:
    crm.api.plugins.register(steps=[Step(message="Create", table="role", stage="pre", error="Plug-in.")])
    assert error(crm.send(crm.person(SALES), "POST", "roles", body={"name": "x"}))[:2] == (403, "0x80040220")


def test_a_step_on_an_action_runs_with_it(crm: SmallCrm) -> None:
    who = crm.person(SALES)
    account = crm.create(who, "accounts", {"name": "Buyer"})
    customer = {"customerid_account@odata.bind": f"/accounts({account})"}
    deal = crm.create(who, "opportunities", {"name": "Deal", **customer})
    crm.api.plugins.register(steps=[Step(message="WinOpportunity", table="opportunity", error="The ERP says no.")])
    won = {"Status": 3, "OpportunityClose": {"opportunityid@odata.bind": f"/opportunities({deal})"}}
    assert error(crm.send(who, "POST", "WinOpportunity", body=won)) == (400, "0x80040265", "The ERP says no.")
    assert crm.get(who, f"opportunities({deal})", "$select=statecode")["statecode"] == 0
    assert crm.send(who, "POST", "LoseOpportunity", body={**won, "Status": 4}).status == 204


def test_bypassing_needs_its_privilege(crm: SmallCrm) -> None:
    crm.api.plugins.register(steps=[Step(message="Create", table="account", error="No.")])
    refused = crm.send(crm.person(SALES), "POST", "accounts", body={"name": "x"}, headers=BYPASS)
    assert error(refused)[0] == 403 and "prvBypassCustomPlugins" in error(refused)[2]
    housekeeper = crm.person(ADMINISTRATOR)
    assert crm.send(housekeeper, "POST", "accounts", body={"name": "x"}, headers=BYPASS).status == 204
    assert crm.send(housekeeper, "POST", "accounts", body={"name": "x"}).status == 400


def test_a_workflow_becomes_a_system_job_that_the_user_may_see_and_that_goes_with_its_record(crm: SmallCrm) -> None:
    who, housekeeper = crm.person(SALES), crm.person(ADMINISTRATOR)
    workflow = Workflow(message="Create", table="contact", name="Welcome", delay=Duration(mean=500, cv=0))
    crm.api.plugins.register(workflows=[workflow])
    made = crm.create(who, "contacts", {"lastname": "Newcomer"})
    job = f"asyncoperations?$filter=_regardingobjectid_value eq {made}".split("?", 1)
    (waiting,) = crm.rows(who, *job)
    assert (waiting["name"], waiting["operationtype"], waiting["statuscode"]) == ("Welcome", 10, 0)
    assert crm.api.jobs.backlog.waiting == 1
    started = crm.api.jobs.begin()
    assert started is not None and started.job.seconds == 0.5
    assert crm.rows(who, *job)[0]["statuscode"] == 20
    crm.api.jobs.finish(started)
    (done,) = crm.rows(who, *job)
    assert (done["statecode"], done["statuscode"]) == (3, 30) and done["completedon"] >= done["startedon"]
    assert crm.send(housekeeper, "DELETE", f"contacts({made})").status == 204
    assert crm.rows(housekeeper, *job) == []


def test_a_job_that_fails_keeps_its_message_and_one_not_kept_leaves_no_row(crm: SmallCrm) -> None:
    who = crm.person(SALES)
    crm.api.plugins.register(
        steps=[
            Step(message="Create", table="account", mode="async", name="Breaks", error="The other system is down."),
            Step(message="Create", table="account", mode="async", name="Forgotten", keep=False),
        ]
    )
    made = crm.create(who, "accounts", {"name": "Asynchronous"})
    crm.api.jobs.run_all()
    (job,) = crm.rows(who, "asyncoperations", f"$filter=_regardingobjectid_value eq {made}")
    assert (job["name"], job["statuscode"], job["message"]) == ("Breaks", 31, "The other system is down.")
    assert crm.send(crm.person(ADMINISTRATOR), "DELETE", f"asyncoperations({job['asyncoperationid']})").status == 204


def test_a_write_that_is_undone_leaves_no_job(crm: SmallCrm) -> None:
    crm.api.plugins.register(
        steps=[Step(message="Create", table="account", error="No.")],
        workflows=[Workflow(message="Create", table="account")],
    )
    before = crm.api.jobs.backlog
    crm.send(crm.person(SALES), "POST", "accounts", body={"name": "Undone"})
    crm.api.jobs.run_all()
    assert crm.api.jobs.backlog == before


def test_registered_steps_can_be_read(crm: SmallCrm) -> None:
    crm.api.plugins.register(
        steps=[Step(message="create", table="account", stage="pre", columns=(), name="Check credit")],
        workflows=[Workflow(message="Update", table="account", columns=("telephone1",), name="Tell sales")],
    )
    record_steps(crm.database, crm.api.plugins)
    who = crm.person(SALES)
    (step,) = crm.rows(
        who,
        "sdkmessageprocessingsteps",
        "$select=name,stage,mode&$filter=ismanaged eq false&$expand=plugintypeid($select=typename)",
    )
    assert (step["name"], step["stage"], step["mode"]) == ("Check credit", 20, 0)
    assert step["plugintypeid"]["typename"] == "Contoso.Plugins.CheckCredit"
    (workflow,) = crm.rows(who, "workflows", "$filter=primaryentity eq 'account' and statecode eq 1")
    assert workflow["triggeronupdateattributelist"] == "telephone1"


def test_every_problem_of_a_plug_in_file_is_named_with_its_line(crm: SmallCrm, tmp_path: Path) -> None:
    file = tmp_path / "plugins.yaml"
    file.write_text(
        "plugins:\n"
        "  - message: Create\n"
        "    table: acount\n"
        "  - message: Explode\n"
        "    table: account\n"
        "workflows:\n"
        "  - {message: Update, table: account, columns: [telefon]}\n",
        encoding="utf-8",
    )
    with pytest.raises(SettingsError) as caught:
        read_steps(SettingsFile(file), crm.database.catalogue, ACTIONS)
    assert [(problem.line, problem.key) for problem in caught.value.problems] == [
        (3, "plugins.0.table"),
        (4, "plugins.1.message"),
        (7, "workflows.0.columns"),
    ]
    file.write_text("plugins:\n  - message: Create\n    dely: 3\n    rate: 2\n", encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        read_steps(SettingsFile(file), crm.database.catalogue, ACTIONS)
    unknown, too_high = (str(problem).removeprefix(str(file)) for problem in caught.value.problems)
    assert unknown.startswith(":3: plugins.0.dely: unknown key; known here: app_ms, columns, db_ms, delay, error")
    assert too_high == ":4: plugins.0.rate: must be less than or equal to 1"
