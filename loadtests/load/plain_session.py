"""A signed-in session outside the load: for the housekeeper, the inspector and the check. On `requests`, no gevent.

It says who it is (`User-Agent: crmload ...`), so that its requests are never taken for people's.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import requests

from loadtests import __version__
from loadtests.config.environment import Entrance, Environment, origin_of
from loadtests.config.secrets import Secrets
from loadtests.config.users import Account
from loadtests.errors import CrmloadError, SafetyStop, Unreachable
from loadtests.load.adfs_pages import Ask, Got, walk, walk_along
from loadtests.load.authority import discovery, extra, scopes, token_of
from loadtests.load.client.route import Route
from loadtests.load.gateway import NoWay
from loadtests.load.handshake import WindowsAccount
from loadtests.load.kept_sign_ins import KeptSignIn, KeptSignIns, ended
from loadtests.load.msal_transport import FORM, MsalAnswer, msal_application
from loadtests.load.no_answer import unreachable
from loadtests.load.plain_connection import TIMEOUT_S, ByRoute, read_whole
from loadtests.load.refusals import crm, windows
from loadtests.load.refusals.refusal import Refusal, Refused, Who
from loadtests.load.refusals.wire import by_proxy
from loadtests.load.server_clocks import Clocks
from loadtests.load.windows_session import WindowsAuth, offers_of

ODATA = {"Accept": "application/json", "OData-MaxVersion": "4.0", "OData-Version": "4.0"}
BATCH_LIMIT = 100
"""Operations in one `$batch`: the CRM allows 1,000; smaller ones show progress and fit every time limit."""


class PlainSession:
    """One account's requests to the Web API of one entrance, signed in as its people do: by Windows, by the pages of
    AD FS, or by a token of the authority."""

    def __init__(self, environment: Environment, entrance: Entrance, *, purpose: str) -> None:
        self._environment = environment
        self._allowed = environment.allowed_origins
        self.entrance = entrance
        self._http = requests.Session()
        # A proxy or certificate bundle named by this machine's environment must not decide where a password goes.
        self._http.trust_env = False
        self._http.headers["User-Agent"] = f"crmload/{__version__} ({purpose})"
        self._route = Route.of(environment, entrance)
        self._http.mount("https://", ByRoute(self._route))
        self._who: Who | None = None
        self._user_id = ""
        self._clocks = Clocks()

    def sign_in(self, account: Account, secrets: Secrets) -> None:
        """Prove who the account is, trying once; `Unreachable` or `SignInFailed` says what stands in the way."""
        who, password = Who.of(account, self.entrance), secrets.password(account)
        identity = self._environment.identity
        ways = {"windows": self._sign_in_windows, "forms": self._sign_in_on_pages, "oauth": self._sign_in_by_token}
        try:
            if identity is not None and identity.login:
                self._sign_in_by_kept(who, account)
            elif identity is not None and account.username == identity.client_id:
                self._sign_in_as_application(who, password)
            else:
                ways[self.entrance.sign_in](who, password)
        except Refused as refused:
            raise self._told(refused.refusal).error(who) from None
        self._who = who

    def _sign_in_windows(self, who: Who, password: str) -> None:
        self._http.auth = WindowsAuth(WindowsAccount(self.entrance.origin, who.username, password))
        answer = self.get("WhoAmI")
        if answer.status_code == 401:
            raise Refused(windows.refused(offers_of(answer), who))

    def _sign_in_on_pages(self, who: Who, password: str) -> None:
        """By the pages of AD FS, as people do; from then on cookies prove who this is."""

        def send(ask: Ask) -> requests.Response:
            return self.send(ask.method, ask.url, headers=FORM if ask.body is not None else {}, body=ask.body)

        def read(answer: requests.Response) -> Got:
            return Got(answer.status_code, answer.headers.get("Location", ""), answer.text)

        page = walk_along(walk(f"{self.entrance.url}main.aspx", who, password), send, read)
        if page.status_code != 200:
            raise Unreachable(
                f"{page.url.partition('?')[0]} answers HTTP {page.status_code} instead of a page",
                next_step="open it in a browser from this machine, and look in the server's event log at this time",
            )

    def _sign_in_by_token(self, who: Who, password: str) -> None:
        with self.asking_for_tokens(who) as application:
            answer: Mapping[str, Any] = application.acquire_token_by_username_password(
                who.username,
                password,
                scopes=scopes(self.entrance),
                data=extra(self.entrance),
            )
        self._carry(token_of(answer, who)[0])

    def _sign_in_by_kept(self, who: Who, account: Account) -> None:
        """By what `crmload login` got; what comes back in its place is kept, so that it lives on."""
        sign_ins = KeptSignIns.of(self._environment)
        kept = sign_ins.need(account)
        with self.asking_for_tokens(who) as application:
            answer = application.acquire_token_by_refresh_token(
                kept.refresh_token, scopes(self.entrance), data=extra(self.entrance)
            )
        if "access_token" not in answer:
            raise Refused(ended(answer))
        sign_ins.keep(account, KeptSignIn.from_answer(account, answer, kept))
        self._carry(str(answer["access_token"]))

    def _sign_in_as_application(self, who: Who, secret: str) -> None:
        """As an application user: client credentials, nobody's password."""
        with self.asking_for_tokens(who, secret) as application:
            answer = application.acquire_token_for_client(scopes(self.entrance))
        self._carry(token_of(answer, who)[0])

    def name_caller(self, header: Mapping[str, str]) -> None:
        """From here on every request is made on behalf of somebody else."""
        self._http.headers.update(header)

    def _carry(self, token: str) -> None:
        self._http.headers["Authorization"] = f"Bearer {token}"

    @contextmanager
    def asking_for_tokens(self, who: Who, secret: str = "") -> Iterator[Any]:
        """MSAL's application of this entrance (with `secret`: the application that `who` is), on this session.

        What its parsing meets is `Unreachable`.
        """
        authority = self.entrance.authority
        try:
            yield msal_application(self.entrance, who, self._for_msal, secret)
        except (CrmloadError, Refused):
            raise
        except Exception:
            # MSAL raises whatever its parsing met when the answers are not those of a sign-in server.
            raise Unreachable(
                f"{authority} does not answer as a sign-in server",
                next_step=f"open {discovery(self.entrance)} in a browser: it must show JSON; "
                "if it does not, mend `authority` in the environment file or ask for its address",
            ) from None

    def _for_msal(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> MsalAnswer:
        answer = self.send(method, url, headers=headers, body=body)
        return MsalAnswer(answer.status_code, answer.text, answer.headers)

    def get(self, path: str, **headers: str) -> requests.Response:
        """GET below the Web API root."""
        return self.send("GET", self.entrance.web_api + path, headers={**ODATA, **headers})

    def who_am_i(self) -> str:
        """The systemuser's id; `SignInFailed` when the CRM does not let the account in, `Unreachable` when the answer
        is not the CRM's. Asked once."""
        if self._user_id:
            return self._user_id
        response = self.get("WhoAmI")
        try:
            self._user_id = str(response.json()["UserId"])
            return self._user_id
        except (ValueError, KeyError, TypeError):
            self.let_in(response)
            sent_on = urlsplit(response.headers.get("Location", "")).netloc
            raise Unreachable(
                f"{self.entrance.web_api}WhoAmI does not answer as a CRM (HTTP {response.status_code}"
                + (f", sent on to {sent_on})" if sent_on else ")"),
                next_step="check `url` and `flavour` of the entrance; the organisation's name stands in the path on "
                "the intranet and in the host name for IFD",
            ) from None

    def let_in(self, response: requests.Response) -> None:
        """`SignInFailed` when the answer says that the CRM does not let in whom the sign-in server has let in."""
        refusal = None
        if self._who is not None and response.status_code == 401 and "Authorization" in self._http.headers:
            refusal = crm.fresh_token_refused(offers_of(response), self._who)
        elif self._who is not None and response.status_code in (401, 403):
            refusal = crm.not_let_in(response.text, self._who)
        if self._who is not None and refusal is not None:
            raise self._told(refusal).error(self._who)

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
            raise SafetyStop(
                f"{url.partition('?')[0]} is no place that the environment file names",
                next_step="nothing was sent there; if people are really led there, name it as `authority` of the "
                "entrance",
            )
        try:
            answer = read_whole(
                self._http.request(
                    method,
                    url,
                    data=body,
                    headers=dict(headers or {}),
                    timeout=TIMEOUT_S,
                    allow_redirects=False,
                    stream=True,
                )
            )
        except NoWay as why:
            raise why.refusal.at(url.partition("?")[0]) from None
        except requests.RequestException as error:
            raise unreachable(url, error, self._route) from None
        self._clocks.note(urlsplit(url).netloc, answer.headers.get("Date", ""))
        if answer.status_code >= 400 and (
            proxy := by_proxy(answer.status_code, answer.headers.get, answer.text, urlsplit(url).netloc)
        ):
            raise proxy.at(url.partition("?")[0])
        return answer

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _told(self, refusal: Refusal) -> Refusal:
        """A clock that is off is told with what the servers' own clocks say."""
        apart = self._clocks.apart()
        return replace(refusal, text=f"{refusal.text}; {apart}") if refusal.kind == "clock" and apart else refusal

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


def _parts(content: bytes, content_type: str) -> list[tuple[int, str]]:
    """Status and body of each part of a batch answer."""
    boundary = content_type.partition("boundary=")[2].strip('"; ').encode()
    answers = []
    for part in content.split(b"--" + boundary)[1:-1]:
        inner = part.partition(b"HTTP/1.1 ")[2]
        if inner:
            answers.append((int(inner[:3]), inner.partition(b"\r\n\r\n")[2].decode("utf-8", errors="replace").strip()))
    return answers
