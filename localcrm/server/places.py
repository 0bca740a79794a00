"""What a host and a path lead to: one port, many names, as a reverse proxy would have it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from localcrm.signin.addresses import (
    ADFS_HOST,
    DISCOVERY_HOST,
    EXTERNAL_HOST,
    IFD_HOST,
    IFD_LOCAL_HOST,
    INTRANET_HOST,
    LOOPBACK_HOST,
    ORGANISATION,
    split_host,
)

PlaceKind = Literal[
    "web_api", "organisation", "adfs", "entra", "discovery", "control", "metrics", "unknown_host", "nothing"
]
Flavour = Literal["cloud-9.2", "onprem-9.1", "ifd-9.1"]

_API = re.compile(r"/api/data/v(\d+)\.(\d+)(?:/(.*))?\Z", re.DOTALL)
#: What an Entra authority has below a tenant.
_ENTRA = re.compile(r"/[^/]+/(?:v2\.0/)?(?:oauth2|discovery|userrealm|\.well-known)(?:/|\Z)", re.IGNORECASE)
#: The newest Web API version each flavour answers; on-premises stops at 9.1 (wire facts 1.1).
_NEWEST: dict[Flavour, tuple[int, int]] = {"cloud-9.2": (9, 2), "onprem-9.1": (9, 1), "ifd-9.1": (9, 1)}
_OLDEST = (9, 0)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request goes.

    ``path`` is what the place itself sees: after the API's root for ``web_api``, after the organisation (with a leading
    slash) for ``organisation``, after ``/adfs`` for ``adfs``, after ``/_control/`` for ``control``, all of it for
    ``entra`` and ``discovery``. ``base`` is the organisation's absolute URL and ``root`` the Web API's, each with a
    slash at the end. ``supported`` is False for a Web API version that the flavour does not have.
    """

    kind: PlaceKind
    path: str = ""
    flavour: Flavour = "cloud-9.2"
    base: str = ""
    root: str = ""
    supported: bool = True


def find_place(host_header: str, path: str) -> Place:
    """Decide by the Host header and the still percent-encoded ``path``."""
    host = split_host(host_header)[0]
    if host in (LOOPBACK_HOST, ADFS_HOST) and (path == "/adfs" or path.startswith("/adfs/")):
        return Place("adfs", path.removeprefix("/adfs"))
    if host == LOOPBACK_HOST and _ENTRA.match(path):
        return Place("entra", path)
    if host == LOOPBACK_HOST and path.startswith("/_control/"):
        return Place("control", path.removeprefix("/_control/"))
    if host == LOOPBACK_HOST and path == "/metrics":
        return Place("metrics", path)
    if host in (DISCOVERY_HOST, EXTERNAL_HOST):
        return Place("discovery", path, "ifd-9.1")
    if host in (IFD_HOST, IFD_LOCAL_HOST):
        return _in_organisation("ifd-9.1", f"https://{host_header}/", path)
    if host in (LOOPBACK_HOST, INTRANET_HOST):
        prefix = f"/{ORGANISATION}"
        if path == prefix or path.startswith(f"{prefix}/"):
            return _in_organisation("onprem-9.1", f"https://{host_header}{prefix}/", path.removeprefix(prefix) or "/")
        if host == LOOPBACK_HOST:
            # The organisation in the cloud has the host to itself: pages and files too.
            return _in_organisation("cloud-9.2", f"https://{host_header}/", path)
        return Place("nothing", path)
    return Place("nothing" if host == ADFS_HOST else "unknown_host", path)


def _in_organisation(flavour: Flavour, base: str, path: str) -> Place:
    match = _API.match(path)
    if match is None:
        return Place("organisation", path, flavour, base)
    version = (int(match[1]), int(match[2]))
    return Place(
        "web_api",
        match[3] or "",
        flavour,
        base,
        root=f"{base}api/data/v{version[0]}.{version[1]}/",
        supported=_OLDEST <= version <= _NEWEST[flavour],
    )
