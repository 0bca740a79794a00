"""What `crmload login` got for each account: kept in the operating system's store, or in a folder that the user named.

Refresh tokens are passwords in all but name: they are in no text form, no run folder, and go to no other process. Each
process that needs one reads the store itself.
"""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from threading import get_ident
from typing import Any, Protocol

from loadtests.config.environment import Entrance, Environment
from loadtests.config.files import PROJECT
from loadtests.config.users import Account
from loadtests.errors import ConfigError, SignInFailed
from loadtests.load.refusals.refusal import Refusal, unknown

ASSUMED_LIFE = timedelta(days=90)
"""Of a refresh token that nobody told the life of: Entra's own, from its last use ("Refresh tokens in the Microsoft
identity platform", learn.microsoft.com). A tenant's rules may end it sooner."""
SIGN_IN_AGAIN = "run `crmload login` with this plan or its environment file, on this machine and as this user"
PIECE = 1000
"""Characters in one entry of the store: Windows' Credential Locker takes 2,560 bytes, in UTF-16."""


@dataclass(frozen=True, slots=True)
class KeptSignIn:
    """One account's way back in without its owner. The token is in no text form of it."""

    username: str
    refresh_token: str = field(repr=False)
    until: datetime
    """When it ends if it is not used before, as far as that is known (UTC)."""

    @classmethod
    def given(cls, username: str, refresh_token: str, lasts_s: object = None) -> "KeptSignIn":
        """What an authority has just given; `lasts_s` is its `refresh_token_expires_in`, where it said one."""
        try:
            life = timedelta(seconds=float(str(lasts_s)))
        except ValueError:
            life = ASSUMED_LIFE
        return cls(username, refresh_token, datetime.now(UTC) + life)

    @classmethod
    def from_answer(
        cls, account: Account, answer: Mapping[str, Any], before: "KeptSignIn | None" = None
    ) -> "KeptSignIn":
        """What MSAL's answer brings; an authority that gives no new token lets the one of before go on."""
        token = answer.get("refresh_token") or (before.refresh_token if before else "")
        return cls.given(account.username, str(token), answer.get("refresh_token_expires_in"))

    @property
    def over(self) -> bool:
        """True when it has ended for certain."""
        return self.until <= datetime.now(UTC)


def ended(answer: Mapping[str, Any]) -> Refusal:
    """Why a kept sign-in is refused, in the authority's words: it ended, was called back, or the rules have changed."""
    said = unknown(str(answer.get("error_description") or answer.get("error") or ""), SIGN_IN_AGAIN)
    return replace(said, kind="mfa_required", text=said.text.replace("is refused", "has to sign in again", 1))


class Store(Protocol):
    """Names and texts, out of reach of others."""

    def read(self, name: str) -> str | None:
        """The text, None where there is none."""

    def write(self, name: str, text: str) -> None:
        """Keep or replace it."""

    def remove(self, name: str) -> None:
        """Forget it; well also when it is not there."""


class KeptSignIns:
    """The kept sign-ins of an environment's accounts."""

    def __init__(self, store: Store, entrance: Entrance) -> None:
        self._store = store
        self._entrance = entrance

    @classmethod
    def of(cls, environment: Environment) -> "KeptSignIns":
        """Where this environment's are kept; `ConfigError` where the machine has no store and the file names none."""
        folder = environment.identity.token_folder if environment.identity else None
        return cls(FolderStore(folder) if folder else system_store(), environment.token_entrance)

    def find(self, account: Account) -> KeptSignIn | None:
        """What is kept for an account, ended or not."""
        text = self._store.read(self._name(account))
        try:
            kept = json.loads(text) if text else None
            return (
                KeptSignIn(kept["username"], kept["refresh_token"], datetime.fromisoformat(kept["until"]))
                if kept
                else None
            )
        except (ValueError, KeyError, TypeError):
            return None  # not ours, or half written: to be made anew

    def need(self, account: Account) -> KeptSignIn:
        """What is kept for an account; `SignInFailed` says how to get it."""
        kept = self.find(account)
        if kept is None or kept.over:
            what = "has not signed in on this machine yet" if kept is None else "must sign in again: it ended by time"
            raise SignInFailed(f"{account.username} {what}", kind="mfa_required", next_step=SIGN_IN_AGAIN)
        return kept

    def lacking(self, accounts: Iterable[Account]) -> list[Account]:
        """Those who cannot come in by what is kept."""
        return [account for account in accounts if (kept := self.find(account)) is None or kept.over]

    def keep(self, account: Account, kept: KeptSignIn) -> None:
        """Keep or replace it."""
        text = {"username": kept.username, "refresh_token": kept.refresh_token, "until": kept.until.isoformat()}
        self._store.write(self._name(account), json.dumps(text))

    def forget(self, account: Account) -> bool:
        """Remove it; False when there was none."""
        there = self.find(account) is not None
        self._store.remove(self._name(account))
        return there

    def _name(self, account: Account) -> str:
        # The same name at another authority, or for another application, is another sign-in.
        return f"{self._entrance.authority} {self._entrance.client_id} {account.username.lower()}"


class FolderStore:
    """A folder with a file an account, for its owner alone (mode 0600; on Windows the folder's own rights count)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        within = (folder.resolve(), *folder.resolve().parents)
        home = next((above for above in within if above == PROJECT or (above / ".git").exists()), None)
        if home is not None:
            raise ConfigError(
                f"identity.token_folder lies in {home}, where what it holds could be committed",
                next_step="name a folder of your own, outside every repository",
                place=str(folder),
            )

    def read(self, name: str) -> str | None:
        """The whole file."""
        try:
            return self._file(name).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def write(self, name: str, text: str) -> None:
        """A new file in place of the old one, in one step."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = self._file(f"{name} {os.getpid()} {get_ident()}").with_suffix(".new")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        new.replace(self._file(name))

    def remove(self, name: str) -> None:
        """Delete the file."""
        self._file(name).unlink(missing_ok=True)

    def _file(self, name: str) -> Path:
        return self._folder / f"{sha256(name.encode()).hexdigest()[:32]}.json"


class SystemStore:
    """The store of the operating system, in pieces that every one of them takes."""

    SERVICE = "crmload"

    def read(self, name: str) -> str | None:
        """All pieces together."""
        import keyring

        first = keyring.get_password(self.SERVICE, name)
        if first is None:
            return None
        count, _, text = first.partition(" ")
        pieces = [keyring.get_password(self.SERVICE, f"{name} {number}") for number in range(1, int(count))]
        return None if None in pieces else text + "".join(piece or "" for piece in pieces)

    def write(self, name: str, text: str) -> None:
        """The first piece last: a text that is half written is none."""
        import keyring

        self.remove(name)
        pieces = [text[begin : begin + PIECE] for begin in range(0, max(len(text), 1), PIECE)]
        for number, piece in reversed(list(enumerate(pieces))):
            name_of = f"{name} {number}" if number else name
            keyring.set_password(self.SERVICE, name_of, piece if number else f"{len(pieces)} {piece}")

    def remove(self, name: str) -> None:
        """All pieces."""
        import keyring

        first = keyring.get_password(self.SERVICE, name)
        if first is None:
            return
        for number in range(int(first.partition(" ")[0])):
            name_of = f"{name} {number}" if number else name
            if keyring.get_password(self.SERVICE, name_of) is not None:
                keyring.delete_password(self.SERVICE, name_of)


def system_store() -> SystemStore:
    """The operating system's store; `ConfigError` where there is none that asks for nothing in between."""
    import keyring

    backend = keyring.get_keyring()
    if backend.priority <= 0:
        raise ConfigError(
            "this machine has no store for sign-ins (Windows Credential Locker, macOS Keychain, Secret Service)",
            next_step="log in to a desktop session of this machine, or name a folder for them: `identity: {login: "
            "true, token_folder: /secure/place/mysite}` in the environment file; its files are for you alone (0600)",
        )
    return SystemStore()
