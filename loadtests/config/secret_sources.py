"""Where passwords are looked up: environment variables, a file of one's own, Azure Key Vault.

A source is asked by the name that the users file gives, and answers with the value or None. A new one is a class here
and a line in `Secrets.load`.
"""

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from loadtests.errors import ConfigError, Unreachable

INSTALL_KEY_VAULT = "pip install --require-hashes -r requirements-keyvault.txt"


class Source(Protocol):
    """One place. Its text form shows no value."""

    @property
    def place(self) -> str:
        """Where it looks, to go on after "... is not"."""

    def find(self, name: str) -> str | None:
        """The value of that name, None (or empty) where it has none."""


class EnvironmentVariables:
    """Those of this process, which its user or his CI has set."""

    place = "an environment variable"

    def find(self, name: str) -> str | None:
        """As it is set now."""
        return os.environ.get(name)


class SecretsFile:
    """`NAME=value` lines, outside the repository. Read once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        # On a worker of another machine environment variables may hold them all.
        self._values = _read(path) if path.is_file() else None

    @property
    def place(self) -> str:
        """The file, and whether it is there."""
        return f"in {self._path}" + (" (there is no such file)" if self._values is None else "")

    def find(self, name: str) -> str | None:
        """The line of that name."""
        return (self._values or {}).get(name)


class Told:
    """What this process was told already: typed in by its user, for instance."""

    def __init__(self, values: Mapping[str, str], place: str) -> None:
        self._values = dict(values)
        self.place = place

    def find(self, name: str) -> str | None:
        """The value that was told under that name."""
        return self._values.get(name)


class KeyVault:
    """Azure Key Vault by Microsoft's own SDK, signed in to as that finds it: environment, managed identity, `az login`.

    The vault takes letters, digits and dashes only: ANNA_PASSWORD is its secret ANNA-PASSWORD.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._known: dict[str, str | None] = {}

    @property
    def place(self) -> str:
        """The vault, and how names are spelt there."""
        return f"a secret of {self._url} (with - for _)"

    def find(self, name: str) -> str | None:
        """The present version of the secret; asked for once. `ConfigError` when the vault refuses."""
        if name not in self._known:
            self._known[name] = self._ask(name.replace("_", "-"))
        return self._known[name]

    def _ask(self, name: str) -> str | None:
        client = self._client  # says how to install the SDK where it is not there
        from azure.core.exceptions import (
            ClientAuthenticationError,
            HttpResponseError,
            ResourceNotFoundError,
            ServiceRequestError,
        )

        try:
            value: str | None = client.get_secret(name).value
            return value
        except ResourceNotFoundError:
            return None
        except ClientAuthenticationError as error:
            raise ConfigError(
                f"nobody is signed in to read {self._url}: {_first_line(error)}",
                next_step="run `az login` on this machine, give it a managed identity, or set AZURE_TENANT_ID, "
                "AZURE_CLIENT_ID and AZURE_CLIENT_SECRET",
            ) from None
        except HttpResponseError as error:
            raise ConfigError(
                f"{self._url} refuses to give the secret {name}: {_first_line(error)}",
                next_step="give whoever runs this the role Key Vault Secrets User on the vault (Access control (IAM) > "
                "Add role assignment), or the access policy `Get` for secrets",
            ) from None
        except ServiceRequestError as error:
            raise Unreachable(
                f"{self._url} cannot be reached: {_first_line(error)}",
                next_step="check `key_vault` in the environment file (portal: the vault's Overview > Vault URI), and "
                "the vault's Networking page: this machine must be allowed",
            ) from None

    @cached_property
    def _client(self) -> Any:
        try:
            from azure.identity import DefaultAzureCredential
            from azure.keyvault.secrets import SecretClient
        except ImportError:
            raise ConfigError(
                f"passwords are to come from {self._url}, and Azure's SDK is not installed",
                next_step=f"install it: {INSTALL_KEY_VAULT}",
            ) from None
        # Only the vault and the tenant's own sign-in server are asked; no third host about either of them.
        credential = DefaultAzureCredential(
            disable_instance_discovery=True, exclude_interactive_browser_credential=True
        )
        return SecretClient(vault_url=self._url, credential=credential)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]


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
