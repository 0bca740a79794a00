"""Foreign counters on a run's own time: whose they are, how far the clocks are apart, and what is odd in them."""

import random
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from loadtests.cli.counters import counters
from loadtests.errors import CrmloadError
from loadtests.results.added_counters import read_added
from loadtests.results.run_folder import RunFolder
from tests.counters.made_load import SERVERS, Load, made_run, pdh_csv, steps, utilisation

MACHINES = {name: server.machine for name, server in SERVERS.items()}


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return made_run(tmp_path)


def add(run: RunFolder, text: str, *options: str, name: str = "log.csv") -> Result:
    file = run.path.parent / name
    file.write_text(text, encoding="utf-8")
    return CliRunner().invoke(counters, ["add", str(run.path), str(file), *options], catch_exceptions=False)


def refusal(run: RunFolder, text: str, *options: str, name: str = "log.csv") -> str:
    with pytest.raises(CrmloadError) as refused:
        add(run, text, *options, name=name)
    return str(refused.value)


@pytest.mark.parametrize("every", [1.0, 5.0, 15.0])
def test_every_settled_step_has_its_true_utilisation_however_often_somebody_counted(
    run: RunFolder, every: float
) -> None:
    load = Load()
    told = add(run, pdh_csv(load, MACHINES, every=every)).output
    for server in SERVERS:
        for begin, end in steps():
            within = 0.02 if every < 15 else 0.06
            assert utilisation(run, server, begin, end) == pytest.approx(load.mean(server, begin, end), rel=within)
    assert "front1 (there called CRMFE01)" in told and "the clocks agree" in told
    assert "W. Europe Standard Time, UTC+1" in told


def test_what_the_run_recorded_stays_and_the_same_file_twice_changes_nothing(run: RunFolder) -> None:
    before = run.file("counters.csv").read_text()
    add(run, pdh_csv(Load(), MACHINES))
    once = run.file("counters.csv").read_text()
    again = add(run, pdh_csv(Load(), MACHINES), name="copy.csv")
    assert once.startswith(before) and run.file("counters.csv").read_text() == once
    assert "was added before" in again.output
    assert run.damage == [] and len(read_added(run).files) == 1


def test_another_file_of_the_same_servers_needs_replace_and_nothing_is_lost(run: RunFolder) -> None:
    add(run, pdh_csv(Load(), MACHINES))
    other = pdh_csv(Load(seed=8), {"sql": "CRMSQL01"})
    told = refusal(run, other, name="other.csv")
    assert "sql was counted at that time already, by log.csv" in told and "--replace" in told
    add(run, other, "--replace", name="other.csv")
    assert utilisation(run, "sql", 20, 55) == pytest.approx(Load(seed=8).mean("sql", 20, 55), rel=0.02)
    assert utilisation(run, "front1", 20, 55) == pytest.approx(Load().mean("front1", 20, 55), rel=0.02)
    aside = run.file("counters-replaced.csv").read_text().splitlines()
    assert aside[0] == "interval,source,counter,value" and len(aside) == 73
    assert all(",server/sql,busy_share," in line for line in aside[1:])


def test_a_half_written_last_line_loses_only_itself(run: RunFolder) -> None:
    file = run.file("counters.csv")
    file.write_text(file.read_text() + "71,generator/w1,cpu_sh")
    add(run, pdh_csv(Load(), MACHINES))
    assert len([row for row in run.read_counters() if row.source == "generator/w1"]) == 2 * 72
    assert len(run.damage) == 1
    assert utilisation(run, "sql", 320, 355) == pytest.approx(Load().mean("sql", 320, 355), rel=0.02)


@pytest.mark.parametrize("ahead", [-600.0, -95.0, 40.0, 1500.0])
def test_a_clock_that_is_wrong_is_seen_in_the_loads_shape_and_told(run: RunFolder, ahead: float) -> None:
    load = Load()
    told = add(run, pdh_csv(load, MACHINES, ahead_s=ahead)).output
    assert f"{'ahead of' if ahead > 0 else 'behind'} the run's" in told
    assert read_added(run).files[0].offset_s == pytest.approx(-ahead, abs=5)
    for begin, end in steps():
        assert utilisation(run, "front1", begin, end) == pytest.approx(load.mean("front1", begin, end), rel=0.06)


def test_an_offset_that_somebody_knows_is_taken(run: RunFolder) -> None:
    load = Load()
    told = add(run, pdh_csv(load, MACHINES, ahead_s=42.5), "--offset", "-42.5").output
    assert "moved by -42.5 s, as you said" in told
    for begin, end in steps():
        assert utilisation(run, "sql", begin, end) == pytest.approx(load.mean("sql", begin, end), rel=0.02)


def test_a_server_that_does_not_follow_the_load_shows_no_offset(run: RunFolder) -> None:
    chance = random.Random(3)
    text = pdh_csv(Load(), {"sql": "CRMSQL01"}, cell=lambda _: f'"{chance.uniform(10, 90):.3f}"')
    told = add(run, text).output
    assert "! the load's shape does not show whether the clocks agree" in told
    assert read_added(run).files[0].offset_s == 0


def test_a_file_of_another_time_is_refused_with_both_spans_and_the_hour_that_would_fit(run: RunFolder) -> None:
    text = pdh_csv(Load(), MACHINES, zone="(W. Europe Standard Time)(-60)", utc_plus=timedelta(hours=3))
    told = refusal(run, text)
    assert "the file is from 2026-11-20 12:13:01 to 2026-11-20 12:22:56" in told
    assert "the run from 2026-11-20 10:15:00 to 2026-11-20 10:21:00 UTC" in told
    assert "moved by -2 h it would fit" in told
    add(run, text, "--time-zone", "+03:00")
    assert utilisation(run, "sql", 20, 55) == pytest.approx(Load().mean("sql", 20, 55), rel=0.02)


def test_machines_that_nobody_described_are_asked_for_with_the_lines_to_write(tmp_path: Path) -> None:
    run = made_run(tmp_path, servers={})
    told = refusal(run, pdh_csv(Load(), MACHINES))
    assert "it counts CRMFE01, CRMFE02, CRMSQL01, and the environment names no servers" in told
    assert "crmfe01: {role: web, cores: 8, memory_gb: 32, machine: CRMFE01}" in told and "--environment FILE" in told


def test_a_machine_that_is_no_server_is_left_out_and_named(run: RunFolder) -> None:
    told = add(run, pdh_csv(Load(), {"front1": "crmfe01.contoso.com", "sql": "PRINTER"})).output
    assert "PRINTER is no server of the environment: left out" in told
    assert "still nobody counted: front2, sql" in told


def test_a_file_without_machine_names_is_of_the_server_that_is_named(run: RunFolder) -> None:
    text = pdh_csv(Load(), {"sql": ""}, path=r"\Processor(_Total)\% Processor Time")
    add(run, text, "--server", "sql")
    assert utilisation(run, "sql", 20, 55) == pytest.approx(Load().mean("sql", 20, 55), rel=0.02)


def test_odd_readings_are_named_and_never_guessed(run: RunFolder) -> None:
    over = pdh_csv(Load(), {"front1": "CRMFE01"}, cell=lambda percent: f'"{percent if percent < 60 else 240}"')
    told = add(run, over, name="over.csv").output
    assert "readings are over 100 % (up to 240 %) and were left out" in told
    zero = add(run, pdh_csv(Load(), {"front2": "CRMFE02"}, cell=lambda _: '"0"'), name="zero.csv").output
    assert "front2: busy share: stays at zero the whole time" in zero and "lodctr /R" in zero
    assert not [row for row in run.read_counters() if row.source == "server/front2"]
    slow = add(run, pdh_csv(Load(), {"sql": "CRMSQL01"}, every=30), name="slow.csv").output
    assert "was counted every 30 s only" in slow
    assert all(one.doubts for one in read_added(run).files)


def test_a_gap_is_named_and_its_intervals_stay_empty(run: RunFolder) -> None:
    lines = pdh_csv(Load(), {"sql": "CRMSQL01"}).splitlines(keepends=True)
    told = add(run, "".join(lines[:40] + lines[52:])).output
    assert "sql: busy share: 1 gaps of more than 15 s, the longest of 60 s" in told
    counted = {row.interval for row in run.read_counters() if row.source == "server/sql"}
    assert len(counted) == 72 - 12


def test_fewer_processors_than_described_are_named(run: RunFolder) -> None:
    text = pdh_csv(Load(), {"sql": "CRMSQL01"}, path=r"\\{}\Processor(0)\% Processor Time")
    assert "sql: the file shows 1 processors, the environment file says 4" in add(run, text).output


def test_servers_of_another_environment_file_are_kept_in_the_run(tmp_path: Path) -> None:
    run = made_run(tmp_path, servers={})
    (tmp_path / "users.csv").write_text("username,role,channel,kind,secret\n")
    environment = tmp_path / "environment.yaml"
    environment.write_text(
        "name: test\nusers_file: users.csv\nchannels: {web: intranet}\n"
        "entrances: {intranet: {url: https://crm.test/, flavour: onprem-9.1, sign_in: windows}}\n"
        "servers: {db: {role: database, cores: 4, memory_gb: 64, machine: CRMSQL01}}\n"
    )
    add(run, pdh_csv(Load(), {"sql": "CRMSQL01"}), "--environment", str(environment))
    assert run.record.plan.environment.servers["db"].machine == "CRMSQL01"
    assert utilisation(run, "db", 20, 55) == pytest.approx(Load().mean("sql", 20, 55), rel=0.02)


def test_work_of_crmload_before_and_after_the_run_does_not_hide_a_wrong_clock(run: RunFolder) -> None:
    """Desks are prepared before, records removed afterwards: both keep the servers busier than people do."""
    told = add(run, pdh_csv(Load(otherwise=0.5), {"sql": "CRMSQL01"}, ahead_s=41.7)).output
    assert "ahead of the run's" in told
    assert read_added(run).files[0].offset_s == pytest.approx(-41.7, abs=3)
