"""advice.html in a real browser, at a desk and on a telephone: nothing cut off, the answer in view, names are text."""

from pathlib import Path

import pytest

from analysis.report.capacity.page import write_page
from tests.analysis.in_browser import IN_BROWSER, open_harmless
from tests.analysis.made_advice import buy, refused, with_evil_names

pytestmark = IN_BROWSER


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    made = {"buy": buy(), "refused": refused(), "hostile": with_evil_names()}
    return {name: write_page(tmp_path_factory.mktemp(name), advice) for name, advice in made.items()}


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", ["buy", "refused", "hostile"])
def test_it_reads_well(name: str, width: int, pages: dict[str, Path], browser) -> None:
    page = open_harmless(browser, pages[name], width)
    cut_off = page.evaluate(
        """() => [...document.querySelectorAll('figure svg')].flatMap(svg => {
            const box = svg.getBoundingClientRect();
            return [...svg.querySelectorAll('text')].filter(t => { const b = t.getBoundingClientRect();
                return b.width && (b.left < box.left - 1 || b.right > box.right + 1 || b.bottom > box.bottom + 1
                    || b.top < box.top - 1); })
                .map(t => t.textContent); })"""
    )
    assert cut_off == [], "text of a picture is cut off at its edge"
    assert page.locator("main script").count() == 0
    page.close()


def test_whether_it_fits_what_to_buy_and_what_not_stands_on_the_first_screen(pages: dict[str, Path], browser) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(pages["buy"].as_uri())
    for words in ("BUY FOR", "Do not buy", "Today's servers", "buys nobody"):
        box = page.get_by_text(words).first.bounding_box()
        assert box is not None and box["y"] + box["height"] < 900, f"{words}: below the first screen"
    page.close()
