"""The local CRM as an environment: made from the ready file that `crmload serve` writes."""

import json
from pathlib import Path
from typing import Any

from loadtests.config.environment import Channel, Entrance, Environment, Flavour, SignIn
from loadtests.errors import ConfigError, Unreachable

LOCAL_FLAVOURS = ("onprem-9.1", "cloud-9.2")
"""What an environment file with a `ready_file` may choose as its `flavour`."""
START_IT = "start it in another terminal with `crmload serve` and wait for its line `ready`"


def read_ready_file(path: Path) -> dict[str, Any]:
    """The ready file's content; `Unreachable` when the local CRM has not written one."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Unreachable(f"the local CRM is not running: there is no {path}", next_step=START_IT) from None
    except ValueError:
        raise ConfigError("this is not the ready file of a local CRM", next_step=START_IT, place=str(path)) from None
    if not isinstance(content, dict) or "base_urls" not in content:
        raise ConfigError("this is not the ready file of a local CRM", next_step=START_IT, place=str(path))
    return content


def environment_of(ready: dict[str, Any], name: str, flavour: str = "onprem-9.1") -> Environment:
    """The environment that the ready file describes, as an organisation of its own servers or as one in the cloud.

    On-premises: the web client from the office (Windows sign-in) and from the internet (through the AD FS pages),
    add-in and mobile by tokens of AD FS at the internet-facing address. `cloud-9.2`: all by tokens of an authority
    shaped like Entra ID.
    """
    entrances, channels = _in_the_cloud(ready) if flavour == "cloud-9.2" else _on_premises(ready)
    return Environment(
        name=name,
        simulated=True,
        entrances=entrances,
        channels=channels,
        users_file=Path(ready["users_file"]),
        secrets_file=Path(ready["secrets_file"]),
        metrics={"local CRM": ready["metrics_url"]} if "metrics_url" in ready else {},
        servers=ready.get("servers", {}),
        side_effects="isolated",
    )


def _on_premises(ready: dict[str, Any]) -> tuple[dict[str, Entrance], dict[Channel, str]]:
    def entrance(flavour: Flavour, sign_in: SignIn) -> Entrance:
        return _entrance(ready, flavour, sign_in, ready["adfs_authority"])

    entrances = {
        "intranet": entrance("onprem-9.1", "windows"),
        "ifd": entrance("ifd-9.1", "forms"),
        "clients": entrance("ifd-9.1", "oauth"),
    }
    return entrances, {"web": "intranet", "ifd": "ifd", "outlook": "clients", "mobile": "clients"}


def _in_the_cloud(ready: dict[str, Any]) -> tuple[dict[str, Entrance], dict[Channel, str]]:
    authority = ready.get("entra_authority")
    if not authority:
        raise ConfigError("this local CRM has no cloud sign-in", next_step="start it anew with this version of crmload")
    entrances = {"cloud": _entrance(ready, "cloud-9.2", "oauth", authority)}
    return entrances, {"web": "cloud", "outlook": "cloud", "mobile": "cloud"}


def _entrance(ready: dict[str, Any], flavour: Flavour, sign_in: SignIn, authority: str) -> Entrance:
    return Entrance(
        url=ready["base_urls"][flavour],
        flavour=flavour,
        sign_in=sign_in,
        authority=authority,
        client_id=ready["oauth_client_id"],
        resource=ready["oauth_resource"][flavour],
        ca_file=ready["ca_file"],
        connect_to=ready["connect_to"],
    )
