"""A person who plays journeys, and a bare client that sends the same bytes in the same waves after them."""

from collections.abc import Sequence
from uuid import uuid4

from loadtests.load.http import HttpClient, Request, Response
from loadtests.load.outcomes import NotOk
from loadtests.load.person import Person
from scenarios.channels import CHANNELS
from scenarios.engine import Engine
from scenarios.site import Site

Wave = Sequence[Request]


class Player:
    """`play`, then `get_ready`, then `follow`: only the first and the last are what is measured."""

    def __init__(self, person: Person, site: Site) -> None:
        self._person = person
        self._site = site
        self._channel = CHANNELS[person.lease.channel](person, site)
        self._engine = Engine(person, self._channel, site)
        self._waves: list[Wave] = []
        """What the person has sent, and then what the bare client is to send."""
        self._made: list[str] = []
        self.requests = 0
        """What the person has sent so far."""
        self.went_wrong = 0
        self.bare_answers = 0
        self.bare_wrong = 0
        entrance = person.entrance
        self._bare = HttpClient(
            allowed=person.plan.environment.allowed_origins,
            ca_file=entrance.ca_file,
            connect_to=entrance.connect_to,
            observer=self._count,
        )
        self._listen()

    @property
    def acts(self) -> int:
        """What the person waited for so far."""
        return self._engine.transactions

    def come_in(self) -> None:
        """The first session's beginning, and the bare client's connections."""
        self._person.begin_session(True)
        self._channel.begin()
        self._engine.sign_in()
        self.get_ready()
        self.follow()

    def play(self, journey: str) -> None:
        """This journey once."""
        try:
            self._engine.play(self._site.journeys[journey])
        except NotOk:
            self.went_wrong += 1

    def get_ready(self) -> None:
        """The bare client's waves: records that the person made get other ids of the same length."""
        self.requests += sum(map(len, self._waves))
        others = {record_id: str(uuid4()) for record_id in self._made}
        self._made.clear()
        if others:
            self._waves = [[_with_others(request, others) for request in wave] for wave in self._waves]

    def follow(self) -> None:
        """The same waves by the bare client."""
        waves, self._waves = self._waves, []
        for wave in waves:
            self._bare.send_all(wave)

    def _count(self, response: Response) -> None:
        self.bare_answers += 1
        self.bare_wrong += not response.ok

    def _listen(self) -> None:
        person = self._person
        send, send_all, creating = person.http.send, person.http.send_all, person.ledger.creating

        def noted_one(request: Request) -> Response:
            self._waves.append((request,))
            return send(request)

        def noted(requests: Sequence[Request]) -> list[Response]:
            if len(requests) != 1:  # one alone is handed on to `send`
                self._waves.append(requests)
            return send_all(requests)

        def made(entity_set: str, table: str, record_id: str) -> None:
            self._made.append(record_id)
            creating(entity_set, table, record_id)

        person.http.send = noted_one  # type: ignore[method-assign]
        person.http.send_all = noted  # type: ignore[method-assign]
        person.ledger.creating = made  # type: ignore[method-assign]


def _with_others(request: Request, others: dict[str, str]) -> Request:
    url, body = request.url, request.body
    for one, other in others.items():
        url = url.replace(one, other)
        body = body.replace(one.encode(), other.encode()) if body else body
    return request._replace(url=url, body=body)
