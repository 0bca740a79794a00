"""MSAL's requests on somebody's own connections, and what its answers mean to them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from json import loads
from typing import Any
from urllib.parse import urlencode

from loadtests.config.environment import Entrance
from loadtests.load.authority import with_port
from loadtests.load.refusals import adfs, entra
from loadtests.load.refusals.refusal import Refused, Who, unknown

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class MsalAnswer:
    """What MSAL reads of an answer."""

    status_code: int
    text: str
    headers: Mapping[str, str]

    def raise_for_status(self) -> None:
        """Raise for 4xx and 5xx, as `requests` does."""
        if self.status_code >= 400:
            raise OSError(f"HTTP {self.status_code}")


Send = Callable[[str, str, Mapping[str, str], bytes | None], MsalAnswer]
"""Method, URL, headers, body -> the answer. Whoever sends refuses what is no place of the environment."""


class MsalTransport:
    """MSAL's `http_client`. It raises `Refused` itself where MSAL would go on, or would not say why.

    A federated user's password would be sent on to a server that the environment does not name; an AD FS without OAuth
    and an unknown tenant would be errors of MSAL's own.
    """

    def __init__(self, entrance: Entrance, who: Who, send: Send) -> None:
        self._entrance = entrance
        self._who = who
        self._send = send

    def get(
        self, url: str, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None, **_: Any
    ) -> MsalAnswer:
        """As requests' get."""
        return self._judged("GET", url, params, headers or {}, None)

    def post(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | str | None = None,
        headers: Mapping[str, str] | None = None,
        **_: Any,
    ) -> MsalAnswer:
        """As requests' post."""
        body = data.encode() if isinstance(data, str) else urlencode(data or {}).encode()
        return self._judged("POST", url, params, {**FORM, **(headers or {})}, body)

    def close(self) -> None:
        """The connections belong to whoever sends."""

    def _judged(
        self, method: str, url: str, params: Mapping[str, str] | None, headers: Mapping[str, str], body: bytes | None
    ) -> MsalAnswer:
        url = with_port(f"{url}?{urlencode(params)}" if params else url, self._entrance)
        answer = self._send(method, url, headers, body)
        if 300 <= answer.status_code < 400:
            # MSAL would read it as JSON. A token is asked of the authority and of nobody whom it names.
            said = f"{self._entrance.authority} sends elsewhere (HTTP {answer.status_code})"
            raise Refused(unknown(said, "write the address that it sends to as `authority`, if that is yours"))
        if self._entrance.adfs:
            if answer.status_code in (404, 503):
                raise Refused(adfs.not_there(answer.status_code, self._who))
        elif "/userrealm/" in url.lower() and _json(answer).get("account_type") == "Federated":
            raise Refused(entra.federated(self._who))
        elif method == "GET" and answer.status_code == 400 and "error" in _json(answer):
            raise Refused(entra.no_token(_json(answer), self._who))
        return answer


class _Application:
    """MSAL's, until nobody holds this any more.

    Its parts hold each other in circles, 30 KB each; people sign in again and again, and in a process with many people
    Python seldom looks for circles.
    """

    def __init__(self, msal: Any) -> None:
        self._msal = msal

    def __getattr__(self, name: str) -> Any:
        return getattr(self._msal, name)

    def __del__(self) -> None:
        msal = self._msal
        for part in (msal.http_client, msal.client, msal.token_cache, msal):
            vars(part).clear()


def msal_application(entrance: Entrance, who: Who, send: Send, secret: str = "") -> Any:
    """MSAL's application for an entrance; with `secret` the one that `who` is, which comes in for itself."""
    from msal import ConfidentialClientApplication, PublicClientApplication

    kind = ConfidentialClientApplication if secret else PublicClientApplication
    return _Application(
        kind(
            who.username if secret else entrance.client_id,
            authority=entrance.authority,
            client_credential=secret or None,
            # Without this MSAL asks login.microsoftonline.com about any authority that it does not know.
            instance_discovery=False,
            http_client=MsalTransport(entrance, who, send),
        )
    )


def _json(answer: MsalAnswer) -> dict[str, Any]:
    try:
        content = loads(answer.text)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
