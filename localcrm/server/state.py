"""The state folder: where a local CRM keeps its database, certificates, users, secrets and access log."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path


class StateError(Exception):
    """The state folder cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class State:
    """Paths inside one state folder."""

    folder: Path

    @classmethod
    def open(cls, folder: Path) -> State:
        """Make the folder if needed and prove that it can be written to. Raises StateError."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            probe = folder / ".writable"
            probe.write_text("", encoding="utf-8", newline="\n")
            probe.unlink()
        except OSError as error:
            raise StateError(
                f"--state {folder}: cannot be written to ({error.strerror}); choose another folder"
            ) from None
        return cls(folder.resolve())

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep a second server out, which would give everybody new passwords. Raises StateError if one is in already.

        The lock is SQLite's on an empty file of its own: known to every system, and gone with the process that held it.
        """
        with closing(sqlite3.connect(self.folder / "in-use.lock", timeout=0, isolation_level=None)) as lock:
            try:
                lock.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError:
                raise StateError(
                    f"--state {self.folder}: another local CRM uses it; stop that one or choose another folder"
                ) from None
            yield

    @property
    def database_url(self) -> str:
        """The SQLite database that is used when none is named."""
        return f"sqlite:///{(self.folder / 'crm.sqlite3').as_posix()}"

    @property
    def certificates(self) -> Path:
        """Folder of the certificate authority."""
        return self.folder / "certificates"

    @property
    def users_file(self) -> Path:
        """People, inspector and housekeeper, without their passwords."""
        return self.folder / "users.csv"

    @property
    def secrets_file(self) -> Path:
        """The passwords by variable name."""
        return self.folder / "passwords.secrets"

    @property
    def windows_users_file(self) -> Path:
        """The same people's hashes, for Windows sign-in."""
        return self.folder / "windows-users.secrets"

    @property
    def control_token_file(self) -> Path:
        """The token that opens the control address."""
        return self.folder / "control-token.secrets"

    @property
    def access_log(self) -> Path:
        """One line a request."""
        return self.folder / "access-log.csv"

    @property
    def ready_file(self) -> Path:
        """Where the ready file goes when no other place is named."""
        return self.folder / "ready.json"
