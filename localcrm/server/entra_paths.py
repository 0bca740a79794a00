"""The Entra-shaped authority behind its paths: ``/<tenant>/oauth2/…``, ``/common/…``."""

from __future__ import annotations

import re
from urllib.parse import unquote

from starlette.responses import PlainTextResponse, Response

from localcrm.hardware.work import WorkKind
from localcrm.server.exchange import Exchange
from localcrm.server.places import Place
from localcrm.signin.authorization import Authorization
from localcrm.signin.entra import Entra

_READS = ("GET", "HEAD")
_REALM = re.compile(r"/common/userrealm/([^/]+)\Z", re.IGNORECASE)
_TENANT = re.compile(r"/([^/]+)(?:/(v2\.0))?(/\.well-known/openid-configuration)\Z", re.IGNORECASE)
_ENDPOINT = re.compile(
    r"/([^/]+)/(?:oauth2|discovery)(?:/(v2\.0))?(/(?:token|authorize|devicecode|deviceauth|logout|keys|instance))\Z",
    re.IGNORECASE,
)


class EntraPaths:
    """Everything that an Entra authority answers."""

    def __init__(self, entra: Entra, authorization: Authorization) -> None:
        self._entra = entra
        self._authorization = authorization

    def work(self, exchange: Exchange, place: Place) -> WorkKind:
        """What the hardware is charged with, as for AD FS."""
        has_pages = place.path.endswith(("/authorize", "/deviceauth"))
        if exchange.method == "POST" or (has_pages and exchange.cookies):
            return "token"
        return "page" if has_pages else "static"

    def answer(self, exchange: Exchange, place: Place) -> Response:
        """Answer one request; the user it is about goes to the access log."""
        path = place.path.rstrip("/")
        reads = exchange.method in _READS
        realm = _REALM.match(path)
        if realm and reads:
            return self._entra.realm(unquote(realm[1]), exchange.host)
        match = _TENANT.match(path) or _ENDPOINT.match(path)
        answer = None
        if match is not None:
            tenant, version, name = match[1], 2 if match[2] else 1, match[3].lower()
            if reads:
                answer = self._read(exchange, tenant, version, name)
            elif exchange.method == "POST":
                answer = self._post(exchange, tenant, version, name)
        if answer is None:
            return PlainTextResponse("Method Not Allowed", status_code=405)
        return answer

    def _read(self, exchange: Exchange, tenant: str, version: int, name: str) -> Response | None:
        match name:
            case "/.well-known/openid-configuration":
                return self._entra.discovery(exchange.host, tenant, version)
            case "/instance":
                return self._entra.instances(exchange.host, exchange.options())
            case "/keys":
                return self._entra.keys()
            case "/authorize":
                answer, exchange.username = self._authorization.show(exchange.options(), exchange.cookies)
                return answer
            case "/deviceauth":
                return self._authorization.show_device()
            case "/logout":
                return self._authorization.sign_out(exchange.options())
        return None

    def _post(self, exchange: Exchange, tenant: str, version: int, name: str) -> Response | None:
        match name:
            case "/token":
                authorization = exchange.headers.get("authorization", "")
                answer, exchange.username = self._entra.token(exchange.form(), authorization, tenant, version)
            case "/devicecode":
                answer = self._entra.device(exchange.form(), exchange.host)
            case "/authorize":
                url = f"https://{exchange.host}{exchange.path}?{exchange.query}"
                answer, exchange.username = self._authorization.sign_in(url, exchange.options(), exchange.form())
            case "/deviceauth":
                answer, exchange.username = self._authorization.sign_in_device(exchange.form())
            case _:
                return None
        return answer
