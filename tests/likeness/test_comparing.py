"""The score: 100 % for a copy, lower with every difference, the same from both sides; heavy things first."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.likeness.comparing import compare
from loadtests.likeness.points import AREA_POINTS
from tests.likeness.fingerprints import PRODUCTION, fingerprint, with_item


def test_the_areas_share_a_hundred_points() -> None:
    assert sum(AREA_POINTS.values()) == 100


def test_an_unchanged_copy_scores_a_hundred_percent() -> None:
    found = compare(fingerprint(), fingerprint(name="copy"))
    assert (found.score, found.compared, found.differences, found.not_compared) == (1.0, 1.0, [], [])


def test_a_few_records_more_are_no_difference() -> None:
    assert compare(fingerprint(), with_item("records", "account", 215_000)).score == 1.0


def test_a_difference_says_what_it_hides() -> None:
    (found,) = compare(fingerprint(), with_item("records", "activitypointer", 12_000)).differences
    assert found.place == "table activitypointer"
    assert found.text == (
        "production has 4.1 million rows, this CRM 12,000; timelines and lists of activities will be faster here "
        "than in life"
    )
    assert found.points == 12


@pytest.mark.parametrize(
    ("heavier", "lighter"),
    [
        (("steps", "account/Create: Credit check", None), ("web_resources", "new_/account.js", None)),
        (
            ("roles", "Salesperson", {**PRODUCTION["roles"]["Salesperson"], "privileges": "ffffffffffff"}),
            ("roles", "Delegate", {**PRODUCTION["roles"]["Delegate"], "privileges": "ffffffffffff"}),
        ),
        (("records", "activitypointer", 400_000), ("records", "new_project", 500)),
        (("views", "account/Quick Find Active Accounts", None), ("views", "account/Active Accounts", None)),
        (("settings", "isauditenabled", False), ("settings", "maxuploadfilesize", 1)),
        (("processes", "incident/Tell the team", None), ("web_resources", "new_/account.js", None)),
    ],
)
def test_what_matters_more_weighs_more(heavier: tuple[str, str, Any], lighter: tuple[str, str, Any]) -> None:
    one, other = with_item(*heavier), with_item(*lighter)
    assert compare(fingerprint(), one).score < compare(fingerprint(), other).score < 1


def test_versions_weigh_by_their_place() -> None:
    scores = [compare(fingerprint(), fingerprint(version=v)).score for v in ("9.1.18.30", "9.0.2.1", "8.2.1.1")]
    assert scores == [0.99, 0.95, 0.92]


def test_what_one_side_could_not_read_is_named_and_not_scored() -> None:
    here = fingerprint(roles={}, servers={}, unread={"roles": "refused", "servers": "not listed", "settings/x": "no"})
    found = compare(fingerprint(), here)
    assert found.score == 1.0
    assert found.compared == pytest.approx(0.74)
    assert [(one.what, one.why) for one in found.not_compared] == [
        ("roles", "this CRM: refused"),
        ("servers", "this CRM: not listed"),
        ("settings: x", "this CRM: no"),
    ]
    assert not found.keeps(0.9), "a quarter unread: nobody can say that it is like production"


def test_a_setting_that_one_side_does_not_know_is_no_difference() -> None:
    settings = {k: v for k, v in PRODUCTION["settings"].items() if k != "isauditenabled"}
    here = fingerprint(settings=settings, unread={"settings/isauditenabled": "no such column"})
    assert compare(fingerprint(), here).score == 1.0


CHANGES = st.sampled_from(
    [
        ("records", "account", 20_000),
        ("records", "incident", 3),
        ("records", "new_other", 70_000),
        ("roles", "Salesperson", None),
        ("roles", "Delegate", {"people": 3, "privileges": "abcdefabcdef"}),
        ("roles", "Extra", {"people": 0, "privileges": "abcdefabcdef"}),
        ("organisation", "business_units", 1),
        ("settings", "isauditenabled", False),
        ("settings", "plugintracelogsetting", 2),
        ("solutions", "ProjectManagement", {"version": "1.1.0.0", "managed": False}),
        ("solutions", "Other", {"version": "1.0", "managed": True}),
        ("views", "account/Active Accounts", None),
        ("views", "account/Odd", {"columns": 3, "query": "abcdefabcdef"}),
        ("forms", "account/Account", {"columns": 300, "sub_grids": 9}),
        ("web_resources", "new_/x.js", {"type": "script", "bytes": 1, "content": "abcdefabcdef"}),
        ("duplicate_rules", "Accounts with the same name", None),
        ("processes", "incident/Tell the team", None),
        ("steps", "account/Create: Credit check", None),
        ("attachments", "annotation", {"files": 1, "bytes": 10}),
        ("servers", "sql1", {"role": "database", "cores": 4, "memory_gb": 16}),
        ("servers", "web1", {"role": "web", "cores": 4, "memory_gb": 16}),
    ]
)


def changed(changes: list[tuple[str, str, Any]]) -> Any:
    sections: dict[str, dict[str, Any]] = {}
    for area, item, value in changes:
        section = sections.setdefault(area, dict(PRODUCTION[area]))
        section.pop(item, None)
        if value is not None:
            section[item] = value
    return fingerprint(**sections)


@given(st.lists(CHANGES, max_size=12, unique_by=lambda change: change[:2]))
def test_the_score_is_the_same_from_both_sides(changes: list[tuple[str, str, Any]]) -> None:
    a, b = fingerprint(), changed(changes)
    there, back = compare(a, b), compare(b, a)
    assert there.score == pytest.approx(back.score)
    assert sorted(d.points for d in there.differences) == pytest.approx(sorted(d.points for d in back.differences))
    assert 0 <= there.score <= 1


@given(st.lists(CHANGES, min_size=1, max_size=12, unique_by=lambda change: change[:2]))
def test_the_score_never_rises_when_a_difference_is_added(changes: list[tuple[str, str, Any]]) -> None:
    scores = [compare(fingerprint(), changed(changes[:count])).score for count in range(len(changes) + 1)]
    assert scores[0] == 1.0 > scores[1]
    assert all(later <= earlier + 1e-12 for earlier, later in itertools.pairwise(scores))


@given(st.lists(CHANGES, max_size=12, unique_by=lambda change: change[:2]))
def test_every_difference_is_told_the_heaviest_first_each_with_a_next_step(changes: list[tuple[str, str, Any]]) -> None:
    found = compare(fingerprint(), changed(changes)).differences
    assert [d.points for d in found] == sorted((d.points for d in found), reverse=True)
    assert all(d.points > 0 and d.hides and d.next_step and d.there and d.here for d in found)
    assert len({(d.area, d.place) for d in found}) == len(found)
    assert len(found) >= len({(area, item) for area, item, _ in changes})
