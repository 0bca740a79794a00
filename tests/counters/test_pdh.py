"""Performance logs as Windows' tools write them, in any language and encoding."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtests.counters.pdh import read_pdh
from loadtests.counters.recognise import read_counters
from loadtests.counters.text import number
from loadtests.counters.windows_names import CounterPath, english, localised, parse_path
from loadtests.counters.zones import zone_named
from loadtests.errors import CrmloadError

PERFMON = r""""(PDH-CSV 4.0) (Pacific Daylight Time)(420)","\\HARNESS\Processor(_Total)\% Processor Time","\\HARNESS\Memory\Available MBytes","\\HARNESS\PhysicalDisk(_Total)\% Idle Time"
"07/23/2026 06:04:43.000"," ","4112"," "
"07/23/2026 06:04:44.000","12.345678901234567","4110","99.48"
"07/23/2026 06:04:45.000","-1","4108","99.5"
"07/23/2026 06:04:46.000","50","4106",""
"""  # noqa: E501
TYPEPERF = r"""
"(PDH-CSV 4.0)","\\CRMFE01\Processor(_Total)\% Processor Time"
"11/20/2026 11:15:05.824","0.000000"
"11/20/2026 11:15:10.830","40.000000"

Exiting, please wait...
The command completed successfully.
"""
GERMAN = r""""(PDH-CSV 4.0) (Mitteleuropäische Zeit)(-60)";"\\CRMFE01\Prozessor(_Total)\Prozessorzeit (%)";"\\CRMFE01\Arbeitsspeicher\Verfügbare MB";"\\CRMFE01\Netzwerkschnittstelle(vmxnet3 Ethernet Adapter _2)\Gesamtanzahl Bytes/s"
"11/20/2026 11:15:00,000";" ";"4000";" "
"11/20/2026 11:15:05,000";"12,5";"4001,5";"2000000"
"""  # noqa: E501
FRENCH = r""""(PDH-CSV 4.0) (Paris, Madrid)(-60)","\\CRMFE01\Processeur(_Total)\% temps processeur","\\CRMFE01\Disque physique(0 C:)\% d’inactivité","\\CRMFE01\Disque physique(1 D:)\% d’inactivité"
"11/20/2026 11:15:00.000"," "," "," "
"11/20/2026 11:15:05.000","12,5","90","40"
"""  # noqa: E501


def read(tmp_path: Path, text: str, encoding: str = "utf-8", zone: str = "", **said: str):
    file = tmp_path / "log.csv"
    file.write_bytes(text.replace("\n", "\r\n").encode(encoding))
    return read_counters(file, said, zone_named(zone) if zone else None, zone)


def values(reading, measure: str, machine: str | None = None) -> list[float]:
    (track,) = (t for t in reading.tracks if t.measure == measure and machine in (None, t.machine))
    return [period.value for period in track.periods]


def test_perfmon_counts_from_one_row_to_the_next_and_says_nothing_where_a_cell_is_blank_or_minus_one(
    tmp_path: Path,
) -> None:
    reading = read(tmp_path, PERFMON)
    busy, memory, disk = (next(t for t in reading.tracks if t.measure == m) for m in (
        "busy_share", "memory_free_mb", "disk_busy_share"))  # fmt: skip
    begin = datetime.fromisoformat("2026-07-23T13:04:43+00:00").timestamp()
    assert reading.clock == "Pacific Daylight Time, UTC-7"
    assert [(p.begin - begin, p.end - begin) for p in busy.periods] == [(0, 1), (2, 3)]
    assert [p.value for p in busy.periods] == pytest.approx([0.12345678901234567, 0.5])
    assert [p.value for p in memory.periods] == [4110, 4108, 4106]
    assert [p.value for p in disk.periods] == pytest.approx([0.0052, 0.005])


def test_typeperf_does_not_say_its_zone_so_it_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(CrmloadError, match="--time-zone Europe/Berlin"):
        read(tmp_path, TYPEPERF)
    reading = read(tmp_path, TYPEPERF, zone="+01:00")
    assert values(reading, "busy_share") == [0.4]
    assert reading.tracks[0].span[1] == pytest.approx(
        datetime.fromisoformat("2026-11-20T10:15:10.83+00:00").timestamp()
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "utf-16-le"])
def test_german_names_commas_and_every_encoding(tmp_path: Path, encoding: str) -> None:
    reading = read(tmp_path, GERMAN, encoding)
    assert reading.machines == ["CRMFE01"] and reading.clock == "Mitteleuropäische Zeit, UTC+1"
    assert values(reading, "busy_share") == [0.125]
    assert values(reading, "memory_free_mb") == [4001.5]
    assert values(reading, "network_mb_per_s") == [2.0]
    assert bool(reading.notes) == (encoding == "cp1252")


def test_of_several_disks_the_busiest_counts_and_apostrophes_do_not_matter(tmp_path: Path) -> None:
    reading = read(tmp_path, FRENCH)
    assert values(reading, "busy_share") == [0.125]
    assert values(reading, "disk_busy_share") == pytest.approx([0.6])


def test_processors_one_by_one_are_as_good_as_their_total_and_are_counted(tmp_path: Path) -> None:
    text = r""""(PDH-CSV 4.0) (UTC)(0)","\\A\Processor(0)\% Processor Time","\\A\Processor(1)\% Processor Time"
"11/20/2026 10:15:00.000"," "," "
"11/20/2026 10:15:05.000","10","30"
"""
    reading = read(tmp_path, text)
    assert values(reading, "busy_share") == [0.2]
    assert reading.cores == {"A": 2}


def test_an_unknown_language_is_told_with_the_lines_that_would_teach_it(tmp_path: Path) -> None:
    text = PERFMON.replace("Processor(_Total)", "Procesor(_Total)").replace("% Processor Time", "% času procesoru")
    with pytest.raises(CrmloadError) as refused:
        read(tmp_path, text)
    told = str(refused.value)
    assert r"\\HARNESS\Procesor(_Total)\% času procesoru" in told
    line = r"'\Procesor(_Total)\% času procesoru': '\Processor(_Total)\% Processor Time'"
    assert line in told and "counter_names:" in told
    taught = read(tmp_path, text, **{r"\Procesor(_Total)\% času procesoru": r"\Processor(_Total)\% Processor Time"})
    assert values(taught, "busy_share") == pytest.approx([0.12345678901234567, 0.5])


def test_a_binary_log_is_refused_with_the_command_that_turns_it_into_text(tmp_path: Path) -> None:
    file = tmp_path / "CRMFE01.blg"
    file.write_bytes(b"\x00\x01")
    with pytest.raises(CrmloadError, match=r"relog CRMFE01.blg -f csv -o CRMFE01.csv"):
        read_counters(file, {}, None, "")


def test_days_before_months_are_seen_where_one_is_above_twelve() -> None:
    text = PERFMON.replace("07/23/2026", "23/07/2026")
    assert read_pdh(text, "x").moments[0] == datetime(2026, 7, 23, 6, 4, 43)


def test_every_language_finds_back_to_english() -> None:
    for language in ("de", "fr", "es", "it", "pt", "nl"):
        local = localised(r"\Processor(_Total)\% Processor Time", language)
        assert local is not None, language
        path = parse_path("\\\\M" + local)
        assert path is not None
        assert english(path) == CounterPath("M", "Processor", "_Total", "% Processor Time")


@pytest.mark.parametrize(
    ("cell", "value"),
    [("12.5", 12.5), ("12,5", 12.5), (" ", None), ("", None), ("1.234,5", 1234.5), ("1,234.5", 1234.5), ("-1", -1.0),
     ("1\u00a0234,5", 1234.5), ("nan", None), ("inf", None), ("1e-05", 1e-05), ("n/a", None)],
)  # fmt: skip
def test_numbers_of_any_locale(cell: str, value: float | None) -> None:
    assert number(cell) == value


NAMES = st.text(st.characters(categories=["L", "N"], max_codepoint=0x17F), min_size=1, max_size=8)
CELLS = st.none() | st.floats(0, 1e12, allow_nan=False)
TABLES = st.integers(1, 4).flatmap(
    lambda width: st.tuples(
        st.lists(NAMES, min_size=width, max_size=width, unique=True),
        st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=8),
    )
)


@settings(max_examples=60, deadline=None)
@given(
    TABLES,
    st.integers(-14 * 60, 14 * 60),
    st.datetimes(datetime(2000, 1, 1), datetime(2098, 1, 1)),
    st.sampled_from([",", ";", "\t"]),
    st.booleans(),
    st.sampled_from(["", " ", "-1"]),
    NAMES,
)
def test_what_any_tool_writes_is_read_back(
    table: tuple[list[str], list[list[float | None]]],
    bias: int,
    first: datetime,
    delimiter: str,
    decimal_comma: bool,
    blank: str,
    zone: str,
) -> None:
    machines, rows = table
    first = first.replace(microsecond=first.microsecond // 1000 * 1000)
    moments = [first + timedelta(seconds=5 * number) for number in range(len(rows))]
    paths = [rf"\\{machine}\Processor(_Total)\% Processor Time" for machine in machines]

    def cell(value: float | None) -> str:
        text = blank if value is None else repr(value)
        return f'"{text.replace(".", ",") if decimal_comma else text}"'

    lines = [delimiter.join([f'"(PDH-CSV 4.0) ({zone})({bias})"', *(f'"{path}"' for path in paths)])]
    for moment, row in zip(moments, rows, strict=True):
        time = f"{moment:%m/%d/%Y %H:%M:%S}.{moment.microsecond // 1000:03d}"
        lines.append(delimiter.join([f'"{time}"', *map(cell, row)]))
    log = read_pdh("\r\n".join(lines) + "\r\n", "x")
    assert (log.zone, log.bias_minutes, log.paths, list(log.moments)) == (zone, bias, tuple(paths), moments)
    expected = [tuple(-1.0 if value is None and blank == "-1" else value for value in row) for row in rows]
    assert list(log.rows) == expected
