"""One run with two workers on every way in, overheard: the books agree, and no secret is where it was not put."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from loadtests.results.run_folder import RunFolder
from tests.e2e.leaks import ProcessWatch, leaks, leaks_in_files
from tests.e2e.site import FOUR_DOORS, PROJECT, Site, assert_agree, books, log_rows, make_site
from tests.localcrm.serving import RunningCrm

NOT_OURS = (".git", ".venv", "__pycache__", "results", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis")


@dataclass(frozen=True)
class Overheard:
    """A run with two workers, and what could be heard and seen of it."""

    site: Site
    folder: RunFolder
    secrets: dict[str, str]
    """Name -> password, of everybody of the local CRM."""
    from_shell: str
    """Whose owner put it into the shell; all others came from the secrets file."""
    said: bytes
    messages: bytes
    """Between master and workers."""
    processes: dict[int, bytes]
    """What the process list showed of each."""
    began: float
    since: int
    """Rows of the CRM's log before it."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, tight_crm: RunningCrm) -> Overheard:
    site = make_site(tmp_path_factory.mktemp("overheard"), tight_crm)
    lines = Path(site.crm.ready["secrets_file"]).read_text(encoding="utf-8").splitlines()
    secrets = dict(line.split("=", 1) for line in lines)
    from_shell = site.crm.users(role="Salesperson", channel="web")[0]["secret"]
    temporary = site.folder / "tmp"
    temporary.mkdir()
    plan = site.folder / "plan.yaml"
    plan.write_text(FOUR_DOORS.format(hold_s=5), encoding="utf-8")
    messages = site.folder / "messages.bin"
    began, since = time.time(), len(log_rows(site.crm))
    arguments = [messages, "--debug", "run", plan, "--results", site.results, "--processes", "2"]
    command = subprocess.Popen(
        [sys.executable, "-m", "tests.e2e.overheard", *map(str, arguments)],
        cwd=PROJECT,
        env={
            **os.environ,
            from_shell: secrets[from_shell],
            "TMPDIR": str(temporary),
            "HOME": str(temporary),
            "PATH": "",  # no browser: nobody reads its report
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    watch = ProcessWatch(command.pid)
    said = command.communicate(timeout=150)[0]
    seen = watch.stop()
    (made,) = site.results.iterdir()
    return Overheard(site, RunFolder(made), secrets, from_shell, said, messages.read_bytes(), dict(seen), began, since)


def test_two_processes_agree_to_the_request(run: Overheard) -> None:
    assert_agree(books(run.folder, run.site.crm, run.since))
    assert [worker.name for worker in run.folder.record.workers] == ["worker-1", "worker-2"]
    assert not any(worker.lost for worker in run.folder.record.workers)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="process lists are read from /proc")
def test_a_run_with_two_workers_shows_no_secret_anywhere(run: Overheard) -> None:
    folder, secrets = run.folder, run.secrets
    # Everybody came in: there was something to leak.
    channels = {session.channel for session in folder.read_sessions()}
    assert channels == {"web", "ifd", "outlook", "mobile"}, run.said.decode()
    seller = next(user for user in run.site.crm.users() if user["secret"] == run.from_shell)
    assert b"crmload" in run.messages and seller["username"].encode() in run.messages, "nothing was overheard"
    shown = run.processes
    assert len(shown) >= 4, f"the process list shows {len(shown)} of front door, master and two workers"

    assert leaks(run.said, secrets) == []
    assert leaks(run.messages, secrets) == []
    of_shell = f"{run.from_shell}={secrets[run.from_shell]}".encode()
    assert [leaks(one.replace(of_shell, b""), secrets) for one in shown.values()] == [[]] * len(shown)
    for name in ("report.html", "verdict.json", "locust.log", "worker-1.log"):
        assert folder.file(name).stat().st_size > 0
    assert leaks_in_files(run.site.folder.rglob("*"), secrets) == {}
    assert leaks_in_files(_written_since(PROJECT, run.began), secrets) == {}
    # The CRM's own log has the addresses that were asked for: a password in one would stand in every proxy's log too.
    assert leaks(Path(run.site.crm.ready["access_log"]).read_bytes(), secrets) == []


def _written_since(folder: Path, since: float) -> Iterator[Path]:
    """The project's own files that have changed meanwhile."""
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in NOT_OURS]
        yield from (path for name in names if (path := Path(parent, name)).stat().st_mtime > since)
