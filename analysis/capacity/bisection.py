"""Where something ceases to hold, by halving."""

from collections.abc import Callable


def boundary(low: int, high: int, holds: Callable[[int], bool]) -> tuple[int, int]:
    """Two neighbours between `low` and `high`: it holds for the first and not for the second.

    Both ends are taken to be so and are not asked. `holds` must not come back once it has ceased.
    """
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low, high
