"""The first-impression score: who counts as broken, kept, unfinished."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.evidence import Evidence, read_evidence
from analysis.first_impression import Score, first_impression
from loadtests.results.rows import SessionRow
from tests.analysis.make_run import make_run
from tests.analysis.recipe import SALES, SERVICE, Recipe

GOOD = SessionRow("p001", "web", SALES, True, True, 7, 1, 0, 0, "open_record", 612.0, False, 73)


@pytest.fixture
def evidence(tmp_path: Path) -> Evidence:
    return read_evidence(make_run(tmp_path, Recipe(sessions=False)))


def score_of(evidence: Evidence, sessions: Iterable[SessionRow]) -> Score:
    evidence.sessions = list(sessions)
    return first_impression(evidence).overall


@pytest.mark.parametrize(
    ("session", "expected"),
    [
        (GOOD, Score(kept=1, broken=0, unfinished=0)),
        (replace(GOOD, broken=True, over_fail=1), Score(0, 1, 0)),
        (replace(GOOD, broken=True, failed=1), Score(0, 1, 0)),
        # broken whether or not the session ended
        (replace(GOOD, broken=True, failed=1, ended=False), Score(0, 1, 0)),
        (replace(GOOD, ended=False), Score(0, 0, 1)),
        # later sessions are not first impressions
        (replace(GOOD, first=False, broken=True, failed=3), Score(0, 0, 0)),
    ],
)
def test_one_session(evidence: Evidence, session: SessionRow, expected: Score) -> None:
    assert score_of(evidence, [session]) == expected


def test_a_second_try_after_a_failed_sign_in_is_the_same_person(evidence: Evidence) -> None:
    refused = replace(GOOD, broken=True, failed=1, ended=False, transactions=1)
    assert score_of(evidence, [refused, GOOD]) == Score(kept=0, broken=1, unfinished=0)


def test_the_score_leaves_the_unfinished_out_and_counts_them(evidence: Evidence) -> None:
    people = [replace(GOOD, person=f"p{i}", ended=i >= 4) for i in range(40)]
    score = score_of(evidence, people)
    assert (score.people, score.score, score.unfinished_share) == (36, 1.0, 0.1)


def test_by_channel_and_role(evidence: Evidence) -> None:
    evidence.sessions = [
        GOOD,
        replace(GOOD, person="p2", channel="ifd", role=SERVICE, broken=True, over_fail=1),
        replace(GOOD, person="p3", channel="ifd"),
    ]
    impression = first_impression(evidence)
    assert {c: (s.kept, s.people) for c, s in impression.by_channel.items()} == {"web": (1, 1), "ifd": (1, 2)}
    assert {r: (s.kept, s.people) for r, s in impression.by_role.items()} == {SALES: (2, 2), SERVICE: (0, 1)}


def test_people_lost_in_a_crash_are_unfinished(tmp_path: Path) -> None:
    crashed = read_evidence(make_run(tmp_path, Recipe(ending="crashed", sessions=False)))
    assert first_impression(crashed).overall == Score(kept=0, broken=0, unfinished=44)


def test_stories_tell_alike_fates_once(evidence: Evidence) -> None:
    slow = replace(GOOD, broken=True, over_fail=1, broke_on="open_home", broke_outcome="ok", broke_ms=7000.0)
    evidence.sessions = [
        replace(slow, person="p1"),
        replace(slow, person="p2", broke_ms=11_200.0),
        replace(slow, person="p3", broke_on="sign_in", broke_outcome="failed"),
        replace(slow, person="p4", broke_on="save", broke_outcome="denied", first_screen_ms=2100.0),
        replace(slow, person="p5", broke_on="save", broke_ms=4000.0, first_screen_ms=2300.0),
    ]
    assert [story.text for story in first_impression(evidence).stories] == [
        "2 people (Web, Salesperson) signed in, then waited up to 11.2 s for the first screen (line 4.8 s)",
        "1 person (Web, Salesperson) could not sign in",
        "1 person (Web, Salesperson) had the first screen after 2.1 s, then was refused “Save”",
        "1 person (Web, Salesperson) had the first screen after 2.3 s, then waited 4.0 s for “Save” (line 1.8 s)",
    ]


def test_runs_of_before_stories_were_recorded_tell_what_they_know(evidence: Evidence) -> None:
    slow = replace(GOOD, broken=True, over_fail=1, worst_transaction="open_home", worst_ms=7000.0)
    evidence.sessions = [replace(slow, person="p1"), replace(GOOD, person="p3", channel="ifd", broken=True, failed=2)]
    assert [story.text for story in first_impression(evidence).stories] == [
        "1 person (IFD, Salesperson) met 2 errors (failed or denied)",
        "1 person (Web, Salesperson) signed in, then waited 7.0 s for the first screen (line 4.8 s)",
    ]


def test_steps_to_the_first_screen_are_told_by_channel(tmp_path: Path) -> None:
    impression = first_impression(read_evidence(make_run(tmp_path)))
    assert impression.steps_to_first_screen == {"ifd": 85, "web": 73}
