"""What the parts of a check share: the plan, what its people need, and everybody's session, signed in once."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Lock
from types import TracebackType
from typing import Self

from loadtests.checks.needs import Needs
from loadtests.config.dealing import deal
from loadtests.config.resolved import ResolvedPlan
from loadtests.config.secrets import Secrets
from loadtests.config.users import Account
from loadtests.errors import CrmloadError, SignInFailed
from loadtests.load.plain_session import PlainSession
from loadtests.load.stand_in import account_of, caller


class Inspection:
    """One check of one plan. Sessions stay open until it is closed; several threads may ask for them."""

    def __init__(
        self,
        plan: ResolvedPlan,
        needs: Needs,
        secrets: Secrets,
        *,
        allow_admin: bool = False,
        allow_denied: bool = False,
        tell: Callable[[str], None] = lambda what: None,
    ) -> None:
        self.plan = plan
        self.needs = needs
        self.secrets = secrets
        self.allow_admin = allow_admin
        self.allow_denied = allow_denied
        self.tell = tell
        """Says what is being looked at, for whoever waits."""
        self.may_write = True
        """False while what a write would set off is not accepted: then nothing is written, not even by the check."""
        self.people: list[tuple[Account, str]] = list(
            {
                (account.username, group.channel): (account, group.channel)
                for group, mine in deal(plan.everybody, plan.users)
                for account in mine
            }.values()
        )
        """Every account that the plan may use in the load, with its channel; once, however many people share it."""
        self.unlike: set[str] = set()
        """Accounts that are not what the plan takes them for (no role, another one, an administrator), as `accounts`
        tells: what the CRM allows them says nothing about the role."""
        self._sessions: dict[str, PlainSession] = {}
        self._refused: dict[str, CrmloadError] = {}
        self._turns: dict[str, Lock] = {}
        """One at a time signs in as an account, so that a wrong password is never sent twice side by side."""
        self._lock = Lock()

    def session(self, account: Account, channel: str = "") -> PlainSession:
        """The account's session at the channel's entrance (without a channel: where tokens come from).

        `SignInFailed` or `Unreachable` when it cannot sign in. Whoever failed once is not tried again: a third wrong
        password locks an account.
        """
        name = account.username.casefold()
        with self._lock:
            turn = self._turns.setdefault(name, Lock())
        with turn:
            if refused := self._refused.get(name):
                raise refused
            if (known := self._sessions.get(account.username)) is not None:
                return known
            environment = self.plan.environment
            entrance = environment.entrance_of(channel) if channel else environment.token_entrance
            session = PlainSession(environment, entrance, purpose="check")
            try:
                self._sign_in(session, account)
                session.who_am_i()  # who is let in by the sign-in server is not always by the CRM
            except CrmloadError as error:
                session.close()
                self._refused[name] = error
                raise
            self._sessions[account.username] = session
            return session

    def _sign_in(self, session: PlainSession, account: Account) -> None:
        identity = self.plan.environment.identity
        if identity is None or not identity.impersonate or account.kind != "person":
            session.sign_in(account, self.secrets)
            return
        session.sign_in(account_of(identity), self.secrets)
        session.name_caller(caller(session, account, identity))

    def signed_in(self) -> Iterator[tuple[Account, str, PlainSession]]:
        """The people who have signed in so far, with channel and session, in the plan's order."""
        for account, channel in self.people:
            if session := self._sessions.get(account.username):
                yield account, channel, session

    def one_of_each_role(self) -> dict[str, tuple[Account, str, PlainSession]]:
        """The first person of each role who has signed in and is what the plan takes them for: role name -> account,
        channel, session."""
        found: dict[str, tuple[Account, str, PlainSession]] = {}
        for account, channel, session in self.signed_in():
            if account.username not in self.unlike:
                found.setdefault(account.role, (account, channel, session))
        return found

    def helper(self, kind: str) -> PlainSession | None:
        """The session of the plan's `inspector` or `housekeeper`; None where there is none, or it cannot sign in."""
        for account in self.plan.accounts(kind)[:1]:
            with suppress(SignInFailed):  # which the part `accounts` tells
                return self.session(account)
        return None

    def reader(self) -> PlainSession | None:
        """Who reads settings and descriptions: the inspector, else the housekeeper, else the first person signed in."""
        session = self.helper("inspector") or self.helper("housekeeper")
        return session or next((session for _, _, session in self.signed_in()), None)

    def close(self) -> None:
        """End every session."""
        for session in self._sessions.values():
            session.close()
        self._sessions.clear()

    def __enter__(self) -> Self:
        """Closed when left."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the sessions."""
        self.close()
