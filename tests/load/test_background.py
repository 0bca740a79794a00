"""What a client does by itself: again and again, whatever goes wrong, until it is stopped."""

from random import Random
from typing import cast

import gevent
from gevent.event import Event

from loadtests.errors import SafetyStop
from loadtests.load.background import Background
from loadtests.load.http import HttpClient
from loadtests.load.outcomes import Denied, NotOk


class Closing:
    closed = False

    def close(self) -> None:
        self.closed = True


class Book:
    """A background whose transactions are written down."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []
        self.http = Closing()
        self.leaving = Event()
        self.background = Background(cast(HttpClient, self.http), Random(1), self.leaving, self._note)

    def _note(self, name: str, outcome: str, elapsed_us: int, problem: NotOk | None) -> None:
        assert elapsed_us >= 0
        self.lines.append((name, outcome))

    def until(self, lines: int) -> list[tuple[str, str]]:
        with gevent.Timeout(20):
            while len(self.lines) < lines:
                gevent.sleep(0.001)
        return self.lines[:lines]


def test_it_comes_again_and_what_goes_wrong_does_not_end_it() -> None:
    book, problems = Book(), [None, Denied("HTTP 403"), ValueError("rubbish"), None]

    def work() -> None:
        with book.background.transaction("background_sync"):
            if (problem := problems[len(book.lines) % 4]) is not None:
                raise problem

    book.background.every(0.001, work)
    assert [outcome for _, outcome in book.until(5)] == ["ok", "denied", "failed", "ok", "ok"]
    book.background.stop()
    assert book.http.closed


def test_what_must_end_the_run_is_kept_for_the_person_and_nothing_follows() -> None:
    book = Book()

    def work() -> None:
        with book.background.transaction("background_sync"):
            raise SafetyStop("leads outside the environment")

    book.background.every(0.0, work)
    assert book.until(1) == [("background_sync", "abandoned")]
    gevent.sleep(0.01)
    assert len(book.lines) == 1
    assert isinstance(book.background.fatal, SafetyStop)


def test_who_goes_home_does_not_wait_for_it() -> None:
    book, began = Book(), Event()

    def work() -> None:
        with book.background.transaction("background_sync"):
            began.set()
            gevent.sleep(3600)

    book.background.every(0.001, work)
    assert began.wait(20)
    book.background.stop()
    assert book.lines == [("background_sync", "abandoned")]


def test_nothing_begins_once_the_person_is_leaving() -> None:
    book = Book()
    done: list[int] = []
    book.leaving.set()
    book.background.every(0.0, lambda: done.append(1))
    gevent.sleep(0.01)
    assert done == []
