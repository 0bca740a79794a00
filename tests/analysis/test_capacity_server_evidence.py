"""Locks, disks and memory as the servers' counters show them: told with who can do what."""

from pathlib import Path

import pytest

from analysis.capacity.server_evidence import SIGNS, server_findings
from analysis.capacity.symptoms import symptoms_of
from analysis.judge import judge
from loadtests.results.measures import MEASURES
from loadtests.results.rows import CounterRow
from tests.analysis.make_run import make_run


def rows(measure: str, *values: float) -> list[CounterRow]:
    return [CounterRow(interval, "server/sql", measure, value) for interval, value in enumerate(values)]


def test_sessions_that_wait_for_locks_are_told_with_the_report_to_record() -> None:
    (finding,) = server_findings(
        rows("waiting_for_locks", *[0.0] * 12, *[3.0] * 12), lambda server: "Dana" if server == "sql" else "?"
    )
    assert finding.kind == "lock" and finding.owner == "Dana"
    assert "On `sql`, 3.0 sessions of the database at a time waited for somebody else's lock" in finding.text
    assert "blocked process report" in finding.next_step


def test_what_lasts_seconds_is_no_finding() -> None:
    assert server_findings(rows("waiting_for_locks", *[0.0] * 12, 8.0, *[0.0] * 12), str) == ()


def test_little_free_memory_is_told_by_its_lowest_minute() -> None:
    (finding,) = server_findings(rows("memory_free_mb", *[8000.0] * 12, *[300.0] * 12, *[8000.0] * 12), str)
    assert finding.kind == "memory" and "had 300 MB of free memory left" in finding.text


@pytest.mark.parametrize("sign", SIGNS, ids=lambda sign: sign.measure)
def test_every_sign_reads_a_counter_that_exists_and_is_silent_on_the_good_side(sign) -> None:
    assert sign.measure in MEASURES
    bad, good = (sign.limit, sign.limit * 1.5) if sign.below else (sign.limit, sign.limit * 0.8)
    assert [finding.kind for finding in server_findings(rows(sign.measure, *[bad] * 12), str)] == [sign.kind]
    assert server_findings(rows(sign.measure, *[good] * 12), str) == ()


def test_what_the_database_waited_for_stands_among_what_the_run_says(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    assert "lock" not in [finding.kind for finding in symptoms_of(judge(folder), cloud=False).findings]
    with folder.file("counters.csv").open("a") as file:
        file.writelines(f"{interval},server/sql,waiting_for_locks,3\n" for interval in range(24))
    assert "lock" in [finding.kind for finding in symptoms_of(judge(folder), cloud=False).findings]
