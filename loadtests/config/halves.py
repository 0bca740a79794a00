"""A plan's people split in halves, so that both halves work at the same time: the two sides of a duet."""

from math import ceil

from loadtests.config.day import Arrivals, Group, Stage, Training
from loadtests.config.dealing import deal
from loadtests.config.resolved import ResolvedPlan
from loadtests.config.users import Account
from loadtests.errors import ConfigError, Problem


def half_of(plan: ResolvedPlan, number: int) -> ResolvedPlan:
    """The first (0) or second (1) half of a plan: both have equally many people, and no account is in both.

    Of an odd group one stays at home. `ConfigError` names every group that cannot be halved.
    """
    dealt = deal(plan.everybody, plan.users)
    problems = [problem for group, mine in dealt if (problem := _cannot(group, mine))]
    if problems:
        raise ConfigError.of(problems)
    chosen = [account for group, mine in dealt for account in _share(group, mine, number)]
    population = [_halved(group) for group in plan.population]
    share = sum(group.people for group in population) / max(1, sum(group.people for group in plan.population))
    return plan.model_copy(
        update={
            "population": population,
            "stages": [_stage(stage, share) for stage in plan.stages],
            "volumes": {journey: rate * share for journey, rate in plan.volumes.items()},
            "agreed": {journey: rate * (share or 0.5) for journey, rate in plan.agreed.items()},
            "arrivals": [_arrivals(one) for one in plan.arrivals],
            "training": [_class(one) for one in plan.training],
            "users": [*chosen, *(account for account in plan.users if account.kind != "person")],
        }
    )


def staying_at_home(plan: ResolvedPlan) -> list[str]:
    """`1 of 7 Salesperson on web`, for each group whose people are odd."""
    return [f"1 of {group.people} {group.role} on {group.channel}" for group in plan.everybody if group.people % 2]


def _cannot(group: Group, mine: list[Account]) -> Problem | None:
    name = f"{group.pool or 'population'}: {group.role} on {group.channel}"
    if group.people < 2:
        return Problem(name, "one person cannot be split in halves", "give the group two people or more for a duet")
    wanted = 2 * ceil(group.people // 2 / group.people_per_account)
    if len(_once(mine)) < wanted:
        return Problem(
            name,
            f"a duet needs {wanted} accounts here, each side its own; there are {len(_once(mine))}",
            "add accounts to the users file, or lower `people_per_account`",
        )
    return None


def _share(group: Group, mine: list[Account], number: int) -> list[Account]:
    accounts = ceil(group.people // 2 / group.people_per_account)
    return _once(mine)[number * accounts :][:accounts]


def _once(accounts: list[Account]) -> list[Account]:
    """Several people may use one account: it stands in a deal as often as it is used."""
    return list({account.username.lower(): account for account in accounts}.values())


def _halved(group: Group) -> Group:
    return group.model_copy(update={"people": group.people // 2})


def _stage(stage: Stage, share: float) -> Stage:
    people = max(1, round(stage.people * share)) if stage.people else 0
    return stage.model_copy(update={"people": people})


def _arrivals(arrivals: Arrivals) -> Arrivals:
    return arrivals.model_copy(
        update={
            "accounts": arrivals.accounts // 2,
            "per_hour": arrivals.per_hour / 2 if arrivals.per_hour else None,
            "times": arrivals.times[::2],
        }
    )


def _class(training: Training) -> Training:
    return training.model_copy(update={"people": training.people // 2})
