"""`crmload advise` from a run folder to the terminal, advice.json and page one, with the real model."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from loadtests.cli.advise import advise
from loadtests.cli.main import entry
from loadtests.cli.report import report
from loadtests.results.delta import Delta
from loadtests.results.histogram import Histogram
from loadtests.results.run_folder import RunFolder
from tests.analysis.make_run import make_run
from tests.analysis.test_capacity_steps import HOLD, SERIES, stepped

PEOPLE = (10, 25, 40, 55, 70, 80)
THINK_S, WORK_S = 5.0, 0.4
"""Of one transaction: all work is done by `sql` with 8 cores, full at 20 transactions a second and 108 people."""
OFFERS = """\
think_time_factor: 0.15
phases:
  - {name: pilot, people: 30}
  - {name: everyone, people: 150, date: 2027-03-01}
options:
  - {name: front-end, title: another web server, changes: [{at: web, add_machines: 1}], price: 9400, lead_time: 6 weeks}
  - {name: sql-cores, title: 8 more SQL cores, changes: [{at: sql, add_cores: 8}], price: 27500, lead_time: 2 weeks}
"""


def waits(interval: int, delta: Delta) -> None:
    """As one station with 8 servers makes people wait, times spread exponentially."""
    people = PEOPLE[interval // HOLD]
    mean = WORK_S
    for _ in range(50):
        busy = people / (mean + THINK_S) * WORK_S / 8
        mean = (mean + WORK_S * (1 + min(busy, 0.99) ** 3 / 8 / (1 - min(busy, 0.99)))) / 2
    count = round(5 * people / (mean + THINK_S)) + (-1) ** interval
    times = Histogram()
    for number in range(1000):
        # Erlang-like: three parts in ten are the same for everybody.
        times.record(round(mean * 1e6 * (0.3 + 0.7 * -_log(1 - (number + 0.5) / 1000))), 1)
    shrunk = Histogram()
    for number in range(count):
        shrunk.record(times.percentile(100 * (number + 0.5) / count))
    delta.histograms = {SERIES: shrunk.counts}
    delta.outcomes[SERIES] = {"ok": count}
    rate = people / (mean + THINK_S)
    delta.counters |= {
        "generator/w1|paused_s": THINK_S * count, "server/sql|busy_share": rate * WORK_S / 8,
        "server/fe1|busy_share": rate * 0.1 / 12, "server/fe2|busy_share": rate * 0.1 / 12,
    }  # fmt: skip


def _log(share: float) -> float:
    from math import log

    return log(share)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return stepped(tmp_path_factory.mktemp("results"), PEOPLE, waits)


@pytest.fixture
def offers(tmp_path: Path) -> Path:
    path = tmp_path / "offers.yaml"
    path.write_text(OFFERS)
    return path


def crmload(command: object, *arguments: str | Path) -> Result:
    return CliRunner().invoke(command, [*map(str, arguments)], standalone_mode=False)  # type: ignore[arg-type]


def test_the_limit_the_option_and_the_useless_one_are_told(run: RunFolder, offers: Path) -> None:
    result = crmload(advise, run.path, "--hardware", offers)

    assert result.return_value == 0, result.output
    lines = result.output.splitlines()
    assert "buy 8 more SQL cores: carries" in lines[0] or "buying 8 more SQL cores: carries" in lines[0]
    assert "EUR 27,500, 2 weeks; risk: " in lines[0]
    assert any(line.startswith("sql ") and line.rstrip().endswith("the limit") for line in lines)
    assert any("another web server" in line and "useless" in line for line in lines)
    assert any(
        "another web server: web is 12 % busy at 80 people; sql is the limit and stays it" in line for line in lines
    )
    assert "which it had not seen, the model was off by at most" in result.output

    first = run.file("advice.json").read_bytes()
    assert crmload(advise, run.path, "--hardware", offers, "--json").output.encode() == first
    assert run.file("advice.json").read_bytes() == first

    crmload(report, run.path)
    sentence = json.loads(first)["sentence"]
    assert f"**Servers and people:** {sentence}" in run.file("summary.md").read_text(encoding="utf-8")


def test_without_counters_the_run_says_who_fits_and_recommends_nothing(tmp_path: Path, offers: Path) -> None:
    def uncounted(interval: int, delta: Delta) -> None:
        waits(interval, delta)
        delta.counters = {name: value for name, value in delta.counters.items() if not name.startswith("server/")}

    result = crmload(advise, stepped(tmp_path, PEOPLE, uncounted).path, "--hardware", offers)

    assert "no counters of the servers in this run" in result.output or "Cannot tell what to buy" in result.output
    assert "buying" not in result.output
    advice = json.loads(RunFolder(next(tmp_path.iterdir())).file("advice.json").read_text(encoding="utf-8"))
    assert advice["conclusion"] in ("carries", "cannot_tell")
    assert [option["outlook"] for option in advice["options"]] == [None, None]


def test_a_server_that_the_run_does_not_have_is_told_with_its_line(
    run: RunFolder, offers: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    offers.write_text(OFFERS.replace("at: sql", "at: sqll"))
    monkeypatch.setattr("sys.argv", ["crmload", "advise", str(run.path), "--hardware", str(offers)])

    with pytest.raises(SystemExit) as ended:
        entry()

    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert "offers.yaml:7: `sql-cores`: there is no server and no role `sqll` in the run's environment" in told
    assert "there are: database, fe1, fe2, sql, web" in told


def test_a_run_that_is_no_stepped_run_is_refused_with_what_to_do(tmp_path: Path) -> None:
    folder = make_run(tmp_path)

    result = crmload(advise, folder.path)

    assert result.return_value == 3
    assert "Cannot tell what to buy" in result.output
    assert json.loads(folder.file("advice.json").read_text(encoding="utf-8"))["conclusion"] == "cannot_tell"
