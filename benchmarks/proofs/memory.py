"""Memory of processes over a run, and whether it grows."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import fmean

import psutil
from scipy.stats import linregress, t

EVERY_S = 2.0
BLOCK_S = 30.0
"""Readings of neighbouring moments resemble each other; means of blocks hardly do, so that the interval is honest."""


@dataclass(frozen=True, slots=True)
class Trend:
    """MiB, and MiB a minute with its 95 % interval."""

    level: float
    slope: float
    low: float
    high: float

    def flat(self, minutes: float) -> bool:
        """Not shown to grow, or by at most 2 % of itself in that time."""
        return self.low <= 0 or self.slope * minutes <= 0.02 * self.level

    def __str__(self) -> str:
        return f"{self.level:.0f} MiB, {self.slope:+.2f} MiB/min ({self.low:+.2f} to {self.high:+.2f})"


@dataclass(slots=True)
class Watch:
    """Readings of each kind of process: `(seconds on the monotonic clock, MiB)`, all of a kind together."""

    readings: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    def trend(self, kind: str, since: float, until: float) -> Trend:
        """The trend between two moments of the monotonic clock; ValueError when that is less than three blocks."""
        blocks: dict[int, list[float]] = {}
        for moment, mib in self.readings.get(kind, []):
            if since <= moment <= until:
                blocks.setdefault(int((moment - since) // BLOCK_S), []).append(mib)
        if len(blocks) < 3:
            raise ValueError(f"{kind} was seen for less than {3 * BLOCK_S:.0f} s")
        minutes = [number * BLOCK_S / 60 for number in sorted(blocks)]
        means = [fmean(blocks[number]) for number in sorted(blocks)]
        fit = linregress(minutes, means)
        margin = float(t.ppf(0.975, len(means) - 2) * fit.stderr)
        return Trend(means[0], float(fit.slope), float(fit.slope) - margin, float(fit.slope) + margin)

    def level(self, kind: str, moment: float) -> float:
        """Mean MiB of the block that ends at a moment; ValueError when nothing was read in it."""
        return fmean([mib for read, mib in self.readings.get(kind, []) if moment - BLOCK_S <= read <= moment])


@contextmanager
def watching(kinds: dict[str, str]) -> Iterator[Watch]:
    """Read the memory of this process's children; `kinds`: name -> a word of their command line."""
    watch, over = Watch(), threading.Event()

    def read() -> None:
        while not over.wait(EVERY_S):
            sums: dict[str, int] = {}
            for child in psutil.Process().children(recursive=True):
                try:
                    words, own = child.cmdline(), _own_bytes(child)
                except psutil.Error:
                    continue
                for kind, word in kinds.items():
                    if word in words:
                        sums[kind] = sums.get(kind, 0) + own
            for kind, total in sums.items():
                watch.readings.setdefault(kind, []).append((time.monotonic(), total / 2**20))

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        yield watch
    finally:
        over.set()
        reader.join()


def _own_bytes(process: psutil.Process) -> int:
    """What only this process's end would free.

    Not what it shares with others, nor, where the system says so, pages of libraries and files that are as on disk: it
    drops those and reads them again as it likes, and they are shared or not by who else runs.
    """
    if psutil.LINUX:
        return sum(part.private_dirty + part.swap for part in process.memory_maps())
    return int(process.memory_full_info().uss)
