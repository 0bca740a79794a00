"""Where an administrator finds things: the menu paths of the cloud's admin center and of a server of one's own."""

from loadtests.config.environment import Environment

_CENTER = "Power Platform admin center > Environments > this one > Settings > Users + permissions"
_OWN = "Settings > Security"


def _security(environment: Environment) -> str:
    cloud = environment.token_entrance.flavour.startswith("cloud")
    return _CENTER if cloud else _OWN


def of_users(environment: Environment) -> str:
    """The list of users."""
    return f"{_security(environment)} > Users"


def of_roles(environment: Environment) -> str:
    """The list of security roles; a role opens in its designer."""
    return f"{_security(environment)} > Security Roles"


def of_teams(environment: Environment) -> str:
    """The list of teams."""
    return f"{_security(environment)} > Teams"
