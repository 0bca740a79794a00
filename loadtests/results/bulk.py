"""Reading an interval log by the thousand lines: what a long run costs to judge lies in the decoding.

The lines that `interval_log.read` gives, with arrays of buckets and counts in place of histograms: of many lines at
once, as what is done line by line takes longer than all the adding.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from loadtests.results.histogram import HALF, HIGHEST_US, SUB_BUCKETS, Histogram, bucket_index, payload_of
from loadtests.results.interval_log import begin_of, damaged, data_of

Numbers = NDArray[np.int64]
BUCKETS = bucket_index(HIGHEST_US) + 1
"""Buckets of a histogram that takes times up to an hour."""
_LINES = 250
"""Lines at a time: their arrays stay in the processor's cache, whatever the length of the run."""
_LONGEST_WORD = 8
"""Bytes of a count below 2^55. The format allows a ninth; nobody counts so far."""


class Counts(NamedTuple):
    """`counts[i]` times fell into the bucket `buckets[i]`: a tenth of what the same takes as a `Histogram`."""

    buckets: Numbers
    counts: Numbers

    def histogram(self) -> Histogram:
        """The same."""
        return Histogram(dict(zip(self.buckets.tolist(), self.counts.tolist(), strict=True)))


class CountedLine(NamedTuple):
    """One line, each bucket once."""

    tag: str
    interval: int
    buckets: Numbers
    counts: Numbers

    def histogram(self) -> Histogram:
        """Its times, as they are added to others one at a time."""
        return Counts(self.buckets, self.counts).histogram()


class Block(NamedTuple):
    """Some lines, one after the other."""

    tags: list[str]
    intervals: list[int]
    lines: Numbers
    """Of each count the place of its line in `tags` and `intervals`, ascending."""
    buckets: Numbers
    """Of a line each once, in ascending order."""
    counts: Numbers

    def one_by_one(self) -> Iterator[CountedLine]:
        """Its lines; adding them up line by line takes ten times as long as by the block."""
        borders = np.searchsorted(self.lines, np.arange(len(self.tags) + 1)).tolist()
        for tag, interval, begin, end in zip(self.tags, self.intervals, borders, borders[1:], strict=False):
            yield CountedLine(tag, interval, self.buckets[begin:end], self.counts[begin:end])


def highest_of_buckets() -> Numbers:
    """The highest microsecond of each bucket: `bucket_range` of all at once."""
    index = np.arange(BUCKETS, dtype=np.int64)
    shift = np.maximum(index // HALF - 1, 0)
    highest: Numbers = np.where(index < SUB_BUCKETS, index, ((index % HALF + HALF + 1) << shift) - 1)
    return highest


def buckets_of(us: Numbers) -> Numbers:
    """The bucket of each time: `bucket_index` of all at once."""
    value: Numbers = np.clip(us, 0, HIGHEST_US)
    bits = np.frexp(value.astype(np.float64))[1].astype(np.int64)
    bucket = np.maximum(bits - HALF.bit_length(), 0)
    index: Numbers = bucket * HALF + (value >> bucket)
    return index


def read(
    path: Path, damage: list[str], wanted: Callable[[str, int], bool] = lambda tag, interval: True
) -> Iterator[Block]:
    """The lines of the wanted tags and intervals in the order written.

    A line that cannot be read is named in `damage` and left out; of those not wanted the histogram is not looked at.
    """
    lines = _payloads(path, damage, wanted)
    while some := list(islice(lines, _LINES)):
        lengths, buckets, counts = _decoded([line.payload for line in some])
        damage += [damaged(path, some[place].number) for place in np.flatnonzero(lengths == _DAMAGED).tolist()]
        some = [line for line, length in zip(some, lengths.tolist(), strict=True) if length != _DAMAGED]
        places = np.repeat(np.arange(len(some)), lengths[lengths != _DAMAGED])
        yield Block([line.tag for line in some], [line.interval for line in some], places, buckets, counts)


class _Line(NamedTuple):
    number: int
    """In the file."""
    tag: str
    interval: int
    payload: bytes


def _payloads(path: Path, damage: list[str], wanted: Callable[[str, int], bool]) -> Iterator[_Line]:
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, text in enumerate(file, start=1):
            if text.startswith(("#", '"')):
                continue
            begin = begin_of(text)
            if begin is not None and not wanted(*begin):
                continue
            try:
                if begin is None or (data := data_of(text)) is None:
                    raise ValueError("not an interval line")
                yield _Line(number, *begin, payload_of(data))
            except ValueError:
                damage.append(damaged(path, number))


def _decoded(payloads: Sequence[bytes]) -> tuple[Numbers, Numbers, Numbers]:
    """How many counts each payload has, and the buckets and counts of all.

    A payload is of ZigZag LEB128 words: a count, or minus the length of a run of empty buckets. Of one that is cut
    short or counts beyond an hour there is nothing but the number `_DAMAGED`.
    """
    data = np.frombuffer(b"".join(payloads), np.uint8)
    if not len(data):
        return np.zeros(len(payloads), np.int64), _NOTHING, _NOTHING
    if any(payload and payload[-1] >= 0x80 for payload in payloads):
        return _each(payloads)
    ends = np.flatnonzero(data < 0x80)
    # Most words are of one byte: only the others are put together.
    word = data[ends].astype(np.int64)
    long = np.unique(np.searchsorted(ends, np.flatnonzero(data >= 0x80)))
    starts = np.where(long > 0, ends[long - 1] + 1, 0)
    more = ends[long] - starts
    most = int(more.max(initial=0))
    if most >= _LONGEST_WORD:
        return _each(payloads)
    word[long] = data[starts] & 0x7F
    for place in range(1, most + 1):
        there = more >= place
        word[long[there]] |= (data[starts[there] + place] & 0x7F).astype(np.int64) << (7 * place)
    is_gap = (word & 1).astype(bool)
    word >>= 1
    # Minus the length of a run: an odd word 2n - 1 stands for -n.
    after = word * is_gap
    after += 1
    np.cumsum(after, out=after)
    kept = np.flatnonzero(~is_gap & (word > 0))
    borders = np.searchsorted(ends, np.cumsum([len(payload) for payload in payloads]))
    lengths = np.diff(np.searchsorted(kept, borders), prepend=0)
    passed = np.concatenate(([0], np.where(borders > 0, after[borders - 1], 0)[:-1]))
    buckets = after[kept] - 1 - np.repeat(passed, lengths)
    if int(buckets.max(initial=0)) >= BUCKETS:
        return _each(payloads)
    return lengths, buckets, word[kept]


_NOTHING = np.zeros(0, np.int64)
_DAMAGED = -1


def _each(payloads: Sequence[bytes]) -> tuple[Numbers, Numbers, Numbers]:
    """Payloads among which some are damaged."""
    found = [_alone(payload) for payload in payloads]
    whole = [one for one in found if one is not None]
    return (
        np.array([_DAMAGED if one is None else len(one) for one in found], np.int64),
        np.array([bucket for one in whole for bucket in one], np.int64),
        np.array([count for one in whole for count in one.values()], np.int64),
    )


def _alone(payload: bytes) -> dict[int, int] | None:
    """Counts by bucket; None when it is damaged."""
    try:
        counts = Histogram.of_payload(payload).counts
    except ValueError:
        return None
    return None if counts and max(counts) >= BUCKETS else counts
