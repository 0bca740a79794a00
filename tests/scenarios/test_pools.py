"""What a plan uses up: counted from its volumes or pace, taken by people, never one record twice."""

from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import poisson

from loadtests.config.document import load_yaml
from loadtests.config.load import resolve_plan
from loadtests.config.roles import Role
from loadtests.errors import ConfigError
from loadtests.load.before_images import Leaves
from loadtests.load.lease import Lease
from loadtests.load.outcomes import Failed
from loadtests.load.pools import PoolNeed
from scenarios.engine import Engine
from scenarios.journey_file import read_journey
from scenarios.pools import at_most, pool_needs, takes_of
from scenarios.records import Row
from scenarios.site import Site
from tests.scenarios.fakes import FakeChannel, FakePerson

MANAGER = "CSR Manager"
CASES = ("incident", "My Active Cases")
PLAN = """\
name: day
environment: site.yaml
population: [{{channel: web, role: CSR Manager, people: 4}}]
{load}
stages:
  - {{name: morning, hold: 1h}}
  - {{name: busy, hold: 1h, pace: 1.5}}
judge: [{{channel: web, transaction: open_record}}]
"""


def needs(folder: Path, load: str) -> tuple[PoolNeed, ...]:
    """Those of four managers, one of whose four journeys closes a case that came in from others."""
    (folder / "roles").mkdir()
    (folder / "roles" / "manager.yaml").write_text(
        f"role: {MANAGER}\njourneys: {{check_the_service: 3, close_a_waiting_case: 1}}\n", encoding="utf-8"
    )
    people = "".join(f"m{number}@x.test,{MANAGER},web,person,A\n" for number in range(8))
    (folder / "users.csv").write_text(
        f"username,role,channel,kind,secret\n{people}keeper@x.test,System Administrator,,housekeeper,A\n",
        encoding="utf-8",
    )
    (folder / "site.yaml").write_text(
        "name: test\nusers_file: users.csv\nchannels: {web: office}\nentrances:\n"
        "  office: {url: 'https://crm.test/x/', flavour: onprem-9.1, sign_in: windows}\n",
        encoding="utf-8",
    )
    (folder / "plan.yaml").write_text(PLAN.format(load=load), encoding="utf-8")
    plan = resolve_plan(folder / "plan.yaml")
    return pool_needs(plan, Site.of(plan))


def test_volumes_say_how_many_each_person_uses_up_in_all_stages(tmp_path: Path) -> None:
    (need,) = needs(tmp_path, "volumes: {close_a_waiting_case: 120, check_the_service: 360}")
    # 120 an hour by 4 people: 30 in the first hour, 45 in the second.
    assert need.expected == pytest.approx(75)
    assert (need.role, need.where, need.people) == (MANAGER, CASES, 4)
    assert need.wanted == poisson.isf(0.01 / 4, 75)
    assert (need.columns, need.cannot) == ({}, "")


def test_without_volumes_the_pace_of_thinking_on_a_fast_crm_says_it(tmp_path: Path) -> None:
    (need,) = needs(tmp_path, "think_time_factor: 1")
    # A journey takes somebody about a minute and a half; every fourth closes a case; two hours, one of them busier.
    assert 15 < need.expected < 40


def test_visitors_take_turns(tmp_path: Path) -> None:
    rush = (
        "arrivals:\n"
        f"  - {{name: rush, channel: web, role: {MANAGER}, accounts: 4, per_hour: 60, during: [busy], "
        "journey: close_a_waiting_case}\nvolumes: {check_the_service: 10}"
    )
    (need,) = needs(tmp_path, rush)
    # 90 visits by 4 accounts; those who are there all day close none.
    assert need.group == "rush"
    assert need.expected == pytest.approx(22.5)


def test_what_nobody_takes_cannot_be_touched(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        needs(tmp_path, "touch_existing: [lead]")
    assert "plan.yaml:4: no journey of this plan takes a record of `lead`" in str(caught.value)


def test_what_no_before_image_undoes_is_refused_on_existing_records(tmp_path: Path) -> None:
    (tmp_path / "journeys").mkdir()
    steps = STEPS.replace("journey: mine", "journey: close_a_waiting_case") + "  - add_to_queue: case\n"
    (tmp_path / "journeys" / "mine.yaml").write_text(steps, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        needs(tmp_path, "touch_existing: [incident]")
    (problem,) = caught.value.problems
    assert "does `add_to_queue` with a record of `incident` that may have been there before" in problem.message


def test_a_before_image_is_of_what_the_journeys_change_and_of_what_closing_leaves(tmp_path: Path) -> None:
    (need,) = needs(tmp_path, "touch_existing: [incident]")
    assert need.changes == ("statecode", "statuscode")
    assert need.leaves == (Leaves("incidentresolution", "incidentid"),)


@given(st.floats(0, 250), st.sampled_from([0.01, 1e-4, 1e-6]))
def test_the_reserve_is_what_chance_hardly_ever_exceeds(mean: float, risk: float) -> None:
    count = at_most(mean, risk)
    assert poisson.sf(count, mean) <= risk * 1.000001
    assert count == 0 or poisson.sf(count - 1, mean) > risk * 0.999999


# -- the step ---------------------------------------------------------------------------------------------------------

SITE = Site.read()
STEPS = """\
journey: mine
steps:
  - open_view: incident
    view: My Active Cases
  - take: incident
    as: case
  - change_status: case
    to: resolve
"""


def read(folder: Path, text: str) -> Site:
    (folder / "mine.yaml").write_text(text, encoding="utf-8")
    return Site(SITE.tables, {"mine": read_journey(load_yaml(folder / "mine.yaml"), SITE.tables)})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("  - open_view: incident\n    view: My Active Cases\n", ""), "no view of incident is open here"),
        (("as: case", "as: case\n    view: Active Cases"), "the list Active Cases of incident is not open here"),
        (("take: incident", "open_record: incident"), "`case` is a record that others made: it is only read"),
    ],
)
def test_a_record_is_taken_from_a_list_that_is_open(change: tuple[str, str], message: str, tmp_path: Path) -> None:
    read(tmp_path, STEPS)
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, STEPS.replace(*change))
    assert message in str(caught.value)


def played(site: Site, pool: list[str], rows: list[Row]) -> tuple[FakePerson, FakeChannel, list[str]]:
    """Somebody with such a pool plays the journey; and what was noted in the ledger."""
    noted: list[str] = []
    person: Any = FakePerson(Role(role=MANAGER, journeys={"mine": 1}))
    role = person.lease.role
    records = {"incident": {"My Active Cases": pool}}
    person.lease = Lease("l", "p001", None, role, "web", {}, "", True, records)  # type: ignore[arg-type]
    person.ledger = SimpleNamespace(creating=lambda entity_set, table, record_id: noted.append(record_id))
    channel = FakeChannel(person, site, {"incident": rows})
    engine = Engine(person, channel, site)
    engine.sign_in()
    engine.play(site.journeys["mine"])
    return person, channel, noted


def test_what_the_list_shows_of_the_pool_is_taken_first_and_noted_as_the_runs_own(tmp_path: Path) -> None:
    pool, rows = ["one", "two", "three"], [Row("incident", "real", "Theirs"), Row("incident", "two", "Load test: two")]
    person, channel, noted = played(read(tmp_path, STEPS), pool, rows)
    assert person.book[-4:] == ["open_view", "open_record", "change_status", "done mine"]
    assert ("open_record", "Load test: two") in channel.calls
    assert noted == ["two"]
    assert pool == ["one", "three"]


def test_a_dry_pool_is_told_as_the_tests_own_fault(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="^pool empty: no record is left in My Active Cases that was made for this person"):
        played(read(tmp_path, STEPS), [], [Row("incident", "real", "Theirs")])


def test_the_shipped_journey_takes_one_case() -> None:
    assert takes_of(SITE.journeys["close_a_waiting_case"]) == Counter({CASES: 1})
