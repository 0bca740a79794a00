"""The way to a server: which authorities vouch for it, which address stands for its name, which proxy is in between."""

from dataclasses import dataclass
from pathlib import Path

from loadtests.config.environment import Entrance, Environment
from loadtests.load.gateway import Gateway


@dataclass(frozen=True, slots=True)
class Route:
    """The same for every place that a person goes to."""

    ca_file: Path | None = None
    """The system's authorities where there is none."""
    connect_to: str = ""
    """`host:port` to reach instead of the name in the URL; the name stays in Host, SNI and cookies. With a proxy it is
    what the proxy is asked for, as curl does."""
    gateway: Gateway | None = None
    """The proxy, for names that it serves."""

    @classmethod
    def of(cls, environment: Environment, entrance: Entrance) -> "Route":
        """The way through an entrance. `ConfigError` when the proxy's password is nowhere."""
        return cls(entrance.ca_file, entrance.connect_to or "", Gateway.of(environment))

    def dialled(self, host: str, port: int) -> tuple[str, int]:
        """Whose address is looked up and connected to, here or by the proxy."""
        if not self.connect_to:
            return host, port
        other, _, other_port = self.connect_to.rpartition(":")
        return other.strip("[]"), int(other_port)

    def gateway_to(self, host: str) -> Gateway | None:
        """The proxy on the way to a name of a URL; None where the way is direct."""
        gateway = self.gateway
        return gateway if gateway is not None and gateway.proxy.serves(host) else None
