"""Leases over Locust's custom messages: a starting person asks the master's roster, a leaving one gives back.

In one process the same code runs without a message. Between machines words may be lost or come late, so each can be
said twice: a lease has the id of the question that asked for it, and what was given back is said again until the master
has answered.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import uuid4

from gevent import Timeout
from gevent.event import AsyncResult

from loadtests.config.resolved import ResolvedPlan
from loadtests.load.hold import GIVEN_UP_AFTER_S, HOLD_S, Hold
from loadtests.load.lease import Lease
from loadtests.load.pools import Records
from loadtests.load.roster import Roster

ASK, ANSWER, GIVE_BACK = "crmload_lease_ask", "crmload_lease", "crmload_lease_back"
MAY_KEEP, KEPT = "crmload_may_keep", "crmload_keep"
"""Worker to master, once a second: may I keep my accounts? And back."""
ANSWER_WITHIN_S = HOLD_S


class Leases(Protocol):
    """Where a person gets their account."""

    @property
    def good(self) -> bool:
        """True while people may use the accounts that they have."""

    def take(self, channel: str, pool: str = "") -> Lease | None:
        """A lease, or None when every account of the channel (and pool) is in use (or nobody could tell)."""

    def give_back(self, lease: Lease, *, used: bool = True) -> None:
        """The person has gone home; not `used`: they never came."""


class LocalLeases:
    """In one process: the roster itself."""

    good = True

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

    def __init__(
        self, plan: ResolvedPlan, send: Callable[[str, dict[str, Any]], None], hold: Hold | None = None
    ) -> None:
        self._plan = plan
        self._send = send
        self._hold = hold or Hold()
        self._asked: dict[str, AsyncResult] = {}
        self._back: dict[str, dict[str, Any]] = {}
        """By lease: what was given back and the master has not answered to."""
        self._told_in: dict[str, int] = {}
        """The first question that said so; all later ones say it too."""

    @property
    def good(self) -> bool:
        """See `Leases`: False too when the master has not been heard for `HOLD_S`."""
        return self._hold.good

    @property
    def joined(self) -> bool:
        """False while the master does not count this worker in."""
        return self._hold.term > 0

    def take(self, channel: str, pool: str = "") -> Lease | None:
        """See `Leases`; None too when the master does not answer in time."""
        if not self.good:
            return None
        question = uuid4().hex
        answer = self._asked[question] = AsyncResult()
        data: dict[str, Any] | None = None
        try:
            self._send(ASK, {"question": question, "channel": channel, "pool": pool})
            data = answer.get(timeout=ANSWER_WITHIN_S)
        except Timeout:
            return None
        finally:
            # Nobody waits any more, or was taken away in the very moment of the answer: it may still have been given.
            del self._asked[question]
            if data is None:
                self._hand_back(question)
        assert data is not None
        if data["lease"] and data["term"] != self._hold.term:
            self._hand_back(question)
            return None
        return Lease.from_wire(data["lease"], self._plan) if data["lease"] else None

    def give_back(self, lease: Lease, *, used: bool = True) -> None:
        """See `Leases`."""
        self._hand_back(lease.id, used=used, left=lease.records)

    def answered(self, data: dict[str, Any]) -> None:
        """The master's answer has come; one that nobody waits for any more goes back."""
        waiting = self._asked.get(data["question"])
        if waiting is not None:
            waiting.set(data)
        elif data["lease"]:
            self._hand_back(data["question"])

    def ask_to_keep(self) -> None:
        """To be called once a second."""
        number = self._hold.asking()
        for lease in self._back:
            self._told_in.setdefault(lease, number)
        self._send(MAY_KEEP, {"number": number, "back": list(self._back.values())})

    def kept(self, data: dict[str, Any]) -> bool:
        """The master has answered; True when all accounts held before are others' now."""
        for lease in [lease for lease, number in self._told_in.items() if number <= data["number"]]:
            del self._told_in[lease]
            self._back.pop(lease, None)
        return self._hold.answered(data["number"], data["term"])

    def _hand_back(self, lease: str, *, used: bool = False, left: Records | None = None) -> None:
        self._back[lease] = {"lease": lease, "used": used, "left": left}
        self._send(GIVE_BACK, self._back[lease])


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A worker that was not heard for too long, and how many people it played."""

    worker: str
    people: int
    silent_s: float


class MasterDesk:
    """On the master: answers workers from the roster, and deals anew what silent ones held."""

    def __init__(
        self,
        roster: Roster,
        send: Callable[[str, dict[str, Any], str], None],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._roster = roster
        self._send = send
        self._now = now
        self._heard: dict[str, float] = {}
        """When each worker was heard last; those that were given up are missing."""
        self._terms: dict[str, int] = {}

    def welcome(self, worker: str) -> None:
        """This worker takes part from now on."""
        self._terms.setdefault(worker, 1)
        self._heard[worker] = self._now()

    def farewell(self, worker: str) -> None:
        """It has left in good order."""
        self._roster.free_all_of(worker)
        self._heard.pop(worker, None)
        self._terms.pop(worker, None)

    def asked(self, data: dict[str, Any], worker: str) -> None:
        """A worker's person wants an account. Who does not take part, or was given up, gets none."""
        lease = None
        if worker in self._heard:
            self._heard[worker] = self._now()
            lease = self._roster.take(data["channel"], worker, data["pool"], lease_id=data["question"])
        answer = {"question": data["question"], "lease": lease.to_wire() if lease else None}
        self._send(ANSWER, {**answer, "term": self._terms.get(worker, 0)}, worker)

    def given_back(self, data: dict[str, Any]) -> None:
        """A worker's person has gone home."""
        self._roster.give_back(data["lease"], used=data["used"], left=data["left"])

    def may_keep(self, data: dict[str, Any], worker: str) -> bool:
        """A worker asks whether it may keep its accounts; True when it had been given up and is back."""
        for back in data["back"]:
            self.given_back(back)
        back_again = worker in self._terms and worker not in self._heard
        if worker in self._terms:
            self._heard[worker] = self._now()
        self._send(KEPT, {"number": data["number"], "term": self._terms.get(worker, 0)}, worker)
        return back_again

    def give_up_silent(self) -> list[GivenUp]:
        """Free the accounts of workers that were not heard for so long that nobody of theirs can be at work.

        To be called every second. One that is heard again is in another term, and asks for accounts anew.
        """
        now = self._now()
        given_up = []
        for worker, heard in list(self._heard.items()):
            if now - heard > GIVEN_UP_AFTER_S:
                del self._heard[worker]
                self._terms[worker] += 1
                given_up.append(GivenUp(worker, self._roster.free_all_of(worker), now - heard))
        return given_up
