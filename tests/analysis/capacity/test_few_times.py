"""A 95th percentile of few, very different times is told to be one."""

from dataclasses import replace
from pathlib import Path

import pytest

from analysis.capacity.fit import fit
from analysis.capacity.measured import Measured, Times
from analysis.capacity.measured_record import measured_from_json
from loadtests.results.histogram import Histogram

RUNS = Path(__file__).resolve().parents[3] / "benchmarks" / "data" / "advisor_runs"


@pytest.fixture(scope="module")
def run() -> Measured:
    """Recorded against the local CRM: 370 times of each transaction in the last step."""
    return measured_from_json((RUNS / "database--today.json").read_text(encoding="utf-8"))


def _said(run: Measured, seconds: dict[float, int]) -> list[str]:
    """Of the run, had its last step taken so many of these times for one of its transactions."""
    histogram = Histogram()
    for each, count in seconds.items():
        histogram.record(round(each * 1e6), count)
    last = run.steps[-1]
    times = Times(histogram.total, last.mean_s, histogram.percentile(95) / 1e6, histogram)
    changed = replace(last, times={**last.times, "web/quick_find": times})
    limits = {**run.limits_s, "web/quick_find": 9.0}
    model = fit(replace(run, steps=(*run.steps[:-1], changed), limits_s=limits))
    return [warning.text for warning in getattr(model, "warnings", ()) if warning.kind == "few"]


def test_many_times_say_nothing(run: Measured) -> None:
    assert not [w for w in getattr(fit(run), "warnings", ()) if w.kind == "few"]


def test_a_p95_between_very_different_times_is_named_with_what_to_do(run: Measured) -> None:
    """Of 60 times the 57th is the p95; by chance it may be the 54th or the 60th."""
    assert _said(run, {1.0: 57, 1.5: 3}) == [
        f"Search (web) was measured 60 times in {run.steps[-1].name}: its p95 of 1 s may as well be 1 or 1.5 s. "
        "Hold every step 4 times as long."
    ]


def test_as_few_that_are_alike_say_nothing(run: Measured) -> None:
    assert not _said(run, {1.0: 57, 1.1: 3})
