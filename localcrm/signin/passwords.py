"""The passwords of the people in the users file: made anew at every start, kept in memory only."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable


class Passwords:
    """Who may sign in. User names compare without regard to case, as in Active Directory."""

    def __init__(self, usernames: Iterable[str]) -> None:
        self._by_username = {name.casefold(): secrets.token_urlsafe(18) for name in usernames}

    def of(self, username: str) -> str:
        """The password of ``username``. Raises KeyError for a name that is not in the users file."""
        return self._by_username[username.casefold()]

    def match(self, username: str, password: str) -> bool:
        """Whether the two belong together; an unknown name is simply wrong."""
        expected = self._by_username.get(username.casefold(), "")
        return bool(expected) and hmac.compare_digest(expected.encode(), password.encode())
