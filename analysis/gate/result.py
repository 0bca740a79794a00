"""What the gate says: a verdict with reasons, and a row for every transaction it compared."""

from dataclasses import dataclass, field
from math import exp
from typing import Literal

from analysis.reasons.reason import Effect, Reason

RowVerdict = Literal["slower", "with all", "within", "unsure", "few samples"]
"""`slower`: surely, beside all others; `with all`: by the common shift, and not surely within the tolerance;
`within`: surely not slower than the tolerance; `unsure`: none of them."""


@dataclass(frozen=True, slots=True)
class Change:
    """A ratio candidate / baseline with its interval: 1.08 is 8 % slower. Logarithms never leave the arithmetic."""

    ratio: float
    low: float
    high: float
    """Each bound one-sided at 95 %."""
    detectable: float
    """The smallest true ratio that this comparison finds in 80 % of all cases, with its share of the false alarms."""

    @classmethod
    def of(cls, difference: float, low: float, high: float, detectable: float) -> "Change":
        """From logarithms."""
        return cls(exp(difference), exp(low), exp(high), exp(detectable))


@dataclass(frozen=True, slots=True)
class GateRow:
    """One transaction. `p50` and `p95` as people feel them, `own` what it did beside what all have in common."""

    name: str
    """`channel/transaction`."""
    samples: int
    """Of the candidate, while its load was steady."""
    verdict: RowVerdict
    moved: bool = False
    """True when it moved beside all others."""
    p95_ms: float | None = None
    """The candidate's own, the mean of its runs."""
    p50: Change | None = None
    p95: Change | None = None
    own_p50: Change | None = None
    own_p95: Change | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """What all transactions did together."""

    p50: Change
    p95: Change
    found: bool


@dataclass(frozen=True, slots=True)
class Absolute:
    """What a candidate run is worth by itself, against the first-impression thresholds."""

    run: str
    verdict: Effect
    sentence: str


@dataclass(frozen=True, slots=True)
class Gate:
    """The whole answer."""

    verdict: Effect
    sentence: str
    reasons: list[Reason]
    design: str
    """How it was compared, in words: "10 stored sessions of 3 runs against one session of 3 runs"."""
    tolerance: float
    """0.10: a transaction may become 10 % slower."""
    rows: list[GateRow] = field(default_factory=list)
    shift: Shift | None = None
    absolute: list[Absolute] = field(default_factory=list)
    settle: str = ""
    """What would settle what is unsure."""
    notes: list[str] = field(default_factory=list)
    """What else a reader should know: an ageing baseline, runs left out."""
    baseline_runs: list[str] = field(default_factory=list)
    candidate_runs: list[str] = field(default_factory=list)

    @property
    def detectable(self) -> float | None:
        """The smallest change of a median that this comparison sees, of the transaction that scatters most."""
        seen = [row.own_p50.detectable for row in self.rows if row.own_p50]
        return max(seen) if seen else None
