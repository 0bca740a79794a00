"""Circles of objects are looked for when a process has grown, and not while people only work."""

import gc
import sys
from collections.abc import Iterator
from weakref import ref

import gevent
import pytest

from loadtests.load.garbage import GROWN, Garbage
from loadtests.load.unused_memory import give_back_unused

LOOK_EVERY_S = 0.01


class Circle:
    """Nothing but Python's search for circles frees it."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def garbage() -> Iterator[Garbage]:
    one = Garbage(LOOK_EVERY_S)
    yield one
    one.stop()


@pytest.mark.usefixtures("garbage")
def test_what_is_alive_is_not_looked_through_however_much_comes_and_goes() -> None:
    lost = ref(Circle())
    for _ in range(20):
        kept = [[number] for number in range(10_000)]
        gevent.sleep(LOOK_EVERY_S)
    assert lost() is not None
    assert len(kept) == 10_000


@pytest.mark.usefixtures("garbage")
def test_circles_that_were_left_behind_are_gone_once_they_are_half_as_much_as_all_else() -> None:
    lost = ref(Circle())
    much = int((GROWN - 1) * sys.getallocatedblocks())
    for _ in range(much):
        Circle()
    gevent.sleep(5 * LOOK_EVERY_S)
    assert lost() is None


def test_new_circles_are_found_soon_and_what_has_stayed_is_not_looked_at_again() -> None:
    one = Garbage(look_at_new_every_s=0.05)
    try:
        lost, stays = ref(Circle()), Circle()
        gevent.sleep(0.2)
        assert lost() is None
        old = ref(stays)
        del stays
        gevent.sleep(0.2)
        assert old() is not None
    finally:
        one.stop()


def test_python_looks_by_itself_again_once_the_run_is_over() -> None:
    one = Garbage()
    assert not gc.isenabled()
    one.stop()
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


def test_giving_memory_back_leaves_no_circles_behind() -> None:
    give_back_unused()
    gc.collect()
    gc.disable()
    try:
        give_back_unused()
        assert gc.collect() == 0
    finally:
        gc.enable()
