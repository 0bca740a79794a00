"""What one process recorded since its last report: the unit that travels from worker to master and is appended once."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(slots=True)
class Delta:
    """New counts of one worker for one interval. Appending it twice changes nothing: (worker, sequence) is its key."""

    worker: str
    sequence: int
    interval: int
    histograms: dict[str, dict[int, int]] = field(default_factory=dict)
    """Series -> bucket -> count (`loadtests.results.histogram`)."""
    outcomes: dict[str, dict[str, int]] = field(default_factory=dict)
    """Series -> outcome -> count."""
    sessions: list[dict[str, Any]] = field(default_factory=list)
    """Ended sessions, as `SessionRow` fields."""
    errors: list[dict[str, Any]] = field(default_factory=list)
    """New or repeated errors, as `ErrorRow` fields; `count` is what is new."""
    counters: dict[str, float] = field(default_factory=dict)
    """`source|counter` -> reading."""
    ledger: list[dict[str, Any]] = field(default_factory=list)
    """Records about to be written, as `LedgerEntry` fields."""
    traffic: dict[str, list[int]] = field(default_factory=dict)
    """`channel/transaction/visit` -> sums in the order of `TRAFFIC_SUMS`."""
    examples: list[dict[str, Any]] = field(default_factory=list)
    """Transactions as the network sees them, as `loadtests.results.waves.Example` fields."""

    @property
    def empty(self) -> bool:
        """True when there is nothing to append."""
        # Traffic and examples are told with their transactions' outcomes.
        return not (self.histograms or self.outcomes or self.sessions or self.errors or self.counters or self.ledger)

    def to_wire(self) -> dict[str, Any]:
        """Plain data that msgpack and JSON can carry."""
        wire = asdict(self)
        # JSON has text keys only; bucket lists stay small and both carriers take them.
        wire["histograms"] = {tag: [[i, n] for i, n in counts.items()] for tag, counts in self.histograms.items()}
        return wire

    @classmethod
    def from_wire(cls, wire: dict[str, Any]) -> "Delta":
        """The delta that `to_wire` made; KeyError or TypeError when it is something else."""
        plain = dict(wire)
        plain["histograms"] = {tag: {int(i): int(n) for i, n in pairs} for tag, pairs in wire["histograms"].items()}
        return cls(**plain)
