"""gate.html in a real browser, at a desk and on a telephone: no console error, nothing cut off, what moved in view."""

from pathlib import Path

import pytest

from analysis.gate.gate import gate_sessions
from analysis.gate.stored_run import StoredRun
from analysis.report.gate.page import gate_page
from tests.analysis.in_browser import IN_BROWSER, open_harmless
from tests.analysis.stored_runs import NOW, nights, tonight
from tests.analysis.test_gate_page import with_evil_names

pytestmark = IN_BROWSER


def written(folder: Path, baseline: list[StoredRun], candidate: list[StoredRun]) -> Path:
    file = folder / "gate.html"
    file.write_text(gate_page(gate_sessions(baseline, candidate, now=NOW), baseline, candidate), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    baseline, moved = nights(), tonight({"web/quick_find": 1.25})
    evil = [[with_evil_names(run) for run in runs] for runs in (baseline, moved)]
    return {
        "moved": written(tmp_path_factory.mktemp("moved"), baseline, moved),
        "hostile": written(tmp_path_factory.mktemp("hostile"), *evil),
        "refused": written(tmp_path_factory.mktemp("refused"), nights(3), moved),
    }


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", ["moved", "hostile", "refused"])
def test_it_reads_well(name: str, width: int, pages: dict[str, Path], browser) -> None:
    page = open_harmless(browser, pages[name], width)
    cut_off = page.evaluate(
        """() => [...document.querySelectorAll('figure svg')].flatMap(svg => {
            const box = svg.getBoundingClientRect();
            return [...svg.querySelectorAll('text')].filter(t => { const b = t.getBoundingClientRect();
                return b.left < box.left - 1 || b.right > box.right + 1 || b.bottom > box.bottom + 1; })
                .map(t => t.textContent); })"""
    )
    assert cut_off == [], "text of a picture is cut off at its edge"
    smallest = page.evaluate(
        """() => Math.min(99, ...[...document.querySelectorAll('figure svg text')]
            .map(t => t.getBoundingClientRect().height))"""
    )
    assert smallest >= 9, "text of a picture is too small to read"
    page.close()


def test_what_moved_is_seen_without_scrolling_at_a_desk(pages: dict[str, Path], browser) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(pages["moved"].as_uri())
    bottom = page.evaluate("document.querySelector('h1').getBoundingClientRect().bottom")
    assert bottom < 300
    assert "Search" in page.locator("h1").inner_text()
    row = page.evaluate("document.querySelector('.ratio.slower').getBoundingClientRect().top")
    assert row < 1200, "the picture begins on the first screens"
    page.close()
