"""The rows of `outcomes.csv`, `sessions.csv`, `traffic.csv`, `errors.jsonl` and `counters.csv`."""

from dataclasses import dataclass

OUTCOMES = ("ok", "failed", "denied", "leaked", "throttled", "abandoned")
"""What became of a transaction (DESIGN 2)."""
OFFLINE_PREFIX = "offline/"
ARRIVALS_PREFIX = "arrivals/"
PAUSED = "paused_s"
"""The counter of a generator process that tells how long its people were not waiting: the seconds of all pauses that
began in the interval, as drawn (think time, time between sessions). Runs of before November 2026 have none."""
JOBS_WAITING = "jobs_waiting"
"""The counter of a server that tells how many asynchronous jobs waited for it, at the moment of the reading."""
_BESIDE = ("request", "people", "volume", "arrivals", "offline", "probe")


def is_transaction(series: str) -> bool:
    """Whether a series of outcomes.csv counts what people waited for."""
    return series.partition("/")[0] not in _BESIDE


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """`count` events of a series with one outcome in one interval.

    Series are transactions (`web/salesperson/open_record/first`), requests (`request/web/GET contacts`), people present
    at the interval's end (`people/web/salesperson`, outcome `present`), volume (`volume/salesperson/open_a_deal`,
    outcomes `begun` and `done`; `planned` where people have slots of their own) and open work (`arrivals/rush`,
    outcomes `planned`, `queued`, `begun` and `done`), and work done without the network (`offline/mobile`, outcomes
    `pushed`, `merged`, `conflicts` and `given_up`).
    """

    interval: int
    series: str
    outcome: str
    count: int


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One session of one person. `over_good` and `over_fail` count transactions above the protocol lines."""

    person: str
    channel: str
    role: str
    first: bool
    ended: bool
    transactions: int
    over_good: int
    over_fail: int
    failed: int
    worst_transaction: str
    worst_ms: float
    broken: bool
    steps_to_first_screen: int
    """Requests from nothing to the first useful screen; 0, as all below to it, when it was not reached."""
    redirects: int = 0
    prompts: int = 0
    """How often the person was asked who they are."""
    round_trips: int = 0
    kilobytes: float = 0.0
    """Sent and received on the wire."""
    first_screen_ms: float = 0.0
    """What the person waited for all of it; think time is not in it."""
    broke_on: str = ""
    """The transaction that first broke the impression; empty when none did, as the two below to it."""
    broke_outcome: str = ""
    """Its outcome: `ok` where it was too slow and nothing else."""
    broke_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class TrafficRow:
    """What the ok transactions of one series and interval cost the network, in sums (`loadtests.load.traffic`)."""

    interval: int
    series: str
    """`channel/transaction/visit`."""
    transactions: int
    requests: int
    round_trips: int
    connections: int
    bytes_sent: int
    bytes_received: int


TRAFFIC_SUMS = ("transactions", "requests", "round_trips", "connections", "bytes_sent", "bytes_received")


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """A distinct error, all of its occurrences added up. Personal values in `message` are masked."""

    count: int
    first_utc: str
    series: str
    outcome: str
    status: int
    code: str
    """The CRM's error code, such as 0x80040220; empty when the answer was not the CRM's."""
    message: str
    service_request_id: str
    """`x-ms-service-request-id` of the first occurrence: what the server's trace is searched for."""


@dataclass(frozen=True, slots=True)
class CounterRow:
    """One reading of a counter: `source` is `generator/<worker>` or `server/<station>`."""

    interval: int
    source: str
    counter: str
    value: float
