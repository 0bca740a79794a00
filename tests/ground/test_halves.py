"""The two halves of a duet: equal, and nobody in both."""

import pytest

from loadtests.config.day import Group, Stage
from loadtests.config.dealing import deal
from loadtests.config.halves import half_of, staying_at_home
from loadtests.config.resolved import ResolvedPlan
from loadtests.config.users import Account
from loadtests.errors import ConfigError
from tests.analysis.recipe import Recipe, a_plan


def a_plan_of(groups: list[tuple[str, int, int]], accounts: dict[str, int]) -> ResolvedPlan:
    """Groups are (channel, people, people per account); accounts by channel."""
    population = [
        Group(channel=channel, role="Salesperson", people=people, people_per_account=shared)  # type: ignore[arg-type]
        for channel, people, shared in groups
    ]
    users = [
        Account(username=f"{channel or 'any'}{n}", role="Salesperson", channel=channel, secret="P")  # type: ignore[arg-type]
        for channel, count in accounts.items()
        for n in range(count)
    ]
    keeper = Account(username="keeper", role="System Administrator", kind="housekeeper", secret="K")
    people = sum(group.people for group in population)
    return a_plan(Recipe()).model_copy(
        update={
            "population": population,
            "users": [*users, keeper],
            "stages": [Stage(name="part", people=people // 2, hold=5), Stage(name="all", people=people, hold=5)],
            "volumes": {"follow_up": 70.0},
            "agreed": {"follow_up": 70.0},
        }
    )


def seated(plan: ResolvedPlan) -> list[list[str]]:
    return [[account.username for account in mine] for _, mine in deal(plan.everybody, plan.users)]


def test_each_side_has_half_of_every_group_and_no_account_of_the_other() -> None:
    plan = a_plan_of([("web", 4, 1), ("ifd", 2, 1)], {"web": 3, "ifd": 1, "": 3})
    first, second = half_of(plan, 0), half_of(plan, 1)
    assert [group.people for group in first.population] == [group.people for group in second.population] == [2, 1]
    assert [len(mine) for mine in seated(first)] == [len(mine) for mine in seated(second)] == [2, 1]
    one, other = ({name for mine in seated(half) for name in mine} for half in (first, second))
    assert not one & other
    assert [stage.people for stage in first.stages] == [2, 3]
    assert first.volumes == first.agreed == {"follow_up": 35.0}
    assert [account.username for account in first.accounts("housekeeper")] == ["keeper"]


def test_of_an_odd_group_one_stays_at_home_and_is_named() -> None:
    plan = a_plan_of([("web", 7, 1)], {"web": 7})
    assert [len(seated(half_of(plan, side))[0]) for side in (0, 1)] == [3, 3]
    assert staying_at_home(plan) == ["1 of 7 Salesperson on web"]
    assert half_of(plan, 0).volumes["follow_up"] == pytest.approx(30.0)


def test_where_several_people_use_one_account_each_side_has_accounts_of_its_own() -> None:
    plan = a_plan_of([("web", 8, 2)], {"web": 4})
    first, second = seated(half_of(plan, 0))[0], seated(half_of(plan, 1))[0]
    assert sorted(first) == ["web0", "web0", "web1", "web1"] and sorted(second) == ["web2", "web2", "web3", "web3"]


def test_a_group_that_cannot_be_halved_is_refused_by_name() -> None:
    with pytest.raises(ConfigError) as error:
        half_of(a_plan_of([("web", 1, 1), ("ifd", 4, 4)], {"web": 1, "ifd": 1}), 0)
    assert "Salesperson on web: one person cannot be split in halves" in str(error.value)
    assert "Salesperson on ifd: a duet needs 2 accounts here" in str(error.value)
