"""One transaction: what a person waits for, from their act to the last byte of the last answer's arrival here.

What this process is late in noticing answers on the way is no part of it.
"""

from collections.abc import Callable
from time import perf_counter
from types import TracebackType
from typing import NamedTuple

from loadtests.errors import CrmloadError
from loadtests.load.http import HttpClient
from loadtests.load.outcomes import Failed, NotOk, RunEnding
from loadtests.load.recorder import Recorder
from loadtests.load.session_book import SessionBook
from loadtests.results.interval_log import SERVICE_PREFIX
from loadtests.results.waves import Example

FireRequest = Callable[[str, str, float, int, str | None], None]
"""Locust's `request` event: type, name, milliseconds, bytes, error text."""


class Row(NamedTuple):
    """What a transaction on one kind of visit is called, and its lines (good, fail) in milliseconds."""

    series: str
    plain: str
    """Without the role: what it costs the network does not depend on it."""
    lines: tuple[float, float] | None


Rows = dict[tuple[str, str, str], Row]
"""By channel and role, transaction and visit."""


class Transaction:
    """A context. `NotOk` becomes the outcome and is raised on: the journey can stop. What nobody foresaw is raised as
    `Failed`. A class, because a generator for each takes as long as all the books of it."""

    __slots__ = ("_begun", "_book", "_cost_before", "_fire", "_http", "_late", "_name", "_recorder", "_row")

    def __init__(
        self,
        name: str,
        row: Row,
        *,
        http: HttpClient,
        recorder: Recorder,
        book: SessionBook | None,
        fire: FireRequest,
        late: float | None,
    ) -> None:
        """`late`: how many seconds ago it was due; None where it is due when the person acts."""
        self._name = name
        self._row = row
        self._http = http
        self._recorder = recorder
        self._book = book
        self._fire = fire
        self._late = late

    def __enter__(self) -> None:
        http = self._http
        self._cost_before = http.traffic.total.sums
        http.traffic.waves = [] if self._recorder.wants_example(self._row.plain) else None
        http.lateness.forget()
        self._begun = perf_counter()

    def __exit__(
        self, kind: type[BaseException] | None, caught: BaseException | None, trace: TracebackType | None
    ) -> None:
        http, recorder, row, late = self._http, self._recorder, self._row, self._late
        took = (http.lateness.last_byte or perf_counter()) - http.lateness.before_last - self._begun
        problem, outcome = _told(caught)
        # Work that was due at a moment counts from that moment; when it was sent is told beside it.
        elapsed_us = int((took + (late or 0.0)) * 1e6)
        timed = outcome == "ok" or _timed_out(problem)
        recorder.transaction(row.series, outcome, elapsed_us, timed=timed)
        traffic = http.traffic
        if outcome == "ok":
            recorder.traffic(row.plain, traffic.total.since(self._cost_before))
            if traffic.waves is not None:
                recorder.example(Example(row.plain, int(took * 1e6), traffic.connect_us, tuple(traffic.waves)))
        traffic.waves = None
        if timed and late is not None:
            recorder.side_time(SERVICE_PREFIX + row.series, took)
        if problem is not None:
            recorder.error(row.series, problem)
        if self._book is not None and outcome != "abandoned":
            self._book.note(self._name, outcome, elapsed_us / 1000, row.lines, traffic.total)
        self._fire("transaction", self._name, elapsed_us / 1000, 0, None if outcome == "ok" else outcome)
        if problem is not None and problem is not caught:
            raise problem from caught


def _told(caught: BaseException | None) -> tuple[NotOk | None, str]:
    """What went wrong, and the outcome."""
    if caught is None:
        return None, "ok"
    if isinstance(caught, NotOk):
        return caught, caught.outcome
    if isinstance(caught, Exception) and not isinstance(caught, RunEnding | CrmloadError):
        # An answer that nobody foresaw, such as rubbish where JSON was due: the CRM's failure, told by its kind.
        failed = Failed(f"{type(caught).__name__}: {caught}")
        return failed, failed.outcome
    return None, "abandoned"


def _timed_out(problem: NotOk | None) -> bool:
    failure = problem.response.failure if problem is not None and problem.response is not None else None
    return failure is not None and failure.kind == "timeout"
