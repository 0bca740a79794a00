"""Pauses that an event can end early."""

import socket
import time

import gevent
from gevent.event import Event

from loadtests.load.napping import nap


def test_it_lasts_as_long_as_it_should_and_nothing_ended_it() -> None:
    begun = time.monotonic()
    assert nap(0.05, Event()) is False
    assert time.monotonic() - begun >= 0.049


def test_a_pause_after_hard_work_is_as_long_as_any() -> None:
    begun = time.monotonic()
    while time.monotonic() < begun + 0.05:
        pass
    begun = time.monotonic()
    nap(0.02, Event())
    assert time.monotonic() - begun >= 0.019


def test_no_pause_at_all_is_everybody_elses_turn() -> None:
    acted: list[str] = []

    def act(name: str) -> None:
        for _ in range(3):
            acted.append(name)
            assert nap(0.0, Event()) is False

    gevent.joinall([gevent.spawn(act, name) for name in "ab"], raise_error=True)
    assert "".join(acted) == "ababab"


def test_it_ends_with_the_event_and_never_begins_after_it() -> None:
    leaving = Event()
    sleepers = [gevent.spawn(nap, 60, leaving) for _ in range(3)]
    gevent.sleep(0)
    leaving.set()
    gevent.joinall(sleepers, timeout=5)
    assert [sleeper.value for sleeper in sleepers] == [True, True, True]
    assert nap(60, leaving) is True


def test_of_many_who_wake_at_the_same_moment_the_later_ones_act_after_answers_that_came_meanwhile() -> None:
    here, there = socket.socketpair()
    loop, seen = gevent.get_hub().loop, []
    answer = loop.io(here.fileno(), 1, priority=loop.MAXPRI)

    def read() -> None:
        here.recv(1)
        seen.append("answer")

    def act(number: int) -> None:
        nap(0.02, Event())
        if number == 0:
            there.send(b"!")
        busy_until = time.monotonic() + 0.001
        while time.monotonic() < busy_until:
            pass
        seen.append(str(number))

    answer.start(read)
    gevent.joinall([gevent.spawn(act, number) for number in range(20)], raise_error=True)
    answer.close()
    here.close()
    there.close()
    assert seen[:4] == ["0", "answer", "1", "2"]


def test_one_that_is_killed_leaves_nothing_behind() -> None:
    leaving = Event()
    sleeper = gevent.spawn(nap, 0.01, leaving)
    gevent.sleep(0)
    sleeper.kill()
    # Neither the alarm nor the event wakes somebody who is no longer there, or waits for something else by then.
    leaving.set()
    gevent.sleep(0.03)
    assert leaving.linkcount() == 0
