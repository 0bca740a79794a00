"""No secret is anywhere but where it was put: not in a file, a log, a process list, a worker's message, or a report."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote_plus

import pytest

from loadtests.results.run_folder import RunFolder
from tests.e2e.leaks import ProcessWatch, leaks, leaks_in_files
from tests.e2e.site import PROJECT, Site
from tests.load import lures
from tests.load.tempter import Answer, tempting

PLAN = """\
name: four-doors
environment: site.yaml
think_time_factor: 0.05
sessions: {first: 3-4, everyday: 4-6, pause: 1s}
population:
  - {channel: web, role: Salesperson, people: 2}
  - {channel: ifd, role: Customer Service Representative, people: 2}
  - {channel: outlook, role: Salesperson, people: 1}
  - {channel: mobile, role: Salesperson, people: 1}
stages: [{name: work, people: 6, ramp: 1s, hold: 5s}]
limits: {generator_late: 2s}
judge: [{channel: web, transaction: open_record}]
"""
NOT_OURS = (".git", ".venv", "__pycache__", "results", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis")


def secrets_of(site: Site) -> dict[str, str]:
    """Name -> password, of everybody of the local CRM."""
    lines = Path(site.crm.ready["secrets_file"]).read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


def written_since(folder: Path, since: float) -> Iterator[Path]:
    """The project's own files that have changed meanwhile."""
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in NOT_OURS]
        yield from (path for name in names if (path := Path(parent, name)).stat().st_mtime > since)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="process lists are read from /proc")
def test_a_run_with_two_workers_shows_no_secret_anywhere(site: Site) -> None:
    secrets = secrets_of(site)
    (seller, *_) = site.crm.users(role="Salesperson", channel="web")
    from_shell = seller["secret"]
    temporary = site.folder / "tmp"
    temporary.mkdir()
    plan = site.folder / "plan.yaml"
    plan.write_text(PLAN, encoding="utf-8")
    messages = site.folder / "messages.bin"
    began = time.time()
    # One password comes from the shell, where its owner put it; all others from the secrets file.
    arguments = [messages, "--debug", "run", plan, "--results", site.results, "--processes", "2"]
    run = subprocess.Popen(
        [sys.executable, "-m", "tests.e2e.overheard", *map(str, arguments)],
        cwd=PROJECT,
        env={**os.environ, from_shell: secrets[from_shell], "TMPDIR": str(temporary), "HOME": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    watch = ProcessWatch(run.pid)
    said = run.communicate(timeout=150)[0]
    seen = watch.stop()
    (made,) = site.results.iterdir()
    folder = RunFolder(made)

    # Everybody came in: there was something to leak.
    assert {session.channel for session in folder.read_sessions()} == {"web", "ifd", "outlook", "mobile"}, said.decode()
    assert [worker.name for worker in folder.record.workers] == ["worker-1", "worker-2"]
    overheard = messages.read_bytes()
    assert b"crmload" in overheard and seller["username"].encode() in overheard, "nothing was overheard"
    assert len(seen) >= 4, f"the process list shows {len(seen)} of front door, master and two workers"

    assert leaks(said, secrets) == []
    assert leaks(overheard, secrets) == []
    of_shell = f"{from_shell}={secrets[from_shell]}".encode()
    assert [leaks(shown.replace(of_shell, b""), secrets) for shown in seen.values()] == [[]] * len(seen)
    for file in (made / "report.html", made / "verdict.json", made / "locust.log", made / "worker-1.log"):
        assert file.stat().st_size > 0
    assert leaks_in_files(site.folder.rglob("*"), secrets) == {}
    assert leaks_in_files(written_since(PROJECT, began), secrets) == {}
    # The CRM's own log has the addresses that were asked for: a password in one would stand in every proxy's log too.
    assert leaks(Path(site.crm.ready["access_log"]).read_bytes(), secrets) == []


@pytest.mark.timeout(300)
def test_a_run_whose_every_answer_points_elsewhere_talks_to_nobody_else_and_ends_when_it_is_led(site: Site) -> None:
    """Links in pages, rows and headers are not followed; what a client does follow ends the run, before a packet."""
    plan = site.folder / "plan.yaml"
    plan.write_text(PLAN.replace("hold: 5s", "hold: 60s"), encoding="utf-8")

    in_the_run: list[str] = []

    def points_elsewhere(answer: Answer, away: str) -> bool:
        lures.links(answer, away)
        in_the_run.extend(["one more"] * site.results.exists())
        # Once people are at work, the add-in is told that its tables go on elsewhere.
        return len(in_the_run) < 200 or lures.next_page_elsewhere(answer, away)

    with tempting(site.crm, site.folder) as tempter:
        (site.folder / "site.yaml").write_text(tempter.environment("onprem-9.1"), encoding="utf-8")
        tempter.lure = points_elsewhere
        folder, done = site.run(plan)
    assert {session.channel for session in folder.read_sessions()} >= {"web", "ifd", "outlook", "mobile"}
    assert len(in_the_run) > 200, done.stdout
    assert tempter.listener.knocks == []
    assert done.returncode == 4, done.stdout + done.stderr
    assert f"leads to {tempter.listener.address}/" in folder.file("locust.log").read_text(encoding="utf-8")


def test_the_search_finds_what_programs_make_of_a_password() -> None:
    secrets = {"ANNA_PASSWORD": "pä ss/wörd&9+x", "BEN_PASSWORD": "another one"}
    token = b"eyJhbGciOiJSUzI1NiJ9.eyJ1cG4iOiJhbm5hIn0.c2ln"
    planted = {
        f"UserName=anna&Password={quote_plus(secrets['ANNA_PASSWORD'])}".encode(): ["ANNA_PASSWORD"],
        b"YW5uYTpww6Qgc3Mvd8O2cmQmOSt4": ["ANNA_PASSWORD"],  # anna:... as Basic authentication sends it
        "another one".encode("utf-16-le"): ["BEN_PASSWORD"],
        b'{"access_token": "' + token + b'"}': ["a signed token"],
        b"GET / HTTP/1.1 200 anna": [],
    }
    assert {content: leaks(content, secrets) for content in planted} == planted
