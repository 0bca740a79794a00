"""Signing a person in, as their client does: by Windows, by a token, or by the pages of an internet-facing AD FS.

Whoever is refused for their account's sake is not tried again in a run: wrong passwords lock accounts.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from loadtests.errors import CrmloadError
from loadtests.load.adfs_pages import Ask, Got, walk, walk_along
from loadtests.load.authority import extra as authority_extra
from loadtests.load.authority import scopes, template, token_of
from loadtests.load.http import Request, Response
from loadtests.load.kept_sign_ins import ended
from loadtests.load.msal_transport import FORM, MsalAnswer, msal_application
from loadtests.load.outcomes import Denied, Failed, NotOk, RunEnding, expect
from loadtests.load.person import Person
from loadtests.load.refusals import crm, windows
from loadtests.load.refusals.refusal import OF_THE_PLACE, Refused, Who
from loadtests.load.refusals.wire import by_certificate, by_proxy
from loadtests.load.signed_in import SignedIn

ANY_STATUS = frozenset(range(200, 600))
"""The walk over pages judges every answer itself."""


def sign_in_oauth(person: Person) -> SignedIn:
    """Sign in by a token: discovery and token at AD FS, the kind of the account between them at Entra ID. `Failed`
    names the authority's own reason.

    By user name and password, or by what `crmload login` kept: the pages of an authorization code differ from site to
    site (second factors, branding), and what loads the CRM is the same. The person has an MSAL application of their own
    (its token cache is one user's), on their own connections.
    """
    entrance, who = person.entrance, Who.of(person.proving, person.entrance)
    stands_in = person.stand_in is not None and not entrance.adfs

    def send(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> MsalAnswer:
        response = _sent(person, Request(method, url, template(method, url, entrance), headers, body))
        return MsalAnswer(response.status, response.text, {"Content-Type": response.headers.get("content-type")})

    _may_try(person)
    # The authority is asked for its addresses here already.
    with _asking_msal(person):
        application = msal_application(entrance, who, send, person.password if stands_in else "")
    wanted, extra = scopes(entrance), authority_extra(entrance)

    def come_in() -> Mapping[str, Any]:
        _may_try(person)
        with _asking_msal(person):
            answer: Mapping[str, Any]
            if person.kept is not None:
                answer = application.acquire_token_by_refresh_token(person.kept.refresh_token, wanted, data=extra)
                if "access_token" not in answer:
                    raise Refused(ended(answer))
                return answer
            if stands_in:
                answer = application.acquire_token_for_client(wanted)
                token_of(answer, who)
                return answer
            person.prompted()
            answer = application.acquire_token_by_username_password(who.username, person.password, wanted, data=extra)
            token_of(answer, who)
            return answer

    def renew() -> tuple[str, float]:
        # Refused here, the person may still come in by the password.
        with _asking_msal(person, renewing=True):
            account = application.get_accounts()[0]
            answer = application.acquire_token_silent_with_error(wanted, account, force_refresh=True, data=extra)
            return token_of(answer or {}, who)

    answer = come_in()
    token, lasts_s = token_of(answer, who)
    person.signed_in = SignedIn(
        who.username,
        "oauth",
        token,
        time.monotonic() + lasts_s,
        renew if "refresh_token" in answer else None,
        lambda: token_of(come_in(), who),
        acting_for=person.acting_for,
    )
    return person.signed_in


def sign_in_forms(person: Person, page_url: str, headers: Mapping[str, str] | None = None) -> Response:
    """Walk the AD FS pages in front of `page_url`; the answer of the page itself (its sixth request on a first visit).

    With cookies of an earlier visit the walk is shorter, down to the page alone. `Failed` when the person is not let
    in, a page is none that AD FS sends, or the redirects go round in circles.
    """
    person.signed_in = None
    page = _walk_pages(person, page_url, headers)

    def again() -> tuple[str, float]:
        _walk_pages(person, page_url, headers)
        return "", 0.0

    person.signed_in = SignedIn(person.lease.account.username, "forms", again=again, acting_for=person.acting_for)
    return page


def _walk_pages(person: Person, page_url: str, headers: Mapping[str, str] | None) -> Response:
    _may_try(person)

    def send(ask: Ask) -> Response:
        if ask.prompted:
            person.prompted()
        sent = FORM if ask.body is not None else headers or {}
        return _sent(person, Request(ask.method, ask.url, _template(ask.method, ask.url), sent, ask.body, ANY_STATUS))

    def read(response: Response) -> Got:
        return Got(response.status, response.headers.get("location"), response.text)

    with _refusals_of(person):
        who = Who.of(person.proving, person.entrance)
        page = walk_along(walk(page_url, who, person.password), send, read)
    return expect(page, 200)


def sign_in_windows(person: Person, page_url: str, headers: Mapping[str, str] | None = None) -> Response:
    """Open `page_url` from a desk in the domain: three exchanges on the first connection, the last of them the page.

    The browser asks nobody: the page is in its intranet zone. `Failed` when the server refuses the proof.
    """
    _may_try(person)
    who = Who.of(person.proving, person.entrance)
    with _refusals_of(person):
        page = _sent(person, Request("GET", page_url, "GET main.aspx", headers or {}, expected=ANY_STATUS))
        if page.status == 401:
            raise Refused(windows.refused(page.headers.all("WWW-Authenticate"), who))
        if page.status == 403 and (refusal := crm.not_let_in(page.text, who)):
            raise Refused(refusal)
    person.signed_in = SignedIn(who.username, "windows", acting_for=person.acting_for)
    return expect(page, 200)


@contextmanager
def letting_in(person: Person) -> Iterator[None]:
    """Around the first request after the sign-in: when the CRM denies it, the error says whom it does not let in."""
    try:
        yield
    except Denied as error:
        response, who = error.response, Who.of(person.proving, person.entrance)
        if response is not None and response.status == 401 and person.headers():
            error.explain(crm.fresh_token_refused(response.headers.all("WWW-Authenticate"), who).words)
        elif response is not None and (refusal := crm.not_let_in(response.text, who)):
            error.explain(refusal.words)
        raise


def sign_out(person: Person) -> None:
    """Forget the token; cookies stay as in a browser that is left open. No request: people close the window."""
    person.signed_in = None


def _may_try(person: Person) -> None:
    """`Failed` for somebody who was refused before."""
    if person.kept_out:
        raise Failed(person.kept_out)


@contextmanager
def _refusals_of(person: Person, *, renewing: bool = False) -> Iterator[None]:
    """A refusal within becomes `Failed`; who is refused for the account's sake by the password is kept out for good."""
    try:
        yield
    except Refused as refused:
        if not renewing and refused.refusal.kind not in (*OF_THE_PLACE, "unknown"):
            person.keep_out(refused.refusal.words)
        raise Failed(refused.refusal.words) from None


@contextmanager
def _asking_msal(person: Person, *, renewing: bool = False) -> Iterator[None]:
    """The same around calls of MSAL, which raises whatever its parsing met when a sign-in server does not answer as
    one: with an error of its own, or with HTML."""
    with _refusals_of(person, renewing=renewing):
        try:
            yield
        except (Refused, NotOk, RunEnding, CrmloadError):
            raise
        except Exception as error:
            raise Failed(f"{person.entrance.authority} does not answer as a sign-in server: {error}") from None


def _sent(person: Person, request: Request) -> Response:
    """The answer; `Failed` without one, `Refused` when the wire is to blame."""
    response = person.http.send(request)
    host = urlsplit(request.url).netloc
    if response.failure is not None:
        if response.failure.kind == "tls":
            raise Refused(by_certificate(response.failure.text, "", host))
        raise Failed(f"{request.template}: {response.failure.kind}: {response.failure.text}", response)
    if response.status >= 400 and (proxy := by_proxy(response.status, response.headers.get, response.text, host)):
        raise Refused(proxy)
    return response


def _template(method: str, url: str) -> str:
    """`GET adfs/ls`, `POST main.aspx` ...: the path's end, without what differs from person to person."""
    parts = [part for part in urlsplit(url).path.split("/") if part]
    if "adfs" in parts:
        return f"{method} adfs/ls"
    return f"{method} {parts[-1] if parts else 'root'}" + (" (token)" if method == "POST" else "")
