"""Counts on the wire: one array of (name's number, bucket, count) for everything that a delta counts.

Sorted by number and bucket, numbers as steps from the one before; three columns of 32-bit words, each split into its
four byte planes, then zlib at its quickest. High bytes and most counts are all the same and nearly vanish. The
worker's side is plain Python: NumPy would cost every worker 25 MiB.
"""

import json
import struct
import zlib
from collections.abc import Iterable, Iterator
from operator import sub
from typing import TYPE_CHECKING

from loadtests.results.histogram import HIGHEST_US, bucket_index

if TYPE_CHECKING:
    from loadtests.results.bulk import Numbers

MOST_ROWS = 1 << 22
"""A worker that counted more kinds of events in five seconds than this is no worker of ours."""
MOST_NAMES = 1 << 20
MOST_NAME_BYTES = 1 << 28
_HEAD = struct.Struct("<I")
_COLUMNS, _WORD = 3, 4
_HIGHEST_HALF = 1 << 20
"""Nobody sends 4 PiB in five seconds; sums of many such stay whole."""


def pack(rows: Iterable[tuple[int, int, int]]) -> bytes:
    """(name's number, bucket, count), each pair of number and bucket once; empty for none. All fit 32 bits."""
    ordered = sorted(rows)
    if not ordered:
        return b""
    numbers, buckets, counts = zip(*ordered, strict=True)
    steps = map(sub, numbers, (0, *numbers[:-1]))
    planes = bytearray()
    for column in (steps, buckets, counts):
        words = struct.pack(f"<{len(ordered)}I", *column)
        for byte in range(_WORD):
            planes += words[byte::_WORD]
    return _HEAD.pack(len(ordered)) + zlib.compress(planes, 1)


def unpack(data: object, names: int) -> "tuple[Numbers, Numbers, Numbers]":
    """Numbers, buckets and counts; `names`: how many names are known. ValueError, in plain words, for anything else."""
    import numpy as np

    if not isinstance(data, bytes):
        raise ValueError(f"counts are bytes, not {type(data).__name__}")
    if not data:
        nothing = np.zeros(0, np.int64)
        return nothing, nothing, nothing
    if len(data) < _HEAD.size or not 0 < (rows := _HEAD.unpack_from(data)[0]) <= MOST_ROWS:
        raise ValueError("counts without a believable number of rows")
    planes = _inflated(data[_HEAD.size :], rows * _COLUMNS * _WORD, "counts")
    if len(planes) != rows * _COLUMNS * _WORD:
        raise ValueError("counts are cut short")
    words = np.frombuffer(planes, np.uint8).reshape(_COLUMNS, _WORD, rows).transpose(0, 2, 1)
    columns = np.ascontiguousarray(words).view("<u4")[:, :, 0].astype(np.int64)
    numbers, buckets, counts = np.cumsum(columns[0]), columns[1], columns[2]
    if int(numbers[-1]) >= names:
        raise ValueError(f"counts of name {int(numbers[-1])}, but only {names} were told")
    if int(buckets.max()) > bucket_index(HIGHEST_US):
        raise ValueError("a time beyond an hour")
    return numbers, buckets, counts


def wide(number: int, amounts: Iterable[int]) -> Iterator[tuple[int, int, int]]:
    """Rows of a name's amounts beyond 32 bits: the low half of each in bucket 2 x its place, the high half next to it.

    Nothing is no row.
    """
    for place, amount in enumerate(amounts):
        for half, word in enumerate((amount & 0xFFFF_FFFF, amount >> 32)):
            if word:
                yield number, 2 * place + half, word


def unpack_wide(data: object, names: int, places: int) -> "tuple[Numbers, Numbers, Numbers]":
    """Numbers, places and amounts of `wide` rows, halves apart: they add up. ValueError as `unpack`."""
    numbers, halves, words = unpack(data, names)
    high = halves & 1
    if len(halves) and (int(halves.max()) >= 2 * places or int((words * high).max()) > _HIGHEST_HALF):
        raise ValueError("an amount that cannot be")
    return numbers, halves >> 1, words << 32 * high


def pack_names(names: list[str]) -> bytes:
    """Names in the order of their numbers."""
    return zlib.compress(json.dumps(names).encode(), 1)


def unpack_names(data: object) -> list[str]:
    """The names of `pack_names`; ValueError for anything else."""
    if not isinstance(data, bytes):
        raise ValueError(f"names are bytes, not {type(data).__name__}")
    names = json.loads(_inflated(data, MOST_NAME_BYTES, "names"))
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("names are not a list of texts")
    return names


def _inflated(data: bytes, most: int, what: str) -> bytes:
    """Never more bytes than `most`, whatever the data claim."""
    inflater = zlib.decompressobj()
    try:
        plain = inflater.decompress(data, most)
        if not inflater.eof and inflater.unconsumed_tail:
            # What is left may be no more than the check sum at the end.
            plain += inflater.decompress(inflater.unconsumed_tail, 1)
    except zlib.error as error:
        raise ValueError(f"{what} cannot be unpacked: {error}") from None
    if not inflater.eof or inflater.unused_data or len(plain) > most:
        raise ValueError(f"{what} are longer or shorter than they say")
    return plain
