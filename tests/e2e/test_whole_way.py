"""The whole way in one process, an administrator's sample after it: four books agree, and the CRM is as it was.

One run; each test looks at another side of it.
"""

import json
import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader

from loadtests.launch.browser_pdf import find_browser
from loadtests.results.histogram import Histogram, bucket_index
from loadtests.results.run_folder import RunFolder
from tests.e2e.site import Rows, Site, assert_agree, books_beside, log_rows, make_site, outcomes_by_role
from tests.localcrm.serving import RunningCrm

FILES = (
    "run.json", "intervals.hlog", "outcomes.csv", "sessions.csv", "traffic.csv", "errors.jsonl", "counters.csv",
    "ledger.jsonl", "waves.jsonl",
    "verdict.json", "report.html", "summary.md", "junit.xml",
)  # fmt: skip


@dataclass(frozen=True)
class Run:
    """A run, what it said, and the CRM before and after it."""

    site: Site
    folder: RunFolder
    sample: RunFolder
    """The administrator's."""
    done: subprocess.CompletedProcess[str]
    before: object
    after: object
    load_log: Rows
    """What the CRM logged until the administrator came."""
    sample_log: Rows


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, tight_crm: RunningCrm) -> Run:
    site = make_site(tmp_path_factory.mktemp("whole-way"), tight_crm)
    before, since = tight_crm.control("GET", "tables"), len(log_rows(tight_crm))
    admin = tight_crm.users(kind="housekeeper")[0]["username"]
    plan = site.plan()
    text = plan.read_text(encoding="utf-8") + f"administrator_sample: {{account: {admin}, sessions: 1}}\n"
    plan.write_text(text, encoding="utf-8")
    folder, done = site.run(plan)
    sample = folder.sample
    assert sample is not None, done.stdout + done.stderr
    came = datetime.fromisoformat(sample.record.started_utc)
    log = log_rows(tight_crm)[since:]
    until = [row for row in log if datetime.fromisoformat(row["time_utc"]) < came]
    then = [row for row in log if datetime.fromisoformat(row["time_utc"]) >= came]
    return Run(site, folder, sample, done, before, tight_crm.control("GET", "tables"), until, then)


def test_every_book_is_equal(run: Run) -> None:
    assert_agree(books_beside(run.folder, run.load_log))


def test_every_file_is_filled_and_every_table_as_it_was(run: Run) -> None:
    folder = run.folder
    assert run.after == run.before, "the run left something in the CRM"
    for name in FILES:
        assert folder.file(name).stat().st_size > 40, f"{name} says nothing"
    assert folder.damage == []
    assert {entry.state for entry in folder.read_ledger()} == {"removed"}
    counts = outcomes_by_role(folder)
    assert not [key for key in counts if key[2] != "ok"], f"unexpected outcomes: {counts}"
    assert folder.record.ending == "finished"
    counted = {row.source for row in folder.read_counters() if row.counter == "busy_share" and 0 <= row.value <= 1}
    assert counted == {"server/app", "server/db", "server/async"}
    assert "report:" in run.done.stdout and "people" in run.done.stdout


def test_no_password_stands_in_the_folder_or_on_the_terminal(run: Run) -> None:
    secrets = Path(run.site.crm.ready["secrets_file"]).read_text(encoding="utf-8").splitlines()
    files = [path for path in run.folder.path.rglob("*") if path.is_file()]
    everything = run.done.stdout + run.done.stderr
    everything += "".join(path.read_text(encoding="utf-8", errors="replace") for path in files)
    leaked = [line.split("=", 1)[0] for line in secrets if line.split("=", 1)[1] in everything]
    assert not leaked, f"passwords of {leaked} stand in the run folder or on the terminal"


def test_judged_twice_the_verdict_is_the_same_bytes(run: Run) -> None:
    first = run.folder.file("verdict.json").read_bytes()
    assert run.site.crmload("report", run.folder.path).returncode == run.done.returncode
    assert run.folder.file("verdict.json").read_bytes() == first
    assert run.folder.file("report.pdf").is_file() == (find_browser() is not None), "printed where somebody can"


def test_the_independent_histogram_package_reads_the_log_and_finds_the_same_percentiles(run: Run) -> None:
    reader = HistogramLogReader(str(run.folder.file("intervals.hlog")), HdrHistogram(1, 3_600_000_000, 3))
    theirs: dict[str, HdrHistogram] = {}
    while (read := reader.get_next_interval_histogram()) is not None:
        tag = read.get_tag() or ""
        theirs.setdefault(tag, HdrHistogram(1, 3_600_000_000, 3)).add(read)
    merged: dict[str, Histogram] = {}
    for line in run.folder.read_intervals():
        merged.setdefault(line.tag, Histogram()).add(line.histogram)
    assert theirs.keys() == merged.keys()
    for tag, histogram in merged.items():
        for percent in (50, 95, 99):
            other = theirs[tag].get_value_at_percentile(percent)
            assert abs(bucket_index(histogram.percentile(percent)) - bucket_index(other)) <= 1, (tag, percent)


def test_an_administrator_walks_after_the_load_and_counts_nowhere_in_it(run: Run) -> None:
    assert {session.ended for session in run.sample.read_sessions()} >= {True}
    assert {entry.state for entry in run.sample.read_ledger()} <= {"removed"}

    # The load's own books hold the people's requests and no other; the sample has its own.
    load = books_beside(run.folder, run.load_log + run.sample_log)
    sample = books_beside(run.sample, run.sample_log)
    assert load.intervals == load.outcomes == load.locust
    assert load.intervals + sample.intervals == load.access_log
    assert sample.intervals == sample.access_log > 0

    verdict = json.loads(run.folder.file("verdict.json").read_text(encoding="utf-8"))
    him = verdict["as_administrator"]
    assert him["sessions"] >= 4
    assert {one["what"].split()[0] for one in him["allowed"]} & {"create", "delete", "assign", "write", "read"}
    assert not any(transaction["role"] == "System Administrator" for transaction in verdict["transactions"])
    page = run.folder.file("report.html").read_text("utf-8")
    assert "What testing as an administrator would have hidden" in page
