"""Work on many things of which none takes long, so that whoever is ready acts in between."""

from collections.abc import Iterable, Iterator
from time import perf_counter
from typing import TypeVar

import gevent

SLICE_S = 0.001
"""After so long the others have their turn."""

T = TypeVar("T")


def in_turns(things: Iterable[T]) -> Iterator[T]:
    """The things, one after the other; others may run before any of them, the first one excepted."""
    until = perf_counter() + SLICE_S
    for thing in things:
        if perf_counter() >= until:
            gevent.sleep(0)
            until = perf_counter() + SLICE_S
        yield thing
