"""The Locust user behind every person: takes a lease, lives, gives it back."""

import logging
import time
from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from gevent import GreenletExit
from locust import User, task
from locust.exception import StopUser

from loadtests.errors import CrmloadError
from loadtests.load.outcomes import RunEnding
from loadtests.load.person import Person

if TYPE_CHECKING:
    from loadtests.load.process import LoadProcess

logger = logging.getLogger("crmload")


class PersonUser(User):
    """One person of a channel. Scenarios say what the channel is and how the person lives."""

    abstract = True
    channel: ClassVar[str]

    @abstractmethod
    def live(self, person: Person) -> None:
        """What the person does, session after session, until `RunEnding` is raised or it returns."""

    def on_start(self) -> None:
        """Nobody is here yet: the lease is taken by the task, where waiting is allowed."""
        self.person: Person | None = None
        self.process: LoadProcess | None = None

    @task
    def stay(self) -> None:
        """From the lease to giving it back; then this user is over."""
        process: LoadProcess | None = self.environment.crmload_process()
        if process is None:
            # The preparation failed; the head is ending the run.
            raise StopUser
        self.process = process
        lease = process.leases.take(self.channel)
        if lease is None:
            process.too_few_accounts(self.channel)
            raise StopUser
        try:
            self.person = process.person_for(lease, self._fire)
            try:
                self.live(self.person)
            except RunEnding:
                pass
            except GreenletExit:
                raise
            except CrmloadError as error:
                process.give_up(error)
            except Exception as error:
                # Locust would start the task again, and again: a defect ends the run instead.
                logger.exception("a person stopped working")
                process.give_up(
                    CrmloadError(
                        f"a defect in crmload or in a verb of the site: {type(error).__name__}: {error}",
                        next_step="read locust.log in the run folder and report its traceback",
                    )
                )
            finally:
                self.person.close()
        finally:
            process.gone(lease)
        raise StopUser

    def leave(self) -> None:
        """Ask the person to finish and go home."""
        if getattr(self, "person", None) is not None:
            self.person.leave()  # type: ignore[union-attr]

    def stop(self, force: bool = False) -> bool:
        """Locust's way to end a user; a person finishes the transaction first."""
        self.leave()
        stopped: bool = super().stop(force=force)
        return stopped

    def _fire(self, kind: str, name: str, elapsed_ms: float, length: int, problem: str | None) -> None:
        self.environment.events.request.fire(
            request_type=kind,
            name=name,
            response_time=elapsed_ms,
            response_length=length,
            exception=problem,
            context={},
            start_time=time.time() - elapsed_ms / 1000,
        )
