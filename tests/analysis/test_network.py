"""How a run would feel elsewhere, and how hard it is to get in: figures, reasons and what they are not blamed for."""

from pathlib import Path

import pytest

from loadtests.config.day import Site
from loadtests.results.waves import Example, Exchange, HostWave
from tests.analysis.make_run import verdict_of

NEAR = Site(name="Head office", rtt=0.001, bandwidth=1e9)
FAR = Site(name="Perth", rtt=0.3, bandwidth=1e9)
NARROW = Site(name="Ship", rtt=0.08, bandwidth=1e6)


def waves(count: int, *, opened: bool = False) -> tuple[tuple[HostWave], ...]:
    """Waves of one small request each."""
    return tuple((HostWave(1, (Exchange(opened and i == 0, 0, 500, 1000, 2000),)),) for i in range(count))


def examples(round_trips: int, **more: int) -> list[Example]:
    """One for each judged transaction on the web, on first and on everyday visits, measured 1 ms from the CRM."""
    found = [
        Example(f"web/{name}/{visit}", 300_000, 1000, waves(more.get(name, round_trips)))
        for name in ("open_view", "open_record", "quick_find", "save", "sign_in", "open_home")
        for visit in ("first", "everyday")
    ]
    return found


def test_a_row_is_felt_as_measured_plus_the_lines_round_trips(tmp_path: Path) -> None:
    verdict = verdict_of(tmp_path, sites=[NEAR, FAR], examples=examples(4))
    network = verdict.as_data()["network"]
    assert network["generator_rtt_ms"] == 1.0
    felt = {(one["row"], one["site"]): one for one in network["felt"]}
    (row,) = (row for row in verdict.findings.rows if row.name == "web/open_record/any")
    far = felt["web/open_record/any", "Perth"]
    assert far["added_ms"] == pytest.approx(4 * 299, abs=1)
    assert far["p95_ms"] == pytest.approx((row.p95_ms or 0) + far["added_ms"], abs=0.2)
    assert felt["web/open_record/any", "Head office"]["added_ms"] == pytest.approx(0, abs=0.1)


def test_a_wait_that_only_the_network_makes_too_long_fails_and_hardware_will_not_help(tmp_path: Path) -> None:
    verdict = verdict_of(tmp_path, sites=[NEAR, FAR], examples=examples(2, quick_find=12))
    reason = next(reason for reason in verdict.reasons if reason.kind == "network")
    assert (verdict.verdict, reason.decisive, reason.rows) == ("fail", True, ["web/quick_find/any"])
    assert reason.next_step.startswith("Hardware will not help: of ")
    assert "Perth" in reason.headline and "Head office" not in reason.text
    causes = {(one["row"], one["site"]): one["cause"] for one in verdict.as_data()["network"]["felt"]}
    assert causes["web/quick_find/any", "Perth"] == "network"
    assert causes["web/quick_find/any", "Head office"] == causes["web/open_record/any", "Perth"] == ""


def test_what_is_slow_beside_the_crm_already_is_not_the_networks_fault(tmp_path: Path) -> None:
    verdict = verdict_of(
        tmp_path, sites=[FAR], examples=examples(2, quick_find=12), slower={("web", "quick_find"): 12.0}
    )
    assert [reason.kind for reason in verdict.reasons if reason.decisive] == ["slow"]


def test_a_narrow_line_is_felt_by_its_bytes(tmp_path: Path) -> None:
    heavy = [
        Example("web/open_view/everyday", 300_000, 1000, ((HostWave(6, (Exchange(False, 0, 500, 250_000, 0),) * 6),),))
    ]
    network = verdict_of(tmp_path, sites=[NARROW], examples=heavy).as_data()["network"]
    (felt,) = (one for one in network["felt"] if one["row"] == "web/open_view/everyday")
    assert felt["added_ms"] == pytest.approx(6 * 250_000 * 1.0375 * 8 / 1e6 * 1000, rel=0.05)


def test_a_plan_without_sites_says_what_transactions_cost_the_network_and_judges_nobody(tmp_path: Path) -> None:
    verdict = verdict_of(tmp_path, examples=examples(12))
    network = verdict.as_data()["network"]
    assert (verdict.verdict, network["sites"], network["felt"]) == ("pass", [], [])
    (cost,) = (one for one in network["costs"] if (one["transaction"], one["visit"]) == ("open_record", "any"))
    assert (cost["requests"], cost["round_trips"], cost["kilobytes"]) == (12, 4, 309)


def test_the_way_in_is_told_by_channel(tmp_path: Path) -> None:
    ways = verdict_of(tmp_path, examples=examples(4)).as_data()["getting_in"]
    web, ifd = (next(way for way in ways if way["channel"] == channel) for channel in ("web", "ifd"))
    assert (web["requests"], web["redirects"], web["round_trips"], web["prompts"]) == (73, 0, 21, 1)
    assert (ifd["requests"], ifd["redirects"], ifd["round_trips"]) == (85, 3, 27)
    assert web["seconds"] == 1.84
    assert web["seconds_at_150_ms"] == pytest.approx(1.84 + 2 * 4 * 0.149, abs=0.02)
    assert ifd["seconds_at_150_ms"] is None, "no example of that channel"
    assert (web["hard"], ifd["hard"]) == ([], [])


def test_people_who_are_asked_twice_find_it_hard_to_get_in(tmp_path: Path) -> None:
    verdict = verdict_of(tmp_path, prompts=2)
    reason = next(reason for reason in verdict.reasons if reason.kind == "getting_in")
    assert verdict.verdict == "fail"
    assert "people are asked 2 times who they are" in reason.headline


def test_too_many_round_trips_count_against_those_who_have_far_away_people(tmp_path: Path) -> None:
    many = examples(2, sign_in=30, open_home=60)
    here = verdict_of(tmp_path / "here", examples=many)
    assert here.verdict == "pass"
    (web,) = (way for way in here.as_data()["getting_in"] if way["channel"] == "web")
    assert "somebody 150 ms away waits" in web["hard"][0]
    there = verdict_of(tmp_path / "there", examples=many, sites=[NEAR])
    assert [reason.kind for reason in there.reasons if reason.decisive] == ["getting_in"]
