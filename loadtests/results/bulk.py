"""Reading an interval log by the thousand lines: what a long run costs to judge lies in the decoding.

The lines that `interval_log.read` gives, with arrays of buckets and counts in place of histograms.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from loadtests.results.histogram import HALF, HIGHEST_US, SUB_BUCKETS, Histogram, bucket_index, payload_of
from loadtests.results.interval_log import begin_of, damaged, split

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


class CountedLine(NamedTuple):
    """One line, each bucket once."""

    tag: str
    interval: int
    buckets: Numbers
    counts: Numbers


class Sum:
    """Lines of one series added up."""

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts = np.zeros(0, np.int64)

    def add(self, buckets: Numbers, counts: Numbers) -> None:
        """Add counts; a bucket may stand there more than once."""
        if not len(buckets):
            return
        highest = int(buckets.max())
        if highest >= len(self._counts):
            longer = np.zeros(highest + 1 + highest // 8, np.int64)
            longer[: len(self._counts)] = self._counts
            self._counts = longer
        np.add.at(self._counts, buckets, counts)

    def histogram(self) -> Histogram:
        """What was added."""
        used, counts = self.counts()
        return Histogram(dict(zip(used.tolist(), counts.tolist(), strict=True)))

    def counts(self) -> Counts:
        """What was added, each bucket once and in ascending order."""
        used = np.flatnonzero(self._counts)
        return Counts(used, self._counts[used])


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
) -> Iterator[CountedLine]:
    """The lines of the wanted tags and intervals in the order written.

    A line that cannot be read is named in `damage` and left out; of those not wanted the histogram is not looked at.
    """
    with path.open(encoding="utf-8", errors="replace") as file:
        numbered = enumerate(file, start=1)
        while some := list(islice(numbered, _LINES)):
            found: list[tuple[int, str, int, bytes]] = []
            for number, text in some:
                if text.startswith(("#", '"')):
                    continue
                begin = begin_of(text)
                if begin is not None and not wanted(*begin):
                    continue
                try:
                    if begin is None or (parts := split(text[:-1])) is None:
                        raise ValueError("not an interval line")
                    found.append((number, *begin, payload_of(parts[2])))
                except ValueError:
                    damage.append(damaged(path, number))
            decoded = _decoded([payload for *_, payload in found])
            for (number, tag, interval, _), one in zip(found, decoded, strict=True):
                if one is None:
                    damage.append(damaged(path, number))
                else:
                    yield CountedLine(tag, interval, *one)


def _decoded(payloads: Sequence[bytes]) -> list[tuple[Numbers, Numbers] | None]:
    """Buckets and counts of each payload; None for one that is cut short or counts beyond an hour.

    A payload is of ZigZag LEB128 words: a count, or minus the length of a run of empty buckets.
    """
    data = np.frombuffer(b"".join(payloads), np.uint8)
    if not len(data):
        return [(_NOTHING, _NOTHING)] * len(payloads)
    if any(payload and payload[-1] >= 0x80 for payload in payloads):
        return [_alone(payload) for payload in payloads]
    ends = np.flatnonzero(data < 0x80)
    starts = np.concatenate(([0], ends[:-1] + 1))
    # Most words are of one byte: only the others are put together.
    long = np.flatnonzero(ends > starts)
    more = ends[long] - starts[long]
    most = int(more.max(initial=0))
    if most >= _LONGEST_WORD:
        return [_alone(payload) for payload in payloads]
    word = data[starts].astype(np.int64)
    word[long] &= 0x7F
    for place in range(1, most + 1):
        there = long[more >= place]
        word[there] |= (data[starts[there] + place] & 0x7F).astype(np.int64) << (7 * place)
    half, is_gap = word >> 1, word & 1
    # Minus the length of a run: an odd word 2n - 1 stands for -n.
    after = np.cumsum(np.where(is_gap, half + 1, 1))
    kept = np.flatnonzero((is_gap == 0) & (half > 0))
    buckets, counts = after[kept] - 1, half[kept]
    borders = np.searchsorted(ends, np.cumsum([len(payload) for payload in payloads]))
    kept_borders = np.searchsorted(kept, borders)
    passed = np.concatenate(([0], after))[borders]
    found: list[tuple[Numbers, Numbers] | None] = []
    before = begin = 0
    for end, passed_there in zip(kept_borders.tolist(), passed.tolist(), strict=True):
        mine = buckets[begin:end] - before if end > begin else _NOTHING
        found.append(None if len(mine) and mine[-1] >= BUCKETS else (mine, counts[begin:end]))
        before, begin = passed_there, end
    return found


_NOTHING = np.zeros(0, np.int64)


def _alone(payload: bytes) -> tuple[Numbers, Numbers] | None:
    """One payload among which some are damaged."""
    try:
        counts = Histogram.of_payload(payload).counts
    except ValueError:
        return None
    if counts and max(counts) >= BUCKETS:
        return None
    return np.array(list(counts), np.int64), np.array(list(counts.values()), np.int64)
