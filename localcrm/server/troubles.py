"""Puts the faults dial between requests and their answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Receive, Scope, Send

from localcrm.dials.faults import Asking, FaultRule, Faults
from localcrm.server.authentication import Authentication, UnauthorisedError
from localcrm.server.connections import Connections
from localcrm.server.exchange import Exchange
from localcrm.server.places import Place

_EXEMPT = ("control", "metrics")
#: Long enough for what was sent to leave before the connection is cut.
_FLUSH_SECONDS = 0.05


class ConnectionCutError(Exception):
    """The client gets no answer: its connection is cut."""


class TruncatedResponse(Response):
    """Half of another answer, and then the end of the connection."""

    def __init__(self, whole: Response, cut: Callable[[], None]) -> None:
        super().__init__(whole.body, status_code=whole.status_code)
        self.raw_headers = whole.raw_headers
        self._cut = cut

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the headers, half of the body, and cut (ASGI)."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        half = bytes(self.body[: len(self.body) // 2])
        await send({"type": "http.response.body", "body": half, "more_body": True})
        await asyncio.sleep(_FLUSH_SECONDS)
        self._cut()


class Troubles:
    """What goes wrong on the way."""

    def __init__(self, faults: Faults, authentication: Authentication, connections: Connections) -> None:
        self._faults = faults
        self._authentication = authentication
        self._connections = connections
        self._is_hurried = False

    def hurry(self) -> None:
        """Let nothing wait any longer: the server is asked to stop."""
        self._is_hurried = True

    async def around(
        self, exchange: Exchange, place: Place, answer: Callable[[Exchange, Place], Awaitable[Response]]
    ) -> Response:
        """The answer to a request, or what became of it. Raises ConnectionCutError for none at all."""
        if place.kind in _EXEMPT:
            return await answer(exchange, place)
        await self._stall()
        rules = self._faults.choose(self._asking(exchange, place))
        slow = sum(rule.seconds for rule in rules if rule.kind == "slow")
        fault = next((rule for rule in rules if rule.kind != "slow"), None)
        response = await (self._faulty(exchange, place, answer, fault) if fault else answer(exchange, place))
        await self._sleep(slow)
        await self._stall()
        return response

    def cut(self, exchange: Exchange) -> None:
        """End the client's connection."""
        self._connections.hold(exchange.peer).cut()

    async def _faulty(
        self,
        exchange: Exchange,
        place: Place,
        answer: Callable[[Exchange, Place], Awaitable[Response]],
        fault: FaultRule,
    ) -> Response:
        if fault.kind == "truncate":
            return TruncatedResponse(await answer(exchange, place), lambda: self.cut(exchange))
        if fault.kind == "expired-token":
            return await self._expired(exchange, place, answer)
        if fault.work_done:
            await answer(exchange, place)
        else:
            exchange.username = self._authentication.peek(exchange, place)
        if fault.kind == "reset":
            raise ConnectionCutError
        return _error(fault, place)

    async def _expired(
        self, exchange: Exchange, place: Place, answer: Callable[[Exchange, Place], Awaitable[Response]]
    ) -> Response:
        if exchange.headers.get("authorization", "").lower().startswith("bearer "):
            raise UnauthorisedError(self._authentication.unauthorised(place, "The token is expired"))
        return await answer(exchange.without_sign_in(), place)

    def _asking(self, exchange: Exchange, place: Place) -> Asking:
        user = self._authentication.peek(exchange, place) if self._faults.asks_for_users else ""
        flavour = place.flavour if place.kind in ("web_api", "organisation") else place.kind
        return Asking(exchange.path, user, exchange.method, flavour)

    async def _stall(self) -> None:
        if self._faults.stalled_for():
            self._faults.count_stalled()
        while not self._is_hurried and (seconds := self._faults.stalled_for()):
            await self._sleep(seconds)

    async def _sleep(self, seconds: float) -> None:
        """Wait in steps short enough that a server which is told to stop does."""
        while seconds > 0 and not self._is_hurried:
            step = min(seconds, 0.25)
            await asyncio.sleep(step)
            seconds -= step


def _error(fault: FaultRule, place: Place) -> Response:
    status, code, message = fault.status, "0x80040216", "An unexpected error occurred."
    if fault.kind == "throttle":
        status, code = 429, "0x80072322"
        message = "Number of requests exceeded the limit of 6000 over time window of 300 seconds."
    wait = fault.retry_after if fault.retry_after is not None or fault.kind != "throttle" else 5
    headers = {} if wait is None else {"Retry-After": str(wait)}
    if status == 503 or place.kind != "web_api":
        # The web server itself answers, which knows nothing of the CRM's errors.
        reason = "Service Unavailable" if status == 503 else "Server Error"
        return HTMLResponse(
            f"<html><body><h2>{status} - {reason}</h2></body></html>", status_code=status, headers=headers
        )
    return JSONResponse({"error": {"code": code, "message": message}}, status_code=status, headers=headers)
