"""A panel of Grafana, saved as CSV."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from loadtests.counters.recognise import read_counters
from loadtests.counters.zones import zone_named
from loadtests.errors import CrmloadError

BEGIN = datetime(2026, 11, 20, 10, 15, tzinfo=UTC).timestamp()


def read(tmp_path: Path, text: str, zone: str = ""):
    file = tmp_path / "panel.csv"
    file.write_text(text, encoding="utf-8")
    reading = read_counters(file, {}, zone_named(zone) if zone else None, zone)
    return {track.machine: [(p.begin - BEGIN, p.end - BEGIN, round(p.value, 6)) for p in track.periods]
            for track in reading.tracks}  # fmt: skip


def test_columns_are_servers_and_times_in_milliseconds_need_no_zone(tmp_path: Path) -> None:
    begin = int(BEGIN * 1000)
    head = '"Time","{instance=""crmfe01:9182""}","CRMSQL01"'
    text = f"{head}\n{begin},10,20\n{begin + 15000},40,\n{begin + 30000},50,60\n"
    assert read(tmp_path, text) == {
        "crmfe01:9182": [(0, 15, 0.4), (15, 30, 0.5)],
        "CRMSQL01": [(15, 30, 0.6)],
    }


def test_times_as_the_browser_shows_them_need_their_zone(tmp_path: Path) -> None:
    text = "Time,CRMFE01\n2026-11-20 11:15:00,1.0%\n2026-11-20 11:15:15,1.2%\n"
    with pytest.raises(CrmloadError, match="the zone of the browser"):
        read(tmp_path, text)
    assert read(tmp_path, text, "Europe/Berlin") == {"CRMFE01": [(0, 15, 0.012)]}


def test_shares_stay_shares(tmp_path: Path) -> None:
    text = f"Time,CRMFE01\n{BEGIN:.0f},0.1\n{BEGIN + 15:.0f},0.25\n"
    assert read(tmp_path, text) == {"CRMFE01": [(0, 15, 0.25)]}
