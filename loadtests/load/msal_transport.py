"""MSAL on a person's own connections, so that its requests are counted as theirs."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from loadtests.config.environment import Entrance
from loadtests.load.authority import template, with_port
from loadtests.load.http import HttpClient, Request, Response
from loadtests.load.outcomes import Failed

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class MsalTransport:
    """MSAL's `http_client`: its requests go over the person's own connections and are counted as theirs."""

    def __init__(self, http: HttpClient, entrance: Entrance) -> None:
        self._http = http
        self._entrance = entrance

    def get(
        self, url: str, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None, **_: Any
    ) -> "_MsalAnswer":
        if params:
            url = f"{url}?{urlencode(params)}"
        url = with_port(url, self._entrance)
        return self._send(Request("GET", url, template("GET", url, self._entrance), dict(headers or {})))

    def post(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | str | None = None,
        headers: Mapping[str, str] | None = None,
        **_: Any,
    ) -> "_MsalAnswer":
        if params:
            url = f"{url}?{urlencode(params)}"
        body = data.encode() if isinstance(data, str) else urlencode(data or {}).encode()
        url = with_port(url, self._entrance)
        name = template("POST", url, self._entrance)
        return self._send(Request("POST", url, name, {**FORM, **(headers or {})}, body))

    def close(self) -> None:
        """The person's client is closed by the person."""

    def _send(self, request: Request) -> "_MsalAnswer":
        response = self._http.send(request)
        if response.failure is not None:
            raise Failed(f"{request.template}: {response.failure.kind}: {response.failure.text}", response)
        return _MsalAnswer(response)


class _MsalAnswer:
    """What MSAL reads of an answer."""

    def __init__(self, response: Response) -> None:
        self.status_code = response.status
        self.text = response.text
        self.headers = {"Content-Type": response.headers.get("content-type")}
        self._template = response.request.template

    def raise_for_status(self) -> None:
        """Raise for 4xx and 5xx, as `requests` does."""
        if self.status_code >= 400:
            raise Failed(f"{self._template}: HTTP {self.status_code}")
