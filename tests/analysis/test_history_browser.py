"""The history's page in a real browser: nothing cut off at a desk and on a telephone."""

from datetime import timedelta
from pathlib import Path

import pytest

from analysis.report.history_page import history_html
from tests.analysis.test_gate import NOW, tonight
from tests.analysis.test_history import SEARCH, looked, past, said
from tests.analysis.test_report_browser import browser, pytestmark  # noqa: F401 (a fixture, and what skips it)


@pytest.mark.parametrize("width", [1280, 390])
def test_it_reads_well(width: int, browser, tmp_path: Path) -> None:  # noqa: F811
    accepted = past((12, {}), (9, SEARCH), until=NOW - timedelta(days=1))
    path = tmp_path / "history.html"
    path.write_text(history_html(looked(accepted, tonight(), [said("fail", "new-0", "new-1")])), encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 900})
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(path.as_uri())
    assert complaints == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "wider than the screen"
    assert page.locator("figure:visible").count() == 20
    assert page.locator(".verdict .word").inner_text().startswith("SLOWER SINCE")
    page.close()
