"""Examples of transactions as the network sees them: `waves.jsonl`.

A few of each series are enough, since a client sends much the same each time. From them the analysis tells how the
transaction would feel at the end of another line.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer; bytes are HTTP's own, heads and (compressed) bodies."""

    opened: bool
    """Over a connection that was opened for it."""
    legs: int
    """401 legs before it, on the same connection."""
    sent: int
    received: int
    server_us: int
    """What passed between the request's last byte and the answer's first, and in handshakes, where it was measured."""


@dataclass(frozen=True, slots=True)
class HostWave:
    """What a client sent to one host at once."""

    kept: int
    """Connections that were open already."""
    exchanges: tuple[Exchange, ...]


Wave = tuple[HostWave, ...]
"""What a client sent at once, by host."""


@dataclass(frozen=True, slots=True)
class Example:
    """One transaction that ended well: its waves, one after the other."""

    series: str
    """`channel/transaction/visit`."""
    elapsed_us: int
    connect_us: int
    """The quickest opening of a TCP connection in it: about one round trip; 0 when none was opened."""
    waves: tuple[Wave, ...]

    def to_fields(self) -> dict[str, Any]:
        """Plain data for the wire and the file."""
        return {
            "series": self.series,
            "elapsed_us": self.elapsed_us,
            "connect_us": self.connect_us,
            "waves": [
                [
                    [host.kept, [[int(e.opened), e.legs, e.sent, e.received, e.server_us] for e in host.exchanges]]
                    for host in wave
                ]
                for wave in self.waves
            ],
        }

    @classmethod
    def from_fields(cls, fields: dict[str, Any]) -> "Example":
        """The example that `to_fields` made; ValueError, KeyError or TypeError when it is something else."""
        waves = tuple(
            tuple(
                HostWave(
                    _count(kept),
                    tuple(
                        Exchange(bool(opened), _count(legs), _count(sent), _count(received), _count(server_us))
                        for opened, legs, sent, received, server_us in exchanges
                    ),
                )
                for kept, exchanges in wave
            )
            for wave in fields["waves"]
        )
        return cls(str(fields["series"]), _count(fields["elapsed_us"]), _count(fields["connect_us"]), waves)


def _count(value: Any) -> int:
    if not 0 <= int(value) <= 10**9:
        raise ValueError(f"{value} cannot be")
    return int(value)
