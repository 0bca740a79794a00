"""Ids of requests in the form of RFC 9562, version 4: random where they begin, then counted, which is far cheaper."""

from collections.abc import Iterator
from itertools import count
from uuid import uuid4

_FIRST = 10**11
"""The smallest number of the twelve digits that an id ends with: hexadecimal ones may all be decimal."""


def new_ids() -> Iterator[str]:
    """Never the same twice, in no process: each call begins elsewhere."""
    return map(str(uuid4())[:24].__add__, map(str, count(_FIRST)))
