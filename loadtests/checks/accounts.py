"""Accounts: every one signs in, really reads, and holds the role that the plan says; none is an administrator."""

from concurrent.futures import ThreadPoolExecutor

from loadtests.checks.inspection import Inspection
from loadtests.config.users import Account
from loadtests.errors import CrmloadError, SignInFailed, Unreachable
from loadtests.load.housekeeper import housekeeper_account, needs_housekeeper
from loadtests.load.plain_session import PlainSession
from loadtests.results.check_record import Finding, Part

AT_ONCE = 6
"""Accounts signed in side by side: a check is no load."""
ADMINISTRATORS = ("System Administrator", "System Customizer")
"""Root roles that see every row without filtering: people with them would test nothing."""


def check_accounts(inspection: Inspection) -> tuple[Part, int]:
    """The part, and how many accounts signed in and read. `Unreachable` when the CRM itself cannot be reached.

    `ConfigError` when the plan needs a housekeeper and the users file has none, or passwords are missing.
    """
    # One account first: a CRM that is down is told once, not once per account.
    if needs_housekeeper(inspection.plan):
        housekeeper_account(inspection.plan)
    everybody = inspection.people + [(account, "") for account in _helpers(inspection)]
    inspection.secrets.require([account for account, _ in everybody])
    found = [_look(inspection, *everybody[0])] if everybody else []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found += pool.map(lambda pair: _look(inspection, *pair), everybody[1:])
    findings = sorted((finding for each in found for finding in each), key=lambda finding: finding.place)
    well = sum(1 for each in found if not any(finding.severity == "stop" for finding in each))
    sentence = f"{well} of {len(everybody)} accounts sign in, read and hold their roles"
    return Part(area="accounts", sentence=sentence, findings=findings), well


def _helpers(inspection: Inspection) -> list[Account]:
    return [account for kind in ("inspector", "housekeeper") for account in inspection.plan.accounts(kind)[:1]]


def _look(inspection: Inspection, account: Account, channel: str) -> list[Finding]:
    try:
        session = inspection.session(account, channel)
        user_id = session.who_am_i()
        roles = _roles(session, user_id)
        answer = session.get(f"systemusers({user_id})?$select=fullname")
    except SignInFailed as error:
        # The place says already who it is.
        said = error.problem.message.removeprefix(f"{account.username} ")
        return [_stop("sign_in", account, said, error.next_step)]
    except Unreachable:
        raise
    except CrmloadError as error:
        return [_stop("sign_in", account, error.problem.message, error.next_step)]
    if answer.status_code != 200:
        # WhoAmI answers even a user without any role; a real read does not.
        return [
            _stop(
                "no_role",
                account,
                f"signs in, but cannot even read its own user record (HTTP {answer.status_code})",
                f"assign the security role {account.role} to it",
            )
        ]
    if account.kind != "person":
        return []
    if set(roles) & set(ADMINISTRATORS):
        return [
            Finding(
                kind="administrator",
                severity="doubt" if inspection.allow_admin else "stop",
                place=account.username,
                text="is an administrator: the CRM filters no rows for it, so the test would be faster than reality",
                next_step="take the administrator's roles away, or use another account (--allow-admin: inconclusive "
                "at best)",
            )
        ]
    if roles and account.role not in roles:
        return [
            _stop(
                "other_role",
                account,
                f"holds the role(s) {', '.join(sorted(roles))}, the users file says {account.role}",
                f"give it the role {account.role}, or correct the users file",
            )
        ]
    return []


def _stop(kind: str, account: Account, text: str, next_step: str) -> Finding:
    return Finding(
        kind=kind,
        severity="stop",
        place=account.username,
        text=text,
        next_step=next_step,
        role=account.role if account.kind == "person" else "",
    )


def _roles(session: PlainSession, user_id: str) -> list[str]:
    """Names of the roles held; empty when the account may not read them."""
    answer = session.get(f"systemusers({user_id})/systemuserroles_association?$select=name")
    if answer.status_code != 200:
        return []
    return [str(row["name"]) for row in answer.json().get("value", [])]
