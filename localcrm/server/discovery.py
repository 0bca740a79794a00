"""The helper hosts of an internet-facing deployment: ``dev.`` lists organisations, ``auth.`` only sends to sign in."""

from __future__ import annotations

from starlette.responses import JSONResponse, PlainTextResponse, Response

from localcrm.data.generation.company import ORGANIZATION_ID
from localcrm.server.authentication import Authentication
from localcrm.server.exchange import Exchange
from localcrm.server.places import Place
from localcrm.signin.addresses import ORGANISATION, Addresses
from localcrm.webapi.actions.identity import VERSIONS


class Discovery:
    """Where a client that knows only the deployment finds its organisation."""

    def __init__(self, addresses: Addresses, authentication: Authentication) -> None:
        self._addresses = addresses
        self._authentication = authentication

    def answer(self, exchange: Exchange, place: Place) -> Response:
        """``/api/discovery/v9.1/Instances`` for whoever is signed in; 401 with the way to AD FS for anything else."""
        path = place.path.lower().rstrip("/")
        if path.startswith("/xrmservices/2011/"):
            return self._authentication.unauthorised(place)
        if not path.startswith("/api/discovery/v9."):
            return PlainTextResponse("404 - File or directory not found.", status_code=404)
        exchange.username = self._authentication.required(exchange, place)
        kind = path.rpartition("/")[2]
        root = f"https://{exchange.host}{exchange.path[: len(exchange.path) - len(kind)]}"
        if kind == "instances":
            return JSONResponse({"@odata.context": f"{root}$metadata#Instances", "value": [self._instance()]})
        return PlainTextResponse("404 - File or directory not found.", status_code=404)

    def _instance(self) -> dict[str, object]:
        url = self._addresses.base_urls["ifd-9.1"].rstrip("/")
        return {
            "Id": ORGANIZATION_ID,
            "UniqueName": ORGANISATION,
            "UrlName": ORGANISATION,
            "FriendlyName": "Contoso",
            "State": 0,
            "Version": VERSIONS["ifd-9.1"],
            "Url": url,
            "ApiUrl": url,
            "LastUpdated": "2023-11-06T08:00:00Z",
        }
