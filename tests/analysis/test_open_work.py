"""Open work in the verdict: what was missed, what piled up, and a probe that met what the people did not."""

from pathlib import Path
from typing import Any

from analysis.judge import judge
from analysis.report.page import report_html
from loadtests.results.delta import Delta
from loadtests.results.histogram import Histogram
from loadtests.results.run_folder import RunFolder
from loadtests.results.writer import RunWriter
from tests.analysis.make_run import make_run
from tests.analysis.recipe import STARTED, Recipe

OPEN_VIEW = "web/salesperson/open_view/everyday"


def a_run(tmp_path: Path, outcomes: dict[str, int], times: dict[str, list[int]], **changes: Any) -> RunFolder:
    """A healthy run with open work beside it: outcomes of `arrivals/rush`, and times (ms) by tag."""
    folder = make_run(tmp_path, Recipe(**changes))
    writer = RunWriter(folder, STARTED)
    histograms = {}
    for tag, values in times.items():
        histogram = Histogram()
        for ms in values:
            histogram.record(ms * 1000)
        histograms[tag] = histogram.counts
    writer.append(Delta("w2", 1, 3, histograms=dict(histograms), outcomes={"arrivals/rush": outcomes}))
    writer.close()
    return folder


def test_open_work_stands_in_the_verdict_with_what_was_missed_and_the_generators_own_lateness(tmp_path: Path) -> None:
    outcomes = {"planned": 100, "queued": 7, "begun": 97, "done": 90}
    times = {"lateness/rush": [1] * 95 + [40] * 5, f"service/{OPEN_VIEW}": [20] * 100}
    verdict = judge(a_run(tmp_path, outcomes, times))
    open_work = verdict.as_data()["open_work"]
    assert open_work["arrivals"] == [{"name": "rush", **outcomes, "missed": 3, "lateness_p99_ms": 40.0}]
    assert (open_work["from_due"][0]["n"], open_work["from_due"][0]["service_p99_ms"]) == (100, 20.0)
    assert "damaged" not in {reason.kind for reason in verdict.reasons}
    assert "arrivals_missed" not in {reason.kind for reason in verdict.reasons}, "97 of 100 are enough"


def test_arrivals_that_were_never_begun_fail_the_run(tmp_path: Path) -> None:
    verdict = judge(a_run(tmp_path, {"planned": 100, "queued": 60, "begun": 80, "done": 70}, {}))
    reason = verdict.reasons[0]
    assert (verdict.verdict, reason.kind) == ("fail", "arrivals_missed")
    assert "Of 100 planned arrivals `rush` 80 were begun before the run's end and 60 found nobody free" in reason.text


def test_a_backlog_fails_the_run_that_it_ended(tmp_path: Path) -> None:
    verdict = judge(a_run(tmp_path, {"planned": 100, "queued": 60, "begun": 40, "done": 30}, {}, ending="backlog"))
    assert (verdict.verdict, verdict.reasons[0].kind) == ("fail", "backlog")
    assert "rush: 60 arrivals found nobody free" in verdict.reasons[0].text


def test_a_probe_that_met_what_the_people_did_not_makes_the_run_inconclusive(tmp_path: Path) -> None:
    worse = judge(a_run(tmp_path / "a", {}, {f"probe/{OPEN_VIEW}": [100] * 90 + [60_000] * 30}))
    assert (worse.verdict, worse.reasons[0].kind) == ("inconclusive", "open_probe")
    as_well = judge(a_run(tmp_path / "b", {}, {f"probe/{OPEN_VIEW}": [100] * 120}))
    assert "open_probe" not in {reason.kind for reason in as_well.reasons}
    (probe,) = as_well.as_data()["open_work"]["probes"]
    assert (probe["n"], probe["probe_p99_ms"], probe["hides"]) == (120, 100.0, False)


def test_too_few_looks_of_a_probe_say_nothing(tmp_path: Path) -> None:
    verdict = judge(a_run(tmp_path, {}, {f"probe/{OPEN_VIEW}": [60_000] * 99}))
    assert "open_probe" not in {reason.kind for reason in verdict.reasons}


def test_the_page_shows_what_waited_and_what_was_never_begun(tmp_path: Path) -> None:
    outcomes = {"planned": 100, "queued": 60, "begun": 80, "done": 70}
    page = report_html(judge(a_run(tmp_path / "a", outcomes, {f"service/{OPEN_VIEW}": [20] * 100})))
    section = page[page.index('<section id="open-work">') :].partition("</section>")[0].replace("\u00a0", " ")
    assert 'data-label="Found nobody free">60<' in section
    assert 'alarm" data-label="Never begun">20<' in section
    assert "Open a list" in section
    assert 'id="open-work"' not in report_html(judge(make_run(tmp_path / "b"))), "a plan without arrivals has none"
