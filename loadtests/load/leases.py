"""Leases over Locust's custom messages: a starting person asks the master's roster, a leaving one gives back.

In one process the same code runs without a message.
"""

import time
from collections.abc import Callable, Collection
from typing import Any, Protocol
from uuid import uuid4

from gevent import Timeout
from gevent.event import AsyncResult

from loadtests.config.resolved import ResolvedPlan
from loadtests.load.lease import Lease
from loadtests.load.roster import Roster

ASK, ANSWER, GIVE_BACK = "crmload_lease_ask", "crmload_lease", "crmload_lease_back"
ANSWER_WITHIN_S = 30.0
GIVEN_UP_AFTER_S = 130.0
"""A worker that the master does not hear may still be at work. Locust ends it 60 s after the last word of its master,
and people get 60 s to finish: until then its accounts are nobody else's."""


class Leases(Protocol):
    """Where a person gets their account."""

    def take(self, channel: str, pool: str = "") -> Lease | None:
        """A lease, or None when every account of the channel (and pool) is in use (or nobody could tell)."""

    def give_back(self, lease: Lease, *, used: bool = True) -> None:
        """The person has gone home; not `used`: they never came."""


class LocalLeases:
    """In one process: the roster itself."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster

    def take(self, channel: str, pool: str = "") -> Lease | None:
        """See `Leases`."""
        return self._roster.take(channel, "local", pool)

    def give_back(self, lease: Lease, *, used: bool = True) -> None:
        """See `Leases`."""
        self._roster.give_back(lease.id, used=used, left=lease.records)


class WorkerLeases:
    """On a worker: asks the master and waits."""

    def __init__(self, plan: ResolvedPlan, send: Callable[[str, dict[str, Any]], None]) -> None:
        self._plan = plan
        self._send = send
        self._asked: dict[str, AsyncResult] = {}

    def take(self, channel: str, pool: str = "") -> Lease | None:
        """See `Leases`; None too when the master does not answer in time."""
        question = uuid4().hex
        answer = self._asked[question] = AsyncResult()
        self._send(ASK, {"question": question, "channel": channel, "pool": pool})
        try:
            wire = answer.get(timeout=ANSWER_WITHIN_S)
        except Timeout:
            return None
        except BaseException:
            # The person was taken away while waiting; the answer may have come in that very moment.
            if answer.ready():
                self._decline(answer.value)
            raise
        finally:
            del self._asked[question]
        return Lease.from_wire(wire, self._plan) if wire else None

    def give_back(self, lease: Lease, *, used: bool = True) -> None:
        """See `Leases`."""
        self._send(GIVE_BACK, {"lease": lease.id, "used": used, "left": lease.records})

    def answered(self, data: dict[str, Any]) -> None:
        """The master's answer has come; one that nobody waits for any more goes back."""
        waiting = self._asked.get(data["question"])
        if waiting is not None:
            waiting.set(data["lease"])
        else:
            self._decline(data["lease"])

    def _decline(self, wire: dict[str, Any] | None) -> None:
        if wire:
            self._send(GIVE_BACK, {"lease": wire["id"], "used": False, "left": wire["records"]})


class MasterDesk:
    """On the master: answers workers from the roster."""

    def __init__(
        self,
        roster: Roster,
        send: Callable[[str, dict[str, Any], str], None],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._roster = roster
        self._send = send
        self._now = now
        self._absent_since: dict[str, float] = {}

    def asked(self, data: dict[str, Any], worker: str) -> None:
        """A worker's person wants an account."""
        lease = self._roster.take(data["channel"], worker, data["pool"])
        self._send(ANSWER, {"question": data["question"], "lease": lease.to_wire() if lease else None}, worker)

    def given_back(self, data: dict[str, Any]) -> None:
        """A worker's person has gone home."""
        self._roster.give_back(data["lease"], used=data["used"], left=data["left"])

    def give_up_absent(self, present: Collection[str]) -> list[str]:
        """Free the accounts of workers that have been away for so long that nobody of theirs can be at work; who.

        To be called every few seconds with the workers that are heard. One that comes back in time keeps its accounts.
        """
        now = self._now()
        absent = self._roster.holders - set(present)
        self._absent_since = {worker: self._absent_since.get(worker, now) for worker in absent}
        given_up = sorted(worker for worker, since in self._absent_since.items() if now - since > GIVEN_UP_AFTER_S)
        for worker in given_up:
            self._roster.free_all_of(worker)
        return given_up
