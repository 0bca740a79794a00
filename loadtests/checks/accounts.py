"""Accounts: each of its own, every one signs in, really reads, and holds the role that the plan says."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from loadtests.checks import menus
from loadtests.checks.holding import ACCESS_MODES, HeldRole, Holding, held_roles
from loadtests.checks.inspection import Inspection
from loadtests.config.users import Account, repeated
from loadtests.errors import CrmloadError, SignInFailed, Unreachable
from loadtests.load.housekeeper import housekeeper_account, needs_housekeeper
from loadtests.results.check_record import Finding, Part, Severity
from loadtests.results.refusals import missing_right

AT_ONCE = 6
"""Accounts signed in side by side: a check is no load."""
NO_ROLES = "0x80042f09"
"""What a CRM answers whatever is asked by a user without any role."""
_USER_COLUMNS = "fullname,accessmode,isdisabled"


@dataclass(frozen=True, slots=True)
class _Seen:
    """An account, looked at."""

    account: Account
    findings: list[Finding]
    holding: Holding | None = None
    reads: bool = True

    @property
    def well(self) -> bool:
        return self.reads and not any(finding.severity == "stop" for finding in self.findings)


def check_accounts(inspection: Inspection) -> tuple[Part, int]:
    """The part, and how many accounts signed in and read. `Unreachable` when the CRM itself cannot be reached.

    `ConfigError` when the plan needs a housekeeper and the users file has none, or passwords are missing.
    """
    if needs_housekeeper(inspection.plan):
        housekeeper_account(inspection.plan)
    everybody = list({account.username.lower(): (account, channel) for account, channel in _all(inspection)}.values())
    inspection.secrets.require([account for account, _ in everybody])
    # One account first: a CRM that is down is told once, not once per account.
    inspection.tell(f"signing {len(everybody)} accounts in")
    seen = [_look(inspection, *everybody[0])] if everybody else []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for one in pool.map(lambda pair: _look(inspection, *pair), everybody[1:]):
            seen.append(one)
            inspection.tell(f"signing accounts in: {len(seen)} of {len(everybody)}")
    inspection.unlike.update(
        one.account.username
        for one in seen
        if any(finding.severity == "stop" or finding.kind == "administrator" for finding in one.findings)
    )
    # What keeps everybody out is found by each of them, and told once.
    findings = list(dict.fromkeys(finding for one in seen for finding in one.findings))
    findings += [*_used_twice(inspection), *_one_user(seen), *_namesakes(seen), *_shared(inspection)]
    well = sum(one.well for one in seen)
    sentence = f"{well} of {len(everybody)} accounts sign in, read and hold their roles"
    return Part(area="accounts", sentence=sentence, findings=sorted(findings, key=lambda f: f.place)), well


def _all(inspection: Inspection) -> list[tuple[Account, str]]:
    helpers = [a for kind in ("inspector", "housekeeper") for a in inspection.plan.accounts(kind)[:1]]
    # A helper comes last: where the file names it among the people too, it is looked at as a person.
    return [*((helper, "") for helper in helpers), *inspection.people]


# -- one account ------------------------------------------------------------------------------------------------------


def _look(inspection: Inspection, account: Account, channel: str) -> _Seen:
    try:
        session = inspection.session(account, channel)
        user_id = session.who_am_i()
    except SignInFailed as error:
        return _Seen(account, [_sign_in(account, error)])
    except Unreachable:
        raise
    except CrmloadError as error:
        return _Seen(account, [_stop("unknown", account, error.problem.message, error.next_step)])
    answer = session.get(f"systemusers({user_id})?$select={_USER_COLUMNS}")
    inspector = inspection.helper("inspector") if account.kind == "person" else None
    holding = Holding(user_id, held_roles(user_id, session, inspector))
    if answer.status_code != 200:
        # WhoAmI answers even a user without any role; a real read does not.
        if _lacks_a_privilege(inspection, account, answer.text, holding):
            return _Seen(account, [], holding, reads=False)
        return _Seen(account, [_cannot_read(inspection, account, answer.status_code, answer.text, holding)], holding)
    row = answer.json()
    holding = Holding(user_id, holding.roles, int(row.get("accessmode") or 0), bool(row.get("isdisabled")))
    return _Seen(account, list(_person(inspection, account, holding)) if account.kind == "person" else [], holding)


def _sign_in(account: Account, error: SignInFailed) -> Finding:
    """About the account, or, the same for all of them, about the place where everybody is refused."""
    problem = error.problem
    if problem.place:
        return Finding(
            kind=error.kind,
            severity="stop",
            place=problem.place,
            text=problem.message,
            next_step=problem.next_step,
        )
    # The place says already who it is.
    return _stop(error.kind, account, problem.message.removeprefix(f"{account.username} "), problem.next_step)


def _cannot_read(inspection: Inspection, account: Account, status: int, text: str, holding: Holding) -> Finding:
    if NO_ROLES in text or holding.roles == ():
        role = account.role or f"one with what the {account.kind} needs (docs/security-review.md)"
        return _stop(
            "no_role",
            account,
            "signs in, but has no security role: the CRM refuses whatever it asks for",
            f"{menus.of_users(inspection.plan.environment)} > {account.username} > Manage Roles: tick {role}",
        )
    return _stop(
        "cannot_read",
        account,
        f"signs in, but may not read its own user record (HTTP {status}): no client would start for it",
        f"{menus.of_roles(inspection.plan.environment)} > {account.role or 'the role it holds'} > tab Business "
        "Management > User: give Read",
    )


def _lacks_a_privilege(inspection: Inspection, account: Account, text: str, holding: Holding) -> bool:
    """The account is what the plan takes it for and its role lacks something: `access` names that once, for all of
    the role's accounts, and goes on to what else the role lacks."""
    tried = account.kind == "person" and bool(inspection.needs.operations.get(account.role))
    return tried and bool(missing_right(text).privilege) and holding.holds(account.role)


def _person(inspection: Inspection, account: Account, holding: Holding) -> Iterator[Finding]:
    environment = inspection.plan.environment
    users = f"{menus.of_users(environment)} > {account.username}"
    if holding.is_disabled:
        yield _stop("disabled", account, "is disabled in the CRM", f"{users} > Enable, or use another account")
    if mode := ACCESS_MODES.get(holding.access_mode):
        yield _stop(
            "access_mode",
            account,
            f"has the access mode {mode}, so the CRM treats it otherwise than the people who will work in it",
            f"{users} > Client Access License (CAL) Information: set Access Mode to Read-Write",
        )
    roles = holding.roles
    if roles is None:
        yield _finding(
            "roles_unknown",
            "doubt",
            account,
            "signs in and reads, but nobody who signed in may read which roles it holds: it might be an administrator",
            "give the users file an inspector (kind `inspector`) that may read users, teams and security roles",
        )
        return
    if administers := [role for role in roles if role.administers]:
        yield _finding(
            "administrator",
            "doubt" if inspection.allow_admin else "stop",
            account,
            f"is an administrator, {_listed(administers)}: the CRM filters no rows for it, so the test would be faster "
            "than reality and nothing would ever be refused",
            f"{_taking_away(inspection, account, administers)}, or use another account (--allow-admin: inconclusive at "
            "best)",
        )
    elif not roles:
        yield _stop(
            "no_role",
            account,
            "has no security role, neither its own nor by a team",
            f"{users} > Manage Roles: tick {account.role}",
        )
    elif not holding.holds(account.role):
        yield _stop(
            "other_role",
            account,
            f"holds the role(s) {_listed(roles)}, the users file says {account.role}",
            f"{users} > Manage Roles: tick {account.role}, or correct `role` in the users file",
        )
    elif more := [role for role in roles if role.name != account.role]:
        yield _finding(
            "more_roles",
            "note",
            account,
            f"holds {_listed(more)} beside {account.role}: rights add up, so it may be allowed what people with "
            f"{account.role} alone are refused, and what that role lacks does not show",
            f"{_taking_away(inspection, account, more)}, unless the real people hold the same",
        )


def _taking_away(inspection: Inspection, account: Account, roles: Sequence[HeldRole]) -> str:
    environment = inspection.plan.environment
    steps = []
    if own := [role.name for role in roles if not role.team]:
        steps.append(f"{menus.of_users(environment)} > {account.username} > Manage Roles: clear {' and '.join(own)}")
    if teams := dict.fromkeys(role.team for role in roles if role.team):
        where = f"{menus.of_teams(environment)} > {' and '.join(teams)}"
        steps.append(f"{where}: take the user out of the team, or the role from it (Manage Roles)")
    return "; ".join(steps)


# -- accounts beside each other ---------------------------------------------------------------------------------------


def _used_twice(inspection: Inspection) -> Iterator[Finding]:
    file = inspection.plan.environment.users_file
    for same in repeated(inspection.plan.users):
        lines = " and ".join(str(account.line) for account in same)
        what = ", ".join(f"{account.role} on {account.channel or 'any channel'}" for account in same)
        yield Finding(
            kind="used_twice",
            severity="stop",
            place=same[0].username,
            text=f"stands in lines {lines} of {file} ({what}): two people would work under one name at once, with "
            "each other's desk, recent items and record locks",
            next_step="give every person an account of their own and take the other line out; where there are too few, "
            f"keep one line and write `people_per_account: {len(same)}` to its group in the plan",
            owner="tester",
        )


def _one_user(seen: Sequence[_Seen]) -> Iterator[Finding]:
    """Two names, such as a UPN and DOMAIN\\name, that the CRM takes for the same user."""
    by_user: dict[str, list[Account]] = defaultdict(list)
    for one in seen:
        if one.holding:
            by_user[one.holding.user_id.lower()].append(one.account)
    for user_id, accounts in by_user.items():
        if len(accounts) > 1:
            others = " and ".join(f"{a.username} (line {a.line})" for a in accounts[1:])
            yield _finding(
                "used_twice",
                "stop",
                accounts[0],
                f"(line {accounts[0].line}) is the same CRM user as {others}, {user_id}: two people would work under "
                "one name at once",
                "keep one of the lines and put another account in place of the other",
            )


def _namesakes(seen: Sequence[_Seen]) -> Iterator[Finding]:
    """A name that two different roles bear: which of them the plan means nobody can tell."""
    roots: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for one in seen:
        for role in (one.holding.roles if one.holding else None) or ():
            if one.account.kind == "person" and role.name == one.account.role:
                roots[role.name][role.root].append(one.account.username)
    for name, by_root in roots.items():
        if len(by_root) > 1:
            examples = ", ".join(f"{names[0]} holds {root}" for root, names in by_root.items())
            yield Finding(
                kind="namesakes",
                severity="doubt",
                place=name,
                text=f"{len(by_root)} different security roles bear this name, made in different business units "
                f"({examples}): people of one role are tested with the rights of several",
                next_step="rename one of them, and name the one that is meant in the role's file and the users file",
                role=name,
            )


def _shared(inspection: Inspection) -> Iterator[Finding]:
    for group in inspection.plan.population:
        if group.people_per_account > 1:
            yield Finding(
                kind="shared_accounts",
                severity="note",
                place=f"{group.role} on {group.channel}",
                text=f"{group.people_per_account} people share an account, as the plan says. That distorts the test: "
                "the CRM's caches are warm for people who have not come yet, its limits per user count all of them as "
                "one user, they lock and change the same records, and there are fewer different desks and row filters "
                "than with accounts of their own",
                next_step="have an account made for each of them (`crmload accounts plan`), and take "
                "`people_per_account` out of the plan",
                owner="tester",
                role=group.role,
            )


def _listed(roles: Sequence[HeldRole]) -> str:
    return ", ".join(sorted(map(str, roles)))


def _finding(kind: str, severity: Severity, account: Account, text: str, next_step: str) -> Finding:
    return Finding(
        kind=kind,
        severity=severity,
        place=account.username,
        text=text,
        next_step=next_step,
        role=account.role if account.kind == "person" else "",
    )


def _stop(kind: str, account: Account, text: str, next_step: str) -> Finding:
    return _finding(kind, "stop", account, text, next_step)
