"""The history's page in a real browser: nothing cut off at a desk and on a telephone."""

from datetime import timedelta
from pathlib import Path

import pytest

from analysis.report.history_page import history_html
from tests.analysis.in_browser import IN_BROWSER, open_harmless
from tests.analysis.test_gate import NOW, tonight
from tests.analysis.test_history import SEARCH, looked, past, said

pytestmark = IN_BROWSER


@pytest.mark.parametrize("width", [1280, 390])
def test_it_reads_well(width: int, browser, tmp_path: Path) -> None:
    accepted = past((12, {}), (9, SEARCH), until=NOW - timedelta(days=1))
    path = tmp_path / "history.html"
    path.write_text(history_html(looked(accepted, tonight(), [said("fail", "new-0", "new-1")])), encoding="utf-8")
    page = open_harmless(browser, path, width)
    assert page.locator("figure:visible").count() == 20
    assert page.locator(".verdict .word").inner_text().startswith("SLOWER SINCE")
    page.close()
