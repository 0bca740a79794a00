"""The Locust user behind every person: takes a lease, lives, gives it back."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from gevent.event import Event
from locust import User, task
from locust.env import Environment
from locust.exception import StopUser

from loadtests.errors import ConfigError
from loadtests.load.lease import Lease
from loadtests.load.open_work import Answer, Invite, Visitor
from loadtests.load.person import Person

if TYPE_CHECKING:
    from loadtests.load.process import LoadProcess

LOOK_FOR_RUN_S = 0.2
"""How often a user looks whether the run is prepared (or a worker has its plan)."""
LOOK_FOR_ACCOUNT_S = 2.0
"""How often it asks again when every account is in use."""


class PersonUser(User):
    """One person of a channel. Scenarios say what the channel is and how the person lives."""

    abstract = True
    channel: ClassVar[str]

    @abstractmethod
    def live(self, person: Person) -> None:
        """What the person does, session after session, until `RunEnding` is raised or it returns."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.process: LoadProcess
        """The load process of the run that this user is in; set before `live` is called."""
        self._person: Person | None = None
        self._leaving = Event()

    def answering(self, person: Person) -> Answer:
        """What a person of this channel does who comes when called (arrivals, a class)."""
        raise ConfigError(
            f"nobody can be called on the channel `{self.channel}`",
            next_step="take arrivals and training on it out of the plan",
        )

    @task
    def stay(self) -> None:
        """From the lease to giving it back; then this user is over. One whose lease was withdrawn begins anew."""
        while self._one_stay():
            pass
        raise StopUser

    def _one_stay(self) -> bool:
        """One lease; True when it was withdrawn, and another person is wanted in this one's place."""
        self.process, lease = self._arrive()
        process = self.process
        person = self._person = None
        try:
            try:
                with process.guarding():
                    person = self._person = process.person_for(lease, self.environment.crmload_counts.count)
                    if self._leaving.is_set():
                        person.leave()
                    self.live(person)
            finally:
                if person is not None:
                    person.close()
        finally:
            process.gone(lease)
        return person is not None and person.withdrawn and not self._leaving.is_set()

    def leave(self) -> None:
        """Ask the person to finish and go home; a user that still waits for an account waits no longer."""
        self._leaving.set()
        if self._person is not None:
            self._person.leave()

    def stop(self, force: bool = False) -> bool:
        """Locust's way to end a user; a person finishes the transaction first."""
        self.leave()
        stopped: bool = super().stop(force=force)
        return stopped

    def _arrive(self) -> tuple["LoadProcess", Lease]:
        """Wait for the run and for a free account: somebody else may be going home with it. `StopUser` when leaving."""
        while not self._leaving.is_set():
            process: LoadProcess | None = self.environment.crmload_process()
            if process is None or not process.lets_in():
                self._leaving.wait(LOOK_FOR_RUN_S)
                continue
            process.doorway.wait_for_turn()
            if not process.lets_in():
                continue
            lease = process.leases.take(self.channel)
            if lease is not None:
                return process, lease
            process.too_few_accounts(self.channel)
            self._leaving.wait(LOOK_FOR_ACCOUNT_S)
        raise StopUser

    def invited(self, process: "LoadProcess", lease: Lease) -> Visitor:
        """Somebody of this channel who comes when called, outside the number of people that Locust counts."""
        self.process = process
        person = process.person_for(lease, self.environment.crmload_counts.count)
        return Visitor(lease, person, self.answering(person))


def inviting(environment: Environment, classes: Sequence[type[PersonUser]]) -> Callable[["LoadProcess"], Invite]:
    """How a process gets people who come when called: one user a channel stands for all of them."""
    users = {user_class.channel: user_class(environment) for user_class in classes}
    return lambda process: lambda lease: users[lease.channel].invited(process, lease)
