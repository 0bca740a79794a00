"""Service protection limits of the cloud (wire facts 2): per user and web server, over a sliding window.

Requests and execution time are judged once the window's budget is used up, concurrency at once. What was refused does
not count; whoever keeps pressing while refused is told to wait longer each time.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

#: A pressed client waits at most this much longer than the window needs, in seconds.
_LONGEST_PENALTY = 60


class Limits(BaseModel):
    """The settings. ``execution_seconds`` is the combined time of all requests; ``servers`` share nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = True
    requests: Annotated[int, Field(ge=1)] = 6000
    execution_seconds: Annotated[float, Field(gt=0)] = 1200.0
    concurrent: Annotated[int, Field(ge=1)] = 52
    window_seconds: Annotated[float, Field(gt=0)] = 300.0
    servers: Annotated[int, Field(ge=1, le=64)] = 1
    dop_hint: Annotated[int, Field(ge=1)] = 5


@dataclass(frozen=True, slots=True)
class Excess:
    """A limit that is exceeded: what the 429 says, and after how many seconds to come back."""

    code: str
    message: str
    retry_after: int


@dataclass(slots=True)
class _Budget:
    """What one user did on one server: (when it ended, how long it took) of each request in the window."""

    done: deque[tuple[float, float]] = field(default_factory=deque)
    seconds: float = 0.0
    running: int = 0
    refused: int = 0


class Protection:
    """Counts and judges. For the one thread that runs the event loop."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits
        self._clock = clock
        self._budgets: dict[tuple[str, int], _Budget] = {}

    def set(self, limits: Limits) -> None:
        """Take other settings and forget what was counted."""
        self.limits = limits
        self._budgets.clear()

    def admit(self, username: str, server: int) -> Excess | None:
        """Let a request begin (``leave`` must follow), or say which limit it exceeds."""
        if not self.limits.enabled:
            return None
        budget = self._budget(username, server)
        excess = self._excess(budget)
        if excess is None:
            budget.running += 1
            budget.refused = 0
        else:
            budget.refused += 1
        return excess

    def leave(self, username: str, server: int, seconds: float) -> None:
        """A request that was let in has ended after ``seconds``."""
        if self.limits.enabled:
            budget = self._budget(username, server)
            # The settings may have been changed meanwhile, which forgot that it is running.
            budget.running = max(0, budget.running - 1)
            budget.done.append((self._clock(), seconds))
            budget.seconds += seconds

    def remaining(self, username: str, server: int) -> tuple[int, float]:
        """Requests and milliseconds of execution that are left in the window."""
        budget = self._budget(username, server)
        requests = self.limits.requests - len(budget.done) - budget.running
        return max(0, requests), max(0.0, self.limits.execution_seconds - budget.seconds) * 1000

    def _budget(self, username: str, server: int) -> _Budget:
        budget = self._budgets.setdefault((username, server), _Budget())
        oldest = self._clock() - self.limits.window_seconds
        while budget.done and budget.done[0][0] <= oldest:
            budget.seconds -= budget.done.popleft()[1]
        return budget

    def _excess(self, budget: _Budget) -> Excess | None:
        limits, window = self.limits, f"{self.limits.window_seconds:g}"
        penalty = min(budget.refused, _LONGEST_PENALTY)
        if budget.running >= limits.concurrent:
            text = f"Number of concurrent requests exceeded the limit of {limits.concurrent}."
            return Excess("0x80072326", text, 1 + penalty)
        if len(budget.done) + budget.running >= limits.requests:
            text = f"Number of requests exceeded the limit of {limits.requests} over time window of {window} seconds."
            free_at = budget.done[0][0] if budget.done else self._clock()
            return Excess("0x80072322", text, self._wait(free_at) + penalty)
        if budget.seconds >= limits.execution_seconds:
            text = (
                "Combined execution time of incoming requests exceeded limit of "
                f"{limits.execution_seconds * 1000:,.0f} milliseconds over time window of {window} seconds. "
                "Decrease number of concurrent requests or reduce the duration of requests and try again later."
            )
            return Excess("0x80072321", text, self._wait(self._below_time_limit(budget)) + penalty)
        return None

    def _below_time_limit(self, budget: _Budget) -> float:
        """When the request ended whose leaving the window brings the combined time below the limit."""
        left = budget.seconds
        for ended, seconds in budget.done:
            left -= seconds
            if left < self.limits.execution_seconds:
                return ended
        return self._clock()

    def _wait(self, free_at: float) -> int:
        """Whole seconds until what ended at ``free_at`` has left the window."""
        return max(1, math.ceil(free_at + self.limits.window_seconds - self._clock()))
