"""Locust's own statistics of a process's people, handed over once a second.

One by one they cost half as much as the exchanges themselves: every one is logged twice, for its row and for the total.
"""

import time
from collections import Counter
from typing import Any

import gevent
from locust.env import Environment
from locust.stats import StatsEntry, bucket_response_time

from loadtests.load.in_turns import in_turns

EVERY_S = 1.0


class _Second:
    """What came of one name since the last time: milliseconds of each, and bytes of all."""

    __slots__ = ("bytes", "times")

    def __init__(self) -> None:
        self.times: list[float] = []
        self.bytes = 0


class LocustCounts:
    """Of one process. Whoever else listens to Locust's `request` event hears of each request, as ever."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._event = environment.events.request
        self._heard: list[tuple[str, str, float, int]] = []
        """Name, kind, milliseconds and bytes of each, in the order they came: sorting them one by one, between all else
        that people do, takes several times as long."""
        self._seconds: dict[tuple[str, str], _Second] = {}
        """By name and kind, what waits to be handed over."""
        self._problems: list[tuple[str, str, str]] = []

    def count(self, kind: str, name: str, elapsed_ms: float, length: int, problem: str | None) -> None:
        """One request (`kind` is its method) or transaction; `problem` when it was not ok."""
        # Locust itself listens with one; an event hook does not tell how many there are in any other way.
        if len(self._event._handlers) > 1:
            self._fire(kind, name, elapsed_ms, length, problem)
            return
        self._heard.append((name, kind, elapsed_ms, length))
        if problem is not None:
            self._problems.append((kind, name, problem))

    def hand_over(self) -> None:
        """Add what was counted to Locust's statistics, as a master adds a worker's report: all of it, and at once.

        Nobody else runs meanwhile: at a run's end Locust may write its statistics as soon as somebody can.
        """
        self._sort()
        for row in list(self._seconds):
            self._hand_over(row)
        self._hand_over_problems()

    def hand_over_in_turns(self) -> None:
        """The same while people act in between; `hand_over` may come meanwhile and leaves nothing for it to do."""
        self._sort()
        for row in in_turns(list(self._seconds)):
            self._hand_over(row)
        self._hand_over_problems()

    @classmethod
    def begin(cls, environment: Environment) -> None:
        """From here on users find it as `environment.crmload_counts`."""
        environment.crmload_counts = counts = cls(environment)
        gevent.spawn(counts._hand_over_now_and_then)

    def _hand_over_now_and_then(self) -> None:
        while True:
            gevent.sleep(EVERY_S)
            self.hand_over_in_turns()

    def _sort(self) -> None:
        heard, self._heard = self._heard, []
        for name, kind, elapsed_ms, length in heard:
            second = self._seconds.get((name, kind))
            if second is None:
                second = self._seconds[name, kind] = _Second()
            second.times.append(elapsed_ms)
            second.bytes += length

    def _hand_over(self, row: tuple[str, str]) -> None:
        second = self._seconds.pop(row, None)
        if second is not None:
            name, kind = row
            entry = self._entry(name, kind, second.times, second.bytes)
            self._environment.stats.total.extend(entry)
            self._environment.stats.entries[row].extend(entry)

    def _hand_over_problems(self) -> None:
        problems, self._problems = self._problems, []
        for kind, name, problem in problems:
            self._environment.stats.log_error(kind, name, problem)

    def _entry(self, name: str, kind: str, times: list[float], length: int) -> StatsEntry:
        entry: Any = StatsEntry(self._environment.stats, name, kind)
        now = time.time()
        entry.num_requests = len(times)
        entry.total_response_time = sum(times)
        entry.min_response_time, entry.max_response_time = min(times), max(times)
        entry.response_times = Counter(map(bucket_response_time, times))
        entry.num_reqs_per_sec = {int(now): len(times)}
        entry.last_request_timestamp = now
        entry.total_content_length = length
        return entry

    def _fire(self, kind: str, name: str, elapsed_ms: float, length: int, problem: str | None) -> None:
        self._event.fire(
            request_type=kind,
            name=name,
            response_time=elapsed_ms,
            response_length=length,
            exception=problem,
            context={},
            start_time=time.time() - elapsed_ms / 1000,
        )
