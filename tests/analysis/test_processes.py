"""Business processes: done per hour at the peak, and whose fault it is when that is less than agreed."""

from pathlib import Path

import pytest

from analysis.evidence import read_evidence
from analysis.findings import find
from analysis.processes import Process
from loadtests.config.vocabulary import transactions_of
from tests.analysis.make_run import make_run
from tests.analysis.recipe import SALES, SERVICE, Recipe


def processes(tmp_path: Path, recipe: Recipe) -> dict[str, Process]:
    return {process.journey: process for process in find(read_evidence(make_run(tmp_path, recipe))).processes}


def test_the_peak_is_the_held_part_of_the_highest_stage(tmp_path: Path) -> None:
    peak = find(read_evidence(make_run(tmp_path))).peak
    # 30 s of arrival, then 110 s held: intervals 6 to 27 of 5 s
    assert (peak.intervals[0], peak.intervals[-1], peak.people, peak.present) == (6, 27, 44, 44.0)


def test_a_run_cut_short_counts_only_its_whole_intervals(tmp_path: Path) -> None:
    peak = find(read_evidence(make_run(tmp_path, Recipe(intervals=12, ending="crashed")))).peak
    assert (peak.intervals[0], peak.intervals[-1]) == (6, 10)


def test_done_per_hour_is_counted_at_the_peak(tmp_path: Path) -> None:
    found = processes(tmp_path, Recipe())
    # The recipe does a quarter more than the 600 agreed; whole journeys in 110 s scatter around that.
    assert found["find_and_call"].volume.done_per_hour == pytest.approx(750, rel=0.1)
    assert found["find_and_call"].volume.shortfall == ""
    assert found["find_and_call"].verdict == "pass"


def test_a_plan_that_sends_too_little_is_not_the_crms_fault(tmp_path: Path) -> None:
    found = processes(tmp_path, Recipe(done_factor=0.2))
    assert {process.volume.shortfall for process in found.values()} == {"plan"}


def test_volume_missed_because_people_waited_is_the_crms_fault(tmp_path: Path) -> None:
    slow = {(channel, name): 20.0 for channel in ("web", "ifd") for name in ("open_view", "open_record", "save")}
    found = processes(tmp_path, Recipe(done_factor=0.3, slower=slow))
    assert found["find_and_call"].volume.shortfall == "slow"
    assert found["find_and_call"].volume.possible_per_hour > 0.95 * 600
    assert found["find_and_call"].verdict == "fail"


def test_a_little_less_than_agreed_in_two_minutes_may_be_chance(tmp_path: Path) -> None:
    found = processes(tmp_path, Recipe(done_factor=0.65))
    # 500 of 600 an hour are 15 in 110 s; 17 or more are wanted, and 15 can be chance.
    assert {process.volume.shortfall for process in found.values()} <= {"", "unsure"}
    assert "unsure" in {process.volume.shortfall for process in found.values()}


def test_a_process_shows_the_judged_row_that_stands_worst_against_its_line(tmp_path: Path) -> None:
    found = processes(tmp_path, Recipe(slower={("ifd", "open_record"): 3.0, ("ifd", "lookup"): 30.0}))
    slowest = found["answer_a_case"].slowest
    assert slowest is not None
    # Looking up is slower still, but the plan does not judge it.
    assert slowest.everybody.name == "ifd/open_record/any"


def test_roles_that_share_a_process_are_added_up(tmp_path: Path) -> None:
    found = processes(tmp_path, Recipe())
    assert found["open_a_deal"].roles == [SALES]
    assert found["follow_up"].roles == [SERVICE]


def test_steps_become_transactions() -> None:
    journey = {
        "steps": [{"open_view": "account", "view": "All"}, {"new": "task"}, {"fill": {}}, "think", {"save": "x"}]
    }
    assert transactions_of(journey) == {"open_view", "new_form", "save"}
    assert transactions_of({}) == set()


def test_a_process_is_judged_by_what_its_own_roles_met(tmp_path: Path) -> None:
    """Service people are refused; the sellers, who open the same kind of lists, are not to blame."""
    found = processes(tmp_path, Recipe(denied={(SERVICE, "open_view"): 60}))
    assert {name: process.verdict for name, process in found.items()} == {
        "find_and_call": "pass",
        "open_a_deal": "pass",
        "answer_a_case": "fail",
        "follow_up": "fail",
    }


def test_volume_reached_with_a_wait_over_its_line_is_no_pass_though_nobody_judges_it(tmp_path: Path) -> None:
    unjudged = [("web", "sign_in", "any")]
    bearable = processes(tmp_path / "good", Recipe(judge=unjudged))["find_and_call"]
    assert bearable.verdict == "pass"
    found = processes(tmp_path / "slow", Recipe(judge=unjudged, slower={("web", "save"): 30.0}))["find_and_call"]
    assert (found.volume.shortfall, found.verdict) == ("", "inconclusive")
