"""Our histograms against the independent `hdrhistogram` package and against arithmetic."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader
from hypothesis import given
from hypothesis import strategies as st

from loadtests.results.delta import Delta
from loadtests.results.histogram import HIGHEST_US, Histogram, bucket_index, bucket_range
from loadtests.results.run_folder import RunFolder
from loadtests.results.writer import RunWriter

times = st.integers(min_value=0, max_value=HIGHEST_US)


def of(values: list[int]) -> Histogram:
    histogram = Histogram()
    for value in values:
        histogram.record(value)
    return histogram


@given(times)
def test_a_time_lies_in_its_bucket_and_the_bucket_is_narrower_than_a_thousandth(us: int) -> None:
    low, high = bucket_range(bucket_index(us))
    assert low <= us <= high
    assert high - low <= max(us, 1) / 1000


@given(st.lists(times, min_size=1, max_size=200))
def test_the_v2_form_survives_a_round_trip(values: list[int]) -> None:
    assert Histogram.decode(of(values).encode()) == of(values)


@given(st.lists(st.integers(1, HIGHEST_US), min_size=1, max_size=200), st.floats(0.1, 100))
def test_percentiles_equal_the_independent_package_within_one_bucket(values: list[int], percent: float) -> None:
    ours = of(values)
    theirs = HdrHistogram.decode(ours.encode())
    assert theirs.get_total_count() == len(values)
    mine, other = ours.percentile(percent), theirs.get_value_at_percentile(percent)
    assert abs(bucket_index(mine) - bucket_index(other)) <= 1


@given(st.lists(st.integers(1, HIGHEST_US), min_size=1, max_size=100))
def test_what_the_independent_package_writes_we_read(values: list[int]) -> None:
    theirs = HdrHistogram(1, HIGHEST_US, 3)
    for value in values:
        theirs.record_value(value)
    encoded = theirs.encode()
    text = encoded.decode() if isinstance(encoded, bytes) else encoded
    assert Histogram.decode(text) == of(values)


@given(st.lists(times, max_size=50), st.lists(times, max_size=50))
def test_merging_two_parts_equals_recording_all(left: list[int], right: list[int]) -> None:
    merged = of(left)
    merged.add(of(right))
    assert merged == of(left + right)


def test_known_percentiles() -> None:
    histogram = of([1000 * i for i in range(1, 101)])
    # 95 of 100 values are at or below 95 ms; the bucket that holds 95,000 us ends at 95,039.
    assert histogram.percentile(95) == 95_039
    assert histogram.percentile(100) == histogram.max_us == 100_031
    assert Histogram().percentile(95) == 0


def test_a_time_beyond_an_hour_counts_as_an_hour() -> None:
    assert of([2 * HIGHEST_US]).counts == of([HIGHEST_US]).counts


@pytest.mark.parametrize("times_each", [1, 7, 400])
def test_the_independent_package_reads_the_log_of_a_run_of_many_workers(tmp_path: Path, times_each: int) -> None:
    started = datetime(2026, 11, 23, 10, 15, tzinfo=UTC)
    folder = RunFolder.create(tmp_path, "demo", started)
    writer = RunWriter(folder, started)
    recorded = []
    for worker in range(3):
        mine = [1 + (worker + 3 * number) * 7919 for number in range(times_each)]
        recorded += mine
        writer.append(Delta(f"worker-{worker}", 1, 4, {"web/it/save/first": of(mine).counts}))
    writer.end_stage("work", 5)
    writer.close()
    reader = HistogramLogReader(str(folder.file("intervals.hlog")), HdrHistogram(1, HIGHEST_US, 3))
    theirs = [reader.get_next_interval_histogram() for _ in range(3)]
    reader.close()
    seen = [(one.get_tag(), one.get_start_time_stamp(), one.get_total_count()) for one in theirs[:2]]
    begun_ms = started.timestamp() * 1000
    assert seen == [
        ("web/it/save/first", begun_ms + 20_000, 3 * times_each),
        ("stage/work/web/it/save/first", begun_ms + 25_000, 3 * times_each),
    ]
    for one in theirs[:2]:
        counts = {
            bucket_index(value.value_iterated_to): value.count_at_value_iterated_to
            for value in one.get_recorded_iterator()
        }
        assert counts == of(recorded).counts
    assert theirs[2] is None
