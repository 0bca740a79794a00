"""A locustfile with one tiny user, for child processes: pages of the tests' own server, three a transaction."""

import os
from contextlib import suppress
from typing import Any

from locust import events
from locust.env import Environment

from loadtests.load.calls import Call
from loadtests.load.http import Request
from loadtests.load.locust_setup import install
from loadtests.load.open_work import Answer
from loadtests.load.outcomes import NotOk, expect
from loadtests.load.person import Person
from loadtests.load.user import PersonUser

EXPECTED = (200,) if "TINY_EXPECTS_ALL" in os.environ else (200, 404)


def page(person: Person, path: str) -> Request:
    """A page of the server, by its name."""
    return Request("GET", person.entrance.url + path, f"GET {path.partition('?')[0]}")


class TinyUser(PersonUser):
    """Opens views, one after the other; person p001 also asks for something that is not there.

    With `TINY_EXPECTS_ALL` in the environment p001 is disappointed by that, and goes on.
    """

    channel = "web"

    def live(self, person: Person) -> None:
        """Sessions of five transactions until the run ends."""
        first = person.lease.first
        while True:
            person.begin_session(first)
            for _ in range(5):
                with suppress(NotOk), person.transaction("open_view"):
                    third = "missing?status=404" if person.id == "p001" else "there"
                    for answer in person.http.send_all(
                        [page(person, p) for p in ("a?sleep=0.02", "b?sleep=0.05", third)]
                    ):
                        expect(answer, *EXPECTED)
                person.think(1.0)
            person.end_session(ended=True)
            first = False
            if person.id == "p002":
                # A page that takes longer than anybody waits: its person is in it when the run ends.
                with person.transaction("open_record"):
                    person.http.send(page(person, "slow?sleep=1.5"))

    def answering(self, person: Person) -> Answer:
        """Who is called opens one view."""

        def open_view(_: Call) -> None:
            with person.transaction("open_view"):
                expect(person.http.send(page(person, "called?sleep=0.2")))

        return open_view


@events.test_stop.add_listener
def tell_copies(environment: Environment, **_: Any) -> None:
    """Say of which statistics Locust kept copies."""
    statistics = environment.stats
    rows = sum(bool(entry.response_times_cache) for entry in statistics.entries.values())
    print(f"copies of times: {rows} rows, total {bool(statistics.total.response_times_cache)}", flush=True)


install([TinyUser])
