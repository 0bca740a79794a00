"""What a stepped run measured, as the capacity model reads it: people, throughput, times, and how busy servers were."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from loadtests.config.environment import ServerRole
from loadtests.results.histogram import Histogram


@dataclass(frozen=True)
class Station:
    """Servers of one role that share the work: what an upgrade is bought for."""

    name: str
    role: ServerRole
    cores: int
    """Cores of all its machines together."""
    machines: tuple[str, ...] = ()
    """The servers of the environment file that it is made of; empty means the one of its name."""


@dataclass(frozen=True)
class Times:
    """How long one transaction took in one step; `ok` transactions alone."""

    count: int
    mean_s: float
    p95_s: float
    histogram: Histogram
    """Microseconds."""


@dataclass(frozen=True)
class Step:
    """One held level of load, after it settled. All figures are of the same window."""

    name: str
    people: float
    """Mean number of people at work."""
    seconds: float
    """Length of the window."""
    throughput: float
    """Transactions that ended in a second, whatever their outcome."""
    mean_s: float
    """Mean time of a transaction."""
    think_s: float
    """Mean time that a person was not waiting between two transactions, as drawn (not as it turned out)."""
    times: Mapping[str, Times]
    """By `channel/transaction`."""
    busy: Mapping[str, float] = field(default_factory=dict)
    """Station -> share of its cores that was busy, 0..1. Empty where nobody counted."""
    failed_share: float = 0.0
    throttled_share: float = 0.0
    backlog: tuple[float, float] | None = None
    """Asynchronous jobs that waited at the window's begin and end, where somebody counted them."""
    generator_cpu: float = 0.0
    """Of one core: the busiest load generator process, mean of the window."""
    flaws: tuple[str, ...] = ()
    """Why this step cannot be used, in plain words; empty for a good one."""

    @property
    def usable(self) -> bool:
        """True when nothing speaks against it."""
        return not self.flaws


@dataclass(frozen=True)
class Spent:
    """Where a transaction's time passed as the client saw it, whatever the servers say; shares of it, 0..1."""

    answer: float
    """Between the last byte of a request and the first of its answer."""
    line: float
    """Round trips of the generator's own line."""
    client: float
    """The rest: answers were taken in, or the client did not ask although it could have."""
    requests: float
    """Of one transaction."""
    waves: float
    """How often the client sends, and waits for all of it before it sends again."""
    kilobytes: float


@dataclass(frozen=True)
class Measured:
    """A stepped run. Steps rise in people; the first is the reference at low load."""

    steps: tuple[Step, ...]
    stations: tuple[Station, ...]
    """In the order of the environment file. Empty: no counters, or servers not described."""
    limits_s: Mapping[str, float]
    """`channel/transaction` -> the p95 that people no longer accept (protocol budget), for the judged ones."""
    cloud: bool = False
    """Nobody buys servers in this flavour."""
    flaws: tuple[str, ...] = ()
    """What speaks against the run as a whole (unlike front ends, clocks apart, ...)."""
    spent: Mapping[str, Spent] = field(default_factory=dict)
    """By `channel/transaction`, where examples of it were recorded."""
