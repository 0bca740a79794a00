"""Records that a plan uses up, on the real local CRM: missed, made, counted, used up once, and gone afterwards."""

import json
from pathlib import Path
from typing import Any

from benchmarks.proofs.kills import WritingRun
from loadtests.results.check_record import CheckRecord, Finding
from loadtests.results.run_folder import RunFolder
from tests.e2e.site import Site

ROLE = "Customer Service Representative"
PLAN = """\
name: pools
environment: site.yaml
think_time_factor: 0.05
sessions: {{first: 6-8, everyday: 8-12, pause: 2s}}
population: [{{channel: web, role: Customer Service Representative, people: 2}}]
{pace}
stages: [{{name: work, hold: {hold}}}]
limits: {{generator_late: 2s}}
judge: [{{channel: web, transaction: open_record}}]
"""


def plan(site: Site, hold: str, pace: str = "") -> Path:
    """A plan whose service people close cases that came in from others, and do nothing else."""
    (site.folder / "roles").mkdir(exist_ok=True)
    (site.folder / "roles" / "manager.yaml").write_text(f"role: {ROLE}\njourneys: {{close_a_waiting_case: 1}}\n")
    path = site.folder / "plan.yaml"
    path.write_text(PLAN.format(pace=pace, hold=hold))
    return path


def told_of(record: CheckRecord) -> tuple[dict[str, Finding], list[list[str]]]:
    """The findings about pools, and the rows about them in the table of desks."""
    (desks,) = [part for part in record.parts if part.area == "desks"]
    assert desks.grid is not None
    findings = {one.kind: one for one in desks.findings if one.kind.startswith(("pool", "touches"))}
    return findings, [row for row in desks.grid.rows if row[2] == "uses up records"]


def checked(site: Site, path: Path) -> tuple[int, dict[str, Finding], list[list[str]]]:
    """Exit code of the check, and what it says of pools."""
    done = site.crmload("check", path, "--json")
    assert done.stdout, done.stderr
    return done.returncode, *told_of(CheckRecord.model_validate_json(done.stdout))


def test_a_run_makes_what_it_uses_up_and_leaves_every_table_as_it_was(site: Site) -> None:
    before = site.crm.control("GET", "tables")
    folder, done = site.run(plan(site, hold="15s"))
    told, _ = told_of(folder.record.check)
    assert (told["pool_made_by_the_run"].severity, told["pool_made_by_the_run"].text[:6]) == ("note", "needs ")
    errors = [error.message for error in folder.read_errors()]
    assert not errors, (errors, done.stdout)
    resolved = sum(row.count for row in folder.read_outcomes() if "/change_status/" in row.series)
    assert resolved >= 4
    after = site.crm.control("GET", "tables")
    assert [table for table in before if before[table] != after[table]] == []
    assert {entry.state for entry in folder.read_ledger()} == {"removed"}


def test_a_large_need_is_refused_until_the_seed_has_made_it_and_the_next_run_takes_from_it(site: Site) -> None:
    before = site.crm.control("GET", "tables")
    path = plan(site, hold="3h", pace="volumes: {close_a_waiting_case: 120}")
    code, told, _ = checked(site, path)
    assert code == 2
    short = told["pool_short"]
    assert (short.severity, short.place) == ("stop", f"{ROLE}, My Active Cases")
    assert "(close_a_waiting_case; about 360 and a reserve against chance), 0 are there" in short.text
    assert short.next_step == "let the housekeeper make them: crmload seed PLAN"

    seeded = site.crmload("seed", path, "--results", site.results)
    assert seeded.returncode == 0, seeded.stdout + seeded.stderr
    (seed,) = site.results.iterdir()
    code, told, rows = checked(site, path)
    assert (code, told) == (0, {})
    ((*_, least, middle, wanted),) = rows
    assert least == middle == wanted.partition(" ")[0]
    assert "nothing to make" in site.crmload("seed", path, "--results", site.results).stdout

    # A short run of the same people takes from what lies there, and removes what it used up.
    folder, _ = site.run(plan(site, hold="15s"))
    taken = {entry.id for entry in folder.read_ledger() if entry.table == "incident"}
    made = {entry.id for entry in RunFolder(seed).read_ledger()}
    assert len(taken) >= 4 and taken <= made, "made by the seed, not by the run"
    assert not list(folder.read_errors())

    cleaned = site.crmload("cleanup", seed, "--json")
    assert cleaned.returncode == 0, cleaned.stdout + cleaned.stderr
    assert json.loads(cleaned.stdout)["already_gone"] == len(taken)
    after = site.crm.control("GET", "tables")
    assert [table for table in before if before[table] != after[table]] == []


EXCEPT = ("modifiedon", "modifiedby", "_modifiedby_value", "versionnumber", "@odata.etag")


def cases(site: Site) -> dict[str, dict[str, Any]]:
    """Every case as the CRM shows it to the housekeeper, without what no restoring brings back."""
    keeper = site.crm.signed_in(site.crm.users(kind="housekeeper")[0]["username"])
    url = site.crm.url("cloud-9.2") + "api/data/v9.2/incidents"
    rows: dict[str, dict[str, Any]] = {}
    while url:
        page = keeper.get(url).json()
        rows |= {row["incidentid"]: {k: v for k, v in row.items() if k not in EXCEPT} for row in page["value"]}
        url = page.get("@odata.nextLink", "")
    return rows


def touching(site: Site, hold: str) -> Path:
    """A plan whose managers change and close existing cases of their own."""
    path = plan(site, hold=hold)
    path.write_text(path.read_text() + "touch_existing: [incident]\n")
    (site.folder / "journeys").mkdir(exist_ok=True)
    (site.folder / "journeys" / "mine.yaml").write_text(
        "journey: close_a_waiting_case\nsteps:\n  - {open_view: incident, view: My Active Cases}\n"
        "  - {take: incident, as: case}\n  - fill: case\n    values: {description: 'Load test: {word}'}\n"
        "  - {save: case}\n  - {add_note: case, text: 'Load test: {word}'}\n  - {open_dialog: case, to: resolve}\n"
        "  - {change_status: case, to: resolve}\n"
    )
    return path


def test_existing_records_that_a_plan_insists_on_are_put_back_also_by_a_clean_up_after_a_kill(site: Site) -> None:
    before, rows = site.crm.control("GET", "tables"), cases(site)
    folder, done = site.run(touching(site, hold="15s"))
    told, _ = told_of(folder.record.check)
    assert told["touches_existing"].text.startswith("THIS PLAN CHANGES RECORDS THAT WERE THERE BEFORE")
    assert not list(folder.read_errors()), done.stdout
    restored = {entry.id for entry in folder.read_ledger() if entry.state == "restored"}
    assert len(restored & set(rows)) >= 1, "existing ones were taken"
    assert "This run changed records that were there before" in folder.file("report.html").read_text(encoding="utf-8")

    def assert_as_before() -> None:
        after = site.crm.control("GET", "tables")
        assert [name for name in before if before[name] != after[name] and name != "incident"] == []
        assert cases(site) == rows

    assert_as_before()
    with WritingRun(touching(site, hold="5m"), site.results) as run:
        run.until_written(4)
        run.kill(["crmload", "master", "workers"])
        run.end()
        cleaned = site.crmload("cleanup", run.folder.path, "--json")
    assert cleaned.returncode == 0, cleaned.stdout + cleaned.stderr
    assert json.loads(cleaned.stdout)["kept"] == []
    assert_as_before()
