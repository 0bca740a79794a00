"""Signing in against the real local CRM: MSAL's two requests, the six of the AD FS pages, and what goes wrong."""

import gc
import time
import weakref
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import gevent
import pytest
from msal import PublicClientApplication, TokenCache

from loadtests.config.day import Group
from loadtests.config.local_crm import environment_of
from loadtests.config.secrets import Secrets
from loadtests.config.users import read_users
from loadtests.errors import SignInFailed
from loadtests.load.clock import RunClock
from loadtests.load.health import HealthMonitor
from loadtests.load.http import Request
from loadtests.load.outcomes import Failed, expect
from loadtests.load.person import Person
from loadtests.load.plain_session import PlainSession
from loadtests.load.recorder import Recorder
from loadtests.load.roster import Roster
from loadtests.load.sign_in import sign_in_forms, sign_in_oauth, sign_in_windows, sign_out
from loadtests.results.ledger import LedgerFile
from tests.load.plans import SELLER, small_plan
from tests.localcrm.serving import RunningCrm

MAIN_PAGE = "main.aspx?pagetype=dashboard"

People = Callable[..., Person]


@pytest.fixture
def sent() -> list[str]:
    """Template and status of every exchange, in order."""
    return []


@pytest.fixture
def person_on(local_crm: RunningCrm, tmp_path: Path, sent: list[str]) -> Iterator[People]:
    """Makes people of the local CRM by channel; `password` replaces the right one."""
    made: list[tuple[Person, HealthMonitor, LedgerFile]] = []

    def make(channel: str, password: str | None = None, flavour: str = "onprem-9.1") -> Person:
        environment = environment_of(local_crm.ready, "local", flavour)
        users = read_users(environment.users_file)
        users = [user for user in users if user.role == SELLER]
        # Anybody may come by any channel; those of the channel itself first, so that two channels are two people.
        users.sort(key=lambda user: user.channel != channel)
        users = [user.model_copy(update={"channel": channel}) for user in users]
        group = Group(channel=channel, role=SELLER, people=1)  # type: ignore[arg-type]
        plan = small_plan(groups=(("web", SELLER, 1),)).model_copy(
            update={"environment": environment, "users": users, "population": [group]}
        )
        lease = Roster(plan).take(channel, "local")
        assert lease is not None
        recorder = Recorder("local", RunClock.starting_now(), Counter)
        health = HealthMonitor(recorder)
        ledger = LedgerFile(tmp_path / "ledger.jsonl")
        person = Person(
            lease,
            plan,
            password=password or Secrets.load(environment).password(lease.account),
            recorder=recorder,
            health=health,
            ledger_file=ledger,
            fire=lambda kind, name, *_: sent.append(name) if kind != "transaction" else None,
        )
        made.append((person, health, ledger))
        return person

    yield make
    for person, health, ledger in made:
        person.close()
        health.stop()
        ledger.close()


def who_am_i(person: Person) -> str:
    request = Request("GET", person.entrance.web_api + "WhoAmI", "GET WhoAmI", person.headers())
    return str(expect(person.http.send(request), 200).json()["UserId"])


def test_a_token_takes_two_requests_and_opens_the_web_api(person_on: People, sent: list[str]) -> None:
    person = person_on("outlook")
    signed_in = sign_in_oauth(person)
    assert sent == ["GET adfs openid-configuration", "POST adfs token"]
    assert (signed_in.username, signed_in.how) == (person.lease.account.username, "oauth")
    assert len(who_am_i(person)) == 36
    sign_out(person)
    assert person.headers() == {}


@pytest.mark.parametrize("flavour", ["onprem-9.1", "cloud-9.2"])
def test_what_signed_somebody_in_is_gone_once_they_sign_out_though_python_looks_for_no_circles(
    flavour: str, person_on: People
) -> None:
    person = person_on("outlook", flavour=flavour)
    gc.collect()
    gc.disable()
    try:
        sign_in_oauth(person)
        parts = (PublicClientApplication, TokenCache)
        made = [weakref.ref(one) for one in gc.get_objects() if isinstance(one, parts)]
        assert len(made) == 2
        sign_out(person)
        assert [part() for part in made] == [None, None]
    finally:
        gc.enable()


def test_in_the_cloud_the_authority_is_asked_for_the_kind_of_the_account_too(
    person_on: People, sent: list[str]
) -> None:
    person = person_on("outlook", flavour="cloud-9.2")
    signed_in = sign_in_oauth(person)
    assert sent == ["GET entra openid-configuration", "GET entra userrealm", "POST entra token"]
    assert len(who_am_i(person)) == 36
    signed_in.token = "rubbish"
    sent.clear()
    assert len(who_am_i(person)) == 36
    assert sent == ["GET WhoAmI", "POST entra token", "GET WhoAmI"]


def test_outside_the_load_a_cloud_organisation_is_signed_in_to(local_crm: RunningCrm) -> None:
    environment = environment_of(local_crm.ready, "local", "cloud-9.2")
    account = next(user for user in read_users(environment.users_file) if user.kind == "person")
    session = PlainSession(environment, environment.token_entrance, purpose="test")
    session.sign_in(account, Secrets.load(environment))
    assert len(session.who_am_i()) == 36
    session.close()


def test_a_token_is_renewed_ahead_of_its_end_while_the_person_thinks(person_on: People, sent: list[str]) -> None:
    person = person_on("outlook")
    signed_in = sign_in_oauth(person)
    first = signed_in.token
    person.think(0.01)
    assert signed_in.token == first, "a fresh token is kept"
    signed_in.expires -= 3600
    sent.clear()
    person.think(0.01)
    assert sent == ["POST adfs token"]
    assert signed_in.token != first
    assert len(who_am_i(person)) == 36


def test_a_token_that_ended_while_nobody_looked_is_renewed_before_it_is_used(
    person_on: People, sent: list[str]
) -> None:
    person = person_on("outlook")
    sign_in_oauth(person).expires = time.monotonic() - 1
    sent.clear()
    assert len(who_am_i(person)) == 36
    assert len(who_am_i(person)) == 36
    assert sent == ["POST adfs token", "GET WhoAmI", "GET WhoAmI"]


def test_a_token_refused_in_the_middle_of_work_is_renewed_and_everything_sent_again(
    person_on: People, sent: list[str]
) -> None:
    person = person_on("outlook")
    signed_in = sign_in_oauth(person)
    signed_in.token = signed_in.token[:-20] + "0" * 20
    sent.clear()
    requests = [Request("GET", person.entrance.web_api + "WhoAmI", "GET WhoAmI", person.headers()) for _ in range(3)]
    answers = person.http.send_all(requests)
    assert [answer.status for answer in answers] == [200, 200, 200]
    assert Counter(sent) == {"GET WhoAmI": 6, "POST adfs token": 1}, "refused three times, renewed once, sent again"


def test_a_token_that_cannot_be_renewed_is_a_sign_in_that_people_see(person_on: People, sent: list[str]) -> None:
    person = person_on("outlook")
    signed_in = sign_in_oauth(person)

    def refused() -> tuple[str, float]:
        raise Failed("the refresh token has expired")

    signed_in.token, signed_in.renew = "rubbish", refused
    person.begin_session(first=True)
    assert len(who_am_i(person)) == 36
    assert person._session is not None and person._session.prompts == 1
    signed_in.token = "rubbish"
    person.password = "changed meanwhile"
    with pytest.raises(Failed, match=r"sign-in refused \(wrong_password\)"):
        who_am_i(person)


def test_a_request_that_is_refused_with_a_good_token_is_not_sent_for_ever(person_on: People, sent: list[str]) -> None:
    person = person_on("outlook")
    signed_in = sign_in_oauth(person)
    signed_in.renew = lambda: ("rubbish", 3600.0)
    signed_in.token = "rubbish"
    sent.clear()
    request = Request("GET", person.entrance.web_api + "WhoAmI", "GET WhoAmI", person.headers())
    assert person.http.send(request).status == 401
    assert sent == ["GET WhoAmI", "GET WhoAmI"]


def test_an_internet_session_that_ends_in_the_middle_of_work_is_made_anew_in_four_requests(
    person_on: People, sent: list[str], local_crm: RunningCrm
) -> None:
    person = person_on("ifd")
    sign_in_forms(person, person.entrance.url + MAIN_PAGE)
    assert person.signed_in is not None
    person.signed_in.user_id = "kept"
    time.sleep(0.01)
    local_crm.control("POST", "end-sessions")
    sent.clear()
    assert len(who_am_i(person)) == 36
    assert sent == ["GET WhoAmI", "GET main.aspx", "GET adfs/ls", "POST root (token)", "GET main.aspx", "GET WhoAmI"]
    assert person.signed_in.user_id == "kept"


def test_people_whose_requests_are_refused_side_by_side_renew_once(person_on: People, sent: list[str]) -> None:
    person = person_on("outlook")
    sign_in_oauth(person).token = "rubbish"
    sent.clear()
    gevent.joinall([gevent.spawn(who_am_i, person) for _ in range(4)], raise_error=True)
    assert sent.count("POST adfs token") == 1


def test_the_pages_of_ad_fs_take_six_requests_on_a_first_visit(person_on: People, sent: list[str]) -> None:
    person = person_on("ifd")
    page = sign_in_forms(person, person.entrance.url + MAIN_PAGE)
    assert sent == [
        "GET main.aspx",
        "GET adfs/ls",
        "POST adfs/ls",
        "GET adfs/ls",
        "POST root (token)",
        "GET main.aspx",
    ]
    assert page.status == 200
    assert page.request.url.endswith(MAIN_PAGE), "the page first asked for"
    assert person.headers() == {}, "cookies prove who this is"
    assert len(who_am_i(person)) == 36


def test_while_its_cookies_last_a_browser_goes_straight_to_the_page(person_on: People, sent: list[str]) -> None:
    person = person_on("ifd")
    sign_in_forms(person, person.entrance.url + MAIN_PAGE)
    sent.clear()
    sign_in_forms(person, person.entrance.url + MAIN_PAGE)
    assert sent == ["GET main.aspx"]
    person.http.forget_cookies()
    sent.clear()
    sign_in_forms(person, person.entrance.url + MAIN_PAGE)
    assert len(sent) == 6, "all windows closed: everything from the start"


def test_two_people_in_one_process_keep_their_own_sessions(person_on: People) -> None:
    first, second = person_on("ifd"), person_on("web")
    sign_in_forms(first, first.entrance.url + MAIN_PAGE)
    sign_in_windows(second, second.entrance.url + MAIN_PAGE)
    assert who_am_i(first) != who_am_i(second)


@pytest.mark.parametrize("channel", ["web", "ifd", "outlook"])
def test_a_wrong_password_is_told_as_such(channel: str, person_on: People, sent: list[str]) -> None:
    person = person_on(channel, password="certainly wrong")
    with pytest.raises(
        Failed, match=r"sign-in refused \(wrong_password\): .* one answer to a wrong user name or password"
    ):
        if channel == "web":
            sign_in_windows(person, person.entrance.url + MAIN_PAGE)
        elif channel == "outlook":
            sign_in_oauth(person)
        else:
            sign_in_forms(person, person.entrance.url + MAIN_PAGE)
    assert person.signed_in is None
    assert len(sent) == (2 if channel == "outlook" else 3)


def test_from_the_office_the_third_exchange_is_the_page(person_on: People, sent: list[str]) -> None:
    person = person_on("web")
    page = sign_in_windows(person, person.entrance.url + MAIN_PAGE)
    assert sent == ["401 leg (offer)", "401 leg (challenge)", "GET main.aspx"]
    assert (page.status, person.headers()) == (200, {}), "the connection proves who this is"
    assert len(who_am_i(person)) == 36
    assert len(sent) == 4


def test_outside_the_load_windows_sign_in_opens_the_web_api_and_refuses_a_wrong_password(
    local_crm: RunningCrm, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = environment_of(local_crm.ready, "local")
    account = next(user for user in read_users(environment.users_file) if user.kind == "person")
    session = PlainSession(environment, environment.entrances["intranet"], purpose="test")
    session.sign_in(account, Secrets.load(environment))
    assert len(session.who_am_i()) == 36
    session.close()
    stranger = PlainSession(environment, environment.entrances["intranet"], purpose="test")
    monkeypatch.setenv(account.secret, "wrong")
    with pytest.raises(SignInFailed, match="is refused by Windows sign-in, which gives one answer to a wrong"):
        stranger.sign_in(account, Secrets.load(environment))
    stranger.close()
