"""The control address: how a test looks inside and turns the dials. Not part of any CRM, and not in the access log."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from starlette.responses import JSONResponse, Response

from localcrm.data.database import Database
from localcrm.hardware.hardware import Hardware
from localcrm.hardware.profile import ProfileError
from localcrm.jobs.queue import JobQueue
from localcrm.plugins.file import parse_steps
from localcrm.plugins.plugins import Plugins
from localcrm.plugins.registration import record_steps
from localcrm.security.depths import Depth
from localcrm.security.principals import Directory
from localcrm.server.access_log import AccessLog
from localcrm.server.door_dials import Endpoint
from localcrm.server.exchange import Exchange
from localcrm.server.places import Place


class Control:
    """``/_control/…``: every request carries the header ``X-Control-Token``."""

    def __init__(
        self,
        *,
        token: str,
        database: Database,
        directory: Directory,
        hardware: Hardware,
        jobs: JobQueue,
        plugins: Plugins,
        actions: Sequence[str],
        access_log: AccessLog,
        more: Mapping[tuple[str, str], Endpoint],
    ) -> None:
        self._token = token
        self._database = database
        self._directory = directory
        self._hardware = hardware
        self._jobs = jobs
        self._plugins = plugins
        self._actions = actions
        self._access_log = access_log
        self._endpoints: dict[tuple[str, str], Endpoint] = {
            ("GET", "health"): self._health,
            ("GET", "tables"): self._tables,
            ("GET", "hardware"): self._show_hardware,
            ("POST", "hardware"): self._set_hardware,
            ("GET", "plugins"): self._show_plugins,
            ("POST", "plugins"): self._set_plugins,
            ("GET", "async"): self._show_async,
            ("POST", "async"): self._set_async,
            ("POST", "roles"): self._set_role,
            ("POST", "flush-log"): self._flush_log,
            **more,
        }

    async def answer(self, exchange: Exchange, place: Place) -> Response:
        """Answer one control request; 403 without the token, 404 naming what exists."""
        given = exchange.headers.get("x-control-token", "")
        if not hmac.compare_digest(given.encode(), self._token.encode()):
            return _problem(403, "X-Control-Token is missing or wrong")
        endpoint = self._endpoints.get((exchange.method, place.path.strip("/")))
        if endpoint is None:
            return _problem(404, "there are: " + ", ".join(f"{method} {name}" for method, name in self._endpoints))
        return await endpoint(exchange)

    async def _health(self, _: Exchange) -> Response:
        return JSONResponse({"status": "ok"})

    async def _tables(self, _: Exchange) -> Response:
        return JSONResponse(await asyncio.to_thread(self._database.table_digests))

    async def _show_hardware(self, _: Exchange) -> Response:
        return JSONResponse(self._hardware.profile.dials())

    async def _set_hardware(self, exchange: Exchange) -> Response:
        try:
            self._hardware.set(self._hardware.profile.changed(json.loads(exchange.body)))
        except ProfileError as error:
            return _problem(400, str(error))
        except ValueError:
            return _problem(400, "the body is not JSON")
        return await self._show_hardware(exchange)

    async def _show_plugins(self, _: Exchange) -> Response:
        return JSONResponse({"plugins": [step.model_dump(mode="json") for step in self._plugins.steps]})

    async def _set_plugins(self, exchange: Exchange) -> Response:
        """``{"plugins": […]}`` replaces all plug-in steps."""
        try:
            wish = parse_steps(exchange.body, {"plugins"}, self._database.catalogue, self._actions)
        except ValueError as error:
            return _problem(400, str(error))
        self._plugins.register(steps=wish.plugins)
        await asyncio.to_thread(record_steps, self._database, self._plugins)
        return await self._show_plugins(exchange)

    async def _show_async(self, _: Exchange) -> Response:
        return JSONResponse(
            {
                **self._hardware.profile.stations.of("async").model_dump(),
                **asdict(self._jobs.backlog),
                "workflows": [workflow.model_dump(mode="json") for workflow in self._plugins.workflows],
            }
        )

    async def _set_async(self, exchange: Exchange) -> Response:
        """``servers``, ``speed`` and ``workflows``, each as it is wished; workflows replace all there are."""
        try:
            wish = json.loads(exchange.body)
            station = {key: wish.pop(key) for key in ("servers", "speed") if key in wish}
            steps = parse_steps(json.dumps(wish).encode(), {"workflows"}, self._database.catalogue, self._actions)
            profile = self._hardware.profile.changed({"stations": {"async": station}})
        except ProfileError as error:
            return _problem(400, str(error))
        except (ValueError, AttributeError) as error:
            return _problem(400, f"send servers, speed and workflows as JSON: {error}")
        self._hardware.set(profile)
        if "workflows" in wish:
            self._plugins.register(workflows=steps.workflows)
            await asyncio.to_thread(record_steps, self._database, self._plugins)
        return await self._show_async(exchange)

    async def _set_role(self, exchange: Exchange) -> Response:
        try:
            wish = json.loads(exchange.body)
            role, privilege, depth = str(wish["role"]), str(wish["privilege"]), Depth.parse(str(wish["depth"]))
        except (KeyError, TypeError, ValueError) as error:
            return _problem(400, f"send role, privilege and depth as JSON: {error}")
        try:
            self._directory.change_privilege(role, privilege, depth)
        except LookupError as error:
            return _problem(400, str(error.args[0]))
        return JSONResponse({"role": role, "privilege": privilege, "depth": depth.label})

    async def _flush_log(self, _: Exchange) -> Response:
        self._access_log.flush()
        return JSONResponse({"status": "ok"})


def _problem(status: int, text: str) -> Response:
    return JSONResponse({"error": text}, status_code=status)
