"""What stands before the Web API in the cloud: web servers with an affinity cookie, and their protection limits."""

from __future__ import annotations

import hashlib
import itertools

from starlette.responses import JSONResponse, Response

from localcrm.dials.limits import Excess, Protection
from localcrm.server.exchange import Exchange

_COOKIE = "ARRAffinity"


class CloudFront:
    """Spreads clients over servers and keeps each user within his limits on each."""

    def __init__(self, protection: Protection) -> None:
        self.protection = protection
        self._next = itertools.count()

    def server_for(self, exchange: Exchange) -> int:
        """The server this client is bound to; one that brings no cookie gets the next, and a cookie."""
        count = self.protection.limits.servers
        known = {_name(server): server for server in range(count)}
        server = known.get(exchange.cookies.get(_COOKIE, ""))
        if server is None:
            server = next(self._next) % count
            exchange.answer_headers.append(("Set-Cookie", f"{_COOKIE}={_name(server)}; path=/; secure; HttpOnly"))
        return server

    def refusal(self, excess: Excess) -> Response:
        """429, with the time to wait."""
        body = {"error": {"code": excess.code, "message": excess.message}}
        return JSONResponse(body, status_code=429, headers={"Retry-After": str(excess.retry_after)})

    def tell(self, exchange: Exchange, server: int) -> None:
        """Add what is left of the budget to the answer (names and form: wire facts 1.3)."""
        if self.protection.limits.enabled:
            requests, milliseconds = self.protection.remaining(exchange.username, server)
            exchange.answer_headers += [
                ("x-ms-ratelimit-burst-remaining-xrm-requests", str(requests)),
                ("x-ms-ratelimit-time-remaining-xrm-requests", f"{milliseconds:,.2f}"),
            ]
        exchange.answer_headers.append(("x-ms-dop-hint", str(self.protection.limits.dop_hint)))


def _name(server: int) -> str:
    return hashlib.sha256(f"web server {server}".encode()).hexdigest()
