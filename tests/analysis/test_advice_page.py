"""advice.html: fits or not, what to buy, what it costs; a refusal makes a page too, and nothing can do harm."""

from pathlib import Path

from analysis.report.capacity.page import write_page
from tests.analysis.test_advice_record import ADVICE


def test_the_page_says_what_to_do_and_needs_nothing_else(tmp_path: Path) -> None:
    html = write_page(tmp_path, ADVICE).read_text(encoding="utf-8").replace("\u00a0", " ")

    assert "<h1>Launch after buying eight cores for the web server.</h1>" in html
    assert "<script" not in html
