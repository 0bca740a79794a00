"""Counts by series and bucket as arrays: what the master adds up and writes, of many workers at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from loadtests.results.bulk import Numbers, highest_of_buckets
from loadtests.results.delta import Delta
from loadtests.results.names import Names, outcome_name

_BITS = 16
"""Buckets go up to an hour, which is below 2^15."""
_HIGHEST = highest_of_buckets()
_LONGEST_WORD = 8
"""Bytes of a count below 2^55."""


@dataclass(frozen=True, slots=True)
class Cells:
    """`counts[i]` events of the series and bucket `keys[i]` (series' number x 65,536 + bucket)."""

    keys: Numbers
    counts: Numbers

    def __len__(self) -> int:
        """How many."""
        return len(self.keys)

    @classmethod
    def of(cls, numbers: Numbers, buckets: Numbers, counts: Numbers) -> "Cells":
        """From three columns."""
        return cls(numbers << _BITS | buckets, counts)

    @classmethod
    def none(cls) -> "Cells":
        """Of nothing."""
        return cls(np.zeros(0, np.int64), np.zeros(0, np.int64))

    @classmethod
    def counted(cls, rows: Iterable[tuple[int, Mapping[int, int]]]) -> "Cells":
        """From (series' number, bucket -> count), without a step of Python's for each bucket."""
        numbers: list[int] = []
        tables: list[Mapping[int, int]] = []
        for number, table in rows:
            numbers.append(number)
            tables.append(table)
        buckets = np.array(list(chain.from_iterable(tables)), np.int64)
        counts = np.array(list(chain.from_iterable(table.values() for table in tables)), np.int64)
        return cls.of(np.repeat(np.array(numbers, np.int64), list(map(len, tables))), buckets, counts)

    @classmethod
    def summed(cls, parts: Sequence["Cells"]) -> "Cells":
        """All parts added up, each key once and in ascending order."""
        if not parts:
            return cls.none()
        keys = np.concatenate([part.keys for part in parts])
        counts = np.concatenate([part.counts for part in parts])
        # Each part is in order: a stable sort merges them.
        order = np.argsort(keys, kind="stable")
        keys, counts = keys[order], counts[order]
        starts = _starts(keys)
        return cls(keys[starts], np.add.reduceat(counts, starts) if len(starts) else counts)

    @property
    def numbers(self) -> Numbers:
        """The series' numbers."""
        found: Numbers = self.keys >> _BITS
        return found

    @property
    def buckets(self) -> Numbers:
        """The buckets."""
        found: Numbers = self.keys & ((1 << _BITS) - 1)
        return found

    def rows(self, width: int) -> list[tuple[int, list[int]]]:
        """Of summed cells: each series' number with its counts in the first buckets, so many of them."""
        numbers, row = np.unique(self.numbers, return_inverse=True)
        table = np.zeros((len(numbers), width), np.int64)
        table[row, self.buckets] = self.counts
        return list(zip(numbers.tolist(), table.tolist(), strict=True))

    def histograms(self) -> list[tuple[int, int, bytes]]:
        """Of summed cells: each series' number, highest microsecond, and words as `histogram.compressed` takes them.

        The words are those of `bulk.read`: a count, or minus the length of a run of empty buckets, ZigZag LEB128.
        """
        if not len(self):
            return []
        numbers, buckets = self.numbers, self.buckets
        starts = _starts(numbers)
        expected = np.concatenate(([0], buckets[:-1] + 1))
        expected[starts] = 0
        gaps = buckets - expected
        words = np.empty(2 * len(self), np.int64)
        words[0::2] = np.where(gaps > 0, 2 * gaps - 1, 0)
        words[1::2] = 2 * self.counts
        # No gap is no word, but a count of nothing is one.
        lengths = (words > 0).astype(np.int64)
        lengths[1::2] = 1
        for place in range(1, _LONGEST_WORD):
            lengths += words >= 1 << 7 * place
        ends = np.cumsum(lengths)
        begins = ends - lengths
        out = np.zeros(int(ends[-1]), np.uint8)
        for place in range(int(lengths.max())):
            there = np.flatnonzero(lengths > place)
            more = (lengths[there] > place + 1) * 0x80
            out[begins[there] + place] = (words[there] >> 7 * place) & 0x7F | more
        data = out.tobytes()
        borders = [*begins[2 * starts].tolist(), len(data)]
        lasts = np.concatenate((starts[1:], [len(self)])) - 1
        highest = _HIGHEST[buckets[lasts]].tolist()
        return [
            (number, high, data[begin:end])
            for number, high, begin, end in zip(numbers[starts].tolist(), highest, borders, borders[1:], strict=False)
        ]


@dataclass(frozen=True, slots=True)
class Figures:
    """The counts of a delta, under the numbers of the run's names."""

    times: Cells
    outcomes: Cells
    """Under the names of `outcome_name`, in bucket 0."""
    traffic: Cells
    """Sums in the order of `TRAFFIC_SUMS`, in the bucket of their place."""

    @classmethod
    def of(cls, delta: Delta, names: Names) -> "Figures":
        """Those of a delta that did not come over the wire."""
        return cls(
            Cells.counted((names.number(series), counts) for series, counts in delta.histograms.items()),
            Cells.counted(
                (names.number(outcome_name(series, outcome)), {0: count})
                for series, counts in delta.outcomes.items()
                for outcome, count in counts.items()
            ),
            Cells.counted((names.number(series), dict(enumerate(sums))) for series, sums in delta.traffic.items()),
        )


def _starts(ordered: Numbers) -> Numbers:
    """Where a new value begins."""
    if not len(ordered):
        return np.zeros(0, np.int64)
    return np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
