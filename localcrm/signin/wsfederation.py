"""AD FS's pages for browsers: sign-in form, single sign-on cookie, token post-back, sign-out (wire facts 3.5)."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

from starlette.responses import HTMLResponse, RedirectResponse, Response

from localcrm.signin import pages
from localcrm.signin.accounts import Accounts, Refusal
from localcrm.signin.addresses import ADFS_HOST, IFD_HOST, IFD_LOCAL_HOST, Addresses, split_host
from localcrm.signin.clock import Clock
from localcrm.signin.cookies import set_session_cookie, take_back_cookie
from localcrm.signin.keys import SigningKey
from localcrm.signin.saml import issue_wresult
from localcrm.signin.single_sign_on import SingleSignOn

EXPIRED_PASSWORD = "Your password has expired. You must change it before you can sign in."
WRONG_PASSWORD = "Incorrect user ID or password. Type the correct user ID and password, and try again."
_UNCACHED = {"Cache-Control": "no-cache,no-store", "Pragma": "no-cache", "Expires": "-1"}


class WsFederation:
    """The passive endpoint ``/adfs/ls/``. Stateless: who is signed in stands in sealed cookies."""

    def __init__(
        self, addresses: Addresses, key: SigningKey, accounts: Accounts, sso: SingleSignOn, clock: Clock
    ) -> None:
        self._clock = clock
        self._addresses = addresses
        self._key = key
        self._accounts = accounts
        self._sso = sso

    def show(self, query: Mapping[str, str], cookies: Mapping[str, str]) -> tuple[Response, str]:
        """GET: the sign-in form, or the token for who is signed in already; with it goes that user."""
        action = query.get("wa", "")
        if action in ("wsignout1.0", "wsignoutcleanup1.0"):
            return self._sign_out(cookies), ""
        problem = self._problem(query)
        if problem:
            return _page(pages.error(problem), status=400), ""
        username = self._sso.username(cookies)
        if not username or self._accounts.standing(username):
            return _page(pages.sign_in_form()), ""
        return self._post_back(query, username), username

    def sign_in(self, url: str, query: Mapping[str, str], form: Mapping[str, str]) -> tuple[Response, str]:
        """POST of the form: 302 to the same ``url`` with the single sign-on cookie, or the form again with an error."""
        problem = self._problem(query)
        if problem:
            return _page(pages.error(problem), status=400), ""
        username = self._accounts.name(form.get("UserName", "").strip())
        if form.get("AuthMethod") != "FormsAuthentication":
            return _page(pages.error("MSIS7012: The authentication method is not supported.")), username
        match self._accounts.refusal(username, form.get("Password", "")):
            case None:
                pass
            case Refusal.MFA:
                return _page(pages.second_factor()), username
            case refusal:
                return _page(pages.sign_in_form(username=username, error=words(refusal))), username
        answer = RedirectResponse(url, status_code=302, headers=_UNCACHED)
        self._sso.begin(answer, username, kept=form.get("Kmsi", "").lower() == "true")
        return answer, username

    def _problem(self, query: Mapping[str, str]) -> str:
        if query.get("wa") != "wsignin1.0":
            return "MSIS7000: The sign-in request is not compliant to the WS-Federation language."
        host = split_host(urlsplit(query.get("wtrealm", "")).netloc)[0]
        if host not in (IFD_HOST, IFD_LOCAL_HOST):
            return "MSIS7007: The requested relying party trust is unspecified or unsupported."
        return ""

    def _post_back(self, query: Mapping[str, str], username: str) -> Response:
        realm = query["wtrealm"]
        issuer = f"{self._addresses.origin(ADFS_HOST)}adfs/services/trust"
        now = datetime.fromtimestamp(self._clock.now(), UTC)
        wresult = issue_wresult(self._key, username=username, issuer=issuer, realm=realm, now=now)
        answer = _page(pages.hidden_form(realm, wresult=wresult, wctx=query.get("wctx", "")))
        # AD FS counts quick repetitions in this cookie (and refuses the sixth within 20 s, which this one does not).
        loop = base64.b64encode(f"{now:%Y-%m-%d:%H:%M:%SZ}\\1".encode()).decode()
        signed_at = base64.b64encode(f"{now:%m/%d/%Y %H:%M:%S}".encode()).decode()
        parties = base64.b64encode(f"{self._sso.cookie}Signout:{realm}".encode()).decode()
        for name, value in (
            ("MSISAuthenticated", signed_at),
            ("MSISLoopDetectionCookie", loop),
            ("MSISSignOut", parties),
        ):
            set_session_cookie(answer, name, value, path="/adfs")
        return answer

    def _sign_out(self, cookies: Mapping[str, str]) -> Response:
        realms: list[str] = []
        try:
            text = base64.b64decode(cookies.get("MSISSignOut", "")).decode()
            realm = text.partition("Signout:")[2]
            if split_host(urlsplit(realm).netloc)[0] in (IFD_HOST, IFD_LOCAL_HOST):
                realms.append(realm)
        except ValueError:
            pass  # a mangled cookie names no relying party to clean up
        answer = _page(pages.signed_out([f"{html.escape(realm)}?wa=wsignoutcleanup1.0" for realm in realms]))
        self._sso.end(answer)
        for name in ("MSISAuthenticated", "MSISLoopDetectionCookie", "MSISSignOut"):
            take_back_cookie(answer, name, path="/adfs")
        return answer


def words(refusal: Refusal) -> str:
    """What the page says: an expired password is told, all else is one and the same."""
    return EXPIRED_PASSWORD if refusal is Refusal.PASSWORD_EXPIRED else WRONG_PASSWORD


def _page(text: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(text, status_code=status, headers=_UNCACHED)
