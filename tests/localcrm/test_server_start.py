"""Starting and stopping: one clear line for each mistake, a clean end, a state folder that can be used again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from localcrm.__main__ import entry
from tests.localcrm.serving import REPOSITORY, RunningCrm, start, stop


def _refused(*options: str) -> str:
    """Start with options that cannot work; the one line it says."""
    done = subprocess.run(
        [sys.executable, "-m", "localcrm", *options],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2, f"exit code {done.returncode}:\n{done.stdout}{done.stderr}"
    (line,) = done.stderr.splitlines()
    return line


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--hardware", "huge"], "localcrm: unknown hardware 'huge': use one of demo, free"),
        (["--strip", "Salesperson"], "localcrm: --strip 'Salesperson': write \"Role:privilege\""),
        (["--grant", "Salesperson:prvReadcontact:Everywhere"], "unknown depth 'Everywhere'"),
        (["--roles", "loose"], "Invalid value for '--roles'"),
        (["--scale", "0"], "Invalid value for '--scale'"),
        (
            ["--ready-file", "no/such/folder/ready.json"],
            "--ready-file no/such/folder/ready.json: its folder does not exist",
        ),
        (["--colour", "blue"], "No such option"),
    ],
)
def test_a_bad_option_is_one_clear_line_and_exit_code_2(
    options: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(sys, "argv", ["localcrm", *options])
    assert entry() == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


def test_a_state_folder_that_cannot_be_written_to_is_told(tmp_path: Path):
    in_the_way = tmp_path / "file"
    in_the_way.write_text("", encoding="utf-8")
    assert "cannot be written to" in _refused("--state", str(in_the_way / "state"))


def test_a_port_in_use_is_told(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = _refused("--state", str(tmp_path), "--port", str(port))
    assert f"--port {port}: cannot be used" in line
    assert "choose another, or 0 for a free one" in line


def test_a_state_folder_that_another_server_uses_is_told(local_crm: RunningCrm):
    folder = Path(local_crm.ready["users_file"]).parent
    before = (folder / "users.csv").read_bytes(), (folder / "passwords.secrets").read_bytes()
    assert "another local CRM uses it" in _refused("--state", str(folder), "--scale", "0.02")
    assert before == ((folder / "users.csv").read_bytes(), (folder / "passwords.secrets").read_bytes())


def test_an_unknown_role_or_privilege_is_told(tmp_path: Path):
    small = ("--state", str(tmp_path), "--scale", "0.01")
    assert "no role is called 'Chef'" in _refused(*small, "--strip", "Chef:prvReadcontact")
    assert "no privilege is called 'prvCook'" in _refused(*small, "--grant", "Salesperson:prvCook:Basic")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send a signal that a process may answer")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly_and_starts_again_on_the_same_state(tmp_path: Path, how: signal.Signals):
    crm = start(tmp_path, "--scale", "0.01", "--hardware", "free")
    authority = Path(crm.ready["ca_file"]).read_bytes()
    tables = crm.control("GET", "tables")
    session = crm.client()
    session.headers["User-Agent"] = "last-words"
    session.get(f"{crm.url('onprem-9.1')}favicon.ico")
    os.kill(crm.process.pid, how)
    assert crm.process.wait(timeout=20) == 0
    assert "last-words" in Path(crm.ready["access_log"]).read_text(encoding="utf-8")
    assert not (tmp_path / "ready-for-test.json").exists(), "the ready file outlived the server"

    again = start(tmp_path, "--scale", "0.01", "--hardware", "free", "--strip", "Salesperson:prvReadincident")
    try:
        assert Path(again.ready["ca_file"]).read_bytes() == authority
        assert again.control("GET", "tables") == tables
        seller = again.users(kind="person", role="Salesperson")[0]["username"]
        refused = again.signed_in(seller).get(f"{again.url('cloud-9.2')}api/data/v9.2/incidents?$top=1")
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "0x80040220")
    finally:
        stop(again)


def test_it_ends_with_the_program_that_started_it(tmp_path: Path):
    ready_file = tmp_path / "ready.json"
    command = [sys.executable, "-m", "localcrm", "--end-with-stdin", "--scale", "0.01", "--state", str(tmp_path)]
    server = subprocess.Popen(
        [*command, "--ready-file", str(ready_file)],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not ready_file.exists():
            assert server.poll() is None
            time.sleep(0.1)
        assert server.stdin is not None
        server.stdin.close()  # as the system does when whoever held it was killed
        assert server.wait(timeout=60) == 0
        assert not ready_file.exists(), "it ended in good order"
    finally:
        server.kill()
