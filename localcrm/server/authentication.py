"""Who asks: a bearer token anywhere, the session cookies at the internet-facing entrance."""

from __future__ import annotations

from starlette.responses import PlainTextResponse, Response

from localcrm.server.exchange import Exchange
from localcrm.server.places import Place
from localcrm.signin.addresses import Addresses
from localcrm.signin.crm_session import CrmSessions
from localcrm.signin.tokens import RefusedTokenError, TokenGate


class Authentication:
    """The CRM's own gate, in front of the Web API and the pages."""

    def __init__(self, addresses: Addresses, gate: TokenGate, sessions: CrmSessions) -> None:
        self._addresses = addresses
        self._gate = gate
        self._sessions = sessions

    def username(self, exchange: Exchange, place: Place) -> str:
        """The user who asks, empty for nobody. Raises RefusedTokenError for a bearer token that is not good here."""
        scheme, _, token = exchange.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and token.strip():
            return self._gate.username(token.strip(), self._addresses.resources[place.flavour])
        if place.flavour == "ifd-9.1":
            return self._sessions.username(exchange.cookies)
        return ""

    def username_or_nobody(self, exchange: Exchange, place: Place) -> str:
        """The same, for what needs no sign-in: a bad token counts as none."""
        try:
            return self.username(exchange, place)
        except RefusedTokenError:
            return ""

    def unauthorised(self, place: Place, problem: str = "") -> Response:
        """401 with the header that tells a client where tokens come from (wire facts 1.12)."""
        where = (
            f"authorization_uri={self._addresses.authority}/oauth2/authorize, "
            f"resource_id={self._addresses.resources[place.flavour]}"
        )
        refused = f"error=invalid_token, error_description={problem}, " if problem else ""
        return PlainTextResponse(
            "HTTP Error 401 - Unauthorized: Access is denied",
            status_code=401,
            headers={"WWW-Authenticate": f"Bearer {refused}{where}", "Cache-Control": "private"},
        )
