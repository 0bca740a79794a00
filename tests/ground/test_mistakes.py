"""Mistakes that people make in their first files: each is told where it stands, in words that lead on."""

from pathlib import Path

import pytest

from loadtests.config.document import load_yaml
from loadtests.config.load import resolve_plan
from loadtests.errors import ConfigError

FILES = {
    "plan.yaml": """\
name: first
environment: site.yaml
population:
  - {channel: web, role: Salesperson, people: 2}
stages:
  - {name: work, hold: 1m}
judge:
  - {channel: web, transaction: open_record}
sites:
  - {name: Home, rtt: 80ms, bandwidth: 10Mbit}
""",
    "site.yaml": """\
name: first
entrances:
  office: {url: 'https://crm.example.test/contoso', flavour: onprem-9.1, sign_in: windows}
channels: {web: office}
users_file: users.csv
""",
    "users.csv": """\
username,role,channel,kind,secret
anna@example.test,Salesperson,web,person,ANNA
ben@example.test,Salesperson,web,person,BEN
""",
    "roles/sellers.yaml": """\
role: Salesperson
journeys:
  find_and_call: 1
must_not:
  - {operation: read, table: incident}
""",
}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def told(site: Path) -> str:
    with pytest.raises(ConfigError) as error:
        resolve_plan(site / "plan.yaml")
    return str(error.value)


def test_the_files_are_right_before_anybody_errs(site: Path) -> None:
    assert resolve_plan(site / "plan.yaml").people == 2


@pytest.mark.parametrize(
    ("file", "wrong", "right", "said"),
    [
        ("users.csv", ",", ";", "users.csv:1: the columns are separated by semicolons, not by commas"),
        ("users.csv", ",", "\t", "users.csv:1: the columns are separated by tabs, not by commas"),
        ("users.csv", ",secret", "", "users.csv:1: the column secret is missing"),
        ("users.csv", ",BEN", ",BEN,x", "users.csv:3: there is more in this line than columns"),
        ("users.csv", "ben@example.test,Salesperson", "ben@example.test,Sales person",
         "users.csv: unknown role `Sales person` (did you mean `Salesperson`?)"),
        ("roles/sellers.yaml", "find_and_call", "find_and_cal", "sellers.yaml:3: unknown journey `find_and_cal`"),
        ("roles/sellers.yaml", "table: incident", "table: case", "sellers.yaml:5: unknown table `case`"),
        ("roles/sellers.yaml", "find_and_call: 1", "find_and_call: much", "must be a number (it says 'much')"),
        ("plan.yaml", "people: 2", "people: two", "plan.yaml:4: `population.0.people`: must be a whole number"),
        ("plan.yaml", "name: first", "name: my first", "plan.yaml:1: `name`: must be of letters, digits, - and _ only"),
        ("plan.yaml", "hold: 1m", "hold: 0s", "plan.yaml:6: stage `work` takes no time"),
        ("plan.yaml", "rtt: 80ms", "rtt: 80", "plan.yaml:10: `sites.0.rtt`: no line takes longer than 2 s"),
        ("plan.yaml", "bandwidth: 10Mbit", "bandwidth: 10", "a bandwidth of at least 9.6kbit"),
        ("plan.yaml", "sites:", "sites:\n  - {name: Home, rtt: 1ms, bandwidth: 1Gbit}",
         "plan.yaml:11: two sites are called `Home`"),
        ("plan.yaml", "transaction: open_record", "transaction: open_view",
         "plan.yaml:8: nobody who comes by web ever does `open_view`"),
        ("plan.yaml", "transaction: open_record", "transaction: sync",
         "plan.yaml:8: the thresholds have no line for `sync` on web"),
        ("plan.yaml", "sites:", "name: again\nsites:", "-> keep one of the two lines"),
        ("site.yaml", "sign_in: windows", "sign_in: windows, connect_to: 'https://10.0.0.5'",
         "must be host:port, such as 10.0.0.5:443"),
        ("site.yaml", "channels:", "metrics: {front end: crm01}\nchannels:",
         "the metrics of front end need an address such as http://server:9182/metrics"),
        ("site.yaml", "{web: office}", "{wep: office}", "`channels.wep`: must be 'web', 'ifd', 'outlook' or 'mobile'"),
        ("site.yaml", "sign_in: windows", "sign_in: windows, ca_file: users.csv", "holds no certificate in PEM form"),
    ],
)  # fmt: skip
def test_it_is_told_where_it_stands(site: Path, file: str, wrong: str, right: str, said: str) -> None:
    path = site / file
    path.write_text(path.read_text().replace(wrong, right))
    assert said in told(site)


def test_a_role_described_twice_is_told(site: Path) -> None:
    (site / "roles" / "too.yaml").write_text(FILES["roles/sellers.yaml"])
    assert "too.yaml:1: `Salesperson` is described in sellers.yaml too" in told(site)


def test_a_broken_role_is_told_without_all_that_follows_from_it(site: Path) -> None:
    (site / "roles" / "sellers.yaml").write_text("role: Salesperson\njourney: {find_and_call: 1}\n")
    said = told(site)
    assert "sellers.yaml:2: unknown key `journey` (did you mean `journeys`?)" in said
    assert "unknown role" not in said


def test_a_role_of_others_in_the_users_file_is_no_mistake(site: Path) -> None:
    (site / "users.csv").write_text(FILES["users.csv"] + "carl@example.test,Accountant,web,person,CARL\n")
    assert resolve_plan(site / "plan.yaml").people == 2


@pytest.mark.parametrize("file", ["users.csv", "plan.yaml"])
def test_a_file_that_is_no_utf_8_says_how_to_save_it(site: Path, file: str) -> None:
    (site / file).write_bytes(FILES[file].encode("utf-16"))
    assert f"{file}: this is not UTF-8 text" in told(site)


def test_a_byte_order_mark_hinders_nobody(site: Path) -> None:
    (site / "users.csv").write_bytes(b"\xef\xbb\xbf" + FILES["users.csv"].encode())
    assert resolve_plan(site / "plan.yaml").people == 2


def test_what_excel_leaves_in_a_users_file_hinders_nobody_and_lines_are_counted_as_it_shows_them(site: Path) -> None:
    header, *people = FILES["users.csv"].splitlines()
    text = "\r\n".join([f"{header},", "", *(f"{line}," for line in people), ",,,,,", ""])
    (site / "users.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert [account.line for account in resolve_plan(site / "plan.yaml").users] == [3, 4]
    (site / "users.csv").write_bytes(text.replace(",BEN", ",not a name").encode())
    assert "users.csv:4: `secret` is not the name of a variable" in told(site)


def test_a_key_that_stands_twice_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: 1\na: 2\n")
    with pytest.raises(ConfigError, match=r"a\.yaml:2: found duplicate key"):
        load_yaml(tmp_path / "a.yaml")
