"""The cloud's limits are reckoned before the load: who would be throttled, and how many accounts it takes."""

import pytest

from loadtests.checks.limits import _findings, _grid, _of_impersonation
from loadtests.checks.needs import Asking
from loadtests.results.check_record import Finding


def asking(requests: float, *, people: int = 30, per_account: int = 1, waiting: float = 0.1, run: float = 0) -> Asking:
    return Asking("web", "Salesperson", people, per_account, requests, waiting, run)


def kinds(one: Asking) -> dict[str, Finding]:
    return {finding.kind: finding for finding in _findings(one)}


def test_a_person_with_an_account_of_his_own_is_never_near() -> None:
    assert kinds(asking(300)) == {}


def test_one_person_over_the_limit_is_over_it_on_any_server_and_must_think_longer() -> None:
    found = kinds(asking(7200))["throttled"]
    assert found.severity == "stop"
    assert "think 2.0 times as long" in found.next_step


def test_shared_accounts_over_the_limit_are_a_doubt_while_few_servers_could_share_them() -> None:
    found = kinds(asking(300, people=100, per_account=25))["throttled"]
    assert found.severity == "doubt"
    assert "about 7,500 requests in five minutes (25 people)" in found.text
    assert "unless its 2 servers share them evenly" in found.text
    assert found.next_step == "use 9 accounts for these 100 people (`people_per_account: 12` at most)"


def test_shared_accounts_that_no_number_of_servers_could_carry_stop_the_load() -> None:
    assert kinds(asking(300, people=100, per_account=100))["throttled"].severity == "stop"


@pytest.mark.parametrize(("requests", "told"), [(3500, False), (3700, True)])
def test_near_the_limit_begins_at_three_fifths(requests: int, told: bool) -> None:
    assert ("throttled" in kinds(asking(requests))) == told


def test_the_advice_heeded_leaves_nothing_to_say() -> None:
    assert kinds(asking(300, people=100, per_account=8)) == {}


def test_little_time_for_each_request_is_a_doubt() -> None:
    found = kinds(asking(3000))["execution_limit"]
    assert "may take 400 ms on average" in found.text and found.severity == "doubt"


def test_many_people_of_an_account_who_wait_at_one_time_are_a_doubt() -> None:
    found = kinds(asking(20, people=100, per_account=40, waiting=0.2))["concurrent_limit"]
    assert "about 16 of the 40 people" in found.text
    assert "at most 8 people share an account" in found.next_step
    assert "concurrent_limit" not in kinds(asking(20, people=100, per_account=8, waiting=1.0))


def test_an_application_that_signs_in_for_all_may_be_counted_for_all() -> None:
    (found,) = _of_impersonation([asking(100, people=60)])
    assert "about 6,000 requests in five minutes" in found.text and found.severity == "doubt"
    assert list(_of_impersonation([asking(100, people=30)])) == []


def test_the_days_entitlement_is_told_by_licence() -> None:
    assert "6,000 of Team Members" in kinds(asking(10, run=7000))["daily_entitlement"].text
    assert "40,000 of most licences" in kinds(asking(10, run=7000, per_account=6))["daily_entitlement"].text
    assert "daily_entitlement" not in kinds(asking(10, run=5000))


def test_the_table_shows_each_group_by_account() -> None:
    (row,) = _grid([asking(300, people=100, per_account=10, run=1000)]).rows
    assert row == ["100 Salesperson on web", "10", "3,000", "50%", "12", "400", "10,000"]
