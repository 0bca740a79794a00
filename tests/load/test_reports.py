"""A worker's reports: few bytes, names told once, and nothing that a stranger sends is taken for figures."""

import struct
import zlib
from typing import Any

import msgpack  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.load.hearing import Hearing
from loadtests.load.telling import Telling
from loadtests.results.cells import Cells, Figures
from loadtests.results.delta import Delta
from loadtests.results.histogram import Histogram
from loadtests.results.names import Names, of_outcome
from loadtests.results.packed import pack, pack_names, unpack

series = st.text(min_size=1, max_size=20)
counts = st.integers(1, 2**32 - 1)
buckets = st.integers(0, 23_000)
deltas = st.builds(
    Delta,
    st.just("worker-1"),
    st.just(1),
    st.integers(0, 500),
    st.dictionaries(series, st.dictionaries(buckets, counts, min_size=1, max_size=9), max_size=9),
    st.dictionaries(series, st.dictionaries(st.sampled_from(("ok", "failed", "present")), counts, min_size=1)),
)
SERIES = "web/salesperson/open_view/first"


def over_the_wire(report: dict[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = msgpack.unpackb(msgpack.packb(report), strict_map_key=False)
    return plain


def of_figures(figures: Figures, names: Names) -> tuple[dict[str, dict[int, int]], dict[str, dict[str, int]]]:
    """As a delta holds them."""
    times: dict[str, dict[int, int]] = {}
    outcomes: dict[str, dict[str, int]] = {}
    for key, count in zip(figures.times.keys.tolist(), figures.times.counts.tolist(), strict=True):
        times.setdefault(names[key >> 16], {})[key & 0xFFFF] = count
    for number, count in zip(figures.outcomes.numbers.tolist(), figures.outcomes.counts.tolist(), strict=True):
        name, outcome = of_outcome(names[number])
        outcomes.setdefault(name, {})[outcome] = count
    return times, outcomes


@given(deltas)
def test_a_delta_survives_the_wire(delta: Delta) -> None:
    telling, names = Telling(), Names()
    names.number("a name of another worker")
    delta.errors, delta.counters = [{"count": 1}], {"generator/w|cpu_share": 0.25}
    delta.traffic = {"web/a/b": [1, 2, 0, 3, 2**32 - 1, 2**40 + 5], "web/a/c": [2**32, 0, 0, 0, 0, 0]}
    telling.add([delta])
    ((heard, figures),) = Hearing(names).read(over_the_wire(telling.report("run")))
    assert (heard.worker, heard.sequence, heard.interval) == ("worker-1", 1, delta.interval)
    assert (heard.errors, heard.counters) == (delta.errors, delta.counters)
    assert of_figures(figures, names) == (delta.histograms, delta.outcomes)
    assert {names[number]: sums for number, sums in Cells.summed([figures.traffic]).rows(6)} == delta.traffic


@given(st.lists(st.dictionaries(buckets, st.integers(1, 2**40), min_size=1, max_size=60), min_size=1, max_size=5))
def test_the_words_of_all_series_at_once_are_those_of_each_histogram(made: list[dict[int, int]]) -> None:
    cells = Cells.summed([Cells.counted([(number, one)]) for number, one in enumerate(made)])
    found = [(number, highest, Histogram.of_payload(words)) for number, highest, words in cells.histograms()]
    assert found == [(number, Histogram(one).max_us, Histogram(one)) for number, one in enumerate(made)]


def test_names_go_over_once_and_again_to_a_master_that_lost_them() -> None:
    telling, names = Telling(), Names()
    hearing = Hearing(names)

    def report(sequence: int, tag: str = SERIES) -> dict[str, Any]:
        telling.add([Delta("worker-1", sequence, sequence, {tag: {500: 1}})])
        return telling.report("run", all_of_it=True)

    first = report(1)
    telling.got({"run": "run", **hearing.answer(hearing.read(first))})
    assert not telling.waiting
    second = report(2)
    assert (first["names"], second["names"]) == (pack_names([SERIES]), b"")
    anew = Hearing(names)
    answer = anew.answer(anew.read(second))
    assert answer == {"sequences": [], "names": 0}, "a master that does not know the names takes nothing and asks"
    telling.got(answer)
    third = telling.report("run", all_of_it=True)
    taken = anew.read(third)
    telling.got(anew.answer(taken))
    assert [delta.sequence for delta, _ in taken] == [2]
    assert not telling.waiting
    more = report(3, "another")
    assert [of_figures(figures, names)[0] for _, figures in anew.read(more)] == [{"another": {500: 1}}]


def test_ten_thousand_counts_take_less_than_twenty_kilobytes() -> None:
    rows = [(number // 2, 12_000 + number * 7919 % 1000, 1) for number in range(10_000)]
    assert len(pack(rows)) < 20_000
    assert [column.tolist() for column in unpack(pack(rows), 5000)] == [
        list(c) for c in zip(*sorted(rows), strict=True)
    ]


@given(st.binary(max_size=60))
def test_no_bytes_do_more_than_being_refused(data: bytes) -> None:
    hearing = Hearing(Names())
    wire = {**Delta("w", 1, 0).to_wire(Names()), "histograms": data}
    for report in ({"deltas": [wire], "known": 0, "names": b""}, {"deltas": [{}], "known": 0, "names": data or b"x"}):
        try:
            hearing.read(report)
        except ValueError as error:
            assert str(error)
        else:
            assert data == b""


A_DELTA = Delta("w", 1, 0, {SERIES: {500: 1}}).to_wire(Names())
BOMB = struct.pack("<I", 3) + zlib.compress(bytes(50_000_000), 9)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"traffic": pack([(0, 12, 1)])}, "an amount that cannot be"),
        ({"traffic": pack([(0, 1, 2**31)])}, "an amount that cannot be"),
        ({"histograms": BOMB}, "longer or shorter than they say"),
        ({"histograms": pack([(7, 500, 1)])}, "counts of name 7, but only 1 were told"),
        ({"histograms": pack([(0, 60_000, 1)])}, "beyond an hour"),
        ({"histograms": struct.pack("<I", 2**31)}, "believable number of rows"),
        ({"histograms": {"web": [[500, 1]]}}, "counts are bytes, not dict"),
        ({"interval": 10**9}, "interval 1000000000"),
        ({"sessions": "none"}, "`sessions` of a delta is no list"),
        ({"more": 1}, "a delta with other fields"),
    ],
)
def test_what_is_no_report_is_refused_in_plain_words(change: dict[str, Any], why: str) -> None:
    report = {"deltas": [{**A_DELTA, **change}], "known": 0, "names": pack_names([SERIES])}
    with pytest.raises(ValueError, match=why):
        Hearing(Names()).read(report)
