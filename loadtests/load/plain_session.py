"""A signed-in session outside the load: for the housekeeper, the inspector and the check. On `requests`, no gevent.

It says who it is (`User-Agent: crmload ...`), so that its requests are never taken for people's.
"""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from loadtests import __version__
from loadtests.config.environment import Entrance, Environment, origin_of
from loadtests.config.secrets import Secrets
from loadtests.config.users import Account
from loadtests.errors import CrmloadError, SafetyStop, SignInFailed, Unreachable
from loadtests.load.authority import discovery, extra, scopes, with_port
from loadtests.load.handshake import WindowsAccount
from loadtests.load.windows_session import WindowsAuth

TIMEOUT_S = 60
ODATA = {"Accept": "application/json", "OData-MaxVersion": "4.0", "OData-Version": "4.0"}
BATCH_LIMIT = 100
"""Operations in one `$batch`: the CRM allows 1,000; smaller ones show progress and fit every time limit."""


class PlainSession:
    """One account's requests to the Web API of one entrance: by Windows sign-in, or by a token of its authority."""

    def __init__(self, environment: Environment, entrance: Entrance, *, purpose: str) -> None:
        self._allowed = environment.allowed_origins
        self.entrance = entrance
        self._http = requests.Session()
        # A proxy or certificate bundle named by this machine's environment must not decide where a password goes.
        self._http.trust_env = False
        self._http.verify = str(entrance.ca_file) if entrance.ca_file else True
        self._http.headers["User-Agent"] = f"crmload/{__version__} ({purpose})"
        if entrance.connect_to:
            self._http.mount("https://", _ConnectTo(entrance.connect_to))

    def sign_in(self, account: Account, secrets: Secrets) -> None:
        """Prove who the account is; `Unreachable` or `SignInFailed` says what stands in the way."""
        if self.entrance.sign_in == "windows":
            self._sign_in_windows(account, secrets.password(account))
        else:
            self._sign_in_by_token(account, secrets.password(account))

    def _sign_in_windows(self, account: Account, password: str) -> None:
        self._http.auth = WindowsAuth(WindowsAccount(self.entrance.origin, account.username, password))
        if self.get("WhoAmI").status_code == 401:
            raise SignInFailed(
                f"{account.username} cannot sign in by Windows at {self.entrance.url}",
                next_step="check the user name (DOMAIN\\name or name@domain), whether the account is locked, and the "
                f"password behind {account.secret}; the server must offer NTLM or Negotiate (Windows Authentication)",
            )

    def _sign_in_by_token(self, account: Account, password: str) -> None:
        from msal import PublicClientApplication

        authority = self.entrance.authority
        if not self.entrance.client_id:
            raise SignInFailed(
                f"{account.username} cannot get a token: the entrance {self.entrance.url} has no client_id",
                next_step="add the client_id of the native application registered in AD FS to this entrance",
            )
        try:
            application = PublicClientApplication(
                self.entrance.client_id, authority=authority, instance_discovery=False, http_client=_MsalTransport(self)
            )
            answer: Mapping[str, Any] = application.acquire_token_by_username_password(
                account.username,
                password,
                scopes=scopes(self.entrance),
                data=extra(self.entrance),
            )
        except requests.RequestException as error:
            raise unreachable(authority, error) from None
        except CrmloadError:
            raise
        except Exception:
            # MSAL raises whatever its parsing met when the answers are not those of a sign-in server.
            raise Unreachable(
                f"{authority} does not answer as a sign-in server",
                next_step=f"open {discovery(self.entrance)} in a browser: it must show JSON; "
                "if it does not, mend `authority` in the environment file or ask for its address",
            ) from None
        if "access_token" not in answer:
            reason = str(answer.get("error_description") or answer.get("error") or "no reason given")
            unknown_client = "client_id" in reason or answer.get("error") in ("invalid_client", "unauthorized_client")
            raise SignInFailed(
                f"{account.username} cannot sign in: {reason}",
                next_step=f"check `client_id` of the entrance: a native application registered at {authority}"
                if unknown_client
                else f"check the password behind {account.secret} and whether the account is locked; sign in once "
                "with a browser to see",
            )
        self._http.headers["Authorization"] = f"Bearer {answer['access_token']}"

    def get(self, path: str, **headers: str) -> requests.Response:
        """GET below the Web API root."""
        return self.send("GET", self.entrance.web_api + path, headers={**ODATA, **headers})

    def who_am_i(self) -> str:
        """The systemuser's id; `Unreachable` when the answer is not the CRM's."""
        response = self.get("WhoAmI")
        try:
            return str(response.json()["UserId"])
        except (ValueError, KeyError, TypeError):
            raise Unreachable(
                f"{self.entrance.web_api}WhoAmI does not answer as a CRM (HTTP {response.status_code})",
                next_step="check `url` and `flavour` of the entrance; the organisation's name stands in the path on "
                "the intranet and in the host name for IFD",
            ) from None

    def batch(self, operations: Sequence[tuple[str, str, bytes | None]]) -> list[tuple[int, str]]:
        """Independent writes (method, path, JSON body) in `$batch` requests; status and body of each, in order."""
        results: list[tuple[int, str]] = []
        for begin in range(0, len(operations), BATCH_LIMIT):
            results += self._one_batch(operations[begin : begin + BATCH_LIMIT])
        return results

    def send(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> requests.Response:
        """One request to an allowed origin, no redirect followed; network trouble is `Unreachable`."""
        if origin_of(url) not in self._allowed:
            raise SafetyStop(f"{url} is no entrance of the environment", next_step="nothing was sent")
        try:
            return self._http.request(
                method, url, data=body, headers=dict(headers or {}), timeout=TIMEOUT_S, allow_redirects=False
            )
        except requests.RequestException as error:
            raise unreachable(url, error) from None

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _one_batch(self, operations: Sequence[tuple[str, str, bytes | None]]) -> list[tuple[int, str]]:
        boundary = f"batch_{uuid.uuid4().hex}"
        parts = []
        for method, path, body in operations:
            head = f"{method} {self.entrance.web_api}{path} HTTP/1.1\r\n"
            typed = "Content-Type: application/json; type=entry\r\n" if body is not None else ""
            parts.append(
                f"--{boundary}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
                f"{head}{typed}\r\n".encode()
                + (body or b"")
                + b"\r\n"
            )
        response = self.send(
            "POST",
            f"{self.entrance.web_api}$batch",
            headers={
                **ODATA,
                "Content-Type": f'multipart/mixed; boundary="{boundary}"',
                "Prefer": "odata.continue-on-error",
            },
            body=b"".join(parts) + f"--{boundary}--\r\n".encode(),
        )
        if response.status_code != 200:
            return [(response.status_code, response.text)] * len(operations)
        answers = _parts(response.content, response.headers.get("Content-Type", ""))
        # A server that left some unanswered has not done them.
        return answers + [(0, "not answered")] * (len(operations) - len(answers))


def unreachable(url: str, error: requests.RequestException) -> Unreachable:
    """The error for a URL that does not answer, with the next step for its cause."""
    parts = urlsplit(url)
    place = f"{parts.scheme}://{parts.netloc}{parts.path}"
    text = str(error)
    if isinstance(error, requests.exceptions.SSLError) or "certificate" in text.lower():
        return Unreachable(
            f"{place}: its certificate is not trusted here",
            next_step="export the root certificate of the authority that signed it as PEM and name it as `ca_file` of "
            "the entrance; verification cannot be switched off",
        )
    if isinstance(error, requests.exceptions.Timeout):
        return Unreachable(
            f"{place} did not answer within {TIMEOUT_S} s", next_step="try it from this machine by browser"
        )
    reason = "the name is not known" if "NameResolution" in text or "getaddrinfo" in text else "nothing answers there"
    return Unreachable(
        f"{place} cannot be reached: {reason}",
        next_step="check that the server is up, the address in the environment file, and the network in between",
    )


def _parts(content: bytes, content_type: str) -> list[tuple[int, str]]:
    """Status and body of each part of a batch answer."""
    boundary = content_type.partition("boundary=")[2].strip('"; ').encode()
    answers = []
    for part in content.split(b"--" + boundary)[1:-1]:
        inner = part.partition(b"HTTP/1.1 ")[2]
        if inner:
            answers.append((int(inner[:3]), inner.partition(b"\r\n\r\n")[2].decode("utf-8", errors="replace").strip()))
    return answers


class _ConnectTo(HTTPAdapter):
    """Another address on the wire; the URL's own name in TLS and in the Host header (curl's `--connect-to`)."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._host, self._port = host, int(port)
        super().__init__(pool_maxsize=4)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """As HTTPAdapter's, with the Host header of the URL."""
        request.headers["Host"] = urlsplit(request.url or "").netloc
        return super().send(request, *args, **kwargs)

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, verify: Any, proxies: Any = None, cert: Any = None
    ) -> Any:
        """The pool of the real address, whose certificate must bear the URL's name."""
        where, tls = self.build_connection_pool_key_attributes(request, verify, cert)
        name = where["host"]
        pool: Any = self.poolmanager
        return pool.connection_from_host(
            host=self._host,
            port=self._port,
            scheme="https",
            pool_kwargs={**tls, "server_hostname": name, "assert_hostname": name},
        )


class _MsalTransport:
    """MSAL's `http_client` on this session: allowed origins only."""

    def __init__(self, session: PlainSession) -> None:
        self._session = session

    def get(
        self, url: str, params: Mapping[str, str] | None = None, headers: Any = None, **_: Any
    ) -> requests.Response:
        """As requests' get."""
        url = requests.Request("GET", url, params=params).prepare().url or url
        return self._session.send("GET", with_port(url, self._session.entrance), headers=headers)

    def post(self, url: str, params: Any = None, data: Any = None, headers: Any = None, **_: Any) -> requests.Response:
        """As requests' post."""
        prepared = requests.Request("POST", url, params=params, data=data, headers=headers).prepare()
        body = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body
        sent = {name: value for name, value in prepared.headers.items() if name != "Content-Length"}
        return self._session.send(
            "POST", with_port(prepared.url or url, self._session.entrance), headers=sent, body=body
        )

    def close(self) -> None:
        """The session is closed by its owner."""
