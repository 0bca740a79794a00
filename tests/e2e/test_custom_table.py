"""A site's own table, form, views and slow plug-in under load, described without a line of Python (examples/)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.site import PROJECT, Site, log_rows, make_site
from tests.localcrm.serving import start, stop

EXAMPLE = PROJECT / "examples" / "custom-table"
PLAN = EXAMPLE / "configs" / "plans" / "projects.yaml"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A local CRM customised by the example's solution."""
    options = ("--scale", "0.01", "--hardware", "free", "--people", "24")
    crm = start(tmp_path / "crm", *options, "--solution", str(EXAMPLE / "solution.yaml"))
    yield make_site(tmp_path, crm)
    assert stop(crm) == 0


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
        (row["method"], row["path"].rpartition("/")[2].partition("(")[0]) for row in log_rows(site.crm)[since:]
    )
    assert log["POST", "new_projects"] >= 4, "each seller started a project"
    assert log["POST", "Microsoft.Dynamics.CRM.new_ApproveProject"] == outcomes["run_action", "ok"] >= 4
    assert {entry.state for entry in folder.read_ledger()} == {"removed"}
    assert site.crm.control("GET", "tables") == before, "the run left something in the CRM"
    assert site.crm.control("GET", "async")["succeeded"] >= 4, "each new project was announced by a workflow"
