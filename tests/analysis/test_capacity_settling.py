"""When a level has settled: changes are left out, chance is not."""

from math import exp
from random import Random

import pytest

from analysis.capacity.settling import settled_from


@pytest.mark.parametrize("readings", [13, 36])
def test_what_is_alike_from_the_start_is_kept(readings: int) -> None:
    dice = Random(7)
    found = []
    for _ in range(300):
        ended = [dice.gauss(10, 3) for _ in range(readings)]
        means = [dice.gauss(0.2, 0.05) for _ in range(readings)]
        found.append(settled_from(ended, means))
    assert sum(left_out == 0 for left_out in found) > 240
    assert sum(left_out is None for left_out in found) < 9


def test_a_queue_that_fades_is_left_out_whichever_series_shows_it() -> None:
    fading = [1 + 3 * exp(-i / 3) for i in range(36)]
    flat = [5.0] * 36
    assert settled_from(flat, fading) == settled_from(fading, flat)
    left_out = settled_from(fading, flat)
    assert left_out is not None and 8 <= left_out <= 18
    assert settled_from(flat, flat) == 0


def test_what_goes_on_changing_has_not_settled() -> None:
    assert settled_from([0.2 + 0.01 * i for i in range(36)]) is None


def test_of_a_handful_of_readings_nothing_can_be_told() -> None:
    assert settled_from([1.0, 2.0, 9.0]) == 0
