"""The likeness of a CRM that answers now: signed in as the environment's inspector."""

from collections.abc import Callable

from loadtests.config.environment import Environment
from loadtests.config.secrets import Secrets
from loadtests.config.users import Account, read_users
from loadtests.errors import ConfigError
from loadtests.likeness.facts import Fingerprint
from loadtests.likeness.taking import take_likeness
from loadtests.load.plain_session import PlainSession


def live_likeness(environment: Environment, tell: Callable[[str], None]) -> Fingerprint:
    """Sign in and take it. `ConfigError` without an inspector, `Unreachable` when the CRM does not answer."""
    account = _inspector(environment)
    session = PlainSession(environment, environment.token_entrance, purpose="likeness")
    try:
        session.sign_in(account, Secrets.load(environment))
        return take_likeness(session, environment, tell)
    finally:
        session.close()


def _inspector(environment: Environment) -> Account:
    accounts = read_users(environment.users_file)
    for kind in ("inspector", "housekeeper"):
        for account in accounts:
            if account.kind == kind:
                return account
    raise ConfigError(
        f"{environment.users_file} has no inspector, and somebody must read the CRM's settings",
        next_step="add a line with kind `inspector`: an account that may read settings, roles and definitions",
    )
