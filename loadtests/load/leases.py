"""Leases over Locust's custom messages: a starting person asks the master's roster, a leaving one gives back.

In one process the same code runs without a message.
"""

from collections.abc import Callable
from typing import Any, Protocol

from gevent.event import AsyncResult

from loadtests.config.resolved import ResolvedPlan
from loadtests.load.lease import Lease
from loadtests.load.roster import Roster

ASK, ANSWER, GIVE_BACK = "crmload_lease_ask", "crmload_lease", "crmload_lease_back"
ANSWER_WITHIN_S = 30.0


class Leases(Protocol):
    """Where a person gets their account."""

    def take(self, channel: str) -> Lease | None:
        """A lease, or None when every account of the channel is in use."""

    def give_back(self, lease: Lease) -> None:
        """The person has gone home."""


class LocalLeases:
    """In one process: the roster itself."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster

    def take(self, channel: str) -> Lease | None:
        """See `Leases`."""
        return self._roster.take(channel, "local")

    def give_back(self, lease: Lease) -> None:
        """See `Leases`."""
        self._roster.give_back(lease.account.username)


class WorkerLeases:
    """On a worker: asks the master and waits."""

    def __init__(self, plan: ResolvedPlan, send: Callable[[str, dict[str, Any]], None]) -> None:
        self._plan = plan
        self._send = send
        self._number = 0
        self._asked: dict[int, AsyncResult] = {}

    def take(self, channel: str) -> Lease | None:
        """See `Leases`; TimeoutError when the master does not answer."""
        self._number += 1
        number = self._number
        answer = self._asked[number] = AsyncResult()
        self._send(ASK, {"number": number, "channel": channel})
        try:
            wire = answer.get(timeout=ANSWER_WITHIN_S)
        finally:
            del self._asked[number]
        return Lease.from_wire(wire, self._plan) if wire else None

    def give_back(self, lease: Lease) -> None:
        """See `Leases`."""
        self._send(GIVE_BACK, {"username": lease.account.username})

    def answered(self, data: dict[str, Any]) -> None:
        """The master's answer has come."""
        waiting = self._asked.get(data["number"])
        if waiting is not None:
            waiting.set(data["lease"])


class MasterDesk:
    """On the master: answers workers from the roster."""

    def __init__(self, roster: Roster, send: Callable[[str, dict[str, Any], str], None]) -> None:
        self._roster = roster
        self._send = send

    def asked(self, data: dict[str, Any], worker: str) -> None:
        """A worker's person wants an account."""
        lease = self._roster.take(data["channel"], worker)
        self._send(ANSWER, {"number": data["number"], "lease": lease.to_wire() if lease else None}, worker)

    def given_back(self, data: dict[str, Any]) -> None:
        """A worker's person has gone home."""
        self._roster.give_back(data["username"])

    def lost(self, worker: str) -> int:
        """A worker has vanished: its accounts are free again."""
        return self._roster.free_all_of(worker)
