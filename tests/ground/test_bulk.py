"""Reading an interval log in bulk gives line by line what reading it one by one gives, damage too."""

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.results import bulk, interval_log
from loadtests.results.bulk import BUCKETS, buckets_of, highest_of_buckets
from loadtests.results.histogram import HIGHEST_US, Histogram, bucket_index, bucket_range
from loadtests.results.sums import Sums

counts = st.dictionaries(st.integers(0, BUCKETS - 1), st.integers(1, 2**40), max_size=30)


def one_by_one(path: Path) -> tuple[list[tuple[str, int, dict[int, int]]], list[str]]:
    damage: list[str] = []
    return [(line.tag, line.interval, line.histogram.counts) for line in interval_log.read(path, damage)], damage


def in_bulk(path: Path) -> tuple[list[tuple[str, int, dict[int, int]]], list[str]]:
    damage: list[str] = []
    lines = [
        (line.tag, line.interval, dict(zip(line.buckets.tolist(), line.counts.tolist(), strict=True)))
        for block in bulk.read(path, damage)
        for line in block.one_by_one()
    ]
    return lines, damage


@given(st.lists(counts, max_size=12))
def test_every_histogram_is_read_as_one_by_one(tmp_path_factory: pytest.TempPathFactory, lines: list[dict]) -> None:
    path = tmp_path_factory.mktemp("log") / "intervals.hlog"
    text = (interval_log.line(f"web/a/t{n}/first", n, Histogram(one)) for n, one in enumerate(lines))
    path.write_text(interval_log.header(0, "test") + "".join(text), encoding="utf-8")
    expected = [(f"web/a/t{n}/first", n, dict(sorted(one.items()))) for n, one in enumerate(lines)]
    assert in_bulk(path) == (expected, [])


@given(st.data())
def test_whatever_is_damaged_the_same_lines_are_left_out(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("log") / "intervals.hlog"
    chance = random.Random(data.draw(st.integers(0, 1000)))
    text = interval_log.header(0, "test")
    for n in range(6):
        text += interval_log.line(f"web/a/t{n}/first", n, Histogram({chance.randrange(9000): 3, 9001: 2**30}))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(text) - 1))
        text = text[:place] + data.draw(st.sampled_from("Aa0,=\n#")) + text[place + 1 :]
    path.write_text(text, encoding="utf-8")
    assert in_bulk(path) == one_by_one(path)


def test_a_count_beyond_the_last_bucket_is_damage_and_no_memory_is_taken_for_it(tmp_path: Path) -> None:
    path = tmp_path / "intervals.hlog"
    far = Histogram({BUCKETS: 1})
    path.write_text(
        interval_log.line("web/a/t/first", 0, far) + interval_log.line("web/a/t/first", 1, Histogram({5: 1}))
    )
    assert in_bulk(path) == (
        [("web/a/t/first", 1, {5: 1})],
        ["intervals.hlog:1: half-written, or not an interval line"],
    )


@given(st.lists(st.lists(st.tuples(st.integers(0, 3), counts), max_size=4), max_size=4))
def test_sums_are_what_adding_histograms_gives(blocks: list[list[tuple[int, dict]]]) -> None:
    sums, expected = Sums(), [Histogram() for _ in range(4)]
    for block in blocks:
        table = np.array(
            [(series, bucket, count) for series, one in block for bucket, count in one.items()], np.int64
        ).reshape(-1, 3)
        sums.add(*table.T)
        for series, one in block:
            expected[series].add(Histogram(one))
    assert [sums.counts(series).histogram() for series in range(4)] == expected


def test_the_last_bucket_holds_an_hour() -> None:
    assert bucket_index(HIGHEST_US) == BUCKETS - 1


def test_all_buckets_at_once_are_what_they_are_one_by_one() -> None:
    assert highest_of_buckets().tolist() == [bucket_range(index)[1] for index in range(BUCKETS)]
    edges = sorted({us for index in range(BUCKETS) for us in bucket_range(index)} | {HIGHEST_US + 9})
    assert buckets_of(np.array([-1, *edges], np.int64)).tolist() == [0, *(bucket_index(us) for us in edges)]


@given(counts, st.integers(0, HIGHEST_US), st.integers(1, 2**42))
def test_ranks_and_shares_are_counted_from_the_buckets(one: dict[int, int], us: int, rank: int) -> None:
    histogram = Histogram(one)
    assert histogram.at_or_below(us) == sum(n for index, n in one.items() if bucket_range(index)[1] <= us)
    ranked = [index for index in sorted(one) if sum(n for i, n in one.items() if i <= index) >= rank]
    expected = bucket_range(ranked[0])[1] if ranked else histogram.max_us
    assert histogram.value_at_rank(rank) == expected
    histogram.record(us)
    assert histogram.at_or_below(HIGHEST_US * 2) == sum(one.values()) + 1, "what is added later counts too"
