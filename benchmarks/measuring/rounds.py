"""Interleaved rounds: A B C A B C, so that a slow minute of the machine is everybody's."""

from collections.abc import Callable, Mapping, Sequence
from statistics import median


def interleaved(names: Sequence[str], measure: Callable[[str], float], rounds: int) -> dict[str, list[float]]:
    """Measure each name once a round; the readings of a name in the order of the rounds."""
    readings: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        for name in names:
            readings[name].append(measure(name))
            print(f"  round {number + 1} of {rounds}: {name} {readings[name][-1]:.4g}", flush=True)
    return readings


def ratios(readings: Mapping[str, Sequence[float]], name: str, base: str) -> list[float]:
    """A name's reading over the base's reading of the same round."""
    return [one / other for one, other in zip(readings[name], readings[base], strict=True)]


def spread(values: Sequence[float], digits: int = 3) -> str:
    """Median and, where readings differ, the lowest and highest."""
    low, middle, high = (_short(value, digits) for value in (min(values), median(values), max(values)))
    return middle if low == high else f"{middle} ({low} to {high})"


def _short(value: float, digits: int) -> str:
    if abs(value) < 10**digits:
        return f"{value:#.{digits}g}".rstrip(".")
    return f"{float(f'{value:.{digits}g}'):,.0f}"
