"""People play their journeys, then the bare client sends the same bytes: `... journey_pairs PLAN OUT ROUNDS`.

Processor time of both, in one process and turn about. OUT gets the rounds as JSON. A process of its own because of
gevent; Locust comes first of all imports, which replaces the standard library's blocking parts.
"""

import locust  # isort: skip
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import uuid4

import gevent

from loadtests.config.load import resolve_plan
from loadtests.load.clock import RunClock
from loadtests.load.http import HttpClient, Request, Response
from loadtests.load.leases import LocalLeases
from loadtests.load.locust_counts import LocustCounts
from loadtests.load.outcomes import NotOk
from loadtests.load.person import Person
from loadtests.load.process import LoadProcess
from loadtests.load.roster import Roster
from scenarios.channels import CHANNELS
from scenarios.engine import Engine
from scenarios.site import Site

Wave = Sequence[Request]


@dataclass(frozen=True)
class Round:
    """Requests and processor seconds of both; how many acts of people went well and not, and the bare client's answers
    that were other than expected."""

    requests: int
    bare_requests: int
    people_s: float
    bare_s: float
    acts: int
    went_wrong: int
    bare_wrong: int


class Player:
    """A person at work, and a bare client with connections of its own that follows them."""

    def __init__(self, person: Person, site: Site) -> None:
        self._person = person
        self._site = site
        self._channel = CHANNELS[person.lease.channel](person, site)
        self._waves: list[Wave] = []
        self._made: list[str] = []
        self.bare_answers = 0
        self.bare_wrong = 0
        self.went_wrong = 0
        self._engine = Engine(person, self._channel, site)
        entrance = person.entrance
        self._bare = HttpClient(
            allowed=person.plan.environment.allowed_origins,
            ca_file=entrance.ca_file,
            connect_to=entrance.connect_to,
            observer=self._count,
        )
        send, send_all, creating = person.http.send, person.http.send_all, person.ledger.creating

        def noted_one(request: Request) -> Response:
            self._waves.append([request])
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

    @property
    def acts(self) -> int:
        """What the person waited for so far."""
        return self._engine.transactions

    @property
    def requests(self) -> int:
        """What the person has sent since the last `follow`."""
        return sum(map(len, self._waves))

    def come_in(self) -> None:
        """The first session's beginning, and the bare client's connections."""
        self._person.begin_session(True)
        self._channel.begin()
        self._engine.sign_in()
        self.follow()

    def play(self) -> None:
        """Every journey of the role once."""
        for name in self._person.plan.journeys_of(self._person.lease.role, self._person.lease.channel):
            try:
                self._engine.play(self._site.journeys[name])
            except NotOk:
                self.went_wrong += 1

    def follow(self) -> None:
        """The same waves by the bare client; records that the person made have other ids of the same length."""
        waves, self._waves = self._waves, []
        others = {record_id: str(uuid4()) for record_id in self._made}
        self._made = []
        for wave in waves:
            self._bare.send_all([_with_others(request, others) for request in wave] if others else wave)

    def _count(self, response: Response) -> None:
        self.bare_answers += 1
        self.bare_wrong += not response.ok


def main(plan_file: Path, out: Path, rounds: int) -> None:
    """Everybody comes in, plays once for warmth, then the rounds."""
    plan = resolve_plan(plan_file)
    site = Site.of(plan)
    environment = locust.env.Environment()
    environment.create_local_runner()
    leases = LocalLeases(Roster(plan))
    process = LoadProcess(
        plan, leases, name="bench", clock=RunClock.starting_now(), ledger=out.with_suffix(".ledger.jsonl")
    )
    counts = LocustCounts(environment)
    players = []
    while lease := leases.take("web"):
        players.append(Player(process.person_for(lease, counts.count), site))
    _all(players, Player.come_in)
    _cpu(lambda: _all(players, Player.play))
    _all(players, Player.follow)
    done = []
    for number in range(rounds):
        done.append(_round(players, process, counts))
        print(f"round {number + 1}: {done[-1]}", flush=True)
    out.write_text(json.dumps([asdict(one) for one in done]), encoding="utf-8")


def _round(players: list[Player], process: LoadProcess, counts: LocustCounts) -> Round:
    before = [(player.acts, player.went_wrong, player.bare_answers, player.bare_wrong) for player in players]
    people_s = _cpu(lambda: _all(players, Player.play)) + _cpu(process.take_deltas) + _cpu(counts.hand_over)
    requests = sum(player.requests for player in players)
    bare_s = _cpu(lambda: _all(players, Player.follow))
    after = [(player.acts, player.went_wrong, player.bare_answers, player.bare_wrong) for player in players]
    acts, wrong, answers, bare_wrong = (
        sum(late[i] - early[i] for late, early in zip(after, before, strict=True)) for i in range(4)
    )
    return Round(requests, answers, people_s, bare_s, acts, wrong, bare_wrong)


def _all(players: list[Player], do: Callable[[Player], None]) -> None:
    gevent.joinall([gevent.spawn(do, player) for player in players], raise_error=True)


def _cpu(work: Callable[[], object]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before


def _with_others(request: Request, others: dict[str, str]) -> Request:
    url, body = request.url, request.body
    for one, other in others.items():
        url = url.replace(one, other)
        body = body.replace(one.encode(), other.encode()) if body else body
    return request._replace(url=url, body=body)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
