"""A site's own table, form, views and slow plug-in under load, described without a line of Python (examples/)."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.site import PROJECT, Site, log_rows, make_site
from tests.localcrm.serving import RunningCrm, start, stop

EXAMPLE = PROJECT / "examples" / "custom-table"
PLAN = EXAMPLE / "configs" / "plans" / "projects.yaml"


@pytest.fixture(scope="module")
def customised_crm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCrm]:
    """A local CRM customised by the example's solution."""
    options = ("--scale", "0.02", "--hardware", "free", "--people", "24", "--roles", "tight")
    folder = tmp_path_factory.mktemp("customised-crm")
    crm = start(folder, *options, "--solution", str(EXAMPLE / "solution.yaml"))
    yield crm
    assert stop(crm) == 0


@pytest.fixture
def site(tmp_path: Path, customised_crm: RunningCrm) -> Site:
    """An environment for it."""
    return make_site(tmp_path, customised_crm)


def test_the_example_runs_and_its_slow_plug_in_is_felt_where_people_save(site: Site) -> None:
    assert not list(EXAMPLE.rglob("*.py"))
    before = site.crm.control("GET", "tables")
    since = len(log_rows(site.crm))
    folder, done = site.run(PLAN, "--environment", str(site.folder / "site.yaml"))
    assert done.returncode in (0, 3), f"{done.stdout}\n{done.stderr}"
    outcomes: Counter[tuple[str, str]] = Counter()
    for row in folder.read_outcomes():
        parts = row.series.split("/")
        if parts[0] == "web":
            outcomes[parts[2], row.outcome] += row.count
    assert {outcome for _, outcome in outcomes} == {"ok"}, outcomes
    assert outcomes["must_not", "ok"] >= 6, "everybody was refused what the role must not do"

    verdict = json.loads(folder.file("verdict.json").read_text(encoding="utf-8"))
    waits = {row["transaction"]: row for row in verdict["transactions"] if row["channel"] == "web"}
    assert waits["save"]["p95_ms"] >= 1200, "the plug-in's 1.2 s are in the row of `save`"
    assert waits["run_action"]["n"] > 0, "the action has a row of its own"
    assert waits["open_view"]["p50_ms"] < 1200 and waits["open_record"]["p50_ms"] < 1200, "and nowhere else"

    log = Counter(
        (row["method"], row["path"].rpartition("/")[2].partition("(")[0])
        for row in log_rows(site.crm)[since:]
        # The check tries the action once too.
        if not row["agent"].startswith("crmload")
    )
    assert log["POST", "new_projects"] >= 4, "each seller started a project"
    assert log["POST", "Microsoft.Dynamics.CRM.new_ApproveProject"] == outcomes["run_action", "ok"] >= 4
    assert {entry.state for entry in folder.read_ledger()} == {"removed"}
    assert site.crm.control("GET", "tables") == before, "the run left something in the CRM"
    assert site.crm.control("GET", "async")["succeeded"] >= 4, "each new project was announced by a workflow"


@pytest.mark.timeout(400)  # two checks and a run: half a minute on a machine that is not shared
def test_from_init_to_a_passing_check_to_a_run_with_two_edits_and_no_python(site: Site) -> None:
    """What docs/your-own-crm.md tells a person to do, against a CRM that is known by its address only."""
    ready, folder = site.crm.ready, site.folder / "contoso"
    before = site.crm.control("GET", "tables")
    address = (ready["base_urls"]["onprem-9.1"], "--ca-file", ready["ca_file"], "--connect-to", ready["connect_to"])
    accounts = ("--users", ready["users_file"], "--secrets-file", ready["secrets_file"], "--people", "4")
    done = site.crmload("init", *address, *accounts, "--into", folder)
    assert "is onprem-9.1, signed in to by Windows sign-in" in done.stdout, f"{done.stdout}\n{done.stderr}"
    assert "tables/new_project.yaml" in done.stdout and "UNREAD" not in done.stdout
    # The plug-in of the solution runs when a project is created: nobody but the administrator can say that it may.
    assert done.returncode == 2 and "Project number from ERP" in done.stdout, done.stdout
    people = set(re.findall(r"[\w.]+@contoso\.test", "".join(p.read_text("utf-8") for p in folder.rglob("*.yaml"))))
    assert not people, "the files name people"

    _edit(folder / "environments" / "contoso.yaml", "side_effects: []", 'side_effects: ["Project number from ERP"]')
    plan = folder / "plans" / "contoso-first-try.yaml"
    _edit(plan, "hold: 110s", "hold: 15s")
    run, done = site.run(plan)
    # A run begins with the check of its plan, and sends nothing where that does not pass.
    assert "accounts sign in, read and hold their roles" in done.stdout
    assert done.returncode in (0, 3), f"{done.stdout}\n{done.stderr}"
    people_did = [row for row in run.read_outcomes() if row.series.startswith("web/")]
    assert {row.outcome for row in people_did} <= {"ok", "abandoned"}, [
        row for row in people_did if row.outcome != "ok"
    ]
    assert any("/save/" in row.series for row in people_did), "nobody wrote anything"
    assert site.crm.control("GET", "tables") == before, "the run left something in the CRM"


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text, text
    path.write_text(text.replace(old, new), "utf-8")
