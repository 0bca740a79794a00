"""The whole way: people come in, work and go home; four books agree on every request; the CRM is as it was."""

import os
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path

from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader

from loadtests.results.histogram import Histogram, bucket_index
from loadtests.results.run_folder import RunFolder
from tests.e2e.site import PROJECT, Site, assert_agree, books, log_rows

FILES = (
    "run.json", "intervals.hlog", "outcomes.csv", "sessions.csv", "traffic.csv", "errors.jsonl", "counters.csv",
    "ledger.jsonl", "waves.jsonl",
    "verdict.json", "report.html", "summary.md", "junit.xml",
)  # fmt: skip


def outcomes_by_role(folder: RunFolder) -> Counter[tuple[str, str, str]]:
    """(role, transaction, outcome) -> count."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for row in folder.read_outcomes():
        parts = row.series.split("/")
        if parts[0] in ("web", "ifd"):
            counts[parts[1], parts[2], row.outcome] += row.count
    return counts


def test_one_process_leaves_every_book_equal_every_file_filled_and_every_table_as_it_was(site: Site) -> None:
    before = site.crm.control("GET", "tables")
    since = len(log_rows(site.crm))
    folder, done = site.run(site.plan(people_per_group=2))
    assert_agree(books(folder, site.crm, since))
    assert site.crm.control("GET", "tables") == before, "the run left something in the CRM"
    for name in FILES:
        assert folder.file(name).stat().st_size > 40, f"{name} says nothing"
    assert folder.damage == []
    assert {entry.state for entry in folder.read_ledger()} == {"removed"}
    counts = outcomes_by_role(folder)
    assert not [key for key in counts if key[2] != "ok"], f"unexpected outcomes: {counts}"
    assert folder.record.ending == "finished"
    counted = {row.source for row in folder.read_counters() if row.counter == "busy_share" and 0 <= row.value <= 1}
    assert counted == {"server/app", "server/db", "server/async"}
    assert "report:" in done.stdout and "people" in done.stdout
    secrets = Path(site.crm.ready["secrets_file"]).read_text(encoding="utf-8").splitlines()
    everything = (
        done.stdout
        + done.stderr
        + "".join(
            path.read_text(encoding="utf-8", errors="replace") for path in folder.path.rglob("*") if path.is_file()
        )
    )
    leaked = [line.split("=", 1)[0] for line in secrets if line.split("=", 1)[1] in everything]
    assert not leaked, f"passwords of {leaked} stand in the run folder or on the terminal"

    # Judged twice: the same bytes.
    first = folder.file("verdict.json").read_bytes()
    assert site.crmload("report", folder.path).returncode == done.returncode
    assert folder.file("verdict.json").read_bytes() == first

    # The independent HdrHistogram package reads our log and finds the same percentiles.
    reader = HistogramLogReader(str(folder.file("intervals.hlog")), HdrHistogram(1, 3_600_000_000, 3))
    theirs: dict[str, HdrHistogram] = {}
    while (read := reader.get_next_interval_histogram()) is not None:
        tag = read.get_tag() or ""
        theirs.setdefault(tag, HdrHistogram(1, 3_600_000_000, 3)).add(read)
    merged: dict[str, Histogram] = {}
    for line in folder.read_intervals():
        merged.setdefault(line.tag, Histogram()).add(line.histogram)
    assert theirs.keys() == merged.keys()
    for tag, histogram in merged.items():
        for percent in (50, 95, 99):
            other = theirs[tag].get_value_at_percentile(percent)
            assert abs(bucket_index(histogram.percentile(percent)) - bucket_index(other)) <= 1, (tag, percent)


def test_plain_locust_with_master_and_workers_agrees_to_the_request(site: Site) -> None:
    before = site.crm.control("GET", "tables")
    since = len(log_rows(site.crm))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    locust = [sys.executable, "-m", "locust", "-f", "locustfile.py", "--only-summary"]
    statistics = site.folder / "statistics"
    head = [
        *locust,
        "--headless",
        "--plan",
        str(site.plan()),
        "--results",
        str(site.results),
        "--json-file",
        str(statistics),
    ]
    head += ["--master", "--master-bind-host", "127.0.0.1", "--master-bind-port", str(port), "--expect-workers", "2"]
    worker = [*locust, "--worker", "--master-host", "127.0.0.1", "--master-port", str(port)]
    with (site.folder / "master.log").open("w") as log:
        children = [
            subprocess.Popen(command, cwd=PROJECT, stdout=log, stderr=log, env=os.environ.copy())
            for command in (head, worker, worker)
        ]
        try:
            codes = [child.wait(timeout=120) for child in children]
        finally:
            for child in children:
                child.kill()
    said = (site.folder / "master.log").read_text()
    assert codes == [0, 0, 0], said
    (made,) = site.results.iterdir()
    folder = RunFolder(made)
    assert_agree(books(folder, site.crm, since, statistics.with_suffix(".json")))
    assert site.crm.control("GET", "tables") == before, "the run left something in the CRM"
    assert site.crmload("report", made).returncode in (0, 3)


def test_a_missing_privilege_is_denied_and_one_too_many_leaks_for_their_roles_alone(site: Site) -> None:
    before = site.crm.control("GET", "tables")
    service, sales = "Customer Service Representative", "Salesperson"
    site.crm.control("POST", "roles", {"role": service, "privilege": "prvReadincident", "depth": "None"})
    site.crm.control("POST", "roles", {"role": sales, "privilege": "prvDeleteaccount", "depth": "Global"})
    try:
        folder, done = site.run(site.plan(), "--allow-denied")
    finally:
        site.crm.control("POST", "roles", {"role": service, "privilege": "prvReadincident", "depth": "Local"})
        site.crm.control("POST", "roles", {"role": sales, "privilege": "prvDeleteaccount", "depth": "None"})
    assert done.returncode in (1, 4), done.stdout
    counts = outcomes_by_role(folder)
    denied = {key for key in counts if key[2] == "denied"}
    leaked = {key for key in counts if key[2] == "leaked"}
    assert denied and {role for role, _, _ in denied} == {"customer-service-representative"}
    assert leaked == {("salesperson", "must_not", "leaked")}
    assert "prvReadincident" in done.stdout and "prvDeleteaccount" in done.stdout
    after = site.crm.control("GET", "tables")
    assert after == before, "an existing row has changed"
