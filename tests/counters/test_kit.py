"""What the server team is sent."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from loadtests.cli.counters import counters
from loadtests.counters.kit import COUNTERS, FILE_COLUMNS, WAIT_COLUMNS
from loadtests.counters.recognise import read_counters
from loadtests.errors import CrmloadError

ENVIRONMENT = """\
name: contoso-test
users_file: users.csv
channels: {web: intranet}
entrances: {intranet: {url: https://crm.test/, flavour: onprem-9.1, sign_in: windows}}
servers:
  front1: {role: web, cores: 8, memory_gb: 32, machine: CRMFE01}
  sql: {role: database, cores: 16, memory_gb: 128, machine: CRMSQL01}
"""


def kit(folder: Path, *options: str, environment: str = ENVIRONMENT) -> Result:
    (folder / "users.csv").write_text("username,role,channel,kind,secret\n")
    file = folder / "environment.yaml"
    file.write_text(environment)
    return CliRunner().invoke(
        counters, ["kit", str(file), "--out", str(folder / "kit"), *options], catch_exceptions=False
    )


def test_each_server_gets_its_scripts_and_the_team_one_page(tmp_path: Path) -> None:
    told = kit(tmp_path).output
    found = {file.relative_to(tmp_path / "kit").as_posix() for file in (tmp_path / "kit").rglob("*") if file.is_file()}
    common = {"counters.txt", "start.cmd", "stop.cmd"}
    of_sql = common | {"record-sql.cmd", "stop-sql.cmd", "waits.sql", "files.sql"}
    assert found == {"request.txt", *(f"front1/{n}" for n in common), *(f"sql/{n}" for n in of_sql)}
    assert "request.txt" in told and "crmload counters add RUN" in told
    page = (tmp_path / "kit" / "request.txt").read_bytes().decode("ascii")
    assert "CRMFE01  (front end, 8 processors, 32 GB)" in page and "VIEW SERVER STATE" in page
    for asked in (
        "WHAT WE ASK",
        "WHY",
        "HOW LONG, HOW BIG",
        "WHAT RIGHTS",
        "NOTHING IS CHANGED",
        "HOW TO SEND IT BACK",
    ):
        assert asked in page
    assert len(page.splitlines()) < 70 and max(map(len, page.splitlines())) < 90


def test_the_collector_counts_what_is_read_and_ends_by_itself(tmp_path: Path) -> None:
    kit(tmp_path, "--hours", "3")
    start = (tmp_path / "kit/front1/start.cmd").read_bytes().decode("ascii")
    assert (
        'logman create counter crmload -cf "%~dp0counters.txt" -f csv -si 00:00:05 -rf 03:00:00 -v mmddhhmm -max 500 '
        '-o "%~dp0%COMPUTERNAME%"' in start
    )
    assert start.count("\r\n") == start.count("\n") and "logman start crmload" in start
    listed = (tmp_path / "kit/front1/counters.txt").read_text().splitlines()
    assert listed == [*COUNTERS, r"\Process(CrmAsyncService*)\% Processor Time"]
    single = [path.replace("(*)", "(x)").replace("*", "") for path in listed]
    header = ",".join(['"(PDH-CSV 4.0) (UTC)(0)"', *(rf'"\\CRMFE01{path}"' for path in single)])
    rows = [f'"11/20/2026 10:15:0{second}.000",' + ",".join(['"1"'] * len(listed)) for second in (0, 5)]
    log = tmp_path / "log.csv"
    log.write_text("\n".join([header, *rows]))
    measures = {track.measure for track in read_counters(log, {}, None, "").tracks}
    assert measures == {
        "busy_share", "processor_queue", "memory_free_mb", "disk_busy_share", "disk_queue", "disk_ms",
        "network_mb_per_s", "async_service_cores",
    }  # fmt: skip


def test_the_sql_scripts_only_read_and_their_columns_are_what_is_understood(tmp_path: Path) -> None:
    kit(tmp_path)
    folder = tmp_path / "kit/sql"
    for name, columns in (("waits", WAIT_COLUMNS), ("files", FILE_COLUMNS)):
        script = (folder / f"{name}.sql").read_text()
        code = "\n".join(line for line in script.splitlines() if not line.startswith("--"))
        verbs = re.findall(r"\b(INSERT|UPDATE|DELETE|MERGE|EXEC|ALTER|CREATE|DROP|DBCC|GRANT|INTO|TRUNCATE)\b", code)
        assert not verbs and re.findall(r"FROM (\S+?)[(;\s]", code + "\n") in (
            ["sys.dm_os_wait_stats"], ["sys.dm_io_virtual_file_stats"])  # fmt: skip
        selected = code.split("SELECT", 1)[1].split("FROM", 1)[0]
        names = [re.split(r"\s+AS\s+|\s+", part.strip())[-1] for part in re.split(r",\n", selected)]
        assert ",".join(names) == columns
        assert f"echo {columns}" in (folder / "record-sql.cmd").read_text()
    assert "LIKE N'LCK[_]%'" in (folder / "waits.sql").read_text()


def test_a_german_windows_gets_german_names_in_its_own_code_page(tmp_path: Path) -> None:
    kit(tmp_path, "--language", "de")
    listed = (tmp_path / "kit/front1/counters.txt").read_bytes().decode("cp1252").splitlines()
    assert listed[0] == r"\Prozessor(_Total)\Prozessorzeit (%)"
    assert r"\Physikalischer Datenträger(*)\Leerlaufzeit (%)" in listed and len(listed) == len(COUNTERS) + 1


def test_names_that_a_language_lacks_are_left_out_and_told(tmp_path: Path) -> None:
    told = kit(tmp_path, "--language", "nl").output
    listed = (tmp_path / "kit/front1/counters.txt").read_text().splitlines()
    assert listed[0] == r"\Processor(_Total)\% Processortijd"
    assert r"\PhysicalDisk(*)\% Idle Time" in told
    assert r"\PhysicalDisk(*)\% Idle Time" in (tmp_path / "kit/request.txt").read_text()


def test_an_environment_without_servers_says_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(CrmloadError, match=r"names no servers(.|\n)*role: web, cores: 8, memory_gb: 32"):
        kit(tmp_path, environment=ENVIRONMENT.split("servers:", maxsplit=1)[0])


def test_nothing_is_written_over(tmp_path: Path) -> None:
    kit(tmp_path)
    with pytest.raises(CrmloadError, match="exists already"):
        kit(tmp_path)
