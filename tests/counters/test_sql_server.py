"""Snapshots of SQL Server's wait and file statistics."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from loadtests.counters.recognise import read_counters
from loadtests.counters.zones import zone_named
from loadtests.errors import CrmloadError

WAITS = """\
taken_utc,server_name,wait_type,waiting_tasks_count,wait_time_ms,signal_wait_time_ms
---------,-----------,---------,-------------------,------------,-------------------
2026-11-20 10:15:00.1234567,CRMSQL01,LCK_M_X,10,1000,5
2026-11-20 10:15:00.1234567,CRMSQL01,LCK_M_S,10,1000,5
2026-11-20 10:15:00.1234567,CRMSQL01,CXPACKET,10,1000,5
2026-11-20 10:15:00.1234567,CRMSQL01,WRITELOG,10,1000,5
2026-11-20 10:15:10.1234567,CRMSQL01,LCK_M_X,30,21000,5
2026-11-20 10:15:10.1234567,CRMSQL01,LCK_M_S,30,11000,5
2026-11-20 10:15:10.1234567,CRMSQL01,CXPACKET,9000,90000,5
2026-11-20 10:15:10.1234567,CRMSQL01,WRITELOG,20,3500,5
2026-11-20 10:15:20.1234567,CRMSQL01,LCK_M_X,0,0,0
"""
FILES = """\
taken_utc;server_name;database_name;file_id;num_of_reads;io_stall_read_ms;num_of_writes;io_stall_write_ms
2026-11-20 10:15:00;CRMSQL01;Contoso_MSCRM;1;100;500;10;20
2026-11-20 10:15:00;CRMSQL01;Contoso_MSCRM;2;0;0;100;100
2026-11-20 10:15:10;CRMSQL01;Contoso_MSCRM;1;200;2500;10;20
2026-11-20 10:15:10;CRMSQL01;Contoso_MSCRM;2;0;0;300;700
"""


def read(tmp_path: Path, text: str, zone: str = ""):
    file = tmp_path / "sql.csv"
    file.write_text(text)
    return read_counters(file, {}, zone_named(zone) if zone else None, zone)


def test_waits_become_sessions_that_waited_and_parallel_queries_own_bookkeeping_is_left_out(tmp_path: Path) -> None:
    reading = read(tmp_path, WAITS)
    first = {track.measure: track.periods[0].value for track in reading.tracks}
    assert first == pytest.approx(
        {"waiting_for_locks": 3.0, "waiting_for_log": 0.25, "waiting_for_pages_from_disk": 0,
         "waiting_for_pages_in_memory": 0, "waiting_for_query_memory": 0, "waiting_for_a_worker_thread": 0,
         "waiting_for_the_application_server": 0}
    )  # fmt: skip
    locks = next(track for track in reading.tracks if track.measure == "waiting_for_locks")
    begin = datetime(2026, 11, 20, 10, 15, 0, 123456, tzinfo=UTC).timestamp()
    assert [(p.begin, p.end) for p in locks.periods][:1] == [(begin, begin + 10)]
    assert locks.periods[1].value == 0, "statistics that somebody cleared are not negative waits"
    assert reading.machines == ["CRMSQL01"]


def test_files_become_times_of_a_read_and_a_write(tmp_path: Path) -> None:
    reading = read(tmp_path, FILES)
    assert {track.measure: track.periods[0].value for track in reading.tracks} == pytest.approx(
        {"database_file_read_ms": 20, "database_file_write_ms": 3}
    )


def test_a_file_without_times_or_with_one_snapshot_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CrmloadError, match=r"SYSUTCDATETIME\(\) AS taken_utc"):
        read(tmp_path, WAITS.replace("taken_utc", "when"))
    with pytest.raises(CrmloadError, match="fewer than two snapshots"):
        read(tmp_path, "\n".join(WAITS.splitlines()[:5]))


def test_local_times_need_their_zone(tmp_path: Path) -> None:
    local = WAITS.replace("taken_utc", "collected_at")
    with pytest.raises(CrmloadError, match="--time-zone Europe/Berlin"):
        read(tmp_path, local)
    begin = datetime(2026, 11, 20, 8, 15, 0, 123456, tzinfo=UTC).timestamp()
    assert read(tmp_path, local, "+02:00").span[0] == begin
