"""``main.aspx``: the shell of the Unified Interface with its boot configuration, about 60 KB, never cached."""

from __future__ import annotations

import json
import random
from html import escape
from pathlib import Path

from starlette.responses import HTMLResponse, Response

from localcrm.security.principals import Principal
from localcrm.webclient.static_files import START_SCRIPT
from localcrm.webclient.version import APP_ID, APP_NAME, CACHE_STAMP, CLIENT_BUILD, METADATA_VERSION
from localcrm.webclient.weights import StaticSpec

_PAGE_BYTES = 60 * 1024
_TEMPLATE = (Path(__file__).parent / "main.html").read_text(encoding="utf-8")
_UNCACHED = {
    "Cache-Control": "no-cache, no-store",
    "Pragma": "no-cache",
    "Expires": "-1",
    "X-Content-Type-Options": "nosniff",
}
_FEATURES = "Grid Form Timeline Lookup Search Ribbon Offline Charts Process Dialog Theme Mail Teams Queue Sla Card"
_ASPECTS = "Async Lazy Cached Inline Preview Virtual Prefetch Modern Batched Compact Tracked Shared"


class MainPage:
    """The page for every user of an organisation; what differs by user is filled in at each request."""

    def __init__(self, specs: list[StaticSpec], *, organisation_id: str) -> None:
        self._organisation_id = organisation_id
        self._references = _references([*specs, START_SCRIPT])
        self._features = _features()

    def answer(self, principal: Principal, *, base: str, app_id: str) -> Response:
        """The page as ``principal`` gets it at the organisation's URL ``base`` (with a slash at its end)."""
        config = {
            "clientUrl": base,
            "appId": app_id or APP_ID,
            "appUniqueName": APP_NAME,
            "organizationId": self._organisation_id,
            "organizationName": "Contoso",
            "clientVersion": CLIENT_BUILD,
            "cacheStamp": CACHE_STAMP,
            "metadataVersion": METADATA_VERSION,
            "languageId": 1033,
            "user": {
                "userId": principal.user_id,
                "userName": principal.username,
                "fullName": principal.name,
                "businessUnitId": principal.business_unit_id,
                "roles": list(principal.roles),
            },
            "features": self._features,
        }
        # "<" is written as an escape, so that no value can close the script element it stands in.
        boot = json.dumps(config, separators=(",", ":")).replace("<", "\\u003c")
        page = _TEMPLATE.replace("%BASE%", escape(base)).replace("%REFERENCES%", self._references)
        return HTMLResponse(page.replace("%BOOT%", boot), headers=_UNCACHED)


def _references(specs: list[StaticSpec]) -> str:
    """The elements that make a browser fetch each file."""
    lines = []
    for spec in specs:
        url = escape(spec.url)
        if spec.path.endswith(".css"):
            lines.append(f'<link rel="stylesheet" href="{url}"/>')
        elif spec.path.endswith(".js"):
            lines.append(f'<script defer src="{url}"></script>')
        else:
            lines.append(f'<img alt="" width="16" height="16" src="{url}"/>')
    return "\n".join(lines)


def _features() -> dict[str, bool | int]:
    """Feature switches in the number that brings the page to its weight."""
    dice = random.Random("features")
    features, aspects = _FEATURES.split(), _ASPECTS.split()
    switches: dict[str, bool | int] = {}
    size = 0
    while size < _PAGE_BYTES - 9 * 1024:
        name = f"FCB.{dice.choice(features)}{dice.choice(aspects)}{dice.choice(features)}{dice.randrange(10_000)}"
        switches[name] = dice.random() < 0.6
        size += len(name) + 9
    return switches
