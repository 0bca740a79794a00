"""The words that master and workers exchange beside Locust's own."""

from collections.abc import Callable
from typing import Any

from locust.env import Environment

HELLO = "crmload_hello"
"""Worker to master: it can hear our words now; is there a plan?"""
PLAN = "crmload_plan"
"""Master to worker: the resolved plan and the run's name. Never a secret."""
CLOCK = "crmload_clock"
"""Worker to master and back: what time is it in the run?"""
JOINED = "crmload_joined"
"""Worker to master: ready, with the offset of its clock, its machine and its own ledger."""
REFUSED = "crmload_refused"
"""Worker to master: it takes no part, and why."""
GOT = "crmload_got"
"""Master to worker: it has these deltas, and so many of the worker's names."""
CALLS = "crmload_calls"
"""Master to worker: open work that is due soon."""
BACKLOG = "crmload_backlog"
"""Worker to master: more open work waits than can be caught up with."""
LEAVE = "crmload_leave"
"""Master to worker: send your people home and report what is left to report."""
LEFT = "crmload_left"
"""Worker to master: all have gone, everything is reported."""
FATAL = "crmload_fatal"
"""Worker to master: something that must not go on."""

REPORT_KEY = "crmload"
"""Our part of Locust's own worker report."""
GOING_HOME_S = 60.0
"""People finish the transaction they are in; a request's own time-out is the longest of it."""

Handler = Callable[[dict[str, Any], str], None]
"""Gets a message's data and who sent it."""


def listener(handler: Handler) -> Callable[..., None]:
    """A Locust message listener for a handler."""

    def listen(environment: Environment, msg: Any, **_: Any) -> None:
        handler(msg.data or {}, msg.node_id)

    return listen
