"""People, pace and volumes: two are given, the third follows; contradictions are told with file and line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.config.day import Group, PlannedGroup, level
from loadtests.config.document import Document
from loadtests.config.load import resolve_plan
from loadtests.config.pacing import paced, stages_of
from loadtests.config.plan import JudgedRow, Plan
from loadtests.config.roles import Role
from loadtests.errors import ConfigError

ROLES = {
    "Seller": Role(role="Seller", journeys={"sell": 3, "call": 1}),
    "Helper": Role(role="Helper", journeys={"help": 1, "call": 1}),
}
FILE = Document(Path("plan.yaml"), {}, {("population",): 5, ("pace",): 9, ("volumes", "sing"): 12, ("stages", 1): 15})


def plan(people: dict[str, int | None], **more: object) -> Plan:
    groups = [{"channel": "web", "role": role, "people": count} for role, count in people.items()]
    judge = [JudgedRow(channel="web", transaction="save")]
    stages = more.pop("stages", [{"name": "day", "hold": 60}])
    return Plan.model_validate(
        {"name": "p", "environment": "e", "population": groups, "stages": stages, "judge": judge, **more}
    )


def test_without_pace_and_volumes_people_work_as_fast_as_they_think() -> None:
    found = paced(plan({"Seller": 8}), FILE, ROLES, {})
    assert (found.rates, found.volumes, found.problems) == ({}, {}, [])


def test_people_and_pace_give_the_volumes() -> None:
    found = paced(plan({"Seller": 8, "Helper": 4}, pace={"Seller": 4, "Helper": 10}), FILE, ROLES, {})
    assert found.rates == {"web/seller": {"sell": 3, "call": 1}, "web/helper": {"help": 5, "call": 5}}
    assert found.volumes == {"sell": 24, "call": 8 + 20, "help": 20}


def test_people_and_volumes_give_the_pace_and_share_a_common_journey_by_how_much_each_role_does_of_it() -> None:
    # Of 8 sellers a quarter of the work is calling, of 4 helpers half: 2 to 2, so half of the 60 calls each.
    found = paced(plan({"Seller": 8, "Helper": 4}, volumes={"sell": 80, "call": 60, "help": 40}), FILE, ROLES, {})
    assert found.rates["web/seller"] == pytest.approx({"sell": 10, "call": 30 / 8})
    assert found.rates["web/helper"] == pytest.approx({"help": 10, "call": 30 / 4})


def test_volumes_and_pace_give_the_people_spread_over_a_roles_channels() -> None:
    asked = plan({"Seller": None}, volumes={"sell": 70}, pace=10).model_copy(
        update={"population": [PlannedGroup(channel=channel, role="Seller") for channel in ("web", "ifd")]}
    )
    found = paced(asked, FILE, ROLES, {})
    assert found.population == [
        Group(channel="web", role="Seller", people=4),
        Group(channel="ifd", role="Seller", people=4),
    ]


def test_a_channel_that_lacks_a_verb_of_a_journey_gets_none_of_its_volume() -> None:
    asked = plan({}, population=[{"channel": c, "role": "Seller", "people": 2} for c in ("web", "mobile")], pace=8)
    journeys = {"call": {"steps": ["go_offline", "come_back"]}}
    found = paced(asked, FILE, ROLES, journeys)
    assert found.rates == {"web/seller": {"sell": 8}, "mobile/seller": {"sell": 6, "call": 2}}
    assert found.volumes == {"sell": 28, "call": 4}


def test_a_volume_is_shared_by_those_whose_channel_plays_it_and_so_reached() -> None:
    groups = [{"channel": c, "role": "Seller", "people": n} for c, n in (("web", 3), ("mobile", 5), ("ifd", 1))]
    asked = plan({}, population=groups, volumes={"sell": 90, "call": 60})
    journeys = {"call": {"steps": ["go_offline", "come_back"]}}
    found = paced(asked, FILE, ROLES, journeys)
    assert {who: rates.get("call", 0) for who, rates in found.rates.items()} == {
        "web/seller": 0, "mobile/seller": 60 / 5, "ifd/seller": 0,
    }  # fmt: skip
    # Everything that sellers do on the web is to sell; on phones it is three quarters of their work.
    sold = {who: rates["sell"] for who, rates in found.rates.items()}
    assert sold == pytest.approx({"web/seller": 90 / 7.75, "ifd/seller": 90 / 7.75, "mobile/seller": 90 * 0.75 / 7.75})
    assert 3 * sold["web/seller"] + sold["ifd/seller"] + 5 * sold["mobile/seller"] == pytest.approx(90)


def test_a_volume_that_no_channel_of_the_population_plays_is_told() -> None:
    asked = plan({"Seller": 3}, volumes={"sell": 90, "call": 60})
    found = paced(asked, FILE, ROLES, {"call": {"steps": ["go_offline", "come_back"]}})
    (problem,) = found.problems
    assert "nobody of the population does `call`" in str(problem)


def test_people_for_whose_channel_no_volume_is_meant_are_told() -> None:
    asked = plan({}, population=[{"channel": c, "role": "Seller", "people": 2} for c in ("web", "mobile")])
    asked = asked.model_copy(update={"volumes": {"call": 60.0}})
    found = paced(asked, FILE, ROLES, {"call": {"steps": ["go_offline", "come_back"]}})
    (problem,) = found.problems
    assert "`volumes` names none of the journeys of role Seller on web" in str(problem)


@given(
    st.integers(1, 500), st.integers(1, 500), st.fixed_dictionaries({j: st.floats(0.1, 1e5) for j in ("sell", "call")})
)
def test_all_slots_of_all_people_together_are_the_volumes(
    sellers: int, helpers: int, volumes: dict[str, float]
) -> None:
    found = paced(plan({"Seller": sellers, "Helper": helpers}, volumes=volumes), FILE, ROLES, {})
    for journey, hourly in volumes.items():
        total = (
            found.rates["web/seller"].get(journey, 0) * sellers + found.rates["web/helper"].get(journey, 0) * helpers
        )
        assert total == pytest.approx(hourly)


@pytest.mark.parametrize(
    ("people", "more", "said"),
    [
        ({"Seller": 8}, {"pace": 4, "volumes": {"sell": 9}}, "plan.yaml:9: people, `pace` and `volumes` are all given"),
        ({"Seller": None}, {"volumes": {"sell": 9}}, "plan.yaml:5: nothing says how many people there are"),
        ({"Seller": None, "Helper": 2}, {"pace": 4}, "plan.yaml:5: this group has no `people`, others have"),
        ({"Seller": 8}, {"volumes": {"sing": 9, "sell": 1}}, "plan.yaml:12: nobody of the population does `sing`"),
        ({"Helper": 8}, {"volumes": {"call": 9}, "pace": None}, None),
        ({"Seller": 8, "Helper": 1}, {"volumes": {"sell": 9}}, "these people would do nothing"),
        ({"Seller": 8}, {"pace": {"Helper": 1}}, "plan.yaml:5: `pace` says nothing of role Seller"),
    ],
)
def test_contradictions_and_gaps_are_told(people: dict[str, int | None], more: dict[str, object], said: str) -> None:
    problems = "\n".join(map(str, paced(plan(people, **more), FILE, ROLES, {}).problems))
    assert said in problems if said else not problems


def test_stages_take_a_number_or_a_share_of_everybody() -> None:
    asked = plan(
        {"Seller": 30},
        stages=[
            {"name": "pilot", "people": "10%", "hold": "1m"},
            {"name": "half", "people": 15, "hold": "1m", "pace": 1.5},
            {"name": "all", "hold": "1m"},
        ],
    )
    stages, problems = stages_of(asked, 30, FILE)
    assert [(stage.name, stage.people, stage.pace) for stage in stages] == [
        ("pilot", 3, 1.0), ("half", 15, 1.5), ("all", 30, 1.0),
    ]  # fmt: skip
    assert problems == []


def test_two_stages_of_one_name_are_told_with_their_line() -> None:
    asked = plan({"Seller": 30}, stages=[{"name": "day", "hold": 1}, {"name": "day", "hold": 1}])
    _, problems = stages_of(asked, 30, FILE)
    assert str(problems[0]).startswith("plan.yaml:15: two stages have the same name `day`")


@pytest.mark.parametrize("text", ["0%", "101%", 0, "many", True, -3, "-5%"])
def test_a_level_that_is_none_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="a share of everybody"):
        level(text)


def test_a_broken_day_names_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text(
        "name: x\nenvironment: e\nstages:\n  - {name: a, people: 120%, hold: 1m}\njudge: []\n"
    )
    with pytest.raises(ConfigError, match=r"plan\.yaml:4: `stages\.0\.people`: a number of people"):
        resolve_plan(tmp_path / "plan.yaml")


def stepped(steps: dict[str, object], people: int = 40) -> tuple[list[tuple[str, int, float, float]], list[str]]:
    asked = plan({"Seller": people}, stages=[], steps=steps)
    stages, problems = stages_of(asked, people, FILE)
    return [(stage.name, stage.people, stage.ramp, stage.hold) for stage in stages], [str(p) for p in problems]


def test_steps_stand_for_evenly_rising_stages() -> None:
    assert stepped({})[0] == [
        (f"step-{n}", people, 30, 240) for n, people in enumerate((4, 11, 18, 26, 33, 40), start=1)
    ]
    assert stepped({"from": 10, "to": 40, "count": 4, "ramp": "1m", "hold": "3m"})[0] == [
        ("step-1", 10, 60, 180), ("step-2", 20, 60, 180), ("step-3", 30, 60, 180), ("step-4", 40, 60, 180),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        ({"from": "50%", "to": "20%"}, "steps rise: `from` must be less than `to`"),
        ({"from": 10, "to": "100%"}, "both as people or both as shares"),
        ({"count": 3}, "greater than or equal to 4"),
        ({"hold": "20s"}, "greater than or equal to 60"),
    ],
)
def test_steps_that_show_nothing_are_refused(steps: dict[str, object], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        stepped(steps)


def test_more_steps_than_people_are_told() -> None:
    _, problems = stepped({}, 5)
    assert "6 steps of 5 people: `step-1` and `step-2` would both have 1" in problems[0]
    assert "plan more people or fewer steps" in problems[0]


def test_a_plan_has_stages_or_steps() -> None:
    with pytest.raises(ValueError, match="give either `stages` or `steps`"):
        plan({"Seller": 4}, stages=[])
    with pytest.raises(ValueError, match="give either `stages` or `steps`"):
        plan({"Seller": 4}, steps={})
