"""The environment file of a site: its entrances as far as they could be found out."""

from pathlib import Path
from typing import Any

from loadtests.config.environment import Entrance, Environment
from loadtests.config.proxy import Proxy
from loadtests.site.draft import Draft
from loadtests.site.yaml_text import Line, yaml_file

_MISSING = {
    "ifd": "People from the internet, through the pages of AD FS: an entrance with `sign_in: forms`, and the line "
    "`ifd: its name` under channels.",
    "web": "People in the office, by Windows: an entrance with `flavour: onprem-9.1` and `sign_in: windows`, and the "
    "line `web: its name`.",
    "outlook": "Outlook and phones ask for a token: an entrance with `sign_in: oauth`, `authority`, `client_id`, and "
    "the lines `outlook:` and `mobile:`.",
}


_SIDE_EFFECTS = (
    "Processes and plug-ins that may run when the test writes: `crmload check` names them; write those that may run "
    "by name.\nOr `side_effects: isolated`, once outgoing mail and interfaces of this organisation are cut off."
)


def environment_file(name: str, environment: Environment, users_file: str, secrets_file: str) -> Draft:
    """The file, with what is still unknown in its comments (docs/your-own-crm.md has them all)."""
    lines = [
        Line("name", name),
        Line("entrances", {key: _entrance(one) for key, one in environment.entrances.items()}, "Ways into the CRM."),
        Line("channels", dict(environment.channels), _unknown(environment)),
        Line("users_file", users_file, "Who can sign in, as which role."),
        Line("production", False, "true: no load without --allow-production HOST."),
        Line("side_effects", [], _SIDE_EFFECTS),
    ]
    if environment.proxy is not None:
        lines.insert(
            4, Line("proxy", _proxy(environment.proxy), "Everything to the CRM and its sign-in goes through it.")
        )
    if secrets_file:
        lines.insert(4, Line("secrets_file", secrets_file, "NAME=password lines, outside the repository."))
    return Draft(f"environments/{name}.yaml", yaml_file(f"How people reach {name}.", lines), "the ways in")


def local_environment_file(name: str, ready_file: Path) -> Draft:
    """The local CRM: its ready file says everything."""
    lines = [Line("name", name), Line("ready_file", str(ready_file))]
    return Draft(f"environments/{name}.yaml", yaml_file("The local CRM on this machine.", lines), "the ways in")


def _entrance(entrance: Entrance) -> dict[str, Any]:
    said = entrance.model_dump(exclude_defaults=True, mode="json")
    return {key: said[key] for key in ("url", "flavour", "sign_in", *said) if key in said}


def _proxy(proxy: Proxy) -> str | dict[str, Any]:
    """As a person would write it: the URL alone where nothing else is said."""
    said = proxy.model_dump(exclude_defaults=True, mode="json")
    return said if len(said) > 1 else proxy.url


def _unknown(environment: Environment) -> str:
    if any(entrance.flavour == "cloud-9.2" for entrance in environment.entrances.values()):
        return "Who comes by which."
    told = [text for channel, text in _MISSING.items() if channel not in environment.channels]
    return "\n".join(["Who comes by which. Not known yet:", *told]) if told else "Who comes by which."
