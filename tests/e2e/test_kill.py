"""A run that is killed in the middle of its writing, and `crmload cleanup` afterwards: the CRM is as it was.

Ten times each, and `crmload` alone too: `make prove cleanup`.
"""

from benchmarks.proofs.kills import WritingRun
from tests.e2e.site import Site

LONG = 600
"""Nothing here waits for the plan's end."""


def test_a_run_that_loses_a_worker_and_later_its_master_is_undone_to_the_row(site: Site) -> None:
    before = site.crm.control("GET", "tables")
    with WritingRun(site.plan(people_per_group=1, hold_s=LONG), site.results) as run:
        run.until_written(8)
        run.kill(["worker"])
        run.until_written(run.written() + 4)
        assert "still going on" in site.crmload("cleanup", run.folder.path).stderr
        run.kill(["master"])
        assert_undone(site, run, before, run.end())


def test_a_run_whose_every_process_is_killed_at_once_is_undone_to_the_row(site: Site) -> None:
    before = site.crm.control("GET", "tables")
    with WritingRun(site.plan(people_per_group=1, hold_s=LONG), site.results) as run:
        run.until_written(8)
        run.kill(["crmload", "master", "workers"])
        said = run.end()
        assert {entry.state for entry in run.folder.read_ledger()} == {"made"}
        assert_undone(site, run, before, said)


def assert_undone(site: Site, run: WritingRun, before: object, said: str) -> None:
    written = len(run.folder.read_ledger())
    done = site.crmload("cleanup", run.folder.path)
    assert done.returncode == 0, said + done.stdout + done.stderr
    assert site.crm.control("GET", "tables") == before, f"{written} records were written\n{said}\n{done.stdout}"
    assert {entry.state for entry in run.folder.read_ledger()} == {"removed"}
