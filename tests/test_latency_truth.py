"""Short version of `make prove latency`: true waits at low load, and a generator that stood still is told."""

from pathlib import Path

import pytest

from benchmarks.measuring.slow_server import slow_server, why_not
from benchmarks.measuring.waiting_runs import Load, run
from benchmarks.proofs.latency import within

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())


def test_recorded_waits_are_not_below_the_servers_own_and_a_generator_that_stood_still_makes_it_inconclusive(
    tmp_path: Path,
):
    with slow_server(tmp_path) as server:
        # A tenth of a second twice a second: the processor has plenty left, and many acts begin late.
        load = Load(people=40, pause_s=0.5, seconds=10, arrive_s=4, settle_s=1, stall="0.4,0.1")
        outcome = run(server, load, tmp_path / "run")
    for name, wait in outcome.waits.items():
        assert wait.n > 5, name
        # Histograms keep three digits.
        assert wait.p50_ms >= 0.998 * wait.true_p50_ms, name
    assert outcome.verdict == "inconclusive"
    assert ["acted up to" in problem for problem in outcome.why] == [True], outcome.why


@pytest.mark.parametrize(
    ("recorded", "true", "near"), [(3.2, 1.3, True), (3.4, 1.3, False), (1040, 1000, True), (1060, 1000, False)]
)
def test_near_is_two_milliseconds_or_five_per_cent(recorded: float, true: float, near: bool):
    assert within(recorded, true) is near
