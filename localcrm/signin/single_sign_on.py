"""An identity provider's own session: the sealed cookie by which it knows a browser again."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping

from starlette.responses import Response

from localcrm.signin.cookies import set_session_cookie, take_back_cookie
from localcrm.signin.keys import CookieSeal

#: Eight hours, AD FS's default lifetime of single sign-on.
SSO_SECONDS = 8 * 3600


class SingleSignOn:
    """Stateless: who is signed in stands in the cookie."""

    def __init__(self, cookie: str, *, path: str) -> None:
        self.cookie = cookie
        self._path = path
        self._seal = CookieSeal()

    def username(self, cookies: Mapping[str, str]) -> str:
        """Who the cookie belongs to; empty for none, a forged or an expired one."""
        payload, _, signature = cookies.get(self.cookie, "").partition(".")
        if not self._seal.holds(payload.encode(), signature):
            return ""
        expires_at, _, username = base64.urlsafe_b64decode(payload).decode().partition("|")
        return username if int(expires_at) > time.time() else ""

    def begin(self, answer: Response, username: str, *, kept: bool = False) -> None:
        """Let ``answer`` sign the browser in. A ``kept`` cookie outlives the browser, within the same lifetime."""
        expires_at = int(time.time()) + SSO_SECONDS
        payload = base64.urlsafe_b64encode(f"{expires_at}|{username}".encode())
        value = f"{payload.decode()}.{self._seal.seal(payload)}"
        set_session_cookie(answer, self.cookie, value, path=self._path, seconds=SSO_SECONDS if kept else None)

    def end(self, answer: Response) -> None:
        """Take the cookie back."""
        take_back_cookie(answer, self.cookie, path=self._path)
