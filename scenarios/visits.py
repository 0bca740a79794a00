"""What people do who come when they are called: a session, a journey for which they stand ready, or a class."""

from loadtests.load.calls import Call
from loadtests.load.outcomes import NotOk
from loadtests.load.person import Person
from scenarios.channels.base import Channel
from scenarios.engine import Engine
from scenarios.pace import Thinking
from scenarios.session import sit
from scenarios.site import Site
from scenarios.training import Trainers, attend


class Visits:
    """All visits of one person; the client keeps from one to the next what a browser keeps."""

    def __init__(self, person: Person, channel: Channel, site: Site, trainers: Trainers) -> None:
        self._person = person
        self._channel = channel
        self._site = site
        self._trainers = trainers
        self._first = person.lease.first
        self._journeys = {arrivals.name: arrivals.journey for arrivals in person.plan.arrivals}
        self._standing: Engine | None = None
        """Signed in and ready for the next call."""

    def answer(self, call: Call) -> None:
        """Come, do it, go. Raises `RunEnding` when it is time to go home."""
        if call.name in self._trainers:
            attend(self._trainers[call.name], self._person, self._channel, self._site, first=self._came())
        elif self._journeys[call.name]:
            self._do(self._journeys[call.name], ready=call.ready)
        else:
            sit(self._person, self._channel, self._site, Thinking(self._person), first=self._came())

    def _do(self, journey: str, *, ready: bool) -> None:
        """A journey by somebody who is signed in already; what goes wrong is recorded, and the next call comes."""
        try:
            if self._standing is None:
                engine = Engine(self._person, self._channel, self._site)
                self._person.begin_session(first=False)
                self._channel.begin()
                engine.sign_in()
                self._standing = engine
            if not ready:
                self._standing.play(self._site.journeys[journey])
        except NotOk:
            pass

    def _came(self) -> bool:
        """True the first time."""
        first, self._first = self._first, False
        return first
