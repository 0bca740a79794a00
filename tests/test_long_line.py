"""The line of `make prove network` is as long as it says, and the model does not promise what no line can keep."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from analysis.line import Line, seconds_on
from benchmarks.measuring.line import why_not
from loadtests.results.waves import Example

PROJECT = Path(__file__).resolve().parents[1]
RTT_S = 0.08


@pytest.mark.skipif(bool(why_not()), reason=why_not())
def test_a_real_line_takes_at_least_what_the_model_says_and_every_round_trip_is_counted() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.long_line", str(RTT_S)],
        cwd=PROJECT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    said = json.loads(done.stdout)
    example = Example.from_fields(said)
    # A handshake of two and the request; five more connections beside the first, then what is left; one more.
    assert said["round_trips"] == 3 + 4 + 1
    assert example.connect_us / 1e6 >= RTT_S, "opening a connection takes a round trip"
    without_server = Example.from_fields({**said, "waves": [_instant(wave) for wave in said["waves"]]})
    assert example.elapsed_us / 1e6 >= 0.98 * seconds_on(Line(RTT_S), without_server)


def _instant(wave: list[list[object]]) -> list[list[object]]:
    return [[kept, [[*exchange[:4], 0] for exchange in exchanges]] for kept, exchanges in wave]  # type: ignore[attr-defined]
