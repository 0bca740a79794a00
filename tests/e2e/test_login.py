"""`crmload login`: an account once by hand, then check and load come in silently. Against the local CRM's authority."""

import json
import re
import stat
import subprocess
import sys
import threading
from pathlib import Path

from tests.e2e.leaks import leaks_in_files
from tests.e2e.site import PROJECT, Site

PLAN = """\
name: second-factor
environment: site.yaml
think_time_factor: 0.05
sessions: {first: 2-3, everyday: 2-3, pause: 1s}
population: [{channel: outlook, role: Salesperson, people: 1}]
stages: [{name: work, people: 1, hold: 4s}]
limits: {generator_late: 2s}
judge: [{channel: outlook, transaction: open_record}]
"""


def site_with_logins(site: Site) -> Path:
    """An environment in the cloud whose accounts sign in by hand, with no password within reach; its plan."""
    users = [user for user in site.crm.users() if user["role"] == "Salesperson" or user["kind"] == "housekeeper"]
    lines = [f"{u['username']},{u['role']},{u['channel']},{u['kind']},\n" for u in users]
    (site.folder / "users.csv").write_text("username,role,channel,kind,secret\n" + "".join(lines), encoding="utf-8")
    ready = site.crm.ready
    (site.folder / "site.yaml").write_text(
        "name: cloud\nsimulated: true\nside_effects: isolated\nentrances:\n"
        f"  cloud: {{url: {ready['base_urls']['cloud-9.2']}, flavour: cloud-9.2, sign_in: oauth, authority: "
        f"{ready['entra_authority']}, client_id: {ready['oauth_client_id']}, ca_file: {ready['ca_file']}, "
        f"resource: {ready['oauth_resource']['cloud-9.2']}, connect_to: '{ready['connect_to']}'}}\n"
        "channels: {outlook: cloud}\nusers_file: users.csv\nidentity: {login: true, token_folder: kept}\n",
        encoding="utf-8",
    )
    plan = site.folder / "plan.yaml"
    plan.write_text(PLAN, encoding="utf-8")
    return plan


def log_in(site: Site, plan: Path, *options: str, as_somebody_else: str = "") -> tuple[int, str]:
    """Run `crmload login` and do with each code what its owner does in a browser; exit code and what it said."""
    command = [sys.executable, "-u", "-m", "loadtests.cli", "login", str(plan), *options]
    said: list[str] = []
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as child:
        timer = threading.Timer(60, child.kill)
        timer.start()
        whose = ""
        for line in child.stdout or ():
            said.append(line)
            whose = line.split()[0] if "@" in line and "(" in line else whose
            if found := re.search(r"open the page (\S+) and enter the code (\w+)", line):
                user = as_somebody_else or whose
                fields = {"otc": found[2], "login": user, "passwd": site.crm.password(user)}
                site.crm.client().post(found[1], data=fields)
        code = child.wait()
        timer.cancel()
    return code, "".join(said)


def test_each_account_signs_in_once_by_hand_and_check_and_load_come_in_silently(site: Site) -> None:
    plan = site_with_logins(site)
    refused = site.crmload("check", plan)
    assert refused.returncode == 5
    assert "has not signed in on this machine yet" in refused.stdout and "run `crmload login`" in refused.stdout

    code, said = log_in(site, plan)
    assert code == 0, said
    assert "2 of 2 accounts are signed in" in said, said
    kept = list((site.folder / "kept").iterdir())
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o600}
    code, said = log_in(site, plan, "--status")
    assert (code, said.count("until about")) == (0, 2), said
    assert log_in(site, plan)[1].count("enter the code") == 0, "who is signed in is not asked again"

    before = [path.read_bytes() for path in kept]
    folder, done = site.run(plan)
    assert folder.record.ending == "finished", done.stdout
    sessions = list(folder.read_sessions())
    assert sessions and not any(session.broken for session in sessions), done.stdout
    assert any("crmload login" in text for text in folder.record.approximations)
    after = [path.read_bytes() for path in kept]
    assert all(a != b for a, b in zip(before, after, strict=True)), "the check renews what is kept"
    tokens = {path.name: json.loads(path.read_text("utf-8"))["refresh_token"] for path in kept}
    assert leaks_in_files(folder.path.rglob("*"), tokens) == {}

    assert "forgotten: 2 of 2" in log_in(site, plan, "--forget")[1]
    assert not list((site.folder / "kept").iterdir())


def test_somebody_else_at_the_page_is_refused(site: Site) -> None:
    plan = site_with_logins(site)
    other = site.crm.person(5)
    (first, *_) = [u["username"] for u in site.crm.users(role="Salesperson", channel="outlook")]
    code, said = log_in(site, plan, "--account", first, as_somebody_else=other)
    assert code == 5
    assert f"{other} signed in where {first} should have" in said


def test_a_folder_within_a_repository_is_refused(site: Site) -> None:
    plan = site_with_logins(site)
    environment = site.folder / "site.yaml"
    environment.write_text(
        environment.read_text("utf-8").replace("token_folder: kept", f"token_folder: {PROJECT}/kept")
    )
    done = site.crmload("login", plan)
    assert done.returncode == 2
    assert "could be committed" in done.stderr
