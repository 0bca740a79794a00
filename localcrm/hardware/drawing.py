"""Random times around a mean."""

from __future__ import annotations

import math
import random
from typing import Protocol


class Spread(Protocol):
    """What a distribution has to say: its ``shape`` (``lognormal`` or ``gamma``) and standard deviation / mean."""

    @property
    def shape(self) -> str:
        """The family."""
        ...

    @property
    def cv(self) -> float:
        """Standard deviation / mean; 0 makes the times constant."""
        ...


def factor(dice: random.Random, spread: Spread) -> float:
    """A random number with mean 1 and the wanted coefficient of variation."""
    if spread.cv == 0:
        return 1.0
    square = spread.cv**2
    if spread.shape == "gamma":
        return dice.gammavariate(1 / square, square)
    deviation = math.sqrt(math.log1p(square))
    return dice.lognormvariate(-(deviation**2) / 2, deviation)
