"""Seeded drawing of whole columns: the same seed gives the same values on every machine and Python."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import TypeVar

T = TypeVar("T")

#: The day the generated company lives in; the data does not depend on the clock.
TODAY = date(2026, 11, 20)
_PAST_DAYS = 1095
_DAYS = [(TODAY - timedelta(days=back)).isoformat() for back in range(_PAST_DAYS)]
_AHEAD = [(TODAY + timedelta(days=ahead)).isoformat() for ahead in range(-30, 120)]
#: Moments of the working day, 07:00 to 18:59.
_TIMES = [f"T{7 + n // 60:02d}:{n % 60:02d}:{n * 37 % 60:02d}Z" for n in range(12 * 60)]


class Draw:
    """Draws ``count`` values at a time from its own stream, named so that adding a stream moves no other."""

    def __init__(self, seed: int, stream: str) -> None:
        self._random = random.Random(f"{seed}/{stream}")

    def ids(self, count: int) -> list[str]:
        """GUIDs in the CRM's spelling: lower case with dashes, version 4."""
        bits = self._random.getrandbits
        found = []
        for _ in range(count):
            text = f"{bits(128):032x}"
            found.append(f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}")
        return found

    def pick(self, pool: Sequence[T], count: int, weights: Sequence[float] | None = None) -> list[T]:
        """Values of a pool with replacement."""
        return self._random.choices(pool, weights, k=count)

    def numbers(self, low: int, high: int, count: int) -> list[int]:
        """Whole numbers from ``low`` to ``high``, both included."""
        span = high - low + 1
        rnd = self._random.random
        return [low + int(rnd() * span) for _ in range(count)]

    def amounts(self, low: int, high: int, count: int, step: int = 100) -> list[float]:
        """Amounts of money in steps, most of them small as in life."""
        rnd = self._random.random
        return [float(round((low + (high - low) * rnd() ** 3) / step) * step) for _ in range(count)]

    def sometimes(self, values: Sequence[T], share: float) -> list[T | None]:
        """The values, each kept with probability ``share`` and None otherwise."""
        rnd = self._random.random
        return [value if rnd() < share else None for value in values]

    def phones(self, count: int) -> list[str]:
        """Telephone numbers of the range that is kept free for fiction."""
        return [f"+1 555 01{n // 10000:02d} {n % 10000:04d}" for n in self.numbers(0, 999_999, count)]

    def past(self, count: int) -> list[str]:
        """Moments of the last three years, later ones likelier."""
        rnd = self._random.random
        days = [_DAYS[int(_PAST_DAYS * rnd() ** 2)] for _ in range(count)]
        return [day + time for day, time in zip(days, self.pick(_TIMES, count), strict=True)]

    def later(self, moments: Sequence[str]) -> list[str]:
        """For each moment one at or after it, and before tomorrow."""
        others = self.past(len(moments))
        return [max(pair) for pair in zip(moments, others, strict=True)]

    def due(self, count: int) -> list[str]:
        """Moments from a month ago to four months ahead: when open work falls due."""
        days = self.pick(_AHEAD, count)
        return [day + time for day, time in zip(days, self.pick(_TIMES, count), strict=True)]

    def due_days(self, count: int) -> list[str]:
        """Days from a month ago to four months ahead."""
        return self.pick(_AHEAD, count)
