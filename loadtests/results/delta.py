"""What one process recorded since its last report: the unit that travels from worker to master and is appended once."""

from dataclasses import dataclass, field, fields
from typing import Any

from loadtests.results.names import Names, outcome_name
from loadtests.results.packed import pack, wide

PACKED = ("histograms", "outcomes", "traffic")
"""What travels as packed counts."""


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

    def to_wire(self, names: Names) -> dict[str, Any]:
        """Plain data that msgpack can carry; the counts stand under the numbers of the worker's own names."""
        wire = {field.name: getattr(self, field.name) for field in fields(self) if field.name not in PACKED}
        wire["histograms"] = pack(
            # In order, which is quicker brought about series by series.
            (number, bucket, counts[bucket])
            for number, counts in sorted((names.number(series), counts) for series, counts in self.histograms.items())
            for bucket in sorted(counts)
        )
        wire["outcomes"] = pack(
            (names.number(outcome_name(series, outcome)), 0, count)
            for series, counts in self.outcomes.items()
            for outcome, count in counts.items()
        )
        wire["traffic"] = pack(row for series, sums in self.traffic.items() for row in wide(names.number(series), sums))
        return wire
