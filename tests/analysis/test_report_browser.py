"""The report in a real browser, at a desk and on a telephone: no console error, nothing cut off, no network."""

from pathlib import Path

import pytest

from analysis.judge import judge, write_all
from tests.analysis.in_browser import IN_BROWSER, open_harmless
from tests.analysis.make_run import make_run
from tests.analysis.recipe import SALES, SERVICE, Recipe

pytestmark = IN_BROWSER
RECIPES = {
    "pass": Recipe(),
    "fail": Recipe(
        slower={("ifd", "open_record"): 9.0},
        broken_people=14,
        failed={("ifd", "save"): 0.04},
        denied={(SERVICE, "open_view"): 12},
        leaked={SALES: 3},
    ),
    "crashed": Recipe(intervals=8, ending="crashed", sessions=False),
}


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    found = {}
    for name, recipe in RECIPES.items():
        folder = make_run(tmp_path_factory.mktemp(name), recipe)
        write_all(folder, judge(folder))
        found[name] = folder.file("report.html")
    return found


@pytest.mark.parametrize("name", RECIPES)
def test_page_one_is_one_printed_page(name: str, reports: dict[str, Path], browser) -> None:
    """A4 with margins of 12 mm is 702 x 1031 CSS pixels: what the business owner signs fits on one sheet."""
    page = browser.new_page(viewport={"width": 702, "height": 1031})
    page.goto(reports[name].as_uri())
    page.emulate_media(media="print")
    bottom = page.evaluate("document.querySelector('.page-one').getBoundingClientRect().bottom")
    assert bottom <= 1031, f"page one is {bottom:.0f} px long in print: shorten it, or print smaller"
    page.close()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", RECIPES)
def test_it_reads_well(name: str, width: int, reports: dict[str, Path], browser) -> None:
    page = open_harmless(browser, reports[name], width)
    assert page.locator(".verdict .word").inner_text() in ("PASS", "FAIL", "INCONCLUSIVE")
    drawn, shown = page.locator("figure").count(), page.locator("figure:visible").count()
    assert shown == drawn // 2 > 0, "every chart is drawn for two widths and shown for one"
    page.close()
