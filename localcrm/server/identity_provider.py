"""AD FS behind its paths: which endpoint answers what."""

from __future__ import annotations

from starlette.responses import PlainTextResponse, Response

from localcrm.hardware.work import WorkKind
from localcrm.server.exchange import Exchange
from localcrm.server.places import Place
from localcrm.signin.addresses import split_host
from localcrm.signin.oauth import OAuth
from localcrm.signin.wsfederation import WsFederation


class IdentityProvider:
    """Everything below ``/adfs``."""

    def __init__(self, oauth: OAuth, wsfederation: WsFederation) -> None:
        self._oauth = oauth
        self._wsfederation = wsfederation

    def work(self, exchange: Exchange, place: Place) -> WorkKind:
        """What the hardware is charged with: checking a password or signing a token weighs more than a document."""
        if exchange.method == "POST" or (place.path.startswith("/ls") and exchange.cookies):
            return "token"
        return "page" if place.path.startswith("/ls") else "static"

    def answer(self, exchange: Exchange, place: Place) -> Response:
        """Answer one request; the user it is about goes to the access log."""
        path = place.path.rstrip("/").lower()
        reads = exchange.method in ("GET", "HEAD")
        if path == "/ls" and reads:
            answer, exchange.username = self._wsfederation.show(exchange.options(), exchange.cookies)
            return answer
        if path == "/ls" and exchange.method == "POST":
            url = f"https://{exchange.host}{exchange.path}?{exchange.query}"
            answer, exchange.username = self._wsfederation.sign_in(url, exchange.options(), exchange.form())
            return answer
        if path == "/oauth2/token" and exchange.method == "POST":
            answer, exchange.username = self._oauth.token(exchange.form())
            return answer
        if path == "/.well-known/openid-configuration" and reads:
            return self._oauth.discovery(split_host(exchange.host)[0])
        if path == "/discovery/keys" and reads:
            return self._oauth.keys()
        if path in ("/ls", "/oauth2/token", "/.well-known/openid-configuration", "/discovery/keys"):
            return PlainTextResponse("Method Not Allowed", status_code=405)
        return PlainTextResponse("404 - Not Found", status_code=404)
