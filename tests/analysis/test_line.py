"""What a line adds, in arithmetic that can be followed by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.line import Line, added_seconds, seconds_on
from loadtests.results.waves import Example, Exchange, HostWave

NEAR, FAR = Line(0.0), Line(0.1)


def example(*waves: tuple[int, list[Exchange]]) -> Example:
    return Example(
        "web/open_view/everyday", 0, 0, tuple((HostWave(kept, tuple(exchanges)),) for kept, exchanges in waves)
    )


def small(n: int = 1, *, opened: bool = False, legs: int = 0, server_us: int = 0) -> list[Exchange]:
    return [Exchange(opened, legs, 500, 1000, server_us)] * n


@pytest.mark.parametrize(
    ("what", "round_trips"),
    [
        (example((6, small(6))), 1),
        (example((6, small(12))), 2),
        (example((0, small(1, opened=True))), 3),
        (example((0, small(1, opened=True, legs=2))), 5),
        (example((6, small(6, legs=2))), 3),
        (example((1, small(1)), (1, small(1))), 2),
        (example((6, [Exchange(False, 0, 500, 14_000, 0)])), 1),
        (example((6, [Exchange(False, 0, 500, 40_000, 0)])), 2),
        (example((6, [Exchange(False, 0, 500, 100_000, 0)])), 3),
    ],
)
def test_a_line_of_any_width_adds_its_round_trips(what: Example, round_trips: int) -> None:
    assert seconds_on(FAR, what) == pytest.approx(round_trips * 0.1)
    assert added_seconds(what, FAR, Line(0.02)) == pytest.approx(round_trips * 0.08)


def test_the_servers_own_time_is_in_it_where_it_is_waited_for() -> None:
    # One slow answer beside eleven quick ones: the quick ones' second round hides behind it.
    slow = [Exchange(False, 0, 500, 1000, 400_000), *small(11)]
    assert seconds_on(FAR, example((6, slow))) == pytest.approx(0.5)


def test_a_narrow_line_carries_one_byte_after_another() -> None:
    what = example((6, [Exchange(False, 0, 0, 10_000, 0)] * 6))
    # 60,000 bytes and what TCP, IP and TLS add at 1 Mbit/s.
    assert seconds_on(Line(0.1, 1e6), what) == pytest.approx(0.1 + 60_000 * 1.0375 * 8 / 1e6, rel=0.01)


def test_while_one_connection_waits_others_fill_the_line() -> None:
    files = [Exchange(False, 0, 300, 25_000, 0)] * 60
    busy = 60 * 25_000 * 1.0375 * 8 / 10e6
    assert busy < seconds_on(Line(0.08, 10e6), example((6, files))) < busy + 3 * 0.08


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 300_000), st.integers(0, 500_000)), min_size=1, max_size=30),
    st.integers(1, 6),
    st.floats(0, 0.5),
    st.floats(1e5, 1e9),
)
def test_a_longer_or_narrower_line_is_never_quicker(
    requests: list[tuple[bool, int, int]], kept: int, rtt_s: float, bits_per_s: float
) -> None:
    what = example((kept, [Exchange(False, 0, 500, size, server_us) for _, size, server_us in requests]))
    time = seconds_on(Line(rtt_s, bits_per_s), what)
    assert time >= seconds_on(Line(0.0), what) - 1e-9
    assert time >= rtt_s
    assert time >= sum(size for _, size, _ in requests) * 8 / bits_per_s
