"""The recorder of one process: everything its people did, by series and interval, until the next report."""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from operator import add
from typing import Any

from loadtests.load.clock import RunClock
from loadtests.load.http import Response
from loadtests.load.outcomes import NotOk, crm_error, masked
from loadtests.load.traffic import Sums
from loadtests.results.delta import Delta
from loadtests.results.histogram import bucket_index
from loadtests.results.ledger import LedgerEntry
from loadtests.results.rows import ARRIVALS_PREFIX, OFFLINE_PREFIX, PAUSED, ErrorRow, SessionRow
from loadtests.results.waves import Example

People = Callable[[], Counter[str]]
"""`channel/role` -> people present now."""

EXAMPLES = 8
"""Transactions of a series that a process describes wave by wave."""
DISTINCT_ERRORS = 500
"""Kinds of errors kept apart in a process; more of them are counted under their series alone."""


class Recorder:
    """Counts into the interval in which an event ended. `take` hands over what no earlier report carried."""

    def __init__(self, worker: str, clock: RunClock, people: People) -> None:
        self.worker = worker
        self._clock = clock
        self._reading = clock.reading
        self._people = people
        self._series_with_people: set[str] = set()
        self._sequence = 0
        self._open: dict[int, Delta] = {}
        self._present: Delta | None = None
        self._present_until = 0.0
        """What the clock reads when another interval begins."""
        self._paused = f"generator/{worker}|{PAUSED}"
        self._examples: Counter[str] = Counter()
        self._known_errors: set[tuple[Any, ...]] = set()

    def exchange(self, channel: str, response: Response) -> str:
        """One HTTP exchange of a channel, time-outs at the time they took; what came of it."""
        # `response.ok` and the look at the clock of `_delta` stand here in place: this is done for every exchange.
        request, status = response.request, response.status
        series = f"request/{channel}/{request.template}"
        well = response.failure is None and status in request.expected
        outcome = "ok" if well else "throttled" if status == 429 else "failed"
        delta = self._present
        if delta is None or self._reading() >= self._present_until:
            delta = self._delta()
        delta.outcomes[series][outcome] += 1
        delta.histograms[series][bucket_index(response.elapsed_us)] += 1
        return outcome

    def transaction(self, series: str, outcome: str, elapsed_us: int, *, timed: bool) -> None:
        """One transaction; `timed` when its time belongs into the percentiles (ok, or a time-out)."""
        delta = self._delta()
        delta.outcomes[series][outcome] += 1
        if timed:
            delta.histograms[series][bucket_index(elapsed_us)] += 1

    def traffic(self, series: str, cost: Sums) -> None:
        """What one ok transaction of `channel/transaction/visit` cost the network."""
        amounts = (1, *cost)
        traffic = self._delta().traffic
        before = traffic.get(series)
        traffic[series] = list(amounts) if before is None else list(map(add, before, amounts))

    @property
    def elapsed(self) -> float:
        """Seconds since the run's start."""
        return self._clock.elapsed

    def wants_example(self, series: str) -> bool:
        """True until this process has enough examples of `channel/transaction/visit`."""
        return self._examples[series] < EXAMPLES

    def example(self, example: Example) -> None:
        """One transaction as the network sees it."""
        self._examples[example.series] += 1
        self._delta().examples.append(example.to_fields())

    def volume(self, role: str, journey: str, what: str) -> None:
        """A journey `planned` (by a slot of its own), `begun` or `done`."""
        self._count(f"volume/{role}/{journey}", what)

    def met_again(self, channel: str, what: str, count: int) -> None:
        """What became of work done without the network: so many `pushed`, `merged`, in `conflicts`, `given_up`."""
        self._count(f"{OFFLINE_PREFIX}{channel}", what, count)

    def arrival(self, name: str, what: str) -> None:
        """An arrival `queued` (nobody was free when it came), `begun` or `done`; `planned` is the head's to say."""
        self._count(f"{ARRIVALS_PREFIX}{name}", what)

    def side_time(self, series: str, seconds: float) -> None:
        """A time that stands beside the transactions' own (`loadtests.results.interval_log.SIDE_PREFIXES`)."""
        self._delta().histograms[series][bucket_index(int(max(seconds, 0.0) * 1e6))] += 1

    def session(self, row: SessionRow) -> None:
        """A session that ended, or was cut off by the run's end."""
        self._delta().sessions.append(asdict(row))

    def error(self, series: str, error: NotOk) -> None:
        """What went wrong in a transaction."""
        code, message = crm_error(error.response) if error.response else ("", "")
        text = masked(error.text if not message or error.explained else f"{error.response.request.template}: {message}")  # type: ignore[union-attr]
        key = (series, error.outcome, error.status, code, text)
        if key not in self._known_errors:
            if len(self._known_errors) < DISTINCT_ERRORS:
                self._known_errors.add(key)
            else:
                text, code = "(more kinds of errors than are kept apart)", ""
        row = ErrorRow(
            1, datetime.now(UTC).isoformat(), series, error.outcome, error.status, code, text, error.service_request_id
        )
        for known in self._delta().errors:
            if (known["series"], known["outcome"], known["status"], known["code"], known["message"]) == (
                series,
                error.outcome,
                error.status,
                code,
                text,
            ):
                known["count"] += 1
                return
        self._delta().errors.append(asdict(row))

    def pause(self, seconds: float) -> None:
        """A pause that somebody begins between two transactions, as long as it was drawn; an interval's add up."""
        counters = self._delta().counters
        counters[self._paused] = counters.get(self._paused, 0.0) + seconds

    def ledger(self, entry: LedgerEntry) -> None:
        """A record about to be written."""
        self._delta().ledger.append(entry.to_fields())

    def counter(self, name: str, value: float) -> None:
        """A reading of this generator in the present interval; the last one stands."""
        self._delta().counters[f"generator/{self.worker}|{name}"] = value

    def take(self, *, final: bool = False) -> list[Delta]:
        """The intervals that have ended (all, when `final`), each to be reported exactly once."""
        present = self._clock.interval
        self._note_people()
        self._present = None
        ready = sorted(interval for interval in self._open if final or interval < present)
        deltas = []
        for interval in ready:
            delta = self._open.pop(interval)
            self._sequence += 1
            delta.sequence = self._sequence
            deltas.append(delta)
        return deltas

    def _note_people(self) -> None:
        """People of the present interval; the last note before its end stands."""
        present = self._people()
        self._series_with_people |= set(present)
        outcomes = self._delta().outcomes
        for series in self._series_with_people:
            outcomes[f"people/{series}"] = {"present": present[series]}

    def _delta(self) -> Delta:
        if self._present is None or self._clock.reading() >= self._present_until:
            interval = self._clock.interval
            self._present = self._open.get(interval)
            self._present_until = self._clock.end_of(interval)
            if self._present is None:
                counts: Callable[[], Any] = partial(defaultdict, partial(defaultdict, int))
                self._present = Delta(self.worker, 0, interval, histograms=counts(), outcomes=counts())
                self._open[interval] = self._present
        return self._present

    def _count(self, series: str, outcome: str, events: int = 1) -> None:
        self._delta().outcomes[series][outcome] += events
