"""Certificate, clock, proxy: what stands between is named by the check and in the load, before any password."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from loadtests.config.secrets import Secrets
from loadtests.errors import SignInFailed
from loadtests.load.clock import RunClock
from loadtests.load.health import HealthMonitor
from loadtests.load.outcomes import Failed
from loadtests.load.person import Person
from loadtests.load.plain_session import PlainSession
from loadtests.load.recorder import Recorder
from loadtests.load.roster import Roster
from loadtests.load.server_clocks import Clocks
from loadtests.load.sign_in import sign_in_forms
from loadtests.results.ledger import LedgerFile
from tests.load.https_server import HttpsServer
from tests.load.in_between import something_in_between
from tests.load.plans import PASSWORD_VARIABLE, SELLER, small_plan

NOW = datetime.now(UTC)
BLOCKED = {"status": 403, "body": "<html><title>Web filter</title>Category: business</html>"}
#: What stands there, whether its root is trusted, the kind, words of the reason, words of the step.
CASES: tuple[tuple[str, dict[str, Any], bool, str, str, str], ...] = (
    ("unknown root", {}, False, "certificate", "is not trusted here", "name the file as `ca_file`"),
    (
        "expired",
        {"not_before": NOW - timedelta(days=90), "not_after": NOW - timedelta(days=1)},
        True,
        "certificate",
        "has expired (or the clock of this machine is ahead)",
        "renew the certificate",
    ),
    (
        "not yet valid",
        {"not_before": NOW + timedelta(days=1), "not_after": NOW + timedelta(days=90)},
        True,
        "clock",
        "is not valid yet: the clock of this machine is behind",
        "w32tm /resync",
    ),
    (
        "other name",
        {"name": "www.contoso.test"},
        True,
        "certificate",
        "is for another name",
        "bind the right certificate",
    ),
    ("407", {"status": 407}, True, "proxy", "asks for a sign-in of its own (HTTP 407)", "reach crm.contoso.test"),
    ("web filter", BLOCKED, True, "proxy", "answers in place of the server (Web filter)", "directly"),
    (
        "gateway",
        {"status": 502, "headers": {"Via": "1.1 squid-7"}, "body": "<html>Bad Gateway</html>"},
        True,
        "proxy",
        "answers in place of the server (squid)",
        "gives them the test's passwords",
    ),
)


@pytest.mark.parametrize(("name", "there", "trusted", "kind", "reason", "step"), CASES, ids=[c[0] for c in CASES])
def test_what_stands_in_between_is_named(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    name: str,
    there: dict[str, Any],
    trusted: bool,
    kind: str,
    reason: str,
    step: str,
) -> None:
    monkeypatch.setenv(PASSWORD_VARIABLE, "never sent")
    other = tmp_path / "other"
    other.mkdir()
    with (
        something_in_between(tmp_path, **there) as (port, root, asked),
        something_in_between(other) as (_, other_root, _),
    ):
        plan = small_plan(HttpsServer(port, root if trusted else other_root), groups=(("web", SELLER, 1),))
        account = plan.users[0]
        session = PlainSession(plan.environment, plan.environment.entrance_of("web"), purpose="test")
        with pytest.raises(SignInFailed) as caught:
            session.sign_in(account, Secrets.load(plan.environment))
        session.close()
        problem = caught.value.problem
        assert (caught.value.kind, problem.place) == (kind, f"https://crm.contoso.test:{port}/main.aspx")
        assert reason in problem.message and step in problem.next_step
        assert asked == ([] if kind in ("certificate", "clock") else ["/main.aspx"])
        with pytest.raises(Failed) as failed:
            come_in(plan, tmp_path)
        assert f"sign-in refused ({kind})" in failed.value.text and reason in failed.value.text


def test_pages_that_send_on_for_ever_end_after_twelve_requests_for_check_and_people(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(PASSWORD_VARIABLE, "never sent")
    with something_in_between(tmp_path, status=302, headers={"Location": "/main.aspx?again"}) as (port, root, asked):
        plan = small_plan(HttpsServer(port, root), groups=(("web", SELLER, 1),))
        session = PlainSession(plan.environment, plan.environment.entrance_of("web"), purpose="test")
        with pytest.raises(SignInFailed, match="went in circles: 12 requests and no page") as caught:
            session.sign_in(plan.users[0], Secrets.load(plan.environment))
        session.close()
        assert plan.users[0].username in str(caught.value) and "w32tm" in caught.value.next_step
        assert len(asked) == 12
        with pytest.raises(Failed) as failed:
            come_in(plan, tmp_path)
        assert "went in circles" in failed.value.text and len(asked) == 24


def test_a_product_that_opens_tls_is_named_by_the_check(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    with (
        something_in_between(tmp_path, issuer="Zscaler Inc.") as (port, _, asked),
        something_in_between(other) as (_, other_root, _),
    ):
        plan = small_plan(HttpsServer(port, other_root), groups=(("web", SELLER, 1),))
        session = PlainSession(plan.environment, plan.environment.entrance_of("web"), purpose="test")
        with pytest.raises(SignInFailed) as caught:
            session.get("WhoAmI")
        session.close()
    assert caught.value.kind == "proxy"
    assert "a product that inspects it: Zscaler (signed by Zscaler Inc." in caught.value.problem.message
    assert "no proxy and no TLS inspection" in caught.value.next_step
    assert asked == [], "nothing but the handshake"


def test_an_error_page_of_the_crm_itself_is_no_proxy(tmp_path: Path) -> None:
    page = {"status": 500, "headers": {"Server": "Microsoft-IIS/10.0"}, "body": "<html>Server Error: reset it</html>"}
    with something_in_between(tmp_path, **page) as (port, root, _):  # type: ignore[arg-type]
        plan = small_plan(HttpsServer(port, root), groups=(("web", SELLER, 1),))
        session = PlainSession(plan.environment, plan.environment.entrance_of("web"), purpose="test")
        assert session.get("WhoAmI").status_code == 500
        session.close()


def test_clocks_that_differ_are_told_with_their_host() -> None:
    clocks = Clocks()
    clocks.note("crm.contoso.test", datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT"))
    assert clocks.apart() == ""
    behind = datetime.now(UTC) - timedelta(minutes=15)
    clocks.note("adfs.contoso.test", behind.strftime("%a, %d %b %Y %H:%M:%S GMT"))
    assert clocks.apart().startswith("the clock of adfs.contoso.test is 15 min ")
    assert clocks.apart().endswith("min behind this machine's")
    clocks.note("odd.contoso.test", "yesterday")
    assert "odd" not in clocks.apart()


def come_in(plan: Any, folder: Path) -> None:
    lease = Roster(plan).take("web", "local")
    assert lease is not None
    recorder = Recorder("local", RunClock.starting_now(), Counter)
    health, ledger = HealthMonitor(recorder), LedgerFile(folder / "ledger.jsonl")
    person = Person(
        lease,
        plan,
        password="never sent",
        recorder=recorder,
        health=health,
        ledger_file=ledger,
        fire=lambda *_: None,
    )
    try:
        sign_in_forms(person, f"{person.entrance.url}main.aspx")
    finally:
        person.close()
        health.stop()
        ledger.close()
