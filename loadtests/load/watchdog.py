"""The watchdog: whether most of what people do goes wrong. More of it would teach nothing and could harm."""

import numpy as np

from loadtests.results.cells import Cells
from loadtests.results.names import Names, of_outcome
from loadtests.results.rows import is_transaction

INTERVALS = 3
"""It looks at the last 15 s ..."""
LEAST = 50
"""... and at no fewer transactions than this."""
WRONG = ("failed", "denied", "leaked", "throttled")


class Watchdog:
    """Looks at outcomes, under the numbers of the run's names."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._done = np.zeros(0, bool)
        """Whether the name of a number counts transactions ..."""
        self._wrong = np.zeros(0, bool)
        """... and such as went wrong."""
        self._recent: dict[int, tuple[int, int]] = {}

    def note(self, interval: int, outcomes: Cells) -> tuple[int, int]:
        """Take these in; transactions of the last intervals, and how many of them went wrong."""
        self._learn()
        numbers = outcomes.numbers
        done, wrong = self._recent.get(interval, (0, 0))
        done += int(outcomes.counts[self._done[numbers]].sum())
        wrong += int(outcomes.counts[self._wrong[numbers]].sum())
        self._recent[interval] = (done, wrong)
        for old in sorted(self._recent)[: -2 * INTERVALS]:
            del self._recent[old]
        window = [self._recent[i] for i in sorted(self._recent)[-INTERVALS:]]
        return sum(d for d, _ in window), sum(w for _, w in window)

    def _learn(self) -> None:
        new = [of_outcome(name) for name in self._names.since(len(self._done))]
        if new:
            done = np.array([is_transaction(series) for series, _ in new])
            wrong = np.array([outcome in WRONG for _, outcome in new])
            self._done = np.concatenate((self._done, done))
            self._wrong = np.concatenate((self._wrong, done & wrong))
