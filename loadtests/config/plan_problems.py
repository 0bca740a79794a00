"""What a plan says that the files it names do not bear out."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from loadtests.config.day import Arrivals, Group, Training, everybody
from loadtests.config.dealing import deal
from loadtests.config.document import Document
from loadtests.config.environment import Environment
from loadtests.config.files import did_you_mean
from loadtests.config.plan import Plan
from loadtests.config.roles import Role
from loadtests.config.thresholds import Thresholds
from loadtests.config.users import Account
from loadtests.config.vocabulary import EVERY_SESSION, PLAYS, lacking, transactions_of
from loadtests.errors import Problem


def plan_problems(
    plan: Plan,
    population: Sequence[Group],
    document: Document,
    *,
    roles: Mapping[str, Role],
    environment: Environment,
    thresholds: Thresholds,
    journeys: Mapping[str, Mapping[str, Any]],
    tables: Collection[str],
    users: list[Account],
    roles_folder: Path,
    role_files: Mapping[str, Document],
) -> list[Problem]:
    """Every name in the plan that leads nowhere, and every group that lacks accounts; each with its line."""
    problems: list[Problem] = []
    lists = {"population": population, "arrivals": plan.arrivals, "training": plan.training}
    places = [document.place(key, index) for key, entries in lists.items() for index in range(len(entries))]
    groups = everybody(population, plan.arrivals, plan.training)
    for place, (group, accounts) in zip(places, deal(groups, users), strict=True):
        problems += _group_problems(group, place, roles, environment, len(accounts), roles_folder)
        problems += _nothing_to_do(group, place, roles, journeys, role_files)
    wanted = {group.role for group in groups}
    for role in roles.values():
        if role.name in wanted:
            file = role_files[role.slug]
            problems += [
                _unknown_journey(name, journeys, file.place("journeys", name))
                for name in role.journeys
                if name not in journeys
            ]
            problems += [
                _unknown_table(must_not.table, tables, file.place("must_not", index, "table"))
                for index, must_not in enumerate(role.must_not)
                if must_not.table not in tables
            ]
    problems += _open_work_problems(plan, document, journeys)
    problems += _owners_of_nothing(plan, document, wanted, [*environment.metrics, *environment.servers])
    problems += [
        Problem(document.place("sites", index), f"two sites are called `{site.name}`", "give each a name of its own")
        for index, site in enumerate(plan.sites)
        if site.name in {earlier.name for earlier in plan.sites[:index]}
    ]
    problems += [
        _unknown_journey(name, journeys, document.place("agreed", name)) for name in plan.agreed if name not in journeys
    ]
    problems += _never_played(plan, groups, document, roles, journeys)
    problems += _judged_in_vain(plan, groups, document, roles, journeys, thresholds)
    if environment.identity is not None and environment.identity.impersonate:
        problems += [
            Problem(
                document.place("judge", index),
                "the plan judges `sign_in`, but an application signs in for the people (`identity` in the environment)",
                "take the row out, or let people sign in themselves",
            )
            for index, row in enumerate(plan.judge)
            if row.transaction == "sign_in"
        ]
    return problems


def _owners_of_nothing(
    plan: Plan, document: Document, roles: Collection[str], servers: Collection[str]
) -> Iterator[Problem]:
    """An owner whose role does not come or whose server nobody reads would never hear of anything."""
    for kind, named, known, where in (
        ("roles", plan.owners.roles, roles, "the roles of this plan's people"),
        ("servers", plan.owners.servers, servers, "the servers under `servers` or `metrics` of the environment file"),
    ):
        for name in named:
            if name not in known:
                yield Problem(
                    document.place("owners", kind, name),
                    f"`{name}` has an owner, but is none of {where}{did_you_mean(name, known)}",
                    f"write one of: {', '.join(sorted(known)) or 'none are named there'}",
                )


def _open_work_problems(plan: Plan, document: Document, journeys: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    """Names of arrivals and classes that lead nowhere or are taken."""
    stages = [stage.name for stage in plan.planned_stages]
    taken: set[str] = set()
    entries: list[tuple[str, int, Arrivals | Training]] = [
        *(("arrivals", index, arrivals) for index, arrivals in enumerate(plan.arrivals)),
        *(("training", index, training) for index, training in enumerate(plan.training)),
    ]
    for key, index, entry in entries:
        place = document.place(key, index)
        if entry.name in taken:
            yield Problem(place, f"the name `{entry.name}` is taken", "give each arrivals and training its own name")
        taken.add(entry.name)
        for stage in [entry.during] if isinstance(entry.during, str) else entry.during:
            if stage not in stages:
                yield Problem(
                    place,
                    f"there is no stage `{stage}`{did_you_mean(stage, stages)}",
                    f"the stages are: {', '.join(stages)}",
                )
        if entry.journey and entry.journey not in journeys:
            yield _unknown_journey(entry.journey, journeys, place)
        elif entry.journey and (verbs := lacking(entry.channel, journeys[entry.journey])):
            yield Problem(
                place,
                f"`{entry.journey}` cannot be played on {entry.channel}, which has no {', '.join(verbs)}",
                "name a journey that the channel plays, or another channel",
            )


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
        shared = group.people_per_account
        has = f"{accounts} such accounts for them" if shared == 1 else f"enough for {accounts} at {shared} an account"
        yield Problem(
            place,
            f"{group.people} people of role {group.role} come by {group.channel}, but {environment.users_file} has "
            f"{has}",
            "add accounts to the users file, or plan fewer (`people`, `accounts`); nobody shares an account unless the "
            "group says `people_per_account`",
        )


def _nothing_to_do(
    group: Group,
    place: str,
    roles: Mapping[str, Role],
    journeys: Mapping[str, Mapping[str, Any]],
    role_files: Mapping[str, Document],
) -> Iterator[Problem]:
    """A group whose channel plays none of its role's journeys."""
    if group.channel not in PLAYS:
        yield Problem(
            place,
            f"the channel `{group.channel}` cannot be played yet",
            f"take the group out of the plan; channels that can be played: {', '.join(PLAYS)}",
        )
        return
    role = next((role for role in roles.values() if role.name == group.role), None)
    known = [name for name in role.journeys if name in journeys] if role else []
    missing = {name: lacking(group.channel, journeys[name]) for name in known}
    if role and missing and all(missing.values()):
        told = "; ".join(f"{name} needs {', '.join(verbs)}" for name, verbs in missing.items())
        yield Problem(
            place,
            f"{group.role} has nothing to do on {group.channel}: no journey of the role can be played there ({told})",
            f"give the role a journey in {role_files[role.slug].path} that {group.channel} plays "
            f"(its verbs: {', '.join(sorted(PLAYS[group.channel]))}), or take the group out of the plan",
        )


def _never_played(
    plan: Plan,
    groups: Sequence[Group],
    document: Document,
    roles: Mapping[str, Role],
    journeys: Mapping[str, Mapping[str, Any]],
) -> Iterator[Problem]:
    """Agreed business that nobody of the population does, or none of them on a channel that plays it."""
    journeys_of = {role.name: role.journeys for role in roles.values()}
    for name in (name for name in plan.agreed if name in journeys):
        channels = {group.channel for group in groups if name in journeys_of.get(group.role, {})}
        channels |= {entry.channel for entry in plan.arrivals if entry.journey == name}
        channels |= {entry.channel for entry in plan.training if entry.journey == name}
        if not any(not lacking(channel, journeys[name]) for channel in channels):
            by = f"on a channel that plays it (they come by {', '.join(sorted(channels))})" if channels else ""
            yield Problem(
                document.place("agreed", name),
                f"`{name}` is agreed, but none of the plan's people does it {by}".strip(),
                "name it among the journeys of a role of the plan, or take the line out",
            )


def _judged_in_vain(
    plan: Plan,
    groups: Sequence[Group],
    document: Document,
    roles: Mapping[str, Role],
    journeys: Mapping[str, Mapping[str, Any]],
    thresholds: Thresholds,
) -> Iterator[Problem]:
    """Judged rows without a line, or that nobody of the plan will ever meet: such a run could only be inconclusive."""
    covered = {transaction for task in thresholds.tasks for transaction in task.transactions}
    met = _transactions_met(plan, groups, roles, journeys)
    for index, row in enumerate(plan.judge):
        place = document.place("judge", index)
        if row.transaction not in covered:
            yield Problem(
                place,
                f"no threshold covers the transaction `{row.transaction}`{did_you_mean(row.transaction, covered)}",
                f"the thresholds cover: {', '.join(sorted(covered))}",
            )
        elif row.channel not in met:
            yield Problem(
                place,
                f"the plan judges {row.channel}, but nobody comes that way",
                "take the row out, or add people on that channel",
            )
        elif thresholds.lines(row.channel, row.transaction, "first" if row.visit == "first" else "everyday") is None:
            yield Problem(
                place,
                f"the thresholds have no line for `{row.transaction}` on {row.channel}",
                "add the channel to the task in the thresholds file, or take the row out",
            )
        elif row.transaction not in met[row.channel]:
            yield Problem(
                place,
                f"nobody who comes by {row.channel} ever does `{row.transaction}`",
                f"take the row out, or judge one of: {', '.join(sorted(met[row.channel] & covered))}",
            )


def _transactions_met(
    plan: Plan, groups: Sequence[Group], roles: Mapping[str, Role], journeys: Mapping[str, Mapping[str, Any]]
) -> dict[str, set[str]]:
    """Channel -> the transactions that its people can come to do."""
    journeys_of = {role.name: list(role.journeys) for role in roles.values()}
    done = [(group.channel, name) for group in groups for name in journeys_of.get(group.role, [])]
    done += [(entry.channel, entry.journey) for entries in (plan.arrivals, plan.training) for entry in entries]
    met: dict[str, set[str]] = {group.channel: set(EVERY_SESSION) for group in groups}
    for channel, name in done:
        if name in journeys and not lacking(channel, journeys[name]):
            met[channel] |= transactions_of(journeys[name])
    return {channel: found | ({"sync_first"} if "sync" in found else set()) for channel, found in met.items()}


def _unknown_table(name: str, tables: Collection[str], place: str) -> Problem:
    return Problem(
        place,
        f"unknown table `{name}`{did_you_mean(name, tables)}",
        f"write a logical name; there are: {', '.join(sorted(tables))}",
    )


def _unknown_journey(name: str, journeys: Collection[str], place: str) -> Problem:
    return Problem(
        place,
        f"unknown journey `{name}`{did_you_mean(name, journeys)}",
        f"there are: {', '.join(sorted(journeys)) or 'none'}",
    )
