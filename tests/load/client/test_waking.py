"""Answers that lie ready are read and timed before anybody who got one acts: nobody's work is in another's wait."""

import time
from collections.abc import Iterator
from time import perf_counter

import gevent
import pytest

from loadtests.config.environment import origin_of
from loadtests.load.http import HttpClient, Request
from tests.load.https_server import HttpsServer

PEOPLE, WORK_S = 16, 0.005


@pytest.fixture
def people(server: HttpsServer) -> Iterator[list[HttpClient]]:
    made = [
        HttpClient(
            allowed=frozenset({origin_of(server.url("/", "127.0.0.1"))}),
            ca_file=server.ca_file,
            connect_to=None,
            observer=lambda _: None,
        )
        for _ in range(PEOPLE)
    ]
    yield made
    for client in made:
        client.close()


def test_what_woken_people_do_is_in_nobody_elses_wait(server: HttpsServer, people: list[HttpClient]) -> None:
    last_bytes: list[float] = []
    acted: list[float] = []

    def act(client: HttpClient) -> None:
        answer = client.send(Request("GET", server.url("/?sleep=2", "127.0.0.1"), "GET it"))
        acted.append(perf_counter())
        last_bytes.append(answer.last_byte)
        time.sleep(WORK_S)  # really: their books hold everybody up

    everybody = [gevent.spawn(act, client) for client in people]
    while server.present < PEOPLE:
        gevent.sleep(0.01)
    while server.present:
        time.sleep(0.01)  # really: nobody reads while the answers come
    gevent.joinall(everybody, raise_error=True)
    assert len(acted) == PEOPLE
    before = sum(moment < max(last_bytes) for moment in acted)
    # An answer comes in pieces and is read in a few turns. One after the other, all but the last have acted by then.
    assert before < PEOPLE * 3 / 4
