"""One load process (the only one, or a worker): its people, their recorder, their passwords."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import gevent

from loadtests.config.dealing import deal
from loadtests.config.resolved import ResolvedPlan
from loadtests.config.secrets import Secrets
from loadtests.errors import CrmloadError
from loadtests.load.calls import Call
from loadtests.load.clock import RunClock
from loadtests.load.doorway import Doorway
from loadtests.load.garbage import Garbage
from loadtests.load.health import HealthMonitor
from loadtests.load.in_turns import in_turns
from loadtests.load.kept_sign_ins import KeptSignIn, KeptSignIns
from loadtests.load.lease import Lease
from loadtests.load.leases import Leases
from loadtests.load.open_work import Invite, OpenWork
from loadtests.load.outcomes import RunEnding
from loadtests.load.person import Person
from loadtests.load.presence import note_presence
from loadtests.load.recorder import Recorder
from loadtests.load.stand_in import StandIn
from loadtests.load.transaction import FireRequest, Rows
from loadtests.results.delta import Delta
from loadtests.results.ledger import LedgerFile

logger = logging.getLogger("crmload")

T = TypeVar("T")


class LoadProcess:
    """Lives as long as one run. Secrets are read here, in the process that needs them."""

    def __init__(
        self,
        plan: ResolvedPlan,
        leases: Leases,
        *,
        name: str,
        clock: RunClock,
        ledger: Path,
        invite: Callable[["LoadProcess"], Invite] | None = None,
    ) -> None:
        self.plan = plan
        self.leases = leases
        self.name = name
        self._present: dict[str, tuple[Lease, Person]] = {}
        """By the lease's id: several people may share an account."""
        self._greenlets: dict[str, Any] = {}
        self._secrets = Secrets.load(plan.environment)
        for _, accounts in deal(plan.everybody, plan.users):
            for account in accounts:
                # A password that is missing here is told now, by its name, and not by somebody who cannot sign in.
                self._secrets.password(account)
        self._kept = _kept_sign_ins(plan)
        people = [account for _, accounts in deal(plan.everybody, plan.users) for account in accounts]
        self._stand_in = StandIn.of(plan.environment, people, self._secrets)
        self._kept_out: dict[str, str] = {}
        self._rows: Rows = {}
        note_presence(ledger.parent, name)
        self._ledger_file = LedgerFile(ledger)
        self._recorder = Recorder(name, clock, self._people)
        self._health = HealthMonitor(self._recorder)
        self._garbage = Garbage()
        self._told_too_few: set[str] = set()
        self._shared: dict[Callable[[ResolvedPlan], Any], Any] = {}
        self._open_work = (
            OpenWork(self, leases, self._recorder, self._health, invite(self))
            if invite and (plan.arrivals or plan.training)
            else None
        )
        self.doorway = Doorway()
        self.closing = False
        """True from the moment that people are sent home: nobody may begin."""
        self.fatal: CrmloadError | None = None
        """Set when a person met something that must end the run for safety."""

    def person_for(self, lease: Lease, fire: FireRequest) -> Person:
        """The person of a lease, with their password and books."""
        person = Person(
            lease,
            self.plan,
            password=self._secrets.password(lease.account),
            kept=self._kept.get(lease.account.username),
            stand_in=self._stand_in,
            recorder=self._recorder,
            health=self._health,
            ledger_file=self._ledger_file,
            fire=fire,
            kept_out=self._kept_out,
            rows=self._rows,
            may_act=lambda: self.leases.good,
        )
        self._present[lease.id] = (lease, person)
        self._greenlets[lease.id] = gevent.getcurrent()
        return person

    def shared(self, make: Callable[[ResolvedPlan], T]) -> T:
        """What all people of this run share, made of the plan by whoever asks first."""
        if make not in self._shared:
            self._shared[make] = make(self.plan)
        made: T = self._shared[make]
        return made

    def lets_in(self) -> bool:
        """True while people may come, and may have accounts."""
        return not self.closing and self.leases.good

    def gone(self, lease: Lease) -> None:
        """The person has gone home."""
        _, person = self._present.pop(lease.id, (lease, None))
        self._greenlets.pop(lease.id, None)
        self.leases.give_back(lease, used=person is not None and person.acted)

    def give_up(self, error: CrmloadError) -> None:
        """Something that must not go on. The first one counts; whoever runs the load looks at `fatal`."""
        if self.fatal is None:
            logger.error("%s", error)
            self.fatal = error

    @contextmanager
    def guarding(self) -> Iterator[None]:
        """Around whatever a person does: the run's end is quiet, a danger or a defect ends the run."""
        try:
            yield
        except RunEnding:
            pass
        except CrmloadError as error:
            self.give_up(error)
        except Exception as error:
            # Locust would start the task again, and again: a defect ends the run instead.
            logger.exception("a person stopped working")
            self.give_up(
                CrmloadError(
                    f"a defect in crmload or in a verb of the site: {type(error).__name__}: {error}",
                    next_step="read locust.log in the run folder and report its traceback",
                )
            )

    def call(self, calls: Iterable[Call]) -> None:
        """Open work that is due soon."""
        if self._open_work is not None and not self.closing:
            self._open_work.take(calls)

    @property
    def backlog(self) -> str:
        """Not empty when so much open work waits that the run must end."""
        return self._open_work.backlog if self._open_work is not None else ""

    def too_few_accounts(self, channel: str) -> None:
        """Tell once that somebody asked for more people than there are accounts."""
        if channel not in self._told_too_few:
            self._told_too_few.add(channel)
            logger.warning("more people wanted on %s than the plan has accounts; no account is used twice", channel)

    def take_deltas(self, *, final: bool = False) -> list[Delta]:
        """What is new since the last call."""
        return [delta for delta in self._recorder.take(final=final) if not delta.empty]

    def send_home(self, timeout_s: float) -> None:
        """Ask everybody to finish and wait for them; who does not in that time is taken out of what they are doing."""
        self.closing = True
        if self._open_work is not None:
            self._open_work.send_home()
        with gevent.Timeout(timeout_s, False):
            while self._present:
                # Every time anew: somebody may just have arrived.
                for _, person in list(self._present.values()):
                    person.leave()
                gevent.sleep(0.05)
        gevent.killall(list(self._greenlets.values()))
        if self._open_work is not None:
            self._open_work.kill()

    def withdraw(self) -> int:
        """The accounts may be other people's now: everybody stops at once; how many were there.

        Whoever Locust counts stays, and asks for an account anew.
        """
        present = len(self._present)
        for _, person in list(self._present.values()):
            person.withdraw()
        if self._open_work is not None:
            self._open_work.withdraw()
        gevent.killall(list(self._greenlets.values()), exception=RunEnding, block=False)
        return present

    def close(self) -> None:
        """After the last report."""
        self._health.stop()
        self._garbage.stop()
        self._ledger_file.close()

    def _people(self) -> Counter[str]:
        present = in_turns(list(self._present.values()))
        return Counter(f"{lease.channel}/{lease.role.slug}" for lease, p in present if p.at_work)


def _kept_sign_ins(plan: ResolvedPlan) -> dict[str, KeptSignIn]:
    """What this process may sign its people in by, read from its own machine's store; empty where passwords do it."""
    identity = plan.environment.identity
    if identity is None or not identity.login:
        return {}
    sign_ins = KeptSignIns.of(plan.environment)
    people = {account.username: account for _, accounts in deal(plan.everybody, plan.users) for account in accounts}
    return {username: sign_ins.need(account) for username, account in people.items()}
