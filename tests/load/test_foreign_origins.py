"""An origin outside the environment file gets no packet, whatever the servers say: a listener stays silent."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from loadtests.checks.checkup import check_plan
from loadtests.checks.needs import Needs
from loadtests.config.day import Group
from loadtests.config.load import read_environment
from loadtests.config.secrets import Secrets
from loadtests.config.users import read_users
from loadtests.errors import CrmloadError, SafetyStop
from loadtests.load.clock import RunClock
from loadtests.load.health import HealthMonitor
from loadtests.load.outcomes import NotOk
from loadtests.load.person import Person
from loadtests.load.recorder import Recorder
from loadtests.load.roster import Roster
from loadtests.load.sign_in import sign_in_forms, sign_in_oauth, sign_in_windows
from loadtests.results.ledger import LedgerFile
from tests.load import lures
from tests.load.plans import SELLER, small_plan
from tests.load.tempter import Lure, Tempter, tempting
from tests.localcrm.serving import RunningCrm

PAGE = "main.aspx?pagetype=dashboard"
ON_SITE, IN_CLOUD = "onprem-9.1", "cloud-9.2"


@pytest.fixture
def tempter(local_crm: RunningCrm, tmp_path: Path) -> Iterator[Tempter]:
    """Somebody between us and the CRM."""
    with tempting(local_crm, tmp_path) as running:
        yield running


def by_page(person: Person) -> None:
    sign_in_forms(person, person.entrance.url + PAGE)


def by_windows(person: Person) -> None:
    sign_in_windows(person, person.entrance.url + PAGE)


def by_token(person: Person) -> None:
    sign_in_oauth(person)
    person.signed_in.renew()  # type: ignore[union-attr, misc]


PEOPLE: list[tuple[str, str, Callable[[Person], None], Lure]] = [
    ("web", ON_SITE, by_windows, lures.redirect("main.aspx")),
    ("ifd", ON_SITE, by_page, lures.redirect("main.aspx", 307)),
    ("ifd", ON_SITE, by_page, lures.sign_in_page_elsewhere),
    ("ifd", ON_SITE, by_page, lures.form_elsewhere("Password")),
    ("ifd", ON_SITE, by_page, lures.form_elsewhere("wresult")),
    ("outlook", ON_SITE, by_token, lures.discovery_elsewhere),
    ("outlook", ON_SITE, by_token, lures.redirect("openid-configuration")),
    ("mobile", ON_SITE, by_token, lures.redirect("/token", 307)),
    ("outlook", IN_CLOUD, by_token, lures.discovery_elsewhere),
    ("outlook", IN_CLOUD, by_token, lures.federated_elsewhere),
    ("mobile", IN_CLOUD, by_token, lures.redirect("/token", 308)),
]
OUTSIDE_THE_LOAD: list[tuple[str, Lure]] = [
    (ON_SITE, lures.redirect("whoami")),
    (ON_SITE, lures.discovery_elsewhere),
    (ON_SITE, lures.redirect("/token", 307)),
    (ON_SITE, lures.links),
    (ON_SITE, lures.next_page_elsewhere),
    (IN_CLOUD, lures.federated_elsewhere),
    (IN_CLOUD, lures.discovery_elsewhere),
]


@pytest.mark.parametrize(("channel", "flavour", "come_in", "lure"), PEOPLE)
def test_a_person_who_signs_in_is_led_nowhere(
    channel: str, flavour: str, come_in: Callable[[Person], None], lure: Lure, tempter: Tempter, tmp_path: Path
) -> None:
    plan = _plan(tempter, tmp_path, flavour, channel)
    tempter.lure = lure
    recorder = Recorder("local", RunClock.starting_now(), Counter)
    health, ledger = HealthMonitor(recorder), LedgerFile(tmp_path / "ledger.jsonl")
    lease = Roster(plan).take(channel, "local")
    assert lease is not None
    password = Secrets.load(plan.environment).password(lease.account)
    person = Person(
        lease, plan, password=password, recorder=recorder, health=health, ledger_file=ledger, fire=lambda *_: None
    )
    try:
        with pytest.raises((SafetyStop, NotOk)):
            come_in(person)
    finally:
        person.close()
        health.stop()
        ledger.close()
    assert tempter.tried, "nothing was tried"
    assert tempter.listener.knocks == []


@pytest.mark.parametrize(("flavour", "lure"), OUTSIDE_THE_LOAD)
def test_a_check_is_led_nowhere(flavour: str, lure: Lure, tempter: Tempter, tmp_path: Path) -> None:
    plan = _plan(tempter, tmp_path, flavour, "outlook", metrics=True)
    tempter.lure = lure
    with suppress(CrmloadError):
        check_plan(plan, Needs(columns={"account": {"name": "account.yaml:1"}}))
    assert tempter.tried, "nothing was tried"
    assert tempter.listener.knocks == []


def test_whoever_is_led_really_arrives_at_the_listener(tempter: Tempter) -> None:
    tempter.lure = lures.redirect("main.aspx")
    client = tempter.crm.client()
    client.verify, client.adapters = False, {**client.adapters}
    client.mount("https://localhost", client.get_adapter("http://plain"))
    (port, *_) = tempter.ports.values()
    with suppress(OSError):
        client.get(f"https://localhost:{port}/main.aspx", timeout=5)
    assert tempter.listener.knocks == [b"a connection"], "otherwise its silence would prove nothing"


def _plan(tempter: Tempter, folder: Path, flavour: str, channel: str, *, metrics: bool = False):
    file = folder / "tempted.yaml"
    (port, *_) = tempter.ports.values()
    file.write_text(tempter.environment(flavour, metrics=f"https://localhost:{port}/metrics" if metrics else ""))
    environment = read_environment(file)
    users = [user for user in read_users(environment.users_file) if user.role == SELLER]
    users = [user.model_copy(update={"channel": channel}) for user in users]
    group = Group(channel=channel, role=SELLER, people=1)  # type: ignore[arg-type]
    return small_plan(groups=(("web", SELLER, 1),)).model_copy(
        update={"environment": environment, "users": users, "population": [group]}
    )
