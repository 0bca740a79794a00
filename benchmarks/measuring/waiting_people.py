"""A locustfile: people who ask for answers that take a known time, with everything that a run records.

Each transaction is one request; its name says how long the server takes (`TAKES_MS`). The plan's think time factor is
the mean of their pauses in seconds. `CRMLOAD_STALL=EVERY,SECONDS`: somebody blocks the whole process now and then.
"""

import os

import gevent
from gevent import monkey

from loadtests.load.http import Request
from loadtests.load.locust_setup import install
from loadtests.load.outcomes import expect
from loadtests.load.person import Person
from loadtests.load.user import PersonUser

TAKES_MS = {"open_view": 1, "open_record": 10, "quick_find": 100, "save": 1000}
"""Real names, so that the thresholds' lines hold for them."""
PER_SESSION = 20


class WaitingUser(PersonUser):
    """Acts, waits, pauses; which of the four comes next is up to the dice."""

    channel = "web"

    def live(self, person: Person) -> None:
        """Sessions until the run ends. What a stage's people do is asked for under its name, so that the server's book
        has the same stages."""
        first = person.lease.first
        while True:
            person.begin_session(first)
            for _ in range(PER_SESSION):
                person.think(person.random.expovariate(1.0))
                name = person.random.choice(list(TAKES_MS))
                stage = person.plan.stage_at(person.elapsed).name
                url = f"{person.entrance.url}{stage}/{TAKES_MS[name]}"
                with person.transaction(name):
                    expect(person.http.send(Request("GET", url, f"GET {stage} {TAKES_MS[name]} ms")))
            person.end_session(ended=True)
            first = False


def _stall(every_s: float, seconds: float) -> None:
    # Locust has made `time.sleep` let everybody else go on.
    block = monkey.get_original("time", "sleep")
    while True:
        gevent.sleep(every_s)
        block(seconds)


if "CRMLOAD_STALL" in os.environ:
    gevent.spawn(_stall, *map(float, os.environ["CRMLOAD_STALL"].split(",")))

install([WaitingUser])
