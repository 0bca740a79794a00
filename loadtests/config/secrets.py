"""Passwords: from environment variables or a secrets file. They never leave the process that needs them."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from loadtests.config.environment import Environment
from loadtests.config.users import Account
from loadtests.errors import ConfigError


class Secrets:
    """Looks a password up by the name that the users file gives. Its text form shows nothing."""

    def __init__(self, values: Mapping[str, str], source: str) -> None:
        self._values = dict(values)
        self._source = source

    @classmethod
    def load(cls, environment: Environment) -> "Secrets":
        """Read the environment's secrets file, if it names one; environment variables win at look-up."""
        path = environment.secrets_file
        if path is None:
            return cls({}, "")
        # On a worker of another machine environment variables may hold them all.
        return cls(_read(path), str(path)) if path.is_file() else cls({}, f"{path} (there is no such file)")

    def password(self, account: Account) -> str:
        """The account's password; a `ConfigError` names the variable that holds none."""
        value = os.environ.get(account.secret) or self._values.get(account.secret)
        if not value:
            where = f"nor in {self._source}" if self._source else "and the environment file names no `secrets_file`"
            raise ConfigError(
                f"no password for {account.username}: {account.secret} is not an environment variable, {where}",
                next_step=f"set the environment variable {account.secret}, or add the line {account.secret}=... to the "
                "secrets file (outside the repository)",
            )
        return value

    def require(self, accounts: Sequence[Account]) -> None:
        """One `ConfigError` that names every variable without a password, told before anybody signs in."""
        lacking = [a.secret for a in accounts if not (os.environ.get(a.secret) or self._values.get(a.secret))]
        if not lacking:
            return
        named = ", ".join(lacking[:5]) + (f" and {len(lacking) - 5} more" if len(lacking) > 5 else "")
        where = f"nor in {self._source}" if self._source else "and the environment file names no `secrets_file`"
        raise ConfigError(
            f"{len(lacking)} of {len(accounts)} accounts have no password: {named} "
            f"{'is' if len(lacking) == 1 else 'are'} not among the environment variables, {where}",
            next_step=f"set environment variables, or add lines such as {lacking[0]}=... to the secrets file (outside "
            "the repository)",
        )

    def __repr__(self) -> str:
        """Never the values."""
        return f"<Secrets: {len(self._values)} names>"


def _read(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        raise ConfigError(
            "the secrets file cannot be read",
            next_step="save it as a UTF-8 text file that you may read",
            place=str(path),
        ) from None
    values: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        name, separator, value = text.partition("=")
        if not separator:
            # The line itself may be a password: it is not repeated.
            raise ConfigError(
                "this line is not NAME=value", next_step="write one NAME=password a line", place=f"{path}:{number}"
            )
        if value[:1] == value[-1:] and value[:1] in ("'", '"') and len(value) > 1:
            raise ConfigError(
                f"the value of {name.strip()} stands in quotation marks",
                next_step="write the password as it is: the marks would be taken for a part of it",
                place=f"{path}:{number}",
            )
        values[name.strip()] = value.strip()
    return values
