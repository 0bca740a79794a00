"""What goes into the Web API and what comes out of it, free of any server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from localcrm.hardware.work import NO_PLUGINS, PluginTime
from localcrm.security.principals import Principal


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request to the Web API, already authenticated.

    ``path`` is what follows ``/api/data/v9.x/``, still percent-encoded; ``query`` is the raw query string without
    its question mark; the keys of ``headers`` are lower case; ``root`` is the absolute URL of the Web API and ends
    with a slash; ``flavour`` is one of ``cloud-9.2``, ``onprem-9.1``, ``ifd-9.1``.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    principal: Principal
    root: str
    flavour: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer.

    ``statements`` is the number of SQL statements it took (what a database is charged for), ``plugins`` the time that
    synchronous plug-ins took.
    """

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    statements: int = 0
    plugins: PluginTime = NO_PLUGINS
