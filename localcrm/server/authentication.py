"""Who asks: by a bearer token anywhere, by session cookies at the IFD entrance, by Windows sign-in at the intranet."""

from __future__ import annotations

from starlette.responses import PlainTextResponse, Response

from localcrm.server.connections import Connection, Connections
from localcrm.server.exchange import Exchange
from localcrm.server.places import Place
from localcrm.signin.accounts import Accounts
from localcrm.signin.addresses import Addresses
from localcrm.signin.crm_session import CrmSessions
from localcrm.signin.tokens import RefusedTokenError, TokenGate
from localcrm.signin.windows import SCHEMES, Handshake, RefusedHandshakeError, begins_handshake, user_name


class UnauthorisedError(Exception):
    """Nobody is signed in by this request; ``answer`` is the 401 that says what would do it, or what comes next."""

    def __init__(self, answer: Response) -> None:
        super().__init__("401")
        self.answer = answer


class Authentication:
    """The CRM's own gate, in front of the Web API and the pages."""

    def __init__(
        self,
        addresses: Addresses,
        gate: TokenGate,
        sessions: CrmSessions,
        accounts: Accounts,
        connections: Connections,
        *,
        domain: str,
    ) -> None:
        self.takes_tokens = True
        """A dial: False is a CRM on its own servers whose OAuthClaimsSettings are off."""
        self._addresses = addresses
        self._gate = gate
        self._sessions = sessions
        self._accounts = accounts
        self._connections = connections
        self._domain = domain

    def username(self, exchange: Exchange, place: Place) -> str:
        """The user who asks, empty for nobody. Raises UnauthorisedError for credentials that are not good here."""
        scheme, _, credentials = exchange.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and credentials.strip() and self._knows_tokens(place):
            try:
                return self._gate.username(credentials.strip(), self._addresses.resources[place.flavour])
            except RefusedTokenError as error:
                raise UnauthorisedError(self.unauthorised(place, str(error))) from None
        if place.flavour == "ifd-9.1":
            return self._sessions.username(exchange.cookies)
        if place.flavour == "onprem-9.1":
            offered = {name.lower(): name for name in SCHEMES}.get(scheme.lower(), "")
            return self._windows_user(exchange, place, offered, credentials.strip())
        return ""

    def required(self, exchange: Exchange, place: Place) -> str:
        """The user who asks. Raises UnauthorisedError for nobody."""
        username = self.username(exchange, place)
        if not username:
            raise UnauthorisedError(self.unauthorised(place))
        return username

    def username_or_nobody(self, exchange: Exchange, place: Place) -> str:
        """The user who asks, for what needs no sign-in: bad credentials count as none."""
        try:
            return self.username(exchange, place)
        except UnauthorisedError:
            return ""

    def peek(self, exchange: Exchange, place: Place) -> str:
        """The same without taking part in a handshake, which has steps."""
        scheme = exchange.headers.get("authorization", "").partition(" ")[0]
        if place.kind not in ("web_api", "organisation") or scheme.lower() in {name.lower() for name in SCHEMES}:
            return ""
        return self.username_or_nobody(exchange, place)

    def unauthorised(self, place: Place, problem: str = "") -> Response:
        """401 with the headers that tell a client how to sign in here (wire facts 1.12, 3.4)."""
        answer = PlainTextResponse(
            "HTTP Error 401 - Unauthorized: Access is denied", status_code=401, headers={"Cache-Control": "private"}
        )
        if self._knows_tokens(place) and (place.flavour != "onprem-9.1" or problem):
            refused = f"error=invalid_token, error_description={problem}, " if problem else ""
            in_cloud = place.flavour == "cloud-9.2"
            authority = self._addresses.entra_authority if in_cloud else self._addresses.authority
            authorise = f"authorization_uri={authority}/oauth2/authorize"
            resource = f"resource_id={self._addresses.resources[place.flavour]}"
            answer.headers["WWW-Authenticate"] = f"Bearer {refused}{authorise}, {resource}"
        if place.flavour == "onprem-9.1":
            for scheme in SCHEMES:
                answer.headers.append("WWW-Authenticate", scheme)
        return answer

    def _knows_tokens(self, place: Place) -> bool:
        return self.takes_tokens or place.flavour == "cloud-9.2"

    def _windows_user(self, exchange: Exchange, place: Place, scheme: str, message: str) -> str:
        """Who signed in on this connection; a handshake message takes the handshake on it one step further."""
        if not scheme:
            known = self._connections.known(exchange.peer)
            # An account that was locked meanwhile stays in until the connection ends, as with IIS.
            return known.username if known else ""
        connection = self._connections.hold(exchange.peer)
        try:
            return self._handshake(exchange, connection, scheme, message)
        except RefusedHandshakeError:
            connection.handshake = None
            raise UnauthorisedError(self.unauthorised(place)) from None

    def _handshake(self, exchange: Exchange, connection: Connection, scheme: str, message: str) -> str:
        handshake, connection.username = connection.handshake, ""
        if handshake is None or handshake.scheme != scheme or begins_handshake(message):
            handshake = connection.handshake = Handshake(scheme)
        answer, principal = handshake.step(message)
        if not principal:
            headers = {"WWW-Authenticate": f"{scheme} {answer}", "Cache-Control": "private"}
            raise UnauthorisedError(PlainTextResponse("", status_code=401, headers=headers))
        connection.handshake = None
        username = self._accounts.name(user_name(principal, self._domain))
        if self._accounts.standing(username):
            raise RefusedHandshakeError("the account is locked or disabled")
        connection.username = username
        if answer:
            exchange.answer_headers.append(("WWW-Authenticate", f"{scheme} {answer}"))
        exchange.answer_headers.append(("Persistent-Auth", "true"))
        return username
