"""The environment's proxy as one process knows it: with its password, and whether it has refused it."""

from base64 import b64encode
from functools import lru_cache
from pathlib import Path

from loadtests.config.environment import Environment
from loadtests.config.proxy import Proxy
from loadtests.config.secrets import Secrets, sources_of
from loadtests.load.refusals.refusal import Refusal


class NoWay(Exception):
    """The proxy cannot be reached, or opens no tunnel. Nothing has reached the CRM."""

    def __init__(self, refusal: Refusal, proxy: Proxy) -> None:
        super().__init__(f"{refusal.text} -> {refusal.next_step}")
        self.refusal = refusal
        self.proxy = proxy


class Gateway:
    """Its text form shows no password."""

    def __init__(self, proxy: Proxy, password: str = "") -> None:
        self.proxy = proxy
        self.authorization = f"Basic {b64encode(f'{proxy.user}:{password}'.encode()).decode()}" if proxy.user else ""
        """The value of `Proxy-Authorization`; empty where nobody signs in."""
        self.refused: NoWay | None = None
        """Once the proxy has refused the password it is not sent again: it is often that of the domain, and three wrong
        ones lock an account."""

    @staticmethod
    def of(environment: Environment) -> "Gateway | None":
        """The same for everybody of a process. `ConfigError` when there is no password where one is wanted."""
        proxy = environment.proxy
        return _shared(proxy, environment.secrets_file, environment.key_vault) if proxy is not None else None


@lru_cache(maxsize=16)
def _shared(proxy: Proxy, secrets_file: Path | None, key_vault: str) -> Gateway:
    if not proxy.secret:
        return Gateway(proxy)
    secrets = Secrets(sources_of(secrets_file, key_vault))
    return Gateway(proxy, secrets.value(proxy.secret, f"{proxy.user} at the proxy {proxy.name}"))
