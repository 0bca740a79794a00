"""A verdict is the same byte for byte, whether requests are read from the stages' sums or interval by interval."""

from pathlib import Path

import pytest

from analysis.evidence import Evidence, read_evidence
from analysis.judge import judge
from loadtests.results.interval_log import STAGE_PREFIX
from loadtests.results.run_folder import RunFolder
from tests.analysis.make_run import make_run
from tests.analysis.recipe import Recipe

STAGE = f"Tag={STAGE_PREFIX}"


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return make_run(tmp_path, Recipe(slower={("ifd", "save"): 9.0}))


def lines_of(folder: RunFolder) -> list[str]:
    return folder.file("intervals.hlog").read_text(encoding="utf-8").splitlines(keepends=True)


def rewrite(folder: RunFolder, lines: list[str]) -> None:
    folder.file("intervals.hlog").write_text("".join(lines), encoding="utf-8", newline="\n")


def without_stages(lines: list[str]) -> list[str]:
    return [line for line in lines if not line.startswith((STAGE, "#[Stage"))]


def times(evidence: Evidence) -> dict[tuple[str, str], int]:
    return {key: histogram.total for key, histogram in sorted(evidence.requests.items())}


def test_the_verdict_is_the_same_with_and_without_stage_lines(folder: RunFolder) -> None:
    assert folder.summed_before() > 10
    summed, requests = judge(folder).to_json(), read_evidence(folder).requests
    rewrite(folder, without_stages(lines_of(folder)))
    assert folder.summed_before() == 0
    assert judge(folder).to_json() == summed
    assert read_evidence(folder).requests == requests
    assert requests


def test_requests_before_the_stage_s_end_are_read_from_the_stage_alone(folder: RunFolder) -> None:
    before = times(read_evidence(folder))
    lines = lines_of(folder)
    first = next(n for n, line in enumerate(lines) if line.startswith("Tag=request/") and ",0.000," in line)
    del lines[first]
    rewrite(folder, lines)
    assert times(read_evidence(folder)) == before


@pytest.mark.parametrize("cut", [1, 2, 7])
def test_a_run_that_broke_off_while_a_stage_was_written_is_read_by_intervals(folder: RunFolder, cut: int) -> None:
    lines = lines_of(folder)
    end = max(n for n, line in enumerate(lines) if line.startswith("#[Stage"))
    # Intervals that were still open are written after it.
    rewrite(folder, lines[: end + 1])
    assert folder.summed_before() > 10
    before = times(read_evidence(folder))
    rewrite(folder, lines[: end + 1 - cut])
    assert folder.summed_before() == 0
    assert times(read_evidence(folder)) == before


def test_a_damaged_stage_line_is_told_and_loses_no_stage(folder: RunFolder) -> None:
    lines = lines_of(folder)
    number = next(n for n, line in enumerate(lines) if line.startswith(f"{STAGE}work/request/"))
    before = times(read_evidence(folder))
    rewrite(folder, [*lines[:number], lines[number][:-12] + "AAAA\n", *lines[number + 1 :]])
    evidence = read_evidence(folder)
    assert times(evidence) == before
    assert evidence.damage == [f"intervals.hlog:{number + 1}: half-written, or not an interval line"]


def test_a_late_time_without_its_line_of_the_stage_is_counted(folder: RunFolder) -> None:
    before = times(read_evidence(folder))
    lines = lines_of(folder)
    late = next(line for line in lines if line.startswith("Tag=request/"))
    rewrite(folder, [*lines, late])
    assert folder.summed_before() == 0
    assert sum(times(read_evidence(folder)).values()) > sum(before.values())
