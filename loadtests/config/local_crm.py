"""The local CRM as an environment: made from the ready file that `crmload serve` writes."""

import json
from pathlib import Path
from typing import Any

from loadtests.config.environment import Entrance, Environment
from loadtests.errors import ConfigError, Unreachable

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


def environment_of(ready: dict[str, Any], name: str) -> Environment:
    """The environment that the ready file describes: `web` goes through the intranet, `ifd` through AD FS pages,
    and the clients that ask for a token (`outlook`, `mobile`) come from the internet too."""
    common = {"authority": ready["adfs_authority"], "ca_file": ready["ca_file"], "connect_to": ready["connect_to"]}
    intranet = Entrance(
        url=ready["base_urls"]["onprem-9.1"],
        flavour="onprem-9.1",
        sign_in="oauth",
        client_id=ready["oauth_client_id"],
        resource=ready["oauth_resource"]["onprem-9.1"],
        **common,
    )
    ifd = Entrance(
        url=ready["base_urls"]["ifd-9.1"],
        flavour="ifd-9.1",
        sign_in="forms",
        client_id=ready["oauth_client_id"],
        resource=ready["oauth_resource"]["ifd-9.1"],
        **common,
    )
    clients = ifd.model_copy(update={"sign_in": "oauth"})
    return Environment(
        name=name,
        simulated=True,
        entrances={"intranet": intranet, "ifd": ifd, "clients": clients},
        channels={"web": "intranet", "ifd": "ifd", "outlook": "clients", "mobile": "clients"},
        users_file=Path(ready["users_file"]),
        secrets_file=Path(ready["secrets_file"]),
        metrics={"local CRM": ready["metrics_url"]} if "metrics_url" in ready else {},
        side_effects="isolated",
    )
