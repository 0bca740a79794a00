"""Counts of many series added up in arrays: by the block of lines, not by the line."""

import numpy as np

from loadtests.results.bulk import BUCKETS, Counts, Numbers
from loadtests.results.histogram import HALF

_BITS = HALF.bit_length() - 1
_PAGES = (BUCKETS - 1 >> _BITS) + 1
_NONE = -1


class Sums:
    """Numbered series. Each has a page of counts for every doubling of time that it has times in, and no other."""

    __slots__ = ("_page_of", "_pages", "_used")

    def __init__(self) -> None:
        self._page_of = np.full((0, _PAGES), _NONE, np.int64)
        """By series and doubling."""
        self._pages = np.zeros((0, HALF), np.int64)
        self._used = 0

    def add(self, series: Numbers, buckets: Numbers, counts: Numbers) -> None:
        """Add `counts[i]` to the bucket `buckets[i]` of `series[i]`; each may stand there more than once."""
        if not len(series):
            return
        missing = int(series.max()) + 1 - len(self._page_of)
        if missing > 0:
            self._page_of = np.concatenate((self._page_of, np.full((missing, _PAGES), _NONE, np.int64)))
        doublings = buckets >> _BITS
        pages = self._page_of[series, doublings]
        new = pages == _NONE
        if new.any():
            self._open(np.unique(series[new] * _PAGES + doublings[new]))
            pages = self._page_of[series, doublings]
        np.add.at(self._pages.reshape(-1), (pages << _BITS) | (buckets & (HALF - 1)), counts)

    def counts(self, series: int) -> Counts:
        """What was added to a series, each bucket once and in ascending order."""
        if series >= len(self._page_of):
            return Counts(np.zeros(0, np.int64), np.zeros(0, np.int64))
        doublings = np.flatnonzero(self._page_of[series] != _NONE)
        table = self._pages[self._page_of[series, doublings]]
        page, place = np.nonzero(table)
        return Counts((doublings[page] << _BITS) | place, table[page, place])

    def _open(self, places: Numbers) -> None:
        """A page each for series x `_PAGES` + doubling."""
        used = self._used + len(places)
        if used > len(self._pages):
            more = np.zeros((max(used, 2 * len(self._pages)), HALF), np.int64)
            more[: self._used] = self._pages[: self._used]
            self._pages = more
        self._page_of.reshape(-1)[places] = np.arange(self._used, used)
        self._used = used
