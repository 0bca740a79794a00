"""What the check says about accounts that cannot come in: all at once, once each, and nobody is tried twice."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.site import PLAN, Site, log_rows
from tests.localcrm.serving import RunningCrm

STATES = ("locked", "disabled", "password-expired", "mfa", "conditional-access", "federated", "not-a-user")
"""Of the first people, in this order."""
SAYS = {
    "locked": "is locked in Entra ID",
    "disabled": "is disabled in Entra ID (AADSTS50057)",
    "password-expired": "has a password that has expired (AADSTS50055)",
    "mfa": "Entra ID asks for a second factor (AADSTS50076)",
    "conditional-access": "a Conditional Access policy keeps it out (AADSTS53003)",
    "federated": "is a federated user",
    "not-a-user": "signs in, but is no user of this CRM (0x80072560)",
}


@contextmanager
def states(crm: RunningCrm, of: dict[str, str]) -> Iterator[None]:
    for username, state in of.items():
        crm.control("POST", "accounts", {"username": username, "state": state})
    try:
        yield
    finally:
        for username in of:
            crm.control("POST", "accounts", {"username": username, "state": "good"})


def plan_of(site: Site, population: str, judged: str) -> Path:
    path = site.folder / "plan.yaml"
    head = PLAN.split("population:")[0].format(think=1)
    path.write_text(
        f"{head}population:\n{population}stages:\n  - {{name: work, hold: 10s}}\n"
        f"judge:\n  - {{channel: {judged}, transaction: open_record}}\n"
    )
    return path


def test_in_the_cloud_every_account_is_told_its_own_reason_after_one_try(site: Site) -> None:
    (site.folder / "site.yaml").write_text("name: cloud\nready_file: ready.json\nflavour: cloud-9.2\n")
    people = [user for user in site.crm.users(kind="person") if user["channel"] in ("web", "outlook", "mobile")]
    groups = Counter((user["channel"], user["role"]) for user in people)
    population = "".join(
        f"  - {{channel: {channel}, role: {role}, people: {count}}}\n" for (channel, role), count in groups.items()
    )
    plan = plan_of(site, population, "web")
    bad = dict(zip((user["username"] for user in people), STATES, strict=False))
    assert len(bad) == len(STATES)
    before = len(log_rows(site.crm))
    with states(site.crm, bad):
        done = site.crmload("check", plan)
    assert done.returncode == 5, done.stdout + done.stderr
    said = {block.partition(":")[0].split()[-1]: block for block in done.stdout.split("STOP   ")[1:]}
    assert set(said) == set(bad), done.stdout + done.stderr
    for username, state in bad.items():
        assert SAYS[state] in said[username] and "->" in said[username]
    tries = Counter(
        row["user"] for row in log_rows(site.crm)[before:] if row["method"] == "POST" and row["path"].endswith("/token")
    )
    assert set(tries.values()) == {1}, "a wrong password more brings an account nearer to its lock"
    (federated,) = (username for username, state in bad.items() if state == "federated")
    assert federated not in tries, "its password goes nowhere"


def test_at_the_internet_entrance_the_check_walks_the_pages_once_for_each_account(site: Site) -> None:
    plan = plan_of(site, "  - {channel: ifd, role: Salesperson, people: 2}\n", "ifd")
    first = site.crm.users(kind="person", role="Salesperson", channel="ifd")[0]["username"]
    before = len(log_rows(site.crm))
    with states(site.crm, {first: "password-expired"}):
        done = site.crmload("check", plan)
    assert done.returncode == 5, done.stdout + done.stderr
    assert f"{first}: has a password that has expired or must be changed (AD FS says so on its page)" in done.stdout
    forms = Counter(
        row["user"]
        for row in log_rows(site.crm)[before:]
        if row["method"] == "POST" and row["path"].startswith("/adfs/ls") and row["agent"].startswith("crmload")
    )
    assert forms[first] == 1 and set(forms.values()) == {1}


def test_what_keeps_everybody_out_is_told_once(site: Site) -> None:
    plan = plan_of(
        site,
        "  - {channel: outlook, role: Salesperson, people: 1}\n  - {channel: mobile, role: Salesperson, people: 1}\n",
        "outlook",
    )
    site.crm.control("POST", "authority", {"adfs_oauth": False})
    try:
        done = site.crmload("check", plan)
    finally:
        site.crm.control("POST", "authority", {"adfs_oauth": True})
    assert done.returncode == 5, done.stdout + done.stderr
    assert done.stdout.count("STOP   ") == 1
    assert "AD FS does not answer there as a giver of tokens (HTTP 503)" in done.stdout
    assert 'Enable-AdfsEndpoint -TargetAddressPath "/adfs/oauth2/"' in done.stdout
