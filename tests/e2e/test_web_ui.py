"""Plain Locust with its web UI: started, stopped and started again from a real browser."""

import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from loadtests.results.run_folder import RunFolder
from tests.e2e.site import PROJECT, Site

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture
def locust_ui(site: Site) -> Iterator[str]:
    """Locust with its web UI; every start writes below the site's results folder."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    plan = site.plan(hold_s=60)
    command = [
        sys.executable,
        "-m",
        "locust",
        "-f",
        "locustfile.py",
        "--plan",
        str(plan),
        "--results",
        str(site.results),
    ]
    command += ["--web-host", "127.0.0.1", "--web-port", str(port)]
    with (site.folder / "locust.log").open("w") as log:
        process = subprocess.Popen(command, cwd=PROJECT, stdout=log, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}/"
    wait_for(lambda: _answers(address), 30, "Locust's web UI does not answer")
    yield address
    process.terminate()
    assert process.wait(60) == 0, (site.folder / "locust.log").read_text()


def wait_for(condition, seconds: float, problem: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, problem
        time.sleep(0.2)


def _answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=2).status_code == 200
    except requests.ConnectionError:
        return False


def endings(results: Path) -> list[str | None]:
    # A folder is there a moment before its run.json, which appears whole.
    return [RunFolder(path.parent).record.ending for path in sorted(results.glob("*/run.json"))]


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: install the package `chromium`")
def test_start_stop_and_start_again_make_two_clean_runs(site: Site, locust_ui: str) -> None:
    from playwright.sync_api import sync_playwright

    before = site.crm.control("GET", "tables")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(locust_ui)
        for number, start in enumerate((re.compile("^start$", re.I), re.compile("^new$", re.I)), start=1):
            page.get_by_role("button", name=start).click()
            if number == 2:
                page.get_by_role("button", name=re.compile("^start$", re.I)).click()
            wait_for(lambda n=number: len(endings(site.results)) == n, 20, "no run folder after the start button")
            page.wait_for_timeout(7000)
            page.get_by_role("button", name=re.compile("^stop$", re.I)).click()
            wait_for(lambda: None not in endings(site.results), 40, "the run does not end after the stop button")
        browser.close()
    assert errors == []
    assert endings(site.results) == ["stopped", "stopped"]
    for path in sorted(site.results.glob("*")):
        folder = RunFolder(path)
        assert sum(row.count for row in folder.read_outcomes() if row.series.startswith("request/")) > 100
        assert {entry.state for entry in folder.read_ledger()} == {"removed"}
        assert folder.damage == []
    assert site.crm.control("GET", "tables") == before
