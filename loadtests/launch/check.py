"""What can be known before the load: every account signs in, really reads, and holds the role the plan says."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from loadtests.config.dealing import deal
from loadtests.config.resolved import ResolvedPlan
from loadtests.config.secrets import Secrets
from loadtests.config.users import Account
from loadtests.errors import ConfigError, CrmloadError, Problem, SignInFailed, Unreachable
from loadtests.launch.check_columns import column_problems
from loadtests.load.housekeeper import housekeeper_account, needs_housekeeper
from loadtests.load.plain_session import PlainSession
from loadtests.load.server_counters import ServerCounters

AT_ONCE = 6
"""Accounts signed in side by side: a check is no load."""
ADMINISTRATORS = ("System Administrator", "System Customizer")
"""Root roles that see every row without filtering: people with them would test nothing."""


@dataclass(slots=True)
class Findings:
    """What the check found. `problems` end it; administrators do so too unless they are allowed."""

    accounts: int = 0
    problems: list[Problem] = field(default_factory=list)
    administrators: list[str] = field(default_factory=list)
    unreachable: CrmloadError | None = None
    versions: dict[str, str] = field(default_factory=dict)

    def refuse(self, *, allow_admin: bool) -> None:
        """Raise when the load must not start; all reasons at once."""
        if self.unreachable is not None:
            raise self.unreachable
        problems = list(self.problems)
        if not allow_admin:
            problems += [
                Problem(
                    name,
                    "is an administrator: the CRM filters no rows for it, so the test would be faster than reality",
                    "take the administrator's roles away, or use another account (--allow-admin: inconclusive at best)",
                )
                for name in self.administrators
            ]
        if not problems:
            return
        error = ConfigError.of(problems)
        only_sign_in = self.problems and all("cannot sign in" in problem.message for problem in problems)
        if only_sign_in:
            failed = SignInFailed("\n".join(str(problem) for problem in problems))
            raise failed
        raise error

    def sentence(self) -> str:
        """What was found, when nothing stands in the way."""
        admins = f", {len(self.administrators)} administrators among them" if self.administrators else ""
        versions = ", ".join(sorted(set(self.versions.values())))
        return f"{self.accounts} accounts sign in, read and hold their roles{admins} (CRM version {versions})"

    def as_record(self) -> dict[str, Any]:
        """For run.json."""
        return {
            "accounts": self.accounts,
            "administrators": self.administrators,
            "environment": {"versions": self.versions},
        }


def check_plan(plan: ResolvedPlan, in_use: Mapping[str, Mapping[str, str]] | None = None) -> Findings:
    """Sign in every account that the plan may use, once, side by side but gently.

    `in_use` are the tables and columns that the site's files name (`check_columns`); the first account looks for them.
    """
    secrets = Secrets.load(plan.environment)
    findings = Findings()
    accounts: list[tuple[Account, str]] = [
        (account, group.channel) for group, mine in deal(plan.everybody, plan.users) for account in mine
    ]
    if needs_housekeeper(plan):
        accounts.append((housekeeper_account(plan), ""))
    secrets.require([account for account, _ in accounts])
    # One account first: a CRM that is down is told once, not once per account.
    first, rest = accounts[:1], accounts[1:]
    look = _looker(plan, secrets, findings, in_use or {})
    for account, channel in first:
        look(account, channel, columns=True)
    if findings.unreachable is None:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda pair: look(*pair), rest))
    if plan.environment.metrics and findings.unreachable is None:
        # Whoever is silent is told once, as in the run: that is no reason to refuse it.
        ServerCounters.of(plan.environment).busy_shares()
    findings.problems.sort(key=lambda problem: problem.place)
    findings.administrators.sort()
    return findings


def _looker(
    plan: ResolvedPlan, secrets: Secrets, findings: Findings, in_use: Mapping[str, Mapping[str, str]]
) -> Callable[..., None]:
    def look(account: Account, channel: str, *, columns: bool = False) -> None:
        environment = plan.environment
        entrance = environment.entrance_of(channel) if channel else environment.token_entrance
        session = PlainSession(environment, entrance, purpose="check")
        try:
            session.sign_in(account, secrets)
            user_id = session.who_am_i()
            problem = _reads(session, account, user_id)
            roles = _roles(session, user_id)
            name = _name_of(plan, entrance.url)
            if name not in findings.versions:
                findings.versions[name] = _version(session)
            if columns and not problem:
                findings.problems += column_problems(session, in_use)
        except SignInFailed as error:
            # The place says already who it is.
            said = error.problem.message.removeprefix(f"{account.username} ")
            findings.problems.append(Problem(account.username, said, error.next_step))
            return
        except Unreachable as error:
            findings.unreachable = error
            return
        except CrmloadError as error:
            findings.problems.append(error.problem)
            return
        finally:
            session.close()
        findings.accounts += 1
        if problem:
            findings.problems.append(problem)
        elif account.kind == "person":
            if set(roles) & set(ADMINISTRATORS):
                findings.administrators.append(account.username)
            elif roles and account.role not in roles:
                findings.problems.append(
                    Problem(
                        account.username,
                        f"holds the role(s) {', '.join(sorted(roles))}, the users file says {account.role}",
                        f"give it the role {account.role}, or correct the users file",
                    )
                )

    return look


def _reads(session: PlainSession, account: Account, user_id: str) -> Problem | None:
    """WhoAmI answers even a user without any role; a real read does not."""
    answer = session.get(f"systemusers({user_id})?$select=fullname")
    if answer.status_code == 200:
        return None
    return Problem(
        account.username,
        f"signs in, but cannot even read its own user record (HTTP {answer.status_code})",
        f"assign the security role {account.role} to it",
    )


def _roles(session: PlainSession, user_id: str) -> list[str]:
    """Names of the roles held; empty when the account may not read them."""
    answer = session.get(f"systemusers({user_id})/systemuserroles_association?$select=name")
    if answer.status_code != 200:
        return []
    return [str(row["name"]) for row in answer.json().get("value", [])]


def _name_of(plan: ResolvedPlan, url: str) -> str:
    return next(name for name, entrance in plan.environment.entrances.items() if entrance.url == url)


def _version(session: PlainSession) -> str:
    answer = session.get("RetrieveVersion()")
    return str(answer.json().get("Version", "unknown")) if answer.status_code == 200 else "unknown"
