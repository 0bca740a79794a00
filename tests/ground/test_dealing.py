"""Which accounts a plan's people are."""

from loadtests.config.day import Group
from loadtests.config.dealing import deal
from loadtests.config.users import Account


def account(name: str, channel: str) -> Account:
    return Account(username=name, role="Salesperson", channel=channel, secret="PASSWORD")  # type: ignore[arg-type]


def names(population: list[tuple[str, int]], users: list[Account]) -> list[list[str]]:
    groups = [Group(channel=channel, role="Salesperson", people=people) for channel, people in population]  # type: ignore[arg-type]
    return [[one.username for one in accounts] for _, accounts in deal(groups, users)]


def test_an_account_for_any_channel_is_left_for_the_group_that_lacks_one() -> None:
    users = [account("anywhere", ""), account("office", "web")]
    assert names([("web", 1), ("ifd", 1)], users) == [["office"], ["anywhere"]]


def test_one_account_for_any_channel_is_not_counted_for_two_groups() -> None:
    assert names([("web", 1), ("ifd", 1)], [account("anywhere", "")]) == [["anywhere"], []]


def test_nobody_who_is_not_among_the_people_is_dealt() -> None:
    inspector = account("inspector", "web").model_copy(update={"kind": "inspector"})
    assert names([("web", 2)], [inspector, account("anna", "web")]) == [["anna"]]
