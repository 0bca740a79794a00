"""The CRM's side of WS-Federation: sends browsers to AD FS, takes the token, keeps the session in cookies."""

from __future__ import annotations

import base64
import binascii
import json
import re
import secrets
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qs, quote, urlsplit

from starlette.responses import RedirectResponse, Response

from localcrm.signin.addresses import ADFS_HOST, IFD_LOCAL_HOST, LOOPBACK_HOST, Addresses, split_host
from localcrm.signin.cookies import set_session_cookie, take_back_cookie
from localcrm.signin.keys import CookieSeal, SigningKey
from localcrm.signin.saml import read_wresult

#: SessionSecurityTokenLifetimeInHours is 24 by default (wire facts 3.5).
SESSION_SECONDS = 24 * 3600
#: Session tokens are cut into cookies of this many characters, as Windows Identity Foundation does.
_COOKIE_CHARACTERS = 2000
#: A session token of a real organisation weighs about this much; the padding makes ours as heavy on the wire.
_TOKEN_CHARACTERS = 2700
_COOKIES = ("MSISAuth", "MSISAuth1")
_UNCACHED = {"Cache-Control": "no-cache", "Expires": "-1"}


class CrmSessions:
    """Sign-in sessions of the internet-facing entrance."""

    def __init__(self, addresses: Addresses, key: SigningKey, seal: CookieSeal) -> None:
        self._addresses = addresses
        self._key = key
        self._seal = seal
        self._valid_from = 0.0

    def send_to_adfs(self, host: str, url: str) -> Response:
        """Step 1: 302 from a page at ``host`` to AD FS, which is to lead back to ``url``."""
        context = f"rm=1&id={uuid.uuid4()}&ru={_net_quote(url)}"
        query = (
            f"wa=wsignin1.0&wtrealm={_net_quote(_realm(host))}&wctx={_net_quote(context)}"
            f"&wct={_net_quote(datetime.now(UTC).strftime('%Y-%m-%dT%H:%M:%SZ'))}"
            f"&wauth={_net_quote('urn:oasis:names:tc:SAML:1.0:am:password')}"
        )
        return RedirectResponse(f"{self._adfs(host)}adfs/ls/?{query}", status_code=302, headers=_UNCACHED)

    def accept(self, host: str, form: Mapping[str, str]) -> tuple[Response, str]:
        """Step 5: turn a posted ``wresult`` into session cookies; 302 to the page first asked for.

        Returns the answer and the user. Raises RefusedAssertionError for a token that signs nobody in here.
        """
        issuer = f"{self._addresses.origin(ADFS_HOST)}adfs/services/trust"
        username = read_wresult(self._key, form.get("wresult", ""), issuer=issuer, realm=_realm(host))
        answer = RedirectResponse(_return_url(host, form.get("wctx", "")), status_code=302, headers=_UNCACHED)
        token = self._token(username)
        for name, part in zip(_COOKIES, (token[:_COOKIE_CHARACTERS], token[_COOKIE_CHARACTERS:]), strict=True):
            set_session_cookie(answer, name, part, path="/")
        return answer, username

    def username(self, cookies: Mapping[str, str]) -> str:
        """Who the session cookies belong to; empty for none, a forged or an expired session."""
        payload, _, signature = "".join(cookies.get(name, "") for name in _COOKIES).partition(".")
        if not payload or not self._seal.holds(payload.encode(), signature):
            return ""
        try:
            session = json.loads(base64.urlsafe_b64decode(payload))
        except (binascii.Error, ValueError):
            return ""
        now = time.time()
        began = float(session["began"])
        return str(session["upn"]) if began + SESSION_SECONDS > now and began >= self._valid_from else ""

    def end_all(self) -> None:
        """Let every session that exists be over, as if its 24 hours had passed (AD FS still knows the people)."""
        self._valid_from = time.time()

    def sign_out(self, host: str) -> Response:
        """302 to AD FS's sign-out, with the session cookies taken back."""
        back = _net_quote(_realm(host))
        answer = RedirectResponse(
            f"{self._adfs(host)}adfs/ls/?wa=wsignout1.0&wreply={back}", status_code=302, headers=_UNCACHED
        )
        self.clear(answer)
        return answer

    def clear(self, answer: Response) -> None:
        """Take the session cookies back with this answer."""
        for name in _COOKIES:
            take_back_cookie(answer, name, path="/")

    def _token(self, username: str) -> str:
        session = {"upn": username, "began": time.time(), "id": str(uuid.uuid4()), "pad": ""}
        bare = len(base64.urlsafe_b64encode(json.dumps(session).encode())) + 65
        session["pad"] = secrets.token_hex(max(0, (_TOKEN_CHARACTERS - bare) * 3 // 8))
        payload = base64.urlsafe_b64encode(json.dumps(session).encode())
        return f"{payload.decode()}.{self._seal.seal(payload)}"

    def _adfs(self, host: str) -> str:
        """AD FS by its name; a browser that came by ``localhost`` knows no such name and gets the address."""
        name, port = split_host(host)
        return f"https://{LOOPBACK_HOST if name == IFD_LOCAL_HOST else ADFS_HOST}{port}/"


def _realm(host: str) -> str:
    return f"https://{host.lower()}/"


def _return_url(host: str, wctx: str) -> str:
    """The page that ``wctx`` asks for, if it is one of this host: nobody is sent elsewhere."""
    wanted = parse_qs(wctx).get("ru", [""])[0]
    parts = urlsplit(wanted)
    if parts.scheme == "https" and parts.netloc.lower() == host.lower():
        return wanted
    return f"{_realm(host)}main.aspx"


def _net_quote(text: str) -> str:
    """Percent-encode as ASP.NET does, with lower-case digits."""
    return re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), quote(text, safe="-_.!*()"))
