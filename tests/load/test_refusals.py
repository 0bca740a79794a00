"""Why people are kept out: each entrance of the real local CRM, each reason, told alike by the check and in the load.

What a row expects: the kind, words of the reason, and words of the administrator's step.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from loadtests.config.day import Group
from loadtests.config.environment import Channel, Environment
from loadtests.config.local_crm import environment_of
from loadtests.config.secret_sources import Told
from loadtests.config.secrets import Secrets
from loadtests.config.users import Account, read_users
from loadtests.errors import SignInFailed
from loadtests.load.clock import RunClock
from loadtests.load.health import HealthMonitor
from loadtests.load.http import Request
from loadtests.load.outcomes import NotOk, expect, masked
from loadtests.load.person import Person
from loadtests.load.plain_session import PlainSession
from loadtests.load.recorder import Recorder
from loadtests.load.refusals.refusal import OF_THE_PLACE, SIGN_IN_KINDS
from loadtests.load.roster import Roster
from loadtests.load.sign_in import letting_in, sign_in_forms, sign_in_oauth, sign_in_windows
from loadtests.results.ledger import LedgerFile
from tests.load.plans import SELLER, small_plan
from tests.localcrm.serving import RunningCrm

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

WAYS: dict[str, tuple[str, Channel]] = {
    "windows": ("onprem-9.1", "web"),
    "forms": ("onprem-9.1", "ifd"),
    "adfs": ("onprem-9.1", "outlook"),
    "entra": ("cloud-9.2", "outlook"),
}
"""Way of signing in -> flavour of the environment and channel that goes through it."""
WRONG = {"password": "certainly wrong"}
ANY_CAUSE = "one answer to a wrong user name or password and to an account that is locked, disabled or has an expired"
ASK_AD = "Get-ADUser -Filter \"UserPrincipalName -eq '{user}'\" -Properties LockedOut,PasswordExpired; $u | fl Enabled"


def state(name: str) -> dict[str, str]:
    return {"state": name}


TABLE: tuple[tuple[str, dict[str, Any], str, str, str], ...] = (
    # AD FS and Windows give one answer to all; that is said, and how to tell them apart.
    ("windows", WRONG, "wrong_password", f"is refused by Windows sign-in, which gives {ANY_CAUSE}", ASK_AD),
    ("windows", state("locked"), "wrong_password", ANY_CAUSE, "Unlock-ADAccount"),
    ("windows", state("disabled"), "wrong_password", ANY_CAUSE, "Enable-ADAccount"),
    ("windows", state("password-expired"), "wrong_password", ANY_CAUSE, "Set-ADAccountPassword -Reset"),
    ("windows", state("not-a-user"), "not_a_user", "signs in, but is no user of this CRM", "Add user"),
    ("adfs", WRONG, "wrong_password", f"is refused by AD FS (MSIS9659), which gives {ANY_CAUSE}", ASK_AD),
    ("adfs", state("locked"), "wrong_password", ANY_CAUSE, "Reset-AdfsAccountLockout {user}"),
    ("adfs", state("disabled"), "wrong_password", ANY_CAUSE, "Enable-ADAccount"),
    ("adfs", state("password-expired"), "wrong_password", ANY_CAUSE, "Set-ADAccountPassword -Reset"),
    ("adfs", state("mfa"), "mfa_required", "AD FS asks for a second factor", "Edit Access Control Policy"),
    ("adfs", state("not-a-user"), "not_a_user", "is no user of this CRM", "Settings > Security > Users"),
    ("forms", WRONG, "wrong_password", "(Incorrect user ID or password", ASK_AD),
    ("forms", state("locked"), "wrong_password", ANY_CAUSE, "Unlock-ADAccount"),
    ("forms", state("disabled"), "wrong_password", ANY_CAUSE, "Enable-ADAccount"),
    (
        "forms",
        state("password-expired"),
        "password_expired",
        "AD FS says so on its page",
        "-ChangePasswordAtLogon $false",
    ),
    ("forms", state("mfa"), "mfa_required", "a second factor (AzureMfaAuthentication)", "Edit Access Control Policy"),
    ("forms", state("not-a-user"), "not_a_user", "is no user of this CRM", "Add user"),
    ("entra", WRONG, "wrong_password", "has another password than the one that crmload was given", "behind {secret}"),
    ("entra", state("locked"), "locked", "is locked in Entra ID", "Users > {user} > Reset password"),
    ("entra", state("disabled"), "disabled", "is disabled in Entra ID (AADSTS50057)", "Account enabled: Yes"),
    ("entra", state("password-expired"), "password_expired", "has expired (AADSTS50055)", "behind {secret}"),
    ("entra", state("mfa"), "mfa_required", "asks for a second factor (AADSTS50076)", "Conditional Access > Policies"),
    ("entra", state("conditional-access"), "conditional_access", "(AADSTS53003)", "Users > Exclude"),
    ("entra", state("federated"), "federated", "is a federated user", "cloud-only test accounts"),
    ("entra", state("not-a-user"), "not_a_user", "(0x80072560)", "Power Platform admin center"),
    # What keeps everybody out.
    (
        "adfs",
        {"adfs_oauth": False},
        "oauth_not_enabled",
        "(HTTP 503)",
        'Enable-AdfsEndpoint -TargetAddressPath "/adfs/oauth2/"',
    ),
    (
        "adfs",
        {"crm_oauth": False},
        "oauth_not_enabled",
        "the CRM takes no tokens",
        "OAuthClaimsSettings; $s.Enabled = $true",
    ),
    ("adfs", {"clients": "unknown"}, "client_not_registered", "knows no client", "Add-AdfsNativeClientApplication"),
    ("adfs", {"clients": "forbidden"}, "client_not_registered", "(MSIS9605)", "Grant-AdfsApplicationPermission"),
    ("entra", {"clients": "unknown"}, "client_not_registered", "(AADSTS700016)", "Allow public client flows: Yes"),
    ("entra", {"clients": "forbidden"}, "client_not_registered", "(AADSTS65001)", "Grant admin consent"),
    ("adfs", {"clock_ahead_seconds": 900}, "clock", "their clocks differ", "w32tm /resync"),
    ("adfs", {"clock_ahead_seconds": -9000}, "clock", "their clocks differ", "w32tm /resync"),
    ("forms", {"clock_ahead_seconds": 900}, "clock", "their clocks differ", "w32tm /query /status"),
    ("entra", {"clock_ahead_seconds": 900}, "clock", "their clocks differ", "w32tm"),
)
IDS = [f"{way}-{'-'.join(map(str, [*dial, *dial.values()]))}" for way, dial, *_ in TABLE]


@contextmanager
def turned(crm: RunningCrm, account: Account, dial: dict[str, Any]) -> Iterator[None]:
    """The dial turned for as long as it lasts."""
    before = crm.control("GET", "authority")
    try:
        if "state" in dial:
            crm.control("POST", "accounts", {"username": account.username, **dial})
        elif "password" not in dial:
            crm.control("POST", "authority", dial)
        yield
    finally:
        crm.control("POST", "accounts", {"username": account.username, "state": "good"})
        crm.control("POST", "authority", before)


def seller_of(environment: Environment) -> Account:
    return next(user for user in read_users(environment.users_file) if user.role == SELLER)


@pytest.mark.parametrize(("way", "dial", "kind", "reason", "step"), TABLE, ids=IDS)
def test_the_check_says_why_and_what_to_do(
    local_crm: RunningCrm, way: str, dial: dict[str, Any], kind: str, reason: str, step: str
) -> None:
    flavour, channel = WAYS[way]
    environment = environment_of(local_crm.ready, "local", flavour)
    account = seller_of(environment)
    names = {"user": account.username, "secret": account.secret}
    secrets = (
        Secrets([Told({account.secret: dial["password"]}, "told")]) if "password" in dial else Secrets.load(environment)
    )
    session = PlainSession(environment, environment.entrance_of(channel), purpose="test")
    with turned(local_crm, account, dial), pytest.raises(SignInFailed) as caught:
        session.sign_in(account, secrets)
        session.who_am_i()
    session.close()
    problem = caught.value.problem
    assert caught.value.kind == kind, str(caught.value)
    assert reason.format(**names) in problem.message
    assert step.format(**names) in problem.next_step
    assert problem.place.startswith("https://") == (kind in OF_THE_PLACE)
    assert local_crm.password(account.username) not in str(caught.value)


@pytest.fixture
def person_of(local_crm: RunningCrm, tmp_path: Path) -> Iterator[Callable[..., Person]]:
    """Makes a seller who comes by one of the ways; `sent` of it is what they sent."""
    made: list[tuple[Person, HealthMonitor, LedgerFile]] = []

    kept_out: dict[str, str] = {}

    def make(way: str, sent: list[str], password: str = "") -> Person:
        flavour, channel = WAYS[way]
        environment = environment_of(local_crm.ready, "local", flavour)
        account = seller_of(environment).model_copy(update={"channel": channel})
        plan = small_plan(groups=(("web", SELLER, 1),)).model_copy(
            update={
                "environment": environment,
                "users": [account],
                "population": [Group(channel=channel, role=SELLER, people=1)],
            }
        )
        lease = Roster(plan).take(channel, "local")
        assert lease is not None
        recorder = Recorder("local", RunClock.starting_now(), Counter)
        health, ledger = HealthMonitor(recorder), LedgerFile(tmp_path / "ledger.jsonl")
        person = Person(
            lease,
            plan,
            password=password or Secrets.load(environment).password(account),
            recorder=recorder,
            health=health,
            ledger_file=ledger,
            fire=lambda kind, name, *_: sent.append(name) if kind != "transaction" else None,
            kept_out=kept_out,
        )
        made.append((person, health, ledger))
        return person

    yield make
    for person, health, ledger in made:
        person.close()
        health.stop()
        ledger.close()


def come_in(person: Person, way: str) -> None:
    """Sign in, and be asked for by name, as every client does first."""
    page = f"{person.entrance.url}main.aspx"
    if way == "windows":
        sign_in_windows(person, page)
    elif way == "forms":
        sign_in_forms(person, page)
    else:
        sign_in_oauth(person)
    with letting_in(person):
        expect(person.http.send(Request("GET", f"{person.entrance.web_api}WhoAmI", "GET WhoAmI", person.headers())))


@pytest.mark.parametrize(("way", "dial", "kind", "reason", "step"), TABLE, ids=IDS)
def test_errors_of_a_run_say_the_same_and_nobody_is_tried_twice(
    local_crm: RunningCrm,
    person_of: Callable[..., Person],
    way: str,
    dial: dict[str, Any],
    kind: str,
    reason: str,
    step: str,
) -> None:
    sent: list[str] = []
    person = person_of(way, sent, dial.get("password", ""))
    account = person.lease.account
    names = {"user": account.username, "secret": account.secret}
    with turned(local_crm, account, dial):
        with pytest.raises(NotOk) as caught:
            come_in(person, way)
        assert caught.value.text.startswith(f"sign-in refused ({kind}): "), caught.value.text
        assert reason.format(**names) in caught.value.text
        assert step.format(**names) in caught.value.text
        assert account.username not in masked(caught.value.text), "what is recorded names nobody"
        if kind in OF_THE_PLACE or kind == "not_a_user":
            return
        sent.clear()
        with pytest.raises(NotOk, match=f"sign-in refused .{kind}"):
            come_in(person, way)
        with pytest.raises(NotOk, match=f"sign-in refused .{kind}"):
            come_in(person_of(way, sent), way)
        assert sent == [], "a second wrong password would bring the account nearer to its lock"


def test_every_kind_that_a_server_can_tell_is_provoked_here() -> None:
    elsewhere = {"certificate", "tls", "proxy", "no_role", "unknown"}
    assert {kind for _, _, kind, _, _ in TABLE} == set(SIGN_IN_KINDS) - elsewhere


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("*/token*", 500, "does not answer as a sign-in server: .*500"),
        ("*openid*", 502, "does not answer as a sign-in server: .*502"),
    ],
)
def test_a_sign_in_server_in_trouble_is_a_failed_sign_in_and_may_be_tried_again(
    local_crm: RunningCrm, person_of: Callable[..., Person], path: str, status: int, words: str
) -> None:
    person = person_of("adfs", [])
    fault = {"kind": "error", "status": status, "path": path, "flavour": "adfs"}
    try:
        local_crm.control("POST", "faults", {"faults": [fault]})
        with pytest.raises(NotOk, match=words):
            come_in(person, "adfs")
    finally:
        local_crm.control("POST", "faults", {"faults": []})
    come_in(person, "adfs")
