"""Plain Locust agrees to the request too, and what roles may too little or too much is an outcome of theirs alone."""

import os
import socket
import subprocess
import sys

from loadtests.results.run_folder import RunFolder
from tests.e2e.site import PROJECT, Site, assert_agree, books, log_rows, outcomes_by_role


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
        str(site.plan(hold_s=6)),
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
