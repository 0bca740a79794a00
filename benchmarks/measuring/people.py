"""The same person on three HTTP clients: asks for one page again and again, with Locust's statistics on."""

import random
import ssl
from collections import Counter
from functools import cache
from pathlib import Path

import gevent
from gevent.event import Event
from locust import FastHttpUser, HttpUser, User, task

from benchmarks.measuring.answer import PATH
from loadtests.config.environment import origin_of
from loadtests.load.clock import RunClock
from loadtests.load.http import HttpClient, Request, Response
from loadtests.load.recorder import Recorder

NAME = "GET accounts (main)"
HEADERS = {"Accept": "application/json", "OData-Version": "4.0", "Authorization": "Bearer " + "x" * 1200}


class Crowd:
    """What all people of a process share. It hangs on Locust's environment as `environment.crowd`."""

    def __init__(self, url: str, ca_file: Path, pause_s: float) -> None:
        self.url = url
        self.ca_file = ca_file
        self.pause_s = pause_s
        self.arrived = 0
        """People who have connected and got their first answer."""
        self.failed = 0
        """Answers that were none, or not the page; such a measurement is worth nothing."""
        self.working = Event()
        """Set while people ask for pages; cleared, they stay connected and idle."""
        self.recorder = Recorder("w1", RunClock.starting_now(), Counter)


class _Asking(User):
    abstract = True

    def on_start(self) -> None:
        """Connect with a first request."""
        self.ask()
        self.environment.crowd.arrived += 1

    @task
    def work(self) -> None:
        """What Locust begins again and again."""
        self.turn()

    def turn(self) -> None:
        """A pause of random length and a request, whenever the crowd works."""
        crowd = self.environment.crowd
        crowd.working.wait()
        if crowd.pause_s:
            # All were let off at the same moment; they must not ask in step.
            gevent.sleep(2 * crowd.pause_s * random.random())
        self.ask()

    def ask(self) -> None:
        """One request."""
        raise NotImplementedError

    def _note(self, well: bool) -> None:
        self.environment.crowd.failed += not well


class CrmloadPerson(_Asking):
    """crmload's client with the books that a person keeps: recorder and Locust's statistics."""

    def __init__(self, environment: object) -> None:
        super().__init__(environment)
        crowd = self.environment.crowd
        self._http = HttpClient(
            allowed=frozenset({origin_of(crowd.url)}), ca_file=crowd.ca_file, connect_to=None, observer=self._exchanged
        )
        self._url = crowd.url + PATH

    def turn(self) -> None:
        """As every person of crmload, they stay in one task of Locust's."""
        while True:
            super().turn()

    def ask(self) -> None:
        """As the channels do."""
        self._note(self._http.send(Request("GET", self._url, NAME, HEADERS)).ok)

    def _exchanged(self, response: Response) -> None:
        self.environment.crowd.recorder.exchange("web", response)
        problem = None if response.ok else str(response.failure or response.status)
        self.environment.crmload_counts.count("GET", NAME, response.elapsed_us / 1000, len(response.body), problem)


class FastHttpPerson(_Asking, FastHttpUser):
    """Locust's FastHttpUser as shipped: certificates are not verified, authorities are loaded for every user."""

    def ask(self) -> None:
        """As Locust's documentation does."""
        self._note(self.client.get(PATH, headers=HEADERS, name=NAME).status_code == 200)


class FastHttpSharedPerson(FastHttpPerson):
    """FastHttpUser with one TLS context for all, which makes many of them affordable."""

    @staticmethod
    def ssl_context_factory(cafile: str | None = None) -> ssl.SSLContext:
        """The shared context; `cafile` is taken and not needed."""
        return _unverified()


class HttpPerson(_Asking, HttpUser):
    """Locust's HttpUser (requests)."""

    def on_start(self) -> None:
        """Trust the stub server's authority, then connect."""
        self.client.verify = str(self.environment.crowd.ca_file)
        super().on_start()

    def ask(self) -> None:
        """As Locust's documentation does."""
        self._note(self.client.get(PATH, headers=HEADERS, name=NAME).status_code == 200)


PEOPLE: dict[str, type[_Asking]] = {
    "crmload": CrmloadPerson,
    "FastHttpUser": FastHttpPerson,
    "FastHttpUser, shared TLS context": FastHttpSharedPerson,
    "HttpUser": HttpPerson,
}


@cache
def _unverified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
