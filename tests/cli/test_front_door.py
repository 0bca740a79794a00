"""What a user meets first: help, misspelt commands, and one clear error with the right exit code for every mistake."""

import http.server
import os
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from loadtests.cli.main import COMMANDS

PROJECT = Path(__file__).resolve().parents[2]

PLAN = """\
name: small
environment: site.yaml
population:
  - {channel: web, role: Salesperson, people: 1}
stages:
  - {name: work, people: 1, hold: 5s}
judge:
  - {channel: web, transaction: open_record}
"""

ENVIRONMENT = """\
name: test
entrances:
  intranet:
    url: https://localhost:PORT/contoso/
    flavour: onprem-9.1
    sign_in: oauth
    authority: https://localhost:PORT/adfs
    client_id: 11111111-2222-3333-4444-555555555555
    ca_file: ca.pem
channels: {web: intranet}
users_file: users.csv
"""

USERS = """\
username,role,channel,kind,secret
anna@contoso.test,Salesperson,web,person,ANNA
keeper@contoso.test,System Administrator,,housekeeper,KEEPER
"""


def crmload(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"ANNA": "a-secret-of-anna", "KEEPER": "a-secret-of-the-keeper"}
    return subprocess.run(
        [sys.executable, "-m", "loadtests.cli", *map(str, arguments)],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def site(tmp_path: Path, authority: trustme.CA) -> Path:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    (tmp_path / "site.yaml").write_text(ENVIRONMENT.replace("PORT", "9"))
    (tmp_path / "users.csv").write_text(USERS)
    (tmp_path / "plan.yaml").write_text(PLAN)
    return tmp_path


@pytest.fixture
def rubbish_server(authority: trustme.CA) -> Iterator[int]:
    """An HTTPS server that answers every request with something that no CRM says."""

    class Rubbish(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b"<html><body>It works!</body></html>"
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Rubbish)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()


def assert_one_clear_error(done: subprocess.CompletedProcess[str], code: int, *said: str) -> None:
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    # What a check finds is its result, on the standard output; what ends the command before it is an error.
    told = done.stdout + done.stderr
    for text in said:
        assert text in told, f"{text!r} expected in:\n{told}"
    assert "a-secret-of" not in done.stderr + done.stdout


def test_help_names_every_command_and_exit_code() -> None:
    done = crmload("--help")
    assert done.returncode == 0
    for word in ("demo", "serve", "check", "run", "report", "cleanup", "3 inconclusive"):
        assert word in done.stdout


HEAVY = ("locust", "gevent", "pandas", "matplotlib", "pydantic", "rich", "msal", "numpy", "scipy", "requests", "jinja2")
MISTAKES = {
    **{"--help": 0, "--version": 0, "rnu plan.yaml": 2, "--verbose": 2, "": 2},
    **{f"{command} --help": 0 for command in COMMANDS if command != "serve"},
    **{f"{command} paln.yaml": 2 for command in ("check", "run", "seed", "login", "pairs", "report", "cleanup")},
    **{f"{command} broken.yaml": 2 for command in ("check", "run", "seed", "login")},
    **{"pairs broken.yaml --a a.yaml --b b.yaml": 2, "report .": 2, "cleanup .": 2, "advise .": 2},
    **{"run": 2, "run --processes many broken.yaml": 2, "run --people 5": 2, "accounts write x": 2},
}
"""A line and its exit code, in a folder that holds nothing but a file `broken.yaml`, which is no YAML."""
ONE_BY_ONE = f"""
import sys
from loadtests.cli.main import entry
for line, code in {MISTAKES}.items():
    sys.argv = ["crmload", *line.split()]
    try:
        entry()
    except SystemExit as end:
        assert end.code == code, f"{{line}} ended with {{end.code}}"
    loaded = [name for name in {HEAVY} if name in sys.modules]
    assert not loaded, f"{{line}} loaded {{loaded}}"
"""


def test_help_and_mistakes_are_answered_at_once_without_any_library(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("name: small\nstages: [\n")
    done = subprocess.run(
        [sys.executable, "-c", ONE_BY_ONE],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("broken.yaml:3: this is not valid YAML") == 5, done.stderr


def test_a_misspelt_command_is_suggested() -> None:
    assert_one_clear_error(crmload("rnu", "x"), 2, "there is no command `rnu`. Did you mean `run`?")


def test_a_missing_plan(site: Path) -> None:
    assert_one_clear_error(crmload("run", site / "paln.yaml"), 2, "there is no file", "did you mean `plan.yaml`?")


def test_a_wrong_key_and_an_unknown_role(site: Path) -> None:
    (site / "plan.yaml").write_text(PLAN.replace("stages:", "stage:"))
    assert_one_clear_error(
        crmload("run", site / "plan.yaml"), 2, "plan.yaml:5: unknown key `stage` (did you mean `stages`?)"
    )
    (site / "plan.yaml").write_text(PLAN.replace("role: Salesperson", "role: Salesman"))
    assert_one_clear_error(crmload("run", site / "plan.yaml"), 2, "plan.yaml:4: unknown role `Salesman`")


def test_a_crm_that_is_down(site: Path) -> None:
    done = crmload("run", site / "plan.yaml", "--results", site / "results")
    assert_one_clear_error(done, 5, "https://localhost:9/adfs", "->")
    assert not (site / "results").exists(), "no load was sent, so there is no run folder"


def test_a_server_that_answers_rubbish(site: Path, rubbish_server: int) -> None:
    (site / "site.yaml").write_text(ENVIRONMENT.replace("PORT", str(rubbish_server)))
    done = crmload("run", site / "plan.yaml", "--results", site / "results")
    assert_one_clear_error(done, 5, "does not answer as a sign-in server", "->")


def test_a_certificate_that_nobody_trusts(site: Path, rubbish_server: int) -> None:
    trustme.CA().cert_pem.write_to_path(str(site / "ca.pem"))
    (site / "site.yaml").write_text(ENVIRONMENT.replace("PORT", str(rubbish_server)))
    done = crmload("run", site / "plan.yaml", "--results", site / "results")
    assert_one_clear_error(done, 5, "certificate", "ca_file")


def test_production_is_refused_until_its_host_is_named(site: Path) -> None:
    (site / "site.yaml").write_text(ENVIRONMENT.replace("PORT", "9") + "production: true\n")
    assert_one_clear_error(
        crmload("run", site / "plan.yaml"), 4, "is marked production", "--allow-production localhost"
    )


def test_a_report_of_something_else(site: Path) -> None:
    assert_one_clear_error(crmload("report", site), 2, "is not a run folder", "crmload run")


def test_plain_locust_without_a_plan_says_what_is_missing() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "locust", "-f", "locustfile.py", "--headless"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "--plan" in done.stderr and "CRMLOAD_PLAN" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_state_folder_of_the_local_crm_may_be_written_with_an_equals_sign(tmp_path: Path) -> None:
    done = crmload("serve", f"--state={tmp_path / 'mine'}", "--hardware", "none")
    assert_one_clear_error(done, 2, "unknown hardware 'none': use one of demo, free")
    assert (tmp_path / "mine").is_dir()
