"""A person's sessions: sign in, first screen, journeys by the role's weights, go home, come back."""

from loadtests.load.outcomes import NotOk, RunEnding
from loadtests.load.person import PROBE, Person
from scenarios.channels.base import Channel
from scenarios.engine import Engine
from scenarios.journey import Span
from scenarios.pace import AFTER_A_FAILURE, Pace, pace_of
from scenarios.probes import probe
from scenarios.site import Site

_BETWEEN_PROBES: Span = (1.0, 2.0)


def live(person: Person, channel: Channel, site: Site) -> None:
    """Session after session until the run ends."""
    first = person.lease.first
    pace = pace_of(person)
    try:
        while True:
            sit(person, channel, site, pace, first=first)
            first = False
            pace.pause()
    except RunEnding:
        return
    finally:
        pace.close()


def sit(person: Person, channel: Channel, site: Site, pace: Pace, *, first: bool) -> None:
    """One session. It counts as ended when the person went home as they wanted."""
    engine = Engine(person, channel, site)
    wanted = person.random.randint(*(person.plan.sessions.first if first else person.plan.sessions.everyday))
    ended = False
    person.begin_session(first)
    channel.begin()
    try:
        engine.sign_in()
        _work(person, engine, site, pace, wanted, probes_due=first)
        channel.sign_out()
        ended = True
    except NotOk:
        # No first screen, no session: people try again later. The failure itself is recorded.
        pass
    finally:
        person.end_session(ended)
        channel.end()


def _work(person: Person, engine: Engine, site: Site, pace: Pace, wanted: int, *, probes_due: bool) -> None:
    """Journeys until the wanted number of transactions; after the first one the role's must-not probes, if due."""
    while engine.transactions < wanted:
        try:
            engine.play(site.journeys[pace.next()])
        except NotOk:
            engine.think(AFTER_A_FAILURE)
        if probes_due:
            probes_due = False
            _probe_all(person, engine, site)


def _probe_all(person: Person, engine: Engine, site: Site) -> None:
    for must_not in person.lease.role.must_not:
        try:
            with person.transaction(PROBE):
                probe(person, site, must_not)
        except NotOk:
            pass
        engine.think(_BETWEEN_PROBES)
