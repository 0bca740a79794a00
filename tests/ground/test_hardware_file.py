"""Hardware files: what is written is what is meant, and every mistake is told where it stands."""

import datetime
from pathlib import Path

import pytest

from loadtests.config.hardware import read_hardware
from loadtests.errors import ConfigError

PROJECT = Path(__file__).resolve().parents[2]
FILE = """\
currency: CHF
growth: 8%
phases:
  - {name: everyone, people: 180, date: 2027-03-01}
options:
  - name: web-cores
    title: 4 more cores
    changes: [{at: web, add_cores: 4}]
    price: 2600
    lead_time: 6 weeks
    at_most: 2
  - name: new-web
    changes: [{at: web, faster: 1.4}]
    price: 14800
    lead_time: 2 months
    excludes: [web-cores]
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "offers.yaml"
    path.write_text(FILE)
    return path


def test_a_file_reads_as_it_is_written(path: Path) -> None:
    hardware, _ = read_hardware(path)

    assert (hardware.currency, hardware.growth) == ("CHF", 0.08)
    assert hardware.phases[0].date == datetime.date(2027, 3, 1)
    cores, new = hardware.options
    assert (cores.words, cores.changes[0].add_cores, cores.lead_time, cores.at_most) == ("4 more cores", 4, 42, 2)
    assert (new.words, new.changes[0].faster, new.lead_time) == ("new-web", 1.4, 60)


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        ("growth: 8%", "growth: 8", "offers.yaml:2: `growth`: a share such as 8% is wanted here (it says 8)"),
        ("CHF", "francs", "offers.yaml:1: `currency`"),
        ("6 weeks", "six weeks", "offers.yaml:10: `options.0.lead_time`: a time such as 10 days, 6 weeks"),
        ("price: 2600", "price: much", "offers.yaml:9: `options.0.price`: must be a number (it says 'much')"),
        ("price: 2600", "prize: 2600", "offers.yaml:9: unknown key `prize` (did you mean `price`?)"),
        ("add_cores: 4", "add_core: 4", "offers.yaml:8: unknown key `add_core` (did you mean `add_cores`?)"),
        ("{at: web, faster: 1.4}", "{at: web}", "offers.yaml:13: `options.1.changes.0`: this changes nothing"),
        ("faster: 1.4", "faster: 0.5", "offers.yaml:13: `options.1.changes.0.faster`"),
        ("name: new-web", "name: web-cores", "offers.yaml:12: there are two options `web-cores`"),
        ("[web-cores]", "[web-core]", "no option of this file: `web-core` (did you mean `web-cores`?)"),
        ("[web-cores]", "[new-web]", "offers.yaml:16: `excludes` of `new-web` names itself"),
        ("at_most: 2", "at_most: 9", "offers.yaml:11: `options.0.at_most`"),
        ("people: 180", "people: 0", "offers.yaml:4: `phases.0.people`"),
        ("2027-03-01", "1st of March", "offers.yaml:4: `phases.0.date`"),
        ("  - name: new-web", "    needs: [new-web]\n  - name: new-web\n    needs: [web-cores]",
         "offers.yaml:18: `new-web` needs `web-cores` and excludes it: it could never be bought"),
    ],
)  # fmt: skip
def test_mistakes_are_told_where_they_stand(path: Path, wrong: str, right: str, said: str) -> None:
    path.write_text(FILE.replace(wrong, right))

    with pytest.raises(ConfigError) as error:
        read_hardware(path)

    assert said in str(error.value)


def test_all_mistakes_are_told_at_once(path: Path) -> None:
    path.write_text(FILE.replace("8%", "much").replace("2600", "cheap").replace("2 months", "soon"))

    with pytest.raises(ConfigError) as error:
        read_hardware(path)

    assert [problem.place.rpartition(":")[2] for problem in error.value.problems] == ["2", "9", "15"]


def test_more_ways_to_buy_than_can_be_weighed_are_refused(path: Path) -> None:
    many = "".join(
        f"  - {{name: o{n}, changes: [{{at: web, add_cores: 1}}], price: {n}, lead_time: 1 day}}\n" for n in range(13)
    )
    path.write_text("options:\n" + many)

    with pytest.raises(ConfigError, match="can be bought in 8,192 ways"):
        read_hardware(path)


def test_the_example_can_be_read() -> None:
    hardware, _ = read_hardware(PROJECT / "configs" / "hardware" / "example.yaml")

    assert [option.name for option in hardware.options] == [
        "web-cores", "front-end", "new-web", "sql-licence", "sql-cores", "sql-disks",
    ]  # fmt: skip
