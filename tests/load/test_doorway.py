"""People who arrive at the same instant come in one after the other."""

import time

import gevent

from loadtests.load.doorway import BETWEEN_S, Doorway


def test_of_those_who_come_together_each_comes_in_a_little_later_than_the_one_before() -> None:
    doorway = Doorway()
    came: list[tuple[int, float]] = []
    begun = time.monotonic()

    def come(number: int) -> None:
        doorway.wait_for_turn()
        came.append((number, time.monotonic() - begun))

    gevent.joinall([gevent.spawn(come, number) for number in range(10)], raise_error=True)
    assert [number for number, _ in came] == list(range(10))
    assert all(after >= number * BETWEEN_S - 0.001 for number, after in came)


def test_who_comes_alone_does_not_wait() -> None:
    doorway = Doorway()
    doorway.wait_for_turn()
    gevent.sleep(2 * BETWEEN_S)
    passed = gevent.spawn(doorway.wait_for_turn)
    gevent.sleep(0)
    assert passed.ready()
