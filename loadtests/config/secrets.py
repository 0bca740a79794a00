"""Passwords, from where the environment file says they are. They never leave the process that needs them."""

from collections.abc import Sequence
from pathlib import Path

from loadtests.config.environment import Environment
from loadtests.config.secret_sources import EnvironmentVariables, KeyVault, SecretsFile, Source
from loadtests.config.users import Account
from loadtests.errors import ConfigError


class Secrets:
    """Looks a password up by the name that the users file gives. Its text form shows nothing."""

    def __init__(self, sources: Sequence[Source], environment: Environment | None = None) -> None:
        self._sources = tuple(sources)
        self._identity = environment.identity if environment else None

    @classmethod
    def load(cls, environment: Environment) -> "Secrets":
        """The environment's sources: environment variables first, then its secrets file, then its Key Vault."""
        return cls(sources_of(environment.secrets_file, environment.key_vault), environment)

    def needs_password(self, account: Account) -> bool:
        """False for those who come in by a kept sign-in, or whom an application stands for."""
        if self._identity is None:
            return True
        return account.kind != "person" if self._identity.impersonate else False

    def password(self, account: Account) -> str:
        """The account's password, empty for those who need none; a `ConfigError` names the variable that holds none."""
        return self.value(account.secret, account.username) if self.needs_password(account) else ""

    def value(self, name: str, whose: str) -> str:
        """The secret of that name; a `ConfigError` says where it was looked for."""
        value = self._find(name)
        if not value:
            raise ConfigError(
                f"no password for {whose}: {name} is not {self._places}",
                next_step=f"set the environment variable {name}, or add the line {name}=... to the "
                "secrets file (outside the repository)",
            )
        return value

    def require(self, accounts: Sequence[Account]) -> None:
        """One `ConfigError` that names every variable without a password, told before anybody signs in."""
        wanted = [account for account in accounts if self.needs_password(account)]
        lacking = [account.secret for account in wanted if not self._find(account.secret)]
        if not lacking:
            return
        named = ", ".join(lacking[:5]) + (f" and {len(lacking) - 5} more" if len(lacking) > 5 else "")
        places = self._places.replace("an environment variable", "among the environment variables", 1)
        raise ConfigError(
            f"{len(lacking)} of {len(wanted)} accounts have no password: {named} "
            f"{'is' if len(lacking) == 1 else 'are'} not {places}",
            next_step=f"set environment variables, or add lines such as {lacking[0]}=... to the secrets file (outside "
            "the repository)",
        )

    def _find(self, name: str) -> str | None:
        return next((value for source in self._sources if (value := source.find(name))), None)

    @property
    def _places(self) -> str:
        """Where was looked, to go on after `... is not`."""
        said = ", nor ".join(source.place for source in self._sources)
        return said if len(self._sources) > 1 else f"{said}, and the environment file names no `secrets_file`"

    def __repr__(self) -> str:
        """Never the values."""
        return f"<Secrets: {', '.join(source.place for source in self._sources)}>"


def sources_of(secrets_file: Path | None, key_vault: str) -> list[Source]:
    """Where secrets are looked for, in this order."""
    sources: list[Source] = [EnvironmentVariables()]
    if secrets_file is not None:
        sources.append(SecretsFile(secrets_file))
    if key_vault:
        sources.append(KeyVault(key_vault))
    return sources
