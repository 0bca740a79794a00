"""The dials on the doors, for the control address: accounts, authority, tokens, sessions, limits, faults."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from localcrm.dials.faults import FaultList, Faults, parse
from localcrm.dials.limits import Limits, Protection
from localcrm.security.principals import Directory
from localcrm.server.doors import Doors
from localcrm.server.exchange import Exchange
from localcrm.signin.accounts import State

Endpoint = Callable[[Exchange], Awaitable[Response]]


class _AccountWish(BaseModel):
    """A state for an account, or the user as whom the application with the secret acts."""

    model_config = ConfigDict(extra="forbid")

    username: str | None = None
    state: State = State.GOOD
    application_user: str | None = None


class _AuthorityWish(BaseModel):
    """What an administrator left undone at AD FS and CRM, and by how much the identity providers' clock is wrong."""

    model_config = ConfigDict(extra="forbid")

    adfs_oauth: bool | None = None
    crm_oauth: bool | None = None
    clients: Literal["registered", "unknown", "forbidden"] | None = None
    clock_ahead_seconds: float | None = None


class _TokenWish(BaseModel):
    """How long new access tokens live, and whose are called back (``all`` or a user name)."""

    model_config = ConfigDict(extra="forbid")

    seconds: Annotated[int, Field(ge=1)] | None = None
    expire: str | None = None


class DoorDials:
    """Each ``_set…`` raises ValueError or LookupError for a wish it cannot grant, and has changed nothing then."""

    def __init__(self, directory: Directory, doors: Doors, protection: Protection, faults: Faults) -> None:
        self._directory = directory
        self._doors = doors
        self._protection = protection
        self._faults = faults

    def endpoints(self) -> Mapping[tuple[str, str], Endpoint]:
        """What the control address answers for these dials, by method and name."""
        return {
            ("POST", "end-sessions"): self._end_sessions,
            ("GET", "accounts"): self._show_accounts,
            ("POST", "accounts"): _granted(self._set_account, self._show_accounts),
            ("GET", "authority"): self._show_authority,
            ("POST", "authority"): _granted(self._set_authority, self._show_authority),
            ("GET", "tokens"): self._show_tokens,
            ("POST", "tokens"): _granted(self._set_tokens, self._show_tokens),
            ("GET", "limits"): self._show_limits,
            ("POST", "limits"): _granted(self._set_limits, self._show_limits),
            ("GET", "faults"): self._show_faults,
            ("POST", "faults"): _granted(self._set_faults, self._show_faults),
        }

    async def _end_sessions(self, _: Exchange) -> Response:
        self._doors.sessions.end_all()
        return JSONResponse({"status": "ok"})

    async def _show_accounts(self, _: Exchange) -> Response:
        doors = self._doors
        return JSONResponse({"states": doors.accounts.states(), "application_user": doors.applications.username})

    def _set_account(self, body: bytes) -> None:
        wish: _AccountWish = parse(_AccountWish, body)
        if wish.application_user is not None:
            if self._directory.by_username(wish.application_user) is None:
                raise LookupError(f"the CRM has no user {wish.application_user!r}")
            self._doors.applications.username = wish.application_user
        elif wish.username is not None:
            self._doors.accounts.set_state(wish.username, wish.state)
        else:
            raise ValueError("send username and state, or application_user")

    async def _show_authority(self, _: Exchange) -> Response:
        doors = self._doors
        applications = doors.applications
        clients = "unknown" if applications.are_unknown else "forbidden" if applications.are_forbidden else "registered"
        return JSONResponse(
            {
                "adfs_oauth": doors.adfs.gives_tokens,
                "crm_oauth": doors.authentication.takes_tokens,
                "clients": clients,
                "clock_ahead_seconds": doors.clock.ahead,
            }
        )

    def _set_authority(self, body: bytes) -> None:
        """Any of the settings; the others stay."""
        wish: _AuthorityWish = parse(_AuthorityWish, body)
        doors = self._doors
        if wish.adfs_oauth is not None:
            doors.adfs.gives_tokens = wish.adfs_oauth
        if wish.crm_oauth is not None:
            doors.authentication.takes_tokens = wish.crm_oauth
        if wish.clients is not None:
            doors.applications.are_unknown = wish.clients == "unknown"
            doors.applications.are_forbidden = wish.clients == "forbidden"
        if wish.clock_ahead_seconds is not None:
            doors.clock.ahead = wish.clock_ahead_seconds

    async def _show_tokens(self, _: Exchange) -> Response:
        return JSONResponse({"seconds": self._doors.life.seconds})

    def _set_tokens(self, body: bytes) -> None:
        wish: _TokenWish = parse(_TokenWish, body)
        if wish.seconds is not None:
            self._doors.life.seconds = wish.seconds
        if wish.expire is not None:
            self._doors.life.expire("" if wish.expire == "all" else wish.expire)

    async def _show_limits(self, _: Exchange) -> Response:
        return JSONResponse(self._protection.limits.model_dump())

    def _set_limits(self, body: bytes) -> None:
        """Any of the settings; the others stay."""
        wish = json.loads(body)
        if not isinstance(wish, dict):
            raise ValueError("send an object with the limits to change")
        self._protection.set(parse(Limits, json.dumps(self._protection.limits.model_dump() | wish).encode()))

    async def _show_faults(self, _: Exchange) -> Response:
        return JSONResponse(self._faults.show())

    def _set_faults(self, body: bytes) -> None:
        """``{"faults": […]}`` replaces all rules."""
        self._faults.set(parse(FaultList, body))


def _granted(change: Callable[[bytes], None], show: Endpoint) -> Endpoint:
    """Grant a wish and show what is set now; 400 with what is wrong about it."""

    async def endpoint(exchange: Exchange) -> Response:
        try:
            change(exchange.body)
        except (ValueError, LookupError) as error:
            return JSONResponse({"error": str(error.args[0])}, status_code=400)
        return await show(exchange)

    return endpoint
