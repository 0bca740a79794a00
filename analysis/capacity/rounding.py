"""Figures that do not look more exact than they are."""

from math import ceil, floor, log10
from typing import Any

_DIGITS = 6
"""Significant ones: more would be noise, and may differ between processors."""


def outward(people: float, *, up: bool) -> float:
    """The end of an interval in two digits, rounded away from the middle; whole people below ten."""
    if people <= 0:
        return 0.0
    unit = 10.0 ** max(0, floor(log10(people)) - 1)
    # A hair's breadth off a round number is that number.
    steps = people / unit
    return (ceil(steps - 1e-9) if up else floor(steps + 1e-9)) * unit


def significant(data: Any) -> Any:
    """Plain data with its figures to six significant digits; tuples become lists, whatever else stays as it is."""
    match data:
        case float():
            return float(f"{data:.{_DIGITS}g}")
        case dict():
            return {key: significant(one) for key, one in data.items()}
        case list() | tuple():
            return [significant(one) for one in data]
        case _:
            return data
