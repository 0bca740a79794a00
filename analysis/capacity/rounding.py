"""Figures that do not look more exact than they are."""

from math import ceil, floor, log10


def outward(people: float, *, up: bool) -> float:
    """The end of an interval in two digits, rounded away from the middle; whole people below ten."""
    if people <= 0:
        return 0.0
    unit = 10.0 ** max(0, floor(log10(people)) - 1)
    # A hair's breadth off a round number is that number.
    steps = people / unit
    return (ceil(steps - 1e-9) if up else floor(steps + 1e-9)) * unit
