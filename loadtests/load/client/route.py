"""The way to a server: which authorities vouch for it, which address stands for its name. No proxy is in between."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Route:
    """The same for every place that a person goes to."""

    ca_file: Path | None = None
    """The system's authorities where there is none."""
    connect_to: str = ""
    """`host:port` to reach instead of the name in the URL; the name stays in Host, SNI and cookies."""

    def dialled(self, host: str, port: int) -> tuple[str, int]:
        """Whose address is looked up and connected to."""
        if not self.connect_to:
            return host, port
        other, _, other_port = self.connect_to.rpartition(":")
        return other, int(other_port)
