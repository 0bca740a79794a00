"""What a plan says that the files it names do not bear out."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from loadtests.config.dealing import deal
from loadtests.config.environment import Environment
from loadtests.config.plan import Group, Plan
from loadtests.config.roles import Role
from loadtests.config.source import Document, did_you_mean
from loadtests.config.thresholds import Thresholds
from loadtests.config.users import Account
from loadtests.errors import Problem


def plan_problems(
    plan: Plan,
    document: Document,
    *,
    roles: Mapping[str, Role],
    environment: Environment,
    thresholds: Thresholds,
    journeys: Collection[str],
    users: list[Account],
    roles_folder: Path,
) -> list[Problem]:
    """Every name in the plan that leads nowhere, and every group that lacks accounts; each with its line."""
    problems: list[Problem] = []
    for index, (group, accounts) in enumerate(deal(plan.population, users)):
        place = document.place("population", index)
        problems += _group_problems(group, place, roles, environment, len(accounts), roles_folder)
    wanted = {group.role for group in plan.population}
    for role in roles.values():
        if role.name in wanted:
            place = str(roles_folder / f"{role.slug}.yaml")
            problems += [_unknown_journey(name, journeys, place) for name in role.journeys if name not in journeys]
    problems += [
        _unknown_journey(name, journeys, document.place("agreed", name)) for name in plan.agreed if name not in journeys
    ]
    covered = {transaction for task in thresholds.tasks for transaction in task.transactions}
    problems += [
        Problem(
            document.place("judge", index),
            f"no threshold covers the transaction `{row.transaction}`{did_you_mean(row.transaction, covered)}",
            f"the thresholds cover: {', '.join(sorted(covered))}",
        )
        for index, row in enumerate(plan.judge)
        if row.transaction not in covered
    ]
    return problems


def _group_problems(
    group: Group,
    place: str,
    roles: Mapping[str, Role],
    environment: Environment,
    accounts: int,
    roles_folder: Path,
) -> Iterator[Problem]:
    known = sorted(role.name for role in roles.values())
    if group.role not in known:
        yield Problem(
            place,
            f"unknown role `{group.role}`{did_you_mean(group.role, known)}",
            f"describe it in {roles_folder}, or use one of: {', '.join(known) or 'none is described yet'}",
        )
        return
    if group.channel not in environment.channels:
        yield Problem(
            place,
            f"nobody can come by `{group.channel}`: environment `{environment.name}` has no entrance for it",
            "add the channel to the environment file, or take the group out of the plan",
        )
    if accounts < group.people:
        yield Problem(
            place,
            f"{group.people} people of role {group.role} come by {group.channel}, but {environment.users_file} has "
            f"{accounts} such accounts for them",
            "add accounts to the users file or lower `people`; no account is ever used twice at a time",
        )


def _unknown_journey(name: str, journeys: Collection[str], place: str) -> Problem:
    return Problem(
        place,
        f"unknown journey `{name}`{did_you_mean(name, journeys)}",
        f"there are: {', '.join(sorted(journeys)) or 'none'}",
    )
