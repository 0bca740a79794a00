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


_TABS = {
    "Core Records": {"account": "Account", "activity": "Activity", "contact": "Contact", "lead": "Lead", "note": "Note",
                     "opportunity": "Opportunity", "queue": "Queue", "userquery": "Saved View"},
    "Marketing": {"campaign": "Campaign", "list": "Marketing List"},
    "Service": {"incident": "Case"},
    "Business Management": {"businessunit": "Business Unit", "organization": "Organization", "role": "Security Role",
                            "team": "Team", "transactioncurrency": "Currency", "user": "User"},
    "Customization": {"systemform": "System Form", "webresource": "Web Resource"},
}  # fmt: skip
"""Tabs of the role designer, with the lines for the words that stand in the names of privileges."""


def in_designer(word: str) -> str:
    """Where the role designer shows the privileges whose names carry a word, such as `incident`."""
    for tab, lines in _TABS.items():
        if word.lower() in lines:
            return f"tab {tab} > {lines[word.lower()]}"
    return f"{word} (tab Custom Entities, if it is a table of your own)"
