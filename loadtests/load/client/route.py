"""The way to a server: which authorities vouch for it, which address stands for its name, which proxy is in between."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Route:
    """Shared by everybody who comes through an entrance."""

    ca_file: Path | None = None
    """The system's authorities where there is none."""
    connect_to: str = ""
    """`host:port` to reach instead of the name in the URL; the name stays in Host, SNI and cookies."""
    proxy: str = ""
    """`host:port` of an HTTP proxy that is asked to put through (CONNECT)."""

    def dialled(self, host: str, port: int) -> tuple[str, int]:
        """Whose address is looked up and connected to."""
        return _apart(self.proxy) if self.proxy else self.beyond_proxy(host, port)

    def beyond_proxy(self, host: str, port: int) -> tuple[str, int]:
        """Whom a proxy puts through to."""
        return _apart(self.connect_to) if self.connect_to else (host, port)


def _apart(place: str) -> tuple[str, int]:
    host, _, port = place.rpartition(":")
    return host.strip("[]"), int(port)
