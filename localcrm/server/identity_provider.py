"""AD FS behind its paths: which endpoint answers what."""

from __future__ import annotations

from starlette.responses import HTMLResponse, PlainTextResponse, Response

from localcrm.hardware.work import WorkKind
from localcrm.server.exchange import Exchange
from localcrm.server.places import Place
from localcrm.signin.addresses import split_host
from localcrm.signin.authorization import Authorization
from localcrm.signin.oauth import OAuth
from localcrm.signin.wsfederation import WsFederation

_READS = ("GET", "HEAD")
_ENDPOINTS = (
    "/ls",
    "/oauth2/token",
    "/oauth2/authorize",
    "/oauth2/devicecode",
    "/oauth2/deviceauth",
    "/oauth2/logout",
    "/.well-known/openid-configuration",
    "/discovery/keys",
)


class IdentityProvider:
    """Everything below ``/adfs``."""

    def __init__(self, oauth: OAuth, wsfederation: WsFederation, authorization: Authorization) -> None:
        self.gives_tokens = True
        """A dial: False is an AD FS whose OAuth endpoints are disabled."""
        self._oauth = oauth
        self._wsfederation = wsfederation
        self._authorization = authorization

    def work(self, exchange: Exchange, place: Place) -> WorkKind:
        """What the hardware is charged with: checking a password or signing a token weighs more than a document."""
        has_pages = place.path.startswith(("/ls", "/oauth2/authorize", "/oauth2/deviceauth"))
        if exchange.method == "POST" or (has_pages and exchange.cookies):
            return "token"
        return "page" if has_pages else "static"

    def answer(self, exchange: Exchange, place: Place) -> Response:
        """Answer one request; the user it is about goes to the access log."""
        path = place.path.rstrip("/").lower()
        if not self.gives_tokens and path.startswith(("/oauth2", "/.well-known", "/discovery")):
            # Nobody listens there; it is Windows that answers.
            return HTMLResponse("<h2>Service Unavailable</h2><hr><p>HTTP Error 503.</p>", status_code=503)
        answer: Response | None = None
        if exchange.method in _READS:
            answer = self._read(exchange, path)
        elif exchange.method == "POST":
            answer = self._post(exchange, path)
        if answer is not None:
            return answer
        if path in _ENDPOINTS:
            return PlainTextResponse("Method Not Allowed", status_code=405)
        return PlainTextResponse("404 - Not Found", status_code=404)

    def _read(self, exchange: Exchange, path: str) -> Response | None:
        match path:
            case "/ls":
                answer, exchange.username = self._wsfederation.show(exchange.options(), exchange.cookies)
                return answer
            case "/oauth2/authorize":
                answer, exchange.username = self._authorization.show(exchange.options(), exchange.cookies)
                return answer
            case "/oauth2/deviceauth":
                return self._authorization.show_device()
            case "/oauth2/logout":
                return self._authorization.sign_out(exchange.options())
            case "/.well-known/openid-configuration":
                return self._oauth.discovery(split_host(exchange.host)[0])
            case "/discovery/keys":
                return self._oauth.keys()
        return None

    def _post(self, exchange: Exchange, path: str) -> Response | None:
        url = f"https://{exchange.host}{exchange.path}?{exchange.query}"
        match path:
            case "/ls":
                answer, exchange.username = self._wsfederation.sign_in(url, exchange.options(), exchange.form())
            case "/oauth2/authorize":
                answer, exchange.username = self._authorization.sign_in(url, exchange.options(), exchange.form())
            case "/oauth2/token":
                authorization = exchange.headers.get("authorization", "")
                host = split_host(exchange.host)[0]
                answer, exchange.username = self._oauth.token(exchange.form(), authorization, host)
            case "/oauth2/devicecode":
                answer = self._oauth.device(exchange.form(), exchange.host)
            case "/oauth2/deviceauth":
                answer, exchange.username = self._authorization.sign_in_device(exchange.form())
            case _:
                return None
        return answer
