"""Signing a person in, as their client does: by Windows, by a token, or by the pages of an internet-facing AD FS."""

import time
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from loadtests.load.authority import extra as authority_extra
from loadtests.load.authority import scopes
from loadtests.load.http import Request, Response
from loadtests.load.msal_transport import FORM, MsalTransport
from loadtests.load.outcomes import Failed, expect
from loadtests.load.person import Person
from loadtests.load.signed_in import SignedIn

ANY_STATUS = frozenset(range(200, 400))
MOST_HOPS = 12
"""Six requests on a first visit, seven or eight with home-realm discovery; more is a loop."""


def sign_in_oauth(person: Person) -> SignedIn:
    """Sign in by a token: discovery and token at AD FS, the kind of the account between them at Entra ID. `Failed`
    names the authority's own reason.

    By user name and password: the pages of an authorization code differ from site to site (second factors, branding),
    and what loads the CRM is the same. The person has an MSAL application of their own (its token cache is one
    user's), on their own connections.
    """
    from msal import PublicClientApplication

    entrance = person.entrance
    application = PublicClientApplication(
        entrance.client_id,
        authority=entrance.authority,
        # Without this MSAL asks login.microsoftonline.com about any authority that it does not know.
        instance_discovery=False,
        http_client=MsalTransport(person.http, entrance),
    )
    username, wanted, extra = person.lease.account.username, scopes(entrance), authority_extra(entrance)

    def by_password() -> Mapping[str, Any]:
        person.prompted()
        answer: Mapping[str, Any] = application.acquire_token_by_username_password(
            username, person.password, scopes=wanted, data=extra
        )
        return answer

    def renew() -> tuple[str, float]:
        account = application.get_accounts()[0]
        return _token_of(
            application.acquire_token_silent_with_error(wanted, account, force_refresh=True, data=extra) or {}
        )

    answer = by_password()
    token, lasts_s = _token_of(answer)
    person.signed_in = SignedIn(
        username,
        "oauth",
        token,
        time.monotonic() + lasts_s,
        renew if "refresh_token" in answer else None,
        lambda: _token_of(by_password()),
    )
    return person.signed_in


def sign_in_forms(person: Person, page_url: str, headers: Mapping[str, str] | None = None) -> Response:
    """Walk the AD FS pages in front of `page_url`; the answer of the page itself (its sixth request on a first visit).

    With cookies of an earlier visit the walk is shorter, down to the page alone. `Failed` when the password is wrong,
    a page is none that AD FS sends, or the redirects go round in circles.
    """
    person.signed_in = None
    page = _walk_pages(person, page_url, headers)

    def again() -> tuple[str, float]:
        _walk_pages(person, page_url, headers)
        return "", 0.0

    person.signed_in = SignedIn(person.lease.account.username, "forms", again=again)
    return page


def _walk_pages(person: Person, page_url: str, headers: Mapping[str, str] | None) -> Response:
    request = Request("GET", page_url, "GET main.aspx", headers or {}, expected=ANY_STATUS)
    password_sent = False
    for _ in range(MOST_HOPS):
        response = expect(person.http.send(request), *ANY_STATUS)
        if response.status in (301, 302, 303, 307):
            target = urljoin(request.url, response.headers.get("location"))
            request = Request("GET", target, _template("GET", target), headers or {}, expected=ANY_STATUS)
            continue
        if not _same_place(request.url, person.entrance.authority) and response.status == 200:
            page = _Form.of(response.text)
            if page is None or "wresult" not in page.fields:
                return response
        else:
            page = _Form.of(response.text)
        if page is None:
            raise Failed(f"{request.template}: a page without the sign-in form that AD FS sends", response)
        fields = dict(page.fields)
        if "Password" in fields:
            if password_sent:
                raise Failed("AD FS shows its sign-in form again: wrong user name or password", response)
            password_sent = True
            person.prompted()
            fields |= {"UserName": person.lease.account.username, "Password": person.password}
            fields["AuthMethod"] = fields.get("AuthMethod") or "FormsAuthentication"
            fields.pop("Kmsi", None)
        elif "wresult" not in fields:
            raise Failed(f"{request.template}: neither a password form nor a token of AD FS", response)
        target = urljoin(request.url, page.action)
        body = urlencode(fields).encode()
        request = Request("POST", target, _template("POST", target), FORM, body, ANY_STATUS)
    raise Failed(f"signing in went in circles: {MOST_HOPS} requests and no page", response)


def sign_in_windows(person: Person, page_url: str, headers: Mapping[str, str] | None = None) -> Response:
    """Open `page_url` from a desk in the domain: three exchanges on the first connection, the last of them the page.

    The browser asks nobody: the page is in its intranet zone. `Failed` when the server refuses the proof.
    """
    request = Request("GET", page_url, "GET main.aspx", headers or {}, expected=ANY_STATUS)
    response = person.http.send(request)
    if response.status == 401:
        offers = response.headers.all("WWW-Authenticate")
        if any(offer.lower().startswith(("ntlm", "negotiate")) for offer in offers):
            raise Failed("Windows sign-in refused: wrong user name or password", response)
        raise Failed(f"the server offers no Windows sign-in, but {', '.join(offers) or 'nothing'}", response)
    person.signed_in = SignedIn(person.lease.account.username, "windows")
    return expect(response, 200)


def sign_out(person: Person) -> None:
    """Forget the token; cookies stay as in a browser that is left open. No request: people close the window."""
    person.signed_in = None


def _token_of(answer: Mapping[str, Any]) -> tuple[str, float]:
    if "access_token" in answer:
        return str(answer["access_token"]), float(answer["expires_in"])
    reason = answer.get("error_description") or answer.get("error") or "no token and no reason"
    raise Failed(f"the authority refuses the sign-in: {reason}")


def _template(method: str, url: str) -> str:
    """`GET adfs/ls`, `POST main.aspx` ...: the path's end, without what differs from person to person."""
    parts = [part for part in urlsplit(url).path.split("/") if part]
    if "adfs" in parts:
        return f"{method} adfs/ls"
    return f"{method} {parts[-1] if parts else 'root'}" + (" (token)" if method == "POST" else "")


def _same_place(url: str, authority: str) -> bool:
    return urlsplit(url).netloc == urlsplit(authority).netloc and urlsplit(url).path.startswith("/adfs")


class _Form(HTMLParser):
    """The first form of a page: where it posts to and its fields."""

    def __init__(self) -> None:
        super().__init__()
        self.action: str | None = None
        self.fields: dict[str, str] = {}

    @classmethod
    def of(cls, page: str) -> "_Form | None":
        parser = cls()
        parser.feed(page)
        return parser if parser.action is not None else None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect the form and its inputs."""
        values = dict(attrs)
        if tag == "form" and self.action is None:
            self.action = values.get("action") or ""
        elif tag == "input" and values.get("name"):
            self.fields[str(values["name"])] = values.get("value") or ""
