"""The accounts of the people in the users file: passwords, made anew at every start and kept in memory, and state."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from enum import StrEnum


class State(StrEnum):
    """What an administrator made of an account; anything but GOOD keeps its owner out, right password or not."""

    GOOD = "good"
    LOCKED = "locked"
    DISABLED = "disabled"
    MFA = "mfa"
    PASSWORD_EXPIRED = "password-expired"
    CONDITIONAL_ACCESS = "conditional-access"
    FEDERATED = "federated"
    NOT_A_USER = "not-a-user"


#: States that keep nobody from signing in: the CRM itself refuses who is none of its users.
_OF_THE_CRM = (State.NOT_A_USER,)
#: What only Entra knows.
ENTRA_ONLY = frozenset({State.CONDITIONAL_ACCESS, State.FEDERATED})
#: What Windows sign-in knows nothing of either: it has no second factor.
NOT_WINDOWS = ENTRA_ONLY | {State.MFA}


class Refusal(StrEnum):
    """Why somebody is not let in. The values of the states are among them."""

    UNKNOWN = "unknown"
    WRONG_PASSWORD = "wrong-password"
    LOCKED = "locked"
    DISABLED = "disabled"
    MFA = "mfa"
    PASSWORD_EXPIRED = "password-expired"
    CONDITIONAL_ACCESS = "conditional-access"
    FEDERATED = "federated"


class Accounts:
    """Who may sign in. User names compare without regard to case, as in Active Directory."""

    _blind_to: frozenset[State] = frozenset()

    def __init__(self, usernames: Iterable[str]) -> None:
        self._names = {name.casefold(): name for name in usernames}
        self._passwords = {name: secrets.token_urlsafe(18) for name in self._names}
        self._states: dict[str, State] = {}

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """User names with their passwords."""
        return ((self._names[name], password) for name, password in self._passwords.items())

    def password(self, username: str) -> str:
        """The password of ``username``. Raises KeyError for a name that is not in the users file."""
        return self._passwords[username.casefold()]

    def name(self, username: str) -> str:
        """``username`` as the users file spells it; unchanged if it is not there."""
        return self._names.get(username.casefold(), username)

    def standing(self, username: str) -> Refusal | None:
        """Why somebody who has proven to be ``username`` is kept out all the same, None if he is not."""
        if username.casefold() not in self._names:
            return Refusal.UNKNOWN
        state = self.state(username)
        return None if state is State.GOOD or state in _OF_THE_CRM or state in self._blind_to else Refusal(state)

    def state(self, username: str) -> State:
        """What was made of the account; GOOD for any other name."""
        return self._states.get(username.casefold(), State.GOOD)

    def blind_to(self, states: frozenset[State]) -> Accounts:
        """The same accounts as a server sees them that knows nothing of these states."""
        seen = copy(self)
        seen._blind_to = states
        return seen

    def refusal(self, username: str, password: str) -> Refusal | None:
        """Why these two do not sign anybody in, None if they do.

        Who does not know the password learns that an account is locked or disabled (Entra says so too), but not more.
        """
        standing = self.standing(username)
        if standing in (Refusal.UNKNOWN, Refusal.LOCKED, Refusal.DISABLED):
            return standing
        if not hmac.compare_digest(self._passwords[username.casefold()].encode(), password.encode()):
            return Refusal.WRONG_PASSWORD
        return standing

    def set_state(self, username: str, state: State) -> None:
        """Raises LookupError for a name that is not in the users file."""
        if username.casefold() not in self._names:
            raise LookupError(f"there is no user {username!r} in the users file")
        self._states[username.casefold()] = state

    def states(self) -> Mapping[str, State]:
        """The accounts that are not good."""
        return {self._names[name]: state for name, state in self._states.items() if state is not State.GOOD}
