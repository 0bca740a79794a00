"""The proxy between the machine that tests and the CRM, as an environment file names it."""

from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from loadtests.config.base import Strict

_PORT = 8080


class Proxy(Strict):
    """`proxy: http://proxy.contoso.com:8080`, or lines of their own below `proxy:`. What the shell says (HTTPS_PROXY,
    NO_PROXY) is never read: a run is to be the same from every window."""

    url: str
    """`http://host:port`; 8080 where no port is written."""
    user: str = ""
    """Who signs in to the proxy (Basic); empty where it asks nobody."""
    secret: str = Field(default="", pattern=r"^([A-Za-z_][A-Za-z0-9_]*)?$")
    """The name of the variable that holds the user's password."""
    no_proxy: tuple[str, ...] = ()
    """What is reached directly: a host name and all below it, an IP address, or a network such as 10.0.0.0/8."""

    @model_validator(mode="before")
    @classmethod
    def _url_alone(cls, given: Any) -> Any:
        return {"url": given} if isinstance(given, str) else given

    # Of the whole and not of the field, so that no message repeats a URL with a password in it.
    @model_validator(mode="after")
    def _one_that_is_spoken_here(self) -> "Proxy":
        try:
            parts = urlsplit(self.url)
            well = parts.scheme == "http" and bool(parts.hostname) and (parts.port is None or parts.port > 0)
        except ValueError:
            well = False
        if not well or parts.path not in ("", "/") or parts.query:
            raise ValueError(
                "the proxy's `url` must be http://host:port; proxies that are themselves reached by https:// or "
                "socks:// and scripts that choose one (.pac) are not supported: ask for its plain port"
            )
        if parts.username is not None or parts.password is not None:
            raise ValueError(
                "a name or password in the proxy's `url` would end in files and on screens: write `user: NAME` and "
                "`secret: VARIABLE` beside it, and the password into that variable"
            )
        if bool(self.user) != bool(self.secret):
            raise ValueError("`user` and `secret` go together: the proxy's user, and the variable with their password")
        if ":" in self.user:
            raise ValueError("the proxy's `user` must have no colon: Basic sign-in ends the name there (RFC 7617, 2)")
        for entry in self.no_proxy:
            if not entry.strip(" .*") or "://" in entry or ("/" in entry and _network(entry) is None):
                raise ValueError(
                    f"`no_proxy` entries are host names (contoso.com: it and all below it), addresses or networks such "
                    f"as 10.0.0.0/8, and not {entry!r}"
                )
        return self

    @property
    def address(self) -> tuple[str, int]:
        """Whom to connect to."""
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or _PORT

    @property
    def name(self) -> str:
        """`http://host:port`, for messages."""
        host, port = self.address
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    def serves(self, host: str) -> bool:
        """False for those that `no_proxy` names, by the name in the URL."""
        return not any(_fits(entry.strip().lower(), host.lower()) for entry in self.no_proxy)


def _fits(entry: str, host: str) -> bool:
    network = _network(entry)
    if network is not None:
        try:
            return ip_address(host) in network
        except ValueError:
            return False
    name = entry.lstrip("*").lstrip(".")
    return host == name or host.endswith(f".{name}")


def _network(entry: str) -> Any:
    """An address is a network of one; None for names."""
    try:
        return ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        return None
