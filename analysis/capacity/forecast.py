"""What the capacity model answers. Every figure of people is of the run's own mix, think time and channels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from analysis.capacity.measured import Measured, Station

Cause = Literal["servers", "network", "client", "lock", "throttling", "one_transaction", "fast_enough", "unknown"]
"""What people wait for. Only `servers` is a case for buying."""


@dataclass(frozen=True)
class Change:
    """What is done to stations, as factors: 2.0 cores is twice as many, 1.5 faster is two thirds of the time."""

    more_cores: Mapping[str, float] = field(default_factory=dict)
    faster: Mapping[str, float] = field(default_factory=dict)


TODAY = Change()


@dataclass(frozen=True)
class Crossing:
    """The number of people at which a transaction's p95 passes its limit, with its 90 % interval.

    `people` is None when it lies beyond what can be said: then at least `low` fit, and `high` is None.
    """

    transaction: str
    people: float | None
    low: float
    high: float | None
    station: str | None = None
    """Set where no transaction is the limit but work that nobody waits for: its backlog at this station grows then."""


class NoForecast(ValueError):
    """What was asked cannot be answered from this run: an upgrade without counters. The message says what is needed."""


@dataclass(frozen=True)
class Level:
    """The forecast for one number of people."""

    people: int
    throughput: float
    p95_s: Mapping[str, float]
    p95_low_s: Mapping[str, float]
    p95_high_s: Mapping[str, float]
    busy: Mapping[str, float]


@dataclass(frozen=True)
class Share:
    """Where the mean time of one transaction goes, in seconds."""

    transaction: str
    work_s: Mapping[str, float]
    wait_s: Mapping[str, float]
    elsewhere_s: float
    """Network, client and whatever holds no server that was counted."""


@dataclass(frozen=True)
class HeldOut:
    """How far the model, fitted without the last step, was off on it. Positive: it promised too slow."""

    step: str
    people: float
    p95_error: Mapping[str, float]
    throughput_error: float


@dataclass(frozen=True)
class Refusal:
    """Why no advice can be given, and what to do to get some."""

    kind: str
    text: str
    next_step: str


@dataclass(frozen=True)
class Warning:
    """What makes the advice weaker than it looks."""

    kind: str
    text: str


class CapacityModel(Protocol):
    """A model fitted to one stepped run. All methods are pure; equal input gives equal output.

    Without counters every method that takes a `Change` raises NoForecast for any but `TODAY`, and `limits` is empty.
    """

    @property
    def measured(self) -> Measured: ...

    @property
    def cause(self) -> Cause:
        """What people wait for as load grows."""
        ...

    @property
    def cause_text(self) -> str:
        """The evidence for `cause` in one or two plain sentences."""
        ...

    @property
    def warnings(self) -> Sequence[Warning]: ...

    @property
    def held_out(self) -> HeldOut | None: ...

    @property
    def demands_s(self) -> Mapping[str, float]:
        """Station -> core-seconds that the mean transaction takes there. Empty without counters."""
        ...

    def carries(self, change: Change = TODAY) -> Crossing:
        """The judged transaction that passes its limit first, or asynchronous work whose backlog grows earlier."""
        ...

    def crossings(self, change: Change = TODAY) -> Sequence[Crossing]:
        """Every judged transaction."""
        ...

    def limits(self, change: Change = TODAY) -> Sequence[tuple[Station, float]]:
        """Stations with the people at which each would be full, the limit first."""
        ...

    def levels(self, people: Sequence[int], change: Change = TODAY) -> Sequence[Level]:
        """The forecast for several numbers of people."""
        ...

    def shares(self, people: int, change: Change = TODAY) -> Sequence[Share]:
        """Where the time goes for that many people."""
        ...

    def confidence(self, people: float, change: Change = TODAY) -> float:
        """Chance, 0..1, that so many people keep every judged transaction within its limit."""
        ...
