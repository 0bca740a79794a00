"""What roles grant, and which privileges requests came down to: for the control address."""

from __future__ import annotations

import json
from collections.abc import Mapping

from starlette.responses import JSONResponse, Response

from localcrm.security.depths import Depth
from localcrm.security.principals import Directory
from localcrm.server.door_dials import Endpoint
from localcrm.server.exchange import Exchange


class RoleDials:
    """Changes live until the next start, as those of ``POST roles``; they are effective at once."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def endpoints(self) -> Mapping[tuple[str, str], Endpoint]:
        """What the control address answers for these dials, by method and name."""
        return {
            ("GET", "privileges"): self._show,
            ("POST", "privileges"): self._set,
            ("GET", "privilege-uses"): self._uses,
            ("POST", "privilege-uses"): self._record,
        }

    async def _show(self, _: Exchange) -> Response:
        """Role -> privilege -> depth; ``users``: the roles each user has, by teams too."""
        known = self._directory.privileges
        roles = {
            role: {known[name].name: depth.label for name, depth in sorted(self._directory.role_grants(role).items())}
            for role in self._directory.role_names()
        }
        users = {one.username: list(self._directory.roles_of(one)) for one in self._directory.users()}
        return JSONResponse({"roles": roles, "users": users, "privileges": sorted(p.name for p in known.values())})

    async def _set(self, exchange: Exchange) -> Response:
        """``{"Salesperson": {"prvReadincident": "Global", "prvMerge": "None"}}``: all of it, or nothing and 400."""
        try:
            wish = {
                (role, privilege): Depth.parse(str(depth))
                for role, changes in json.loads(exchange.body).items()
                for privilege, depth in changes.items()
            }
            for role, privilege in wish:
                self._directory.role_grants(role)
                if privilege.lower() not in self._directory.privileges:
                    raise LookupError(f"no privilege is called {privilege!r} (they look like prvReadaccount)")
        except (AttributeError, ValueError, LookupError) as error:
            return JSONResponse({"error": f"send role -> privilege -> depth as JSON: {error}"}, status_code=400)
        for (role, privilege), depth in wish.items():
            self._directory.change_privilege(role, privilege, depth)
        return await self._show(exchange)

    async def _uses(self, _: Exchange) -> Response:
        """Each privilege that a request of a user needed since recording began, and whether he held it."""
        names = {one.user_id: one.username for one in self._directory.users()}
        known = self._directory.privileges
        return JSONResponse(
            {
                "uses": [
                    {"user": names[use.user_id], "privilege": known[use.privilege].name, "held": use.held}
                    for use in self._directory.uses
                    if use.user_id in names
                ]
            }
        )

    async def _record(self, exchange: Exchange) -> Response:
        """``{"but": "crmload"}``: not those of clients whose User-Agent begins so."""
        try:
            but = str(json.loads(exchange.body or b"{}").get("but", ""))
        except (AttributeError, ValueError):
            return JSONResponse({"error": 'send nothing, or {"but": "…"} as JSON'}, status_code=400)
        self._directory.uses.begin(but)
        return await self._uses(exchange)
