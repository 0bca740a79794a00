"""The master's side of a worker's reports: its numbers become the run's, what cannot be read is refused."""

from dataclasses import fields
from typing import Any

import numpy as np

from loadtests.results.bulk import Numbers
from loadtests.results.cells import Cells, Figures
from loadtests.results.delta import PACKED, Delta
from loadtests.results.interval_log import LAST_INTERVAL
from loadtests.results.names import Names
from loadtests.results.packed import MOST_NAMES, unpack, unpack_names, unpack_wide
from loadtests.results.rows import TRAFFIC_SUMS

_PLAIN = {field.name: field for field in fields(Delta) if field.name not in PACKED}


class Hearing:
    """Of one worker. `names` are the run's; a worker's number for a name is its place among those that it told."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._numbers = np.zeros(0, np.int64)
        """A worker's number -> the run's."""

    def read(self, report: dict[str, Any]) -> list[tuple[Delta, Figures]]:
        """The deltas of a report of `loadtests.load.telling`; ValueError, in plain words, for anything else.

        An empty list where it builds on names that were told to somebody else: `answer` asks for them.
        """
        deltas = report.get("deltas")
        if not isinstance(deltas, list):
            raise ValueError("a report without deltas")
        if not deltas or not self._learn(report):
            return []
        return [self._delta(wire) for wire in deltas]

    def answer(self, taken: list[tuple[Delta, Figures]]) -> dict[str, Any]:
        """What the worker is told of them."""
        return {"sequences": [delta.sequence for delta, _ in taken], "names": len(self._numbers)}

    def _learn(self, report: dict[str, Any]) -> bool:
        """False when names are missing before those in the report."""
        known, packed = report.get("known"), report.get("names")
        if not isinstance(known, int) or known < 0:
            raise ValueError("a report that does not say how many names it takes for known")
        if known > len(self._numbers):
            return False
        if packed:
            told = unpack_names(packed)
            if known + len(told) > MOST_NAMES:
                raise ValueError(f"more than {MOST_NAMES:,} names of series")
            new = np.array([self._names.number(name) for name in told], np.int64)
            self._numbers = np.concatenate((self._numbers[:known], new))
        return True

    def _delta(self, wire: Any) -> tuple[Delta, Figures]:
        if not isinstance(wire, dict) or wire.keys() != {*_PLAIN, *PACKED}:
            raise ValueError("a delta with other fields")
        delta = Delta(**{name: wire[name] for name in _PLAIN})
        for name, field in _PLAIN.items():
            like = str if name == "worker" else int if name in ("sequence", "interval") else field.default_factory
            if not isinstance(wire[name], like):  # type: ignore[arg-type]
                raise ValueError(f"`{name}` of a delta is no {like.__name__}")  # type: ignore[union-attr]
        if not 0 <= delta.interval <= LAST_INTERVAL or delta.sequence < 0:
            raise ValueError(f"interval {delta.interval}, sequence {delta.sequence} of a delta cannot be")
        names = len(self._numbers)
        return delta, Figures(
            self._cells(*unpack(wire["histograms"], names)),
            self._cells(*unpack(wire["outcomes"], names)),
            self._cells(*unpack_wide(wire["traffic"], names, len(TRAFFIC_SUMS))),
        )

    def _cells(self, numbers: Numbers, buckets: Numbers, counts: Numbers) -> Cells:
        return Cells.of(self._numbers[numbers], buckets, counts)
